"""The worked cases of every ruleset that ships, whole years included; nothing is left untried."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.rules.casebook import CASES_FILE, YearCase, load_book
from domain.rules.load import RULESETS_DIR, ruleset_ids, shipped
from domain.rules.schema import Ruleset
from domain.worked.coverage import run_all, untried
from domain.worked.years import run_year
from tests.domain.builders import CLEARING, rules

pytestmark = pytest.mark.integration

# What every scheme rests on: the process is this program's for all of them.
PROCESS = {12, 13, 15, 17, 18, 19, 20, 21, 22, 24, 25, 26}


def cases_of(ruleset_id: str) -> Path:
    return RULESETS_DIR / ruleset_id / CASES_FILE


@pytest.mark.parametrize("ruleset_id", ruleset_ids())
def test_every_case_and_year_holds(ruleset_id: str) -> None:
    results = run_all(shipped(ruleset_id), cases_of(ruleset_id))
    assert {result.name: result.differences for result in results if not result.passed} == {}


@pytest.mark.parametrize("ruleset_id", ruleset_ids())
def test_no_rule_step_or_ruling_is_untried(ruleset_id: str) -> None:
    assert untried(shipped(ruleset_id), cases_of(ruleset_id)) == []


def rests_on(ruleset: Ruleset) -> set[int]:
    """The rulings that a ruleset's own rules need, beside the process's."""
    items = ruleset.items
    limits = {
        2: any(item.caps for item in items) or bool(ruleset.shared_caps),
        3: any(item.per and item.kind != "base" for item in items),
        4: bool(ruleset.groups),
        5: any(item.kind == "zeroing" for item in items),
    }
    needed = {
        **limits,
        1: any(limits.values()),
        6: any(item.kind == "voiding" for item in items),
        10: any(item.kind == "base" for item in items),
        14: any(honour.doubles for honour in ruleset.standing.honours),
        16: ruleset.standing.by == "average",
    }
    return {number for number, is_needed in needed.items() if is_needed}


@pytest.mark.parametrize("ruleset_id", ruleset_ids())
def test_every_ruling_that_a_ruleset_rests_on_is_listed(ruleset_id: str) -> None:
    ruleset = shipped(ruleset_id)
    listed = {ruling.number for ruling in ruleset.rulings}
    assert (PROCESS | rests_on(ruleset)) - listed == set()


def year(**fields: Any) -> YearCase:
    return YearCase.model_validate(
        {"name": "one", "covers": [], "year": 2026, "households": [{"household": "H1"}], **fields}
    )


def test_every_difference_is_a_sentence() -> None:
    case = year(
        people=[{"code": "r1", "household": "H1"}, {"code": "r2"}],
        claims=[
            {"ref": "C1", "household": "H1", "item": "sweep", "occurred_on": "2026-03-05"},
            {"ref": "C2", "household": "H9", "item": "sweep", "occurred_on": "2026-03-05"},
        ],
        decisions=[{"ref": "C1", "reviewer": "r1"}, {"ref": "C1", "reviewer": "r2"}],
        expected={
            "due": {"audit close 2026-03": "2026-04-06", "audit sleep 2026-03": "2026-04-06"},
            "claims": {"C1": "rejected"},
            "registered": {"C1": "2026-04"},
            "earned": {"C1": 4},
            "scores": {"H1": 8},
            "balances": {"H1": 7},
            "ranks": {"H1": 2},
            "support": ["H1"],
            "refused": {"C1": "kin", "C2": "no household"},
            "blocked": {"settle settle 2026": "undecided"},
            "notices": {
                "quarter 2026-Q1": {
                    "published": "2026-04-07",
                    "says": ["镇", "县"],
                    "never": ["村"],
                },
                "quarter 2027-Q1": {"published": "2027-04-06"},
            },
        },
    )
    result = run_year(rules(closing=CLEARING), case)
    assert not result.passed
    said = "\n".join(result.differences)
    for sentence in (
        "audit close 2026-03 is due on 2026-04-05, the case says 2026-04-06",
        "audit sleep 2026-03 is due on None, the case says 2026-04-06",
        "C1 is approved, the case says rejected",
        "C1 is registered in 2026-03, the case says 2026-04",
        "C1 has earned 3, the case says 4",
        "H1 scores 9, the case says 8",
        "H1 has a balance of 0, the case says 7",
        "H1 ranks 1, the case says 2",
        "to be helped are [], the case says ['H1']",
        "C1 is refused with",
        "settle settle 2026 is blocked with “”, the case says “undecided”",
        "quarter 2026-Q1 is published on 2026-04-06, the case says 2026-04-07",
        "quarter 2026-Q1 does not say “县”",
        "quarter 2026-Q1 says “村”",
        "there is no notice “quarter 2027-Q1”",
    ):
        assert sentence in said, said


def test_a_year_that_names_what_is_not_there_fails_alone() -> None:
    case = year(people=[{"code": "r1", "household": "H9"}], expected={})
    (difference,) = run_year(rules(), case).differences
    assert difference.startswith("it cannot be lived through: ")
    unknown = year(expected={"claims": {"C9": "approved"}, "scores": {"H9": 1}})
    assert any("C9" in each for each in run_year(rules(), unknown).differences)


BOOK = """
cases: [{name: a, covers: [], year: 2026, claims: [], awards: {}}]
years:
  - name: b
    covers: ["ruling:14", "item:Z", "ruling:13"]
    year: 2026
    households: [{household: H1}]
    expected: {ranks: {H1: 1}}
