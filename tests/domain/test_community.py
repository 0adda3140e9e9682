"""Communities, adopted rules, households and people."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.community.adoption import add_community, adopt, first_day, start_unsaid
from domain.community.leaving import leave
from domain.community.participation import eligibility
from domain.community.registry import (
    add_person,
    find_community,
    find_person,
    hashes_on,
    member_counts,
    register_kin,
    ruleset_by_hash,
    ruleset_on,
    unregister_kin,
    versions_of,
)
from domain.kernel.errors import BadInput, Refused
from domain.rules.load import ruleset_ids, shipped
from domain.rules.schema import Participants
from domain.store.tables.people import Community, Household, Kin, Role
from domain.store.tables.rules import Adoption, RulesetVersion
from tests.domain.builders import Village, day, found, moment, review, rules, stage
from tests.rules.builders import SOURCE, item

Founding = Callable[..., Village]
AT = moment("2025-12-01")


def add(session: Session, **changes: Any) -> Community:
    plain: dict[str, Any] = {
        "code": "ma",
        "name": "马鞍社区",
        "town": "马鞍街道",
        "ruleset": rules(),
        "starts_on": day("01-01"),
    }
    return add_community(session, **plain | changes, now=AT)


def test_a_community_is_added_once(session: Session) -> None:
    first = add(session)
    assert add(session) is first
    assert find_community(session, "ma") is first
    assert len(session.scalars(select(Adoption)).all()) == 1


@pytest.mark.parametrize("other", [{"name": "别的"}, {"town": "别的"}, {"ruleset": "ninghe"}])
def test_another_community_needs_another_code(session: Session, other: dict[str, object]) -> None:
    add(session)
    if "ruleset" in other:
        other = {"ruleset": shipped("ninghe")}
    with pytest.raises(Refused, match="community “ma” exists as 马鞍社区"):
        add(session, **other)


@pytest.mark.parametrize("field", ["code", "name", "town"])
@pytest.mark.parametrize("value", ["", " ", "a\nb", "x" * 65])
def test_names_are_short_and_printable(session: Session, field: str, value: str) -> None:
    with pytest.raises(BadInput, match=f"community's {field} must be"):
        add(session, **{field: value})


def test_an_unknown_community_is_refused(session: Session) -> None:
    with pytest.raises(Refused, match="no community “x”"):
        find_community(session, "x")


def test_rules_are_not_adopted_before_they_take_effect(session: Session) -> None:
    with pytest.raises(Refused, match="takes effect on 2022-06-30"):
        add(session, ruleset=shipped("fuling-maan-2022"), starts_on=date(2022, 6, 29))


def test_named_villages_wait_for_their_date(session: Session) -> None:
    who = {
        "opt_in": False,
        "start_dates": [{"villages": ["石家村"], "starts_on": "2026-03-01"}],
        **SOURCE,
    }
    terms = rules(participants=who)
    with pytest.raises(Refused, match="石家村 starts on 2026-03-01"):
        add(session, name="石家村", ruleset=terms)
    add(session, name="街村", ruleset=terms)


def test_a_pilot_village_starts_when_the_community_says(session: Session) -> None:
    """丰盛's pilot villages began before the others, on a day that the print masks."""
    terms = shipped("banan-fengsheng")
    assert first_day("油房村", terms) is None
    assert first_day("石家村", terms) == first_day("某村", terms) == date(2023, 1, 1)
    why = start_unsaid("油房村", terms)
    assert "20xx年3月1日" in why.text("zh_CN")
    assert "--from" in why.text("en")
    add(session, code="yf", name="油房村", ruleset=terms, starts_on=date(2022, 3, 1))
    for name in ("石家村", "某村"):
        with pytest.raises(Refused, match="2023-01-01"):
            add(session, code=name, name=name, ruleset=terms, starts_on=date(2022, 3, 1))


def test_a_listed_village_may_start_before_the_others(session: Session) -> None:
    who = {
        "opt_in": False,
        "start_dates": [{"villages": ["石家村"], "starts_on": "2019-03-01"}],
        **SOURCE,
    }
    terms = rules(participants=who)
    add(session, name="石家村", ruleset=terms, starts_on=date(2019, 3, 1))
    with pytest.raises(Refused, match="takes effect on 2020-01-01"):
        add(session, code="j", name="街村", ruleset=terms, starts_on=date(2019, 3, 1))


def test_ninghes_values_change_only_where_a_year_starts(founding: Founding) -> None:
    village = founding(rules(changes={"at": "year_start", **SOURCE}), since="05-01")
    later = rules(changes={"at": "year_start", **SOURCE}, version="2")
    with pytest.raises(Refused, match="adopt it from 1 January"):
        adopt(village.session, village.community, later, day("07-01"), AT)
    adopt(village.session, village.community, later, day("2027-01-01"), AT)


