"""What a community may change of its town's scheme, and what stays."""

from typing import Any

import pytest

from domain.rules.allows import changes, path_of, permits
from domain.rules.faults import FaultyRuleset
from domain.rules.lint import check
from domain.rules.load import ruleset_ids, shipped
from domain.rules.overlay import Overlay, merge
from domain.rules.schema import Ruleset
from tests.rules.builders import SOURCE, cap, exclusion, item

WHERE = "village.yaml"
HEAD = {
    "id": "v",
    "title": "村",
    "document": "决议",
    "issuer": "村",
    "effective_from": "2026-01-01",
}
SCHEMES = [each for each in ruleset_ids() if shipped(each).extends is None]


def overlay(parent: str, **fields: Any) -> Overlay:
    return Overlay.model_validate({**HEAD, "extends": parent, **fields})


def merged(parent: str, **fields: Any) -> Ruleset:
    return merge(overlay(parent, **fields), shipped(parent), WHERE)


def refusals(parent: str, **fields: Any) -> list[str]:
    with pytest.raises(FaultyRuleset) as caught:
        merged(parent, **fields)
    return list(caught.value.findings)


def section(parent: str, name: str, **changed: Any) -> dict[str, Any]:
    """The parent's section, restated with something else in it."""
    data: dict[str, Any] = getattr(shipped(parent), name).model_dump(mode="json")
    return data | changed


def review_of(parent: str, stage: str, **changed: Any) -> dict[str, Any]:
    review = section(parent, "review")
    review["stages"] = [
        each | changed if each["id"] == stage else each for each in review["stages"]
    ]
    return review


NEW = item("X1", category="环境好")
LISTED: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    # What the issue found: the deadline of the 5th, and the town's stage.
    (
        "fuling-maan-2022",
        {"review": section("fuling-maan-2022", "review", due={"day": 20})},
        ("review.due.day: fuling-maan-2022 does not", "write 5", "review.stages.group.quorum"),
    ),
    (
        "wulong-changba-2023",
        {
            "review": section(
                "wulong-changba-2023",
                "review",
                stages=section("wulong-changba-2023", "review")["stages"][:1],
            )
        },
        ("review.stages.town:", "restate what wulong-changba-2023 has", "village.quorum"),
    ),
    (
        "baoshan-2023",
        {
            "review": section(
                "baoshan-2023", "review", stages=section("baoshan-2023", "review")["stages"][::-1]
            )
        },
        ("review.stages: baoshan-2023 does not allow", "restate what baoshan-2023 has"),
    ),
    (
        "wulong-changba-2023",
        {"review": review_of("wulong-changba-2023", "town", quorum=3)},
        ("review.stages.town.quorum:", "write 1"),
    ),
    (
        "longyuzhuang",
        {"publicity": section("longyuzhuang", "publicity", open_days=1)},
        ("publicity.open_days:", "write 3", "publicity.full_names_for_honours"),
    ),
    (
        "fuling-maan-2022",
        {"closing": {"kind": "keep", **SOURCE}},
        ("closing.kind:", 'write "clear"', "of `closing` it allows nothing"),
    ),
    (
        "fuling-maan-2022",
        {"participants": section("fuling-maan-2022", "participants", outsiders=None)},
        ("participants.outsiders:", "restate what fuling-maan-2022 has"),
    ),
    (
        "longyuzhuang",
        {"standing": section("longyuzhuang", "standing", honours=[])},
        ("standing.honours.five_star:", "of `standing` it allows standing.support"),
    ),
    ("zhongping", {"add_items": [NEW]}, ("add_items: item X1 (X1):", "`items.add.环境好`")),
    (
        "banan-fengsheng",
        {"add_items": [item("X1", category="人居环境")]},
        ("add_items: item X1", "`items.add.人居环境`", "items.add.加分项"),
    ),
    (
        "longyuzhuang",
        {"add_items": [item("X1", "base", category="环境整治", per="year")]},
        ("add_items: item X1", "`bases.add`", "nothing"),
    ),
    ("zhongping", {"drop_items": ["1.1"]}, ("drop_items: item 1.1:", "`items.drop.1.1`")),
    (
        "banan-fengsheng",
        {"revalue_items": {"4.1": {"points": 5, **SOURCE}}},
        ("revalue_items: item 4.1:", "`items.points.4.1`", "items.points.P1"),
    ),
    (
        "zhongping",
        {"add_shared_caps": [cap("c", 5, "month", "1.1")]},
        ("add_shared_caps: cap c:", "`shared_caps.add`"),
    ),
    (
        "zhongping",
        {"add_exclusions": [exclusion("e", "1.2", "year", "1.1")]},
        ("add_exclusions: exclusion e:", "`exclusions.add`"),
    ),
    (
        "zhongping",
        {"add_groups": [{"id": "g", "name": "g", **SOURCE}]},
        ("add_groups: group g:", "`groups.add`"),
    ),
    ("baoshan-2023", {"drop_items": ["nothing"]}, ("drop_items: item nothing:", "correct")),
    (
        "baoshan-2023",
        {"revalue_items": {"nothing": {"points": 5, **SOURCE}}},
        ("revalue_items: item nothing:", "correct the code"),
    ),
    (
        "baoshan-2023",
        {"drop_items": ["martyr"], "revalue_items": {"martyr": {"points": 5, **SOURCE}}},
        ("drop_items: item martyr is re-valued too", "one of the two"),
    ),
    (
        "baoshan-2023",
        {"effective_from": "2023-01-01"},
        ("effective_from:", "2023-04-26", "write that day or a later one"),
    ),
]


