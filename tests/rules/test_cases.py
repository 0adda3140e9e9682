"""The worked cases of every ruleset that ships, and the runner that runs them."""

from pathlib import Path

import pytest

from domain.kernel.errors import BadInput
from domain.rules.cases import CASES_FILE, load_cases, run_cases, uncovered
from domain.rules.faults import FaultyRuleset
from domain.rules.load import RULESETS_DIR, ruleset_ids, shipped
from tests.rules.builders import cap, exclusion, item, ruleset

CASE = """
cases:
  - name: one claim
    covers: ["item:A"]
    year: 2026
    claims:
      - {ref: C1, item: A, on: 2026-03-05}
    awards: {C1: 10}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / CASES_FILE


@pytest.mark.parametrize("ruleset_id", ruleset_ids())
def test_the_cases_of_a_ruleset_hold(ruleset_id: str) -> None:
    results = run_cases(shipped(ruleset_id), RULESETS_DIR / ruleset_id / CASES_FILE)
    assert results
    assert [f"{one.name}: {text}" for one in results for text in one.differences] == []
    assert all(one.passed for one in results)


@pytest.mark.parametrize("ruleset_id", ruleset_ids())
def test_the_cases_of_a_ruleset_try_all_of_it(ruleset_id: str) -> None:
    cases = load_cases(RULESETS_DIR / ruleset_id / CASES_FILE)
    assert uncovered(shipped(ruleset_id), cases) == []


class TestRunning:
    def test_a_case_that_holds(self, path: Path) -> None:
        path.write_text(CASE, "utf-8")
        (result,) = run_cases(ruleset(item("A")), path)
        assert result.passed
        assert result.differences == ()

    def test_every_difference_is_a_sentence(self, path: Path) -> None:
        path.write_text(
            """
cases:
  - name: all of it wrong
    covers: []
    year: 2026
    households:
      - {household: H001, enrolled_on: 2026-01-01, members: 3}
      - {household: H002, enrolled_on: 2026-05-01}
    claims:
      - {ref: C1, item: A, on: 2026-03-05, quantity: 2}
      - {ref: C2, item: A, on: 2026-03-06, household: H002}
    awards: {C1: 20, C2: 9.5}
    effects: {C1: year, C2: frequency}
    scores: {H001: 35, H002: 10}
""",
            "utf-8",
        )
        rules = ruleset(
            item("A", caps=[cap("year", 15, "year")]),
            item("base", "base", points=20, per="year"),
        )
        (result,) = run_cases(rules, path)
        assert not result.passed
        assert result.differences == (
            "C1 (item A, 2026-03-05) earns 15, the case says 20: the item gives 20, year takes 5",
            "C2 (item A, 2026-03-06) earns 10, the case says 9.5: the item gives 10",
            "C2 (item A, 2026-03-06) loses nothing by frequency: the item gives 10",
            "H002 scores 30, the case says 10",
        )

    def test_a_claim_that_cannot_be_scored_fails_its_case_alone(self, path: Path) -> None:
        path.write_text(CASE + CASE.replace("cases:", "").replace("item: A", "item: X"), "utf-8")
        first, second = run_cases(ruleset(item("A")), path)
        assert first.passed
        assert second.differences == (
            "it cannot be scored: claim C1: item X has no adopted value on 2026-03-05;"
            " adopt a ruleset that gives it one",
        )

    def test_of_an_event_it_is_said_what_it_took_back(self, path: Path) -> None:
        path.write_text(
            """
cases:
  - name: 归零
    covers: []
    year: 2026
    claims:
      - {ref: C1, item: A, on: 2026-03-05}
      - {ref: C2, item: Z, on: 2026-03-06}
    awards: {C1: 10, C2: -8}
""",
            "utf-8",
        )
        (result,) = run_cases(
            ruleset(item("A"), item("Z", "zeroing", zeroes=["contribution"])), path
        )
        assert result.differences == (
            "C2 (item Z, 2026-03-06) earns -10, the case says -8: it takes back 10 of what the"
            " household gained until then",
        )

    def test_a_members_claims_are_told_apart(self, path: Path) -> None:
        path.write_text(
            """
cases:
  - name: two members
    covers: []
    year: 2026
    claims:
      - {ref: C1, item: A, on: 2026-03-05, member: M1}
      - {ref: C2, item: A, on: 2026-03-05, member: M2}
      - {ref: C3, item: A, on: 2026-03-05, member: M1, submitted_at: "2026-03-05T08:00"}
      - {ref: C4, item: A, on: 2026-03-05, member: M1, household: H002}
    awards: {C1: 0, C2: 10, C3: 10, C4: 10}
