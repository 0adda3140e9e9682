"""What is new of a household is taken up; its points, and what was published, stay."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.community.particulars import Particulars, change
from domain.kernel.errors import BadInput, Refused
from domain.operations.status import findings
from tests.domain.builders import Village, moment, review, rules

Founding = Callable[..., Village]
AT = moment("04-10T12:00")
CROSSWISE = rules(review=review(crosswise=True, area_households_max=2))


def take_up(village: Village, code: str, **new: Any) -> None:
    change(village.session, village.community, code, Particulars(**new))


def test_only_what_is_given_changes(village: Village) -> None:
    home = village.find("H1")
    home.phone, home.area = "13800000000", "一组"
    take_up(village, "H1", head="李四")
    assert (home.head, home.phone, home.area) == ("李四", "13800000000", "一组")
    take_up(village, "H1", phone="", group="", members=3, consent=True)
    assert (home.head, home.phone, home.area) == ("李四", "", "")
    assert (home.members, home.consent) == (3, True)


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ({}, "say what is new"),
        ({"head": " "}, "a head's name must be"),
        ({"head": "甲" * 101}, "1 to 100"),
        ({"phone": "1" * 41}, "1 to 40"),
        ({"group": "一\n组"}, "a group's name must be"),
        ({"members": 0}, "from 1 to 99"),
    ],
)
def test_what_cannot_be_is_refused(village: Village, new: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        take_up(village, "H1", **new)
    with pytest.raises(Refused, match="no household “H9”"):
        take_up(village, "H9", head="李四")


def test_people_go_with_their_household_to_its_new_group(founding: Founding) -> None:
    village = founding(CROSSWISE, households=0, reviewers=0)
    village.home("H1", area="一组")
    village.home("H2", area="二组")
    moved, elsewhere = village.person("x1", household="H1"), village.person("x2", household="H1")
    elsewhere.area = "三组"
    village.claim("C1", "H2", "sweep", "03-05")
    take_up(village, "H1", group="二组")
    assert (moved.area, elsewhere.area) == ("二组", "三组")
    with pytest.raises(Refused, match="their own area"):
        village.decide("C1", by="x1")


def test_groups_that_are_too_large_and_people_in_none_are_found(founding: Founding) -> None:
    village = founding(CROSSWISE, households=0, reviewers=0)
    for number in range(1, 4):
        village.home(f"H{number}", area="一组")
    village.home("H4")
    village.home("H5", left_on=moment("03-01").date())
    village.person("x1", area="二组")
    village.person("x2")
    village.person("k1", "clerk")
    village.tick("04-10T12:00")

    def told() -> list[tuple[str, int]]:
        found = findings(village.session, village.community, AT)
        assert {each.what for each in found} <= {"waiting"}
        return [(each.subject, each.count) for each in found]

    assert told() == [("groups", 1), ("ungrouped", 2)]
    assert findings(village.session, None, AT) == findings(village.session, village.community, AT)
    take_up(village, "H3", group="二组")
    take_up(village, "H4", group="二组")
    assert told() == [("ungrouped", 1)]
    village.who("x2").area = "一组"
    assert told() == []


def test_elsewhere_groups_are_nobodys_concern(founding: Founding) -> None:
    village = founding(rules())
    village.tick("04-10T12:00")
    assert findings(village.session, village.community, AT) == []