def test_the_version_in_force_is_that_of_the_day(founding: Founding) -> None:
    village = founding(rules(version="1"), since="02-01")
    session, community = village.session, village.community
    adopt(session, community, rules(version="3"), day("09-01"), AT)
    adopt(session, community, rules(version="2"), day("05-01"), AT)
    for on, version in (
        ("02-01", "1"),
        ("04-30", "1"),
        ("05-01", "2"),
        ("08-31", "2"),
        ("09-01", "3"),
        ("2030-01-01", "3"),
    ):
        assert ruleset_on(session, community, day(on)).version == version
        key = hashes_on(session, [community], day(on))[community.id]
        assert ruleset_by_hash(session, key).version == version
    with pytest.raises(Refused, match="no ruleset is in force on 2026-01-31"):
        ruleset_on(session, community, day("01-31"))
    with pytest.raises(Refused, match="no ruleset is in force for ma社区 on 2026-01-31"):
        hashes_on(session, [community], day("01-31"))


def test_a_version_without_the_item_of_a_claim_that_waits_is_not_adopted(village: Village) -> None:
    """One such claim would keep the whole community's audit from being closed."""
    fewer = rules(item("weed", points=3), version="2")
    unvalued = rules(item("sweep", points=None), item("weed", points=3), version="3")
    village.award("C1", "H1", "sweep", on="04-05")
    village.claim("C2", "H1", "weed", "04-06")
    for version in (fewer, unvalued):
        with pytest.raises(Refused, match="has no item for claims C1 of 2026-04-01 or later"):
            adopt(village.session, village.community, version, day("04-01"), AT)
    adopt(village.session, village.community, fewer, day("04-06"), AT)
    village.close("2026-04", at="05-20")


def test_the_same_version_on_the_same_day_is_adopted_once(village: Village) -> None:
    session, community = village.session, village.community
    first = adopt(session, community, rules(version="2"), day("05-01"), AT)
    assert adopt(session, community, rules(version="2"), day("05-01"), AT) is first
    with pytest.raises(Refused, match="already adopted another version from 2026-05-01"):
        adopt(session, community, rules(version="3"), day("05-01"), AT)


@pytest.mark.parametrize("scheme", ruleset_ids())
def test_every_shipped_version_is_kept_as_it_is(session: Session, scheme: str) -> None:
    terms = shipped(scheme)
    community = add(session, ruleset=terms)
    (version,) = versions_of(session, community)
    assert version.ruleset == terms


def test_a_version_that_is_not_what_its_hash_says_is_refused(village: Village) -> None:
    session = village.session
    kept = session.scalars(select(RulesetVersion)).one()
    forged = kept.content.replace("made up", "made over")
    session.add(RulesetVersion(hash="f" * 64, ruleset="made-up", version="1", content=forged))
    session.flush()
    for key in ("f" * 64, "e" * 64):
        with pytest.raises(Refused, match="missing or was changed"):
            ruleset_by_hash(session, key)


def test_a_household_leaves_once_and_in_an_open_year(village: Village) -> None:
    session, community = village.session, village.community
    with pytest.raises(Refused, match="enrolled only on 2026-01-01"):
        leave(session, community, "H1", day("2025-12-31"), "迁出")
    left = leave(session, community, "H1", day("06-30"), "迁出")
    assert (left.left_on, left.left_why) == (day("06-30"), "迁出")
    with pytest.raises(Refused, match="already left on 2026-06-30"):
        leave(session, community, "H1", day("07-30"), "迁出")
    village.run()
    village.settle()
    with pytest.raises(Refused, match="2026 of ma社区 is settled"):
        leave(session, community, "H2", day("12-31"), "迁出")
    leave(session, community, "H2", day("2027-01-01"), "迁出")


@pytest.mark.parametrize(
    ("home", "since", "says"),
    [
        ({}, "2026-01-01", ""),
        ({"enrolled_on": None}, None, "has not declared"),
        ({"registered": False}, None, "has not agreed"),
        ({"registered": False, "consent": True}, None, "since when it lives here"),
        ({"registered": False, "consent": True, "resident_since": "2025-01-31"}, "2026-01-01", ""),
        ({"registered": False, "consent": True, "resident_since": "2025-08-31"}, "2026-02-28", ""),
        ({"registered": False, "consent": True, "resident_since": "2026-03-31"}, "2026-09-30", ""),
        ({"registered": True, "resident_since": "2026-03-31"}, "2026-01-01", ""),
    ],
)
def test_who_takes_part_and_since_when(home: dict[str, Any], since: str | None, says: str) -> None:
    who = Participants.model_validate(
        {"opt_in": False, "outsiders": {"months": 6, "consent": True}, **SOURCE}
    )
    if isinstance(home.get("resident_since"), str):
        home = home | {"resident_since": date.fromisoformat(str(home["resident_since"]))}
    able = eligibility(
        Household(community_id=1, code="H1", head="王", **{"enrolled_on": day("01-01"), **home}),
        who,
    )
    assert able.since == (date.fromisoformat(since) if since else None)
    assert says in (able.lacks.text("en") if able.lacks else "")


