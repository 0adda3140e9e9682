"""Worked cases (演算): what shows, by hand-made examples, that a ruleset is encoded right.

`run_cases` scores a case's claims with the evaluator that scores a town's, and compares;
`uncovered` says what no case tries.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from domain.kernel.errors import Refused
from domain.kernel.period import Period
from domain.kernel.points import format_points
from domain.kernel.reasons import Reason, reason
from domain.rules.casebook import CASES_FILE, Case, load_cases
from domain.rules.clauses import known_names
from domain.rules.evaluate import CLAIM_COLUMNS, Version, base_points, evaluate
from domain.rules.layers import caps_in_order, caps_on, counts_members
from domain.rules.schema import Cap, Ruleset

__all__ = ["CASES_FILE", "Case", "CaseResult", "load_cases", "run_case", "run_cases", "uncovered"]

RULES = ("void", "exclusion", "frequency", "highest_of")
# Kinds of items that move points; a `record` only puts a household on a list.
EARNING = ("base", "award", "graded", "deduction")
TAKING = ("zeroing", "voiding")
Row = dict[str, Any]


@dataclass(frozen=True)
class CaseResult:
    """Whether the evaluator gives what the case says, and each difference in a sentence."""

    name: str
    passed: bool
    whys: tuple[Reason, ...]

    @property
    def differences(self) -> tuple[str, ...]:
        """The differences in English, as `--json` gives them."""
        return self.told("en")

    def told(self, language: str) -> tuple[str, ...]:
        """The differences as sentences."""
        return tuple(why.text(language) for why in self.whys)


@dataclass(frozen=True)
class Evaluated:
    """What the evaluator gives: each claim's row, each household's score, the bases gained."""

    rows: dict[str, Row]
    scores: dict[str, int]
    bases: frozenset[str]


def run_cases(ruleset: Ruleset, path: Path) -> list[CaseResult]:
    """Every case of a file, scored and compared; BadInput where the file is not in form."""
    return [run_case(ruleset, case) for case in load_cases(path)]


def run_case(ruleset: Ruleset, case: Case) -> CaseResult:
    """One case, scored and compared."""
    whys = tuple(_differences(ruleset, case))
    return CaseResult(case.name, not whys, whys)


def uncovered(ruleset: Ruleset, cases: Sequence[Case]) -> list[Reason]:
    """What no case tries, and what a case says wrongly that it covers, in sentences.

    An item is tried where a claim of it (or its base) moves points or is beaten by a higher award
    (就高不就低), a cap where it is full, and a group, an exclusion or a voiding where it takes
    something away. A case may also cover what it shows not to bite, if it has a claim that is
    concerned.
    """
    to_try = _to_try(ruleset)
    known = known_names(ruleset) | {f"ruling:{ruling.number}" for ruling in ruleset.rulings}
    tried: set[str] = set()
    mislabelled = []
    for case in cases:
        tried |= _tried(ruleset, case)
        concerned = _concerned(ruleset, {claim.item for claim in case.claims})
        for name in case.covers:
            if name not in known:
                mislabelled.append(reason("case_covers_unknown", case=case.name, name=name))
            elif name in to_try and name not in concerned:
                mislabelled.append(reason("case_covers_idle", case=case.name, name=name))
    untried = [name for name in to_try if name not in tried]
    return [*(reason("no_case_tries", name=name) for name in untried), *mislabelled]


def _score(ruleset: Ruleset, case: Case) -> Evaluated:
    """The case's year under this ruleset; Refused where a claim cannot be scored."""
    versions = [Version(ruleset.effective_from, ruleset)]
    numbers = {household: number for number, household in enumerate(case.enrolled_on)}
    households = pl.DataFrame(
        [(numbers[household], day, None) for household, day in case.enrolled_on.items()],
        schema={"household": pl.Int64, "eligible_from": pl.Date, "eligible_until": pl.Date},
        orient="row",
    )
    bases = base_points(households, versions, case.year, date(case.year, 12, 31))
    awards = evaluate(_claims(case, numbers), bases, versions)
    totals: dict[int, int] = defaultdict(int)
    for frame in (bases, awards):
        for number, points in frame.select("household", "points").iter_rows():
            totals[number] += points
    return Evaluated(
        rows={row["ref"]: row for row in awards.iter_rows(named=True)},
        scores={household: totals[number] for household, number in numbers.items()},
        bases=frozenset(bases["item"]),
    )


def _claims(case: Case, numbers: dict[str, int]) -> pl.DataFrame:
    names = [claim.member for claim in case.claims]
    members = {name: number for number, name in enumerate(names) if name is not None}
    rows = [
        {
            "claim": number,
            "household": numbers[claim.household],
            "member": None if claim.member is None else members[claim.member],
            "item": claim.item,
            "quantity": claim.quantity,
            "score": claim.score,
            "matter": claim.matter,
            "occurred_on": claim.on,
            "submitted_at": claim.submitted,
            "ref": claim.ref,
        }
        for number, claim in enumerate(case.claims)
    ]
    return pl.DataFrame(rows, schema=CLAIM_COLUMNS)