"""


def test_what_is_untried_or_mislabelled_is_named(tmp_path: Path) -> None:
    path = tmp_path / CASES_FILE
    path.write_text(BOOK, "utf-8")
    ruleset = shipped("fuling-maan-2022")
    village = ruleset.model_copy(update={"id": "v", "extends": None})
    found = [why.text("en") for why in untried(village, path)]
    assert "no case tries item:7" in found
    assert "no year tries stage:group" in found
    assert "no year tries honour:top_three" in found
    assert "no year tries support" in found
    assert any(each.startswith("no case shows ruling 17: ") for each in found)
    assert not any(each.startswith("no case shows ruling 13: ") for each in found)
    assert found[-2:] == [
        "case “b” covers item:Z, which the ruleset has not",
        "case “b” covers ruling 14, but does not expect `balances`",
    ]


def test_every_year_looks_at_something() -> None:
    for ruleset_id in ruleset_ids():
        for case in load_book(cases_of(ruleset_id)).years:
            assert case.expected.model_dump(exclude_defaults=True), case.name


@pytest.mark.parametrize("ruleset_id", ruleset_ids())
def test_what_villagers_and_clerks_read_is_chinese(ruleset_id: str) -> None:
    """Reasons reach ledgers and cards; notes, rulings and what people do are what `ruleset show`
    and `ruleset clauses` print."""
    ruleset = shipped(ruleset_id)
    kept = ruleset.model_dump(mode="json")
    said = [ruleset.note, *(ruling.text for ruling in ruleset.rulings), *_reasons(kept)]
    sentences = [re.sub(r"`.*?`|[a-z]+(-[a-z0-9]+)+", "", text) for text in said]
    english = [text for text in sentences if re.search(r"[A-Za-z]{3,}", text)]
    assert english == []


def _reasons(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (
            each for key, each in value.items() if key in ("reason", "note", "people") and each
        )
        value = [*value.values()]
    if isinstance(value, list):
        for each in value:
            yield from _reasons(each)


def test_what_the_source_says_in_part_cites_its_clause() -> None:
    maan = shipped("fuling-maan-2022")
    assert (maan.closing.source, maan.publicity.source) == ("二(二)3.4", "二(二)3.2")
    assert "年末核算清零" in maan.words_of(maan.closing)
    example = shipped("ninghe-example-village")
    item = example.item("C1")
    assert item is not None
    assert item.source is None
    assert example.words_of(item) == item.text