""",
            "utf-8",
        )
        (result,) = run_cases(ruleset(item("A", of="member", per="year")), path)
        assert result.differences == ()


class TestTheFile:
    @pytest.mark.parametrize(
        ("wrong", "right", "message"),
        [
            ("item: A", "itme: A", "claims.“C1”.itme: the key is unknown; write `item`"),
            ("item: A", "item: 7", 'claims.“C1”.item: it must be text; write "7" in quotation'),
            ("{C1: 10}", "{C2: 10}", "cases.“one claim”: `awards` says nothing of C1: name every"),
            ("{C1: 10}", "{C1: 10, C2: 1}", "cases.“one claim”: there is no claim C2: correct"),
            ("{C1: 10}", "{C1: 10.001}", "cases.“one claim”.awards.C1: “10.001” is not a number"),
            ("2026-03-05", "2025-03-05", "cases.“one claim”: C1 did not occur in 2026: correct"),
            ("on: 2026-03-05}", "on: 2026-03-05, quantity: 0}", "“C1”.quantity: it must be"),
            (
                "- {ref: C1,",
                "- {ref: C1, item: A, on: 2026-01-05}\n      - {ref: C1,",
                "cases.“one claim”: the ref C1 stands twice",
            ),
            ("- name: one claim\n    ", "- ", "cases.0.name: it is missing; write it"),
            ("cases:", "case:", "cases: it is missing; write it"),
        ],
    )
    def test_a_fault_is_named_with_its_place(
        self, path: Path, wrong: str, right: str, message: str
    ) -> None:
        path.write_text(CASE.replace(wrong, right), "utf-8")
        with pytest.raises(FaultyRuleset) as caught:
            run_cases(ruleset(item("A")), path)
        assert str(caught.value).startswith(f"{path}: ")
        assert message in str(caught.value)

    @pytest.mark.parametrize("text", ["cases: 7", "cases: [7]", "cases: [{}]", "[]", "a: b: c"])
    def test_what_is_no_case_book_is_refused(self, path: Path, text: str) -> None:
        path.write_text(text, "utf-8")
        with pytest.raises((BadInput, FaultyRuleset)):
            load_cases(path)

    def test_a_file_that_is_not_there_is_refused(self, path: Path) -> None:
        with pytest.raises(BadInput, match="cannot be read"):
            load_cases(path)


class TestCoverage:
    rules = ruleset(
        item("A", caps=[cap("a-year", 15, "year")]),
        item("B", highest_of="g"),
        item("C", "voiding", voids=["A"]),
        item("D", "record"),
        item("E", "base", per="year"),
        item("F", points=None),
        exclusions=[exclusion("e", "D", "year", "B")],
    )

    def found(self, path: Path, covers: str, claims: str, awards: str, scores: str) -> list[str]:
        path.write_text(
            f"cases: [{{name: one, covers: [{covers}], year: 2026, claims: [{claims}],"
            f" awards: {{{awards}}}, scores: {{{scores}}}}}]",
            "utf-8",
        )
        return [why.text("en") for why in uncovered(self.rules, load_cases(path))]

    def test_without_cases_nothing_is_covered(self) -> None:
        names = ["item:A", "item:B", "item:C", "item:E", "cap:a-year", "group:g", "exclusion:e"]
        found = [why.text("en") for why in uncovered(self.rules, [])]
        assert found == [f"no case tries {name}" for name in names]

    def test_a_claim_that_moves_points_tries_its_item_and_no_more(self, path: Path) -> None:
        claims = "{ref: C1, item: A, on: 2026-01-05}"
        assert self.found(path, '"item:A"', claims, "C1: 10", "H001: 20") == [
            f"no case tries {name}"
            for name in ["item:B", "item:C", "cap:a-year", "group:g", "exclusion:e"]
        ]

    def test_rules_are_tried_where_they_take_something(self, path: Path) -> None:
        claims = ", ".join(
            f"{{ref: C{number}, item: {code}, on: 2026-01-05, household: {household}}}"
            for number, (code, household) in enumerate(
                [
                    ("A", "H1"),
                    ("A", "H1"),
                    ("B", "H1"),
                    ("B", "H1"),
                    ("A", "H2"),
                    ("C", "H2"),
                    ("B", "H3"),
                    ("D", "H3"),
                ]
            )
        )
        awards = ", ".join(f"C{number}: 0" for number in range(8))
        assert self.found(path, "", claims, awards, "H1: 0") == []

    def test_a_cap_that_is_just_filled_is_tried(self, path: Path) -> None:
        claims = "{ref: C1, item: A, on: 2026-01-05}, {ref: C2, item: A, on: 2026-01-06}"
        rules = ruleset(item("A", caps=[cap("a-year", 20, "year")]))
        path.write_text(
            f"cases: [{{name: one, covers: [], year: 2026, claims: [{claims}],"
            " awards: {C1: 10, C2: 10}}]",
            "utf-8",
        )
        assert uncovered(rules, load_cases(path)) == []

    def test_an_award_that_a_higher_one_beats_is_tried(self, path: Path) -> None:
        claims = "{ref: C1, item: low, on: 2026-01-05}, {ref: C2, item: high, on: 2026-01-06}"
        rules = ruleset(
            item("low", points=5, highest_of="g"), item("high", points=9, highest_of="g")
        )
        path.write_text(
            f"cases: [{{name: one, covers: [], year: 2026, claims: [{claims}],"
            " awards: {C1: 0, C2: 9}}]",
            "utf-8",
        )
        assert uncovered(rules, load_cases(path)) == []

    def test_a_wrong_label_is_a_finding(self, path: Path) -> None:
        claims = "{ref: C1, item: A, on: 2026-01-05}"
        covers = '"item:Z", "ruling:9", "cap:a-year", "group:g", "item:B"'
        assert self.found(path, covers, claims, "C1: 10", "")[-4:] == [
            "case “one” covers item:Z, which the ruleset has not",
            "case “one” covers ruling:9, which the ruleset has not",
            "case “one” covers group:g, but no claim concerns that",
            "case “one” covers item:B, but no claim concerns that",
        ]
