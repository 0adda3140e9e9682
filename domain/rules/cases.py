"""Worked cases (演算): claims in, awards out, by hand; what shows that a ruleset is encoded right.

`cases.yaml` stands beside a ruleset (notes/RULESETS.md gives its form). Running the cases scores
their claims with the evaluator that scores a town's; `uncovered` names what none of them tries.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Self

import polars as pl
from pydantic import Field, ValidationError, model_validator

from domain.errors import BadInput, Refused
from domain.points import format_points
from domain.rules.coverage import Scored, exercised, names_to_cover
from domain.rules.clauses import known_names
from domain.rules.evaluate import CLAIM_COLUMNS, Version, base_points, evaluate
from domain.rules.layers import caps_on
from domain.rules.load import read_yaml
from domain.rules.schema import Points, Ruleset, Strict

FILE_NAME = "cases.yaml"
RULES = ("void", "exclusion", "frequency", "highest_of")


class CaseClaim(Strict):
    """An approved claim; without `submitted_at` it was submitted at the end of its day."""

    ref: str
    item: str
    on: date
    quantity: int = Field(default=1, ge=1)
    score: Points | None = None
    matter: str = ""
    household: str = "H001"
    member: str | None = None
    submitted_at: datetime | None = None


class CaseHousehold(Strict):
    """A household that takes part from `enrolled_on`, with so many `members` taking part."""

    household: str
    enrolled_on: date
    members: int | None = Field(default=None, ge=1)


class Case(Strict):
    """What the claims of one year earn: each claim's points, and households' scores."""

    name: str
    covers: tuple[str, ...]
    year: int
    households: tuple[CaseHousehold, ...] = ()
    claims: tuple[CaseClaim, ...]
    awards: dict[str, Points]
    effects: dict[str, str] = {}
    scores: dict[str, Points] = {}

    @property
    def takes_part(self) -> dict[str, date]:
        """From when each household takes part: 1 January, where the case does not say."""
        opening = date(self.year, 1, 1)
        return {
            **{claim.household: opening for claim in self.claims},
            **{household: opening for household in self.scores},
            **{one.household: one.enrolled_on for one in self.households},
        }

    @model_validator(mode="after")
    def _speaks_of_its_own_claims(self) -> Self:
        counts = Counter(claim.ref for claim in self.claims)
        if twice := [ref for ref, count in counts.items() if count > 1]:
            raise ValueError(f"the ref {', '.join(twice)} stands twice: give each claim its own")
        if silent := [ref for ref in counts if ref not in self.awards]:
            raise ValueError(f"`awards` says nothing of {', '.join(silent)}: name every claim")
        if strange := [ref for ref in (*self.awards, *self.effects) if ref not in counts]:
            raise ValueError(f"there is no claim {', '.join(strange)}: correct the ref")
        if other := [claim.ref for claim in self.claims if claim.on.year != self.year]:
            raise ValueError(f"{', '.join(other)} did not occur in {self.year}: correct `on`")
        return self


class Cases(Strict):
    """A `cases.yaml`."""

    cases: tuple[Case, ...]


@dataclass(frozen=True)
class CaseResult:
    """Whether the evaluator gives what the case says, and each difference in a sentence."""

    name: str
    passed: bool
    differences: tuple[str, ...]


def load_cases(path: Path) -> tuple[Case, ...]:
    """The cases of a file; BadInput names the case and the place in it."""
    data = read_yaml(path)
    try:
        return Cases.model_validate(_with_on(data)).cases
    except ValidationError as error:
        raise BadInput("; ".join(_findings(error, data, path))) from error


def run_cases(ruleset: Ruleset, path: Path) -> list[CaseResult]:
    """Score every case of a file and compare."""
    results = []
    for case in load_cases(path):
        differences = tuple(_differences(ruleset, case))
        results.append(CaseResult(case.name, not differences, differences))
    return results


def uncovered(ruleset: Ruleset, cases: Sequence[Case]) -> list[str]:
    """What no case tries out, and what a case's `covers` claims wrongly, in sentences.

    An item is tried where a claim of it earns or costs something, a cap where it is full, a
    group, an exclusion or a voiding where it takes something away.
    """
    rulings = {f"ruling:{ruling.number}" for ruling in ruleset.rulings}
    names = names_to_cover(ruleset)
    tried: set[str] = set()
    findings = []
    for case in cases:
        found = exercised(ruleset, scored(ruleset, case))
        tried |= found
        for name in case.covers:
            if name not in rulings and name not in known_names(ruleset):
                findings.append(f"case “{case.name}” covers {name}, which the ruleset has not")
            elif name in names and name not in found:
                findings.append(f"case “{case.name}” covers {name}, but nothing in it tries that")
    return [*(f"{name} is tried by no case" for name in names if name not in tried), *findings]


def scored(ruleset: Ruleset, case: Case) -> Scored:
    """The case's year under this ruleset alone; Refused where a claim cannot be scored."""
    versions = [Version(ruleset.effective_from, ruleset)]
    numbers = {household: number for number, household in enumerate(case.takes_part)}
    households = pl.DataFrame(
        [(numbers[household], day, None) for household, day in case.takes_part.items()],
        schema={"household": pl.Int64, "eligible_from": pl.Date, "eligible_until": pl.Date},
        orient="row",
    )
    bases = base_points(households, versions, case.year, date(case.year, 12, 31))
    awards = evaluate(_claims(case, numbers), bases, versions)
    total = (
        pl.concat([bases.select("household", "points"), awards.select("household", "points")])
        .group_by("household")
        .agg(pl.col("points").sum())
    )
    scores = dict(total.iter_rows())
    return Scored(
        awards={row["ref"]: row for row in awards.iter_rows(named=True)},
        bases=frozenset(bases["item"]),
        scores={household: scores.get(number, 0) for household, number in numbers.items()},
    )


def _claims(case: Case, numbers: dict[str, int]) -> pl.DataFrame:
    members = dict.fromkeys((claim.household, claim.member) for claim in case.claims)
    member_numbers = {member: number for number, member in enumerate(members)}
    rows = [
        {
            "claim": number,
            "household": numbers[claim.household],
            "member": claim.member and member_numbers[claim.household, claim.member],
            "item": claim.item,
            "quantity": claim.quantity,
            "score": claim.score,
            "matter": claim.matter,
            "occurred_on": claim.on,
            "submitted_at": claim.submitted_at or datetime.combine(claim.on, time.max),
            "ref": claim.ref,
        }
        for number, claim in enumerate(case.claims)
    ]
    return pl.DataFrame(rows, schema=CLAIM_COLUMNS)