@pytest.mark.parametrize(("parent", "fields", "fragments"), LISTED)
def test_what_the_town_does_not_name_stays(
    parent: str, fields: dict[str, Any], fragments: tuple[str, ...]
) -> None:
    """The finding names the file, the key, and what to write instead."""
    found = refusals(parent, **fields)
    assert any(
        finding.startswith(f"{WHERE}: ") and all(part in finding for part in fragments)
        for finding in found
    ), found


def test_all_that_is_not_allowed_is_said_at_once() -> None:
    found = refusals(
        "zhongping",
        drop_items=["1.1"],
        audit={"every": "quarter", **SOURCE},
        add_items=[NEW],
    )
    assert [finding.split(": ")[1] for finding in found] == [
        "add_items",
        "drop_items",
        "audit.every",
    ]


def test_what_the_town_names_may_change() -> None:
    village = merged(
        "fuling-maan-2022",
        review=review_of("fuling-maan-2022", "group", quorum=3, source=None, reason="居民会议"),
        publicity=section("fuling-maan-2022", "publicity", open_days=10),
        value={"points": 10, "fen": 100, **SOURCE},
        add_items=[NEW],
        drop_items=["19"],
    )
    assert village.review.stages[0].quorum == 3
    assert village.review.due.day == 5
    assert village.publicity.open_days == 10
    assert village.value is not None
    assert (village.item("19"), village.item("X1") is not None) == (None, True)


def test_a_section_restated_as_it_is_changes_nothing() -> None:
    for parent in SCHEMES:
        same = {
            name: getattr(shipped(parent), name).model_dump(mode="json")
            for name in ("participants", "review", "audit", "publicity", "standing", "closing")
        }
        assert merged(parent, **same).review == shipped(parent).review


def test_a_new_value_says_who_decided_it_and_what_it_was() -> None:
    village = merged("fuling-maan-2022", revalue_items={"12": {"points": 5, **SOURCE}})
    twelve = village.item("12")
    assert twelve is not None
    assert twelve.revalued is not None
    assert (twelve.points, twelve.revalued.points, twelve.revalued.source) == (500, 400, None)
    assert twelve.source == "附件.12"


def test_a_new_value_needs_a_source() -> None:
    with pytest.raises(ValueError, match="source"):
        overlay("fuling-maan-2022", revalue_items={"12": {"points": 5}})
    with pytest.raises(ValueError, match="needs a `reason`"):
        overlay("fuling-maan-2022", revalue_items={"12": {"points": 5, "source": None}})


def test_a_new_values_source_is_a_clause_of_the_overlay() -> None:
    village = merged("fuling-maan-2022", revalue_items={"12": {"points": 5, "source": "会议.9"}})
    assert any("new value of item 12" in finding for finding in check(village, WHERE))


@pytest.mark.parametrize("example", [each for each in ruleset_ids() if each not in SCHEMES])
def test_the_examples_say_where_their_values_come_from(example: str) -> None:
    parent = shipped(str(shipped(example).extends))
    for one in shipped(example).items:
        was = parent.item(one.code)
        if was is not None and was.points != one.points:
            assert one.revalued is not None
            assert one.revalued.points == was.points
            assert one.revalued.source or one.revalued.reason


def test_paths() -> None:
    assert path_of("items.points.1.4") == ("items", "points", "1.4")
    assert permits(["items.points"], ("items", "points", "1.4"))
    assert not permits(["items.points.1"], ("items", "points", "1.4"))
    assert permits(["review"], ("review", "due", "day"))
    assert not permits(["review.due"], ("review", "stages"))
    assert not permits([], ("review",))


def test_changes_are_named_by_their_paths() -> None:
    before = shipped("wulong-changba-2023").review
    quorum = before.stages[0].model_copy(update={"quorum": 2})
    after = before.model_copy(update={"stages": (quorum,), "reason": "另有决定"})
    assert list(changes(before, after, ("review",))) == [
        ("review", "stages", "village", "quorum"),
        ("review", "stages", "town"),
    ]


def test_a_village_lists_the_categories_that_it_adds() -> None:
    river = item("X1", category="河道")
    (finding,) = check(merged("fuling-maan-2022", add_items=[river]), WHERE)
    assert "category “河道” is not among" in finding
    assert "write one of" in finding
    laid = merged("fuling-maan-2022", add_items=[river], categories=["河道", "环境好"])
    assert check(laid, WHERE) == []
    assert laid.categories == (*shipped("fuling-maan-2022").categories, "河道")