def _differences(ruleset: Ruleset, case: Case) -> Iterator[Reason]:
    """In what the evaluator disagrees with the case, one sentence each."""
    try:
        outcome = _score(ruleset, case)
    except Refused as refusal:
        yield reason("case_unscored", why=refusal.why)
        return
    for ref, points in case.awards.items():
        row = outcome.rows[ref]
        if row["points"] != points:
            yield reason(
                "case_earns",
                ref=ref,
                item=row["item"],
                day=row["occurred_on"],
                came=format_points(row["points"]),
                said=format_points(points),
                why=_explanation(ruleset, row),
            )
    for ref, rule in case.effects.items():
        row = outcome.rows[ref]
        if rule not in _takers(ruleset, row):
            yield reason(
                "case_loses_nothing",
                ref=ref,
                item=row["item"],
                day=row["occurred_on"],
                rule=rule,
                why=_explanation(ruleset, row),
            )
    for household, points in case.scores.items():
        score = outcome.scores[household]
        if score != points:
            came, said = format_points(score), format_points(points)
            yield reason("worked_score", name=household, came=came, said=said)


def _explanation(ruleset: Ruleset, row: Row) -> Reason:
    item = ruleset.item(row["item"])
    if item is not None and item.kind == "zeroing":
        return reason("case_takes_back", points=format_points(-row["points"]))
    why = reason("case_item_gives", points=format_points(row["raw"]))
    for rule, taken in _takers(ruleset, row).items():
        why = reason("case_and_takes", before=why, rule=rule, points=format_points(taken))
    return why


def _takers(ruleset: Ruleset, row: Row) -> dict[str, int]:
    """What each rule took from a claim; caps by their ids, rules that took nothing left out."""
    taken = {rule: row[rule] for rule in RULES}
    taken |= {cap.id: row[column] for cap, column in _caps(ruleset, row)}
    return {rule: points for rule, points in taken.items() if points}


def _caps(ruleset: Ruleset, row: Row) -> list[tuple[Cap, str]]:
    """The caps on a claim's item with the columns that tell what they took."""
    item = ruleset.item(row["item"])
    caps = caps_on(ruleset, item) if item else []
    return [(cap, f"cap_{number}") for number, cap in enumerate(caps, start=1)]


def _to_try(ruleset: Ruleset) -> list[str]:
    """The names of all that moves points: what cases have to try."""
    return [
        *(
            f"item:{item.code}"
            for item in ruleset.items
            if item.kind in TAKING or (item.kind in EARNING and item.points is not None)
        ),
        *(f"cap:{cap.id}" for cap, _ in caps_in_order(ruleset)),
        *(f"group:{group.id}" for group in ruleset.groups),
        *(f"exclusion:{exclusion.id}" for exclusion in ruleset.exclusions),
    ]


def _concerned(ruleset: Ruleset, claimed: set[str]) -> set[str]:
    """The names of what is about some claimed item; base points concern every household."""
    return {
        *(f"item:{item.code}" for item in ruleset.items if item.kind == "base"),
        *(f"item:{code}" for code in claimed),
        *(f"cap:{cap.id}" for cap, codes in caps_in_order(ruleset) if claimed & {*codes}),
        *(f"group:{item.highest_of}" for item in ruleset.items if item.code in claimed),
        *(f"exclusion:{one.id}" for one in ruleset.exclusions if claimed & {*one.items, *one.by}),
    }


def _tried(ruleset: Ruleset, case: Case) -> set[str]:
    """The names of what moves points in this case."""
    try:
        outcome = _score(ruleset, case)
    except Refused:
        return set()
    rows = list(outcome.rows.values())
    tried = {f"item:{code}" for code in outcome.bases if case.scores}
    # The value of what another award beats was compared with that one's.
    tried |= {f"item:{row['item']}" for row in rows if row["points"] or row["highest_of"]}
    tried |= {f"cap:{cap.id}" for row in rows for cap, column in _caps(ruleset, row) if row[column]}
    tried |= {
        f"cap:{cap.id}"
        for cap, codes in caps_in_order(ruleset)
        if _is_filled(ruleset, cap, codes, rows)
    }
    for row in rows:
        item = ruleset.item(row["item"])
        if item and row["highest_of"]:
            tried.add(f"group:{item.highest_of}")
        causes = {other["item"] for other in rows if other["household"] == row["household"]}
        if row["exclusion"]:
            tried |= {
                f"exclusion:{exclusion.id}"
                for exclusion in ruleset.exclusions
                if row["item"] in exclusion.items and causes & {*exclusion.by}
            }
        if row["void"]:
            tried |= {
                f"item:{other.code}"
                for other in ruleset.items
                if row["item"] in other.voids and other.code in causes
            }
    return tried


def _is_filled(ruleset: Ruleset, cap: Cap, codes: tuple[str, ...], rows: list[Row]) -> bool:
    """Whether somebody used a cap up to its limit, be it without losing anything to it."""
    by_member = counts_members(ruleset, codes)
    used: dict[tuple[object, ...], int] = defaultdict(int)
    for row in rows:
        if row["item"] in codes and row["points"] > 0:
            day = row["occurred_on"]
            matter = row["matter"] if cap.per == "event" else None
            period = day if cap.per in ("event", "day") else Period.of(cap.per, day)
            member = row["member"] if by_member else None
            used[row["household"], member, period, matter] += row["points"]
    return any(points >= cap.max for points in used.values())