def test_members_are_those_stated_else_those_on_file(village: Village) -> None:
    village.find("H1").members = 4
    village.member("H1", "a")
    village.member("H2", "a")
    village.member("H2", "b")
    counts = member_counts(village.session, village.community)
    assert [counts[village.find(f"H{n}").id] for n in (1, 2, 3)] == [4, 2, 0]


def test_people_are_added_once_with_all_their_roles(founding: Founding) -> None:
    village = founding(rules(review=review(stage("a"), stage("b"))))
    session, community = village.session, village.community
    for _ in range(2):
        person = add_person(
            session,
            community,
            "x1",
            "李四",
            ["clerk", "reviewer"],
            stages=["a", "b"],
            household="H1",
            notify=["mailto://a"],
        )
    roles = session.execute(select(Role.role, Role.stage).where(Role.person_id == person.id))
    assert sorted(tuple(row) for row in roles) == [
        ("clerk", ""),
        ("reviewer", "a"),
        ("reviewer", "b"),
    ]
    assert (person.household_id, person.notify) == (village.find("H1").id, ["mailto://a"])
    assert find_person(session, community, "x1") is person
    again = add_person(session, community, "x1", "李四", ["shop"])
    assert (again.household_id, again.notify) == (village.find("H1").id, ["mailto://a"])
    with pytest.raises(Refused, match="person “x1” exists as 李四"):
        add_person(session, community, "x1", "王五", ["clerk"])
    with pytest.raises(BadInput, match="“king” is not a role"):
        add_person(session, community, "x2", "王五", ["king"])
    with pytest.raises(BadInput, match="“c” is not a stage of the review: choose from a, b"):
        add_person(session, community, "x2", "王五", ["reviewer"], stages=["c"])
    with pytest.raises(Refused, match="no household “H9”"):
        add_person(session, community, "x2", "王五", ["clerk"], household="H9")


def test_a_person_is_of_the_area_of_their_household(founding: Founding) -> None:
    village = founding(households=0)
    village.home("H1", area="一组")
    assert village.person("x1", household="H1").area == "一组"
    assert village.person("x2", household="H1", area="二组").area == "二组"


def test_no_household_is_its_own_kin(village: Village) -> None:
    session, community = village.session, village.community
    with pytest.raises(Refused, match="both are household “H1”"):
        register_kin(session, community, "H1", "H1")
    assert session.scalars(select(Kin)).all() == []


def test_kin_are_registered_both_ways_once(village: Village) -> None:
    session, community = village.session, village.community
    for order in (("H1", "H2"), ("H2", "H1")):
        register_kin(session, community, *order)
    assert len(session.scalars(select(Kin)).all()) == 2
    unregister_kin(session, community, "H2", "H1")
    assert session.scalars(select(Kin)).all() == []


def test_two_communities_have_households_and_people_of_the_same_numbers(
    session: Session,
) -> None:
    ma, bao = found(session), found(session, rules(item("weed", points=1)), code="bao")
    assert ma.find("H1").id != bao.find("H1").id
    assert ma.who("r1").id != bao.who("r1").id
    bao.claim("C1", "H1", "weed", "03-05")
    with pytest.raises(Refused, match="no claim “C1”"):
        ma.look("C1")


@pytest.mark.parametrize(
    "code",
    [
        "desk",
        "Status",
        "metrics",
        "healthz",
        "static",
        "x;touch PWN #",
        "a b",
        "-c",
        ".git",
        "$(id)",
        "/a",
        "a|b",
        "“引号”",
        "a\x1b[31m",
    ],
)
def test_a_community_cannot_have_any_code(session: Session, code: str) -> None:
    with pytest.raises(BadInput):
        add_community(
            session, code, "甲村", "乙镇", shipped("fuling-maan-2022"), date(2026, 1, 1), AT
        )


@pytest.mark.parametrize("code", ["马鞍", "ma-1", "ma.2_三组", "desk2"])
def test_a_communitys_code_may_be_in_any_script(session: Session, code: str) -> None:
    add_community(session, code, "甲村", "乙镇", shipped("fuling-maan-2022"), date(2026, 1, 1), AT)


@pytest.mark.parametrize("code", ["x;touch PWN #", "r 1", "--role", "r1|r2"])
def test_a_person_cannot_have_any_code(session: Session, code: str) -> None:
    community = add_community(
        session, "ma", "甲村", "乙镇", shipped("fuling-maan-2022"), date(2026, 1, 1), AT
    )
    with pytest.raises(BadInput):
        add_person(session, community, code, "李四", ["reviewer"])
