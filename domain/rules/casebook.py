"""The form of a `cases.yaml` (rulesets/README.md): worked cases, claims in, awards out."""

from collections import Counter
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, NaiveDatetime, ValidationError, model_validator

from domain.kernel.reasons import reason
from domain.rules.faults import FaultyRuleset, Unfit, findings
from domain.rules.schema import Points, Strict
from domain.rules.yaml_file import read_yaml, written

CASES_FILE = "cases.yaml"
# A row of a sheet, by column codes.
Row = dict[str, str | int | float | bool | date | datetime]


class CaseClaim(Strict):
    """An approved claim, as its household enters it."""

    ref: str
    item: str
    on: date
    quantity: int = Field(default=1, ge=1)
    score: Points | None = None
    matter: str = ""
    household: str = "H001"
    member: str | None = None
    submitted_at: NaiveDatetime | None = None

    @property
    def submitted(self) -> datetime:
        """When it was submitted: at the end of its day, where the case does not say."""
        return self.submitted_at or datetime.combine(self.on, time.max)


class CaseHousehold(Strict):
    """A household that takes part from `enrolled_on` on, `members` of whom take part."""

    household: str
    enrolled_on: date
    members: int | None = Field(default=None, ge=1)


class Case(Strict):
    """What the claims of one year earn: the points of each, and households' scores.

    `covers` names what the case is there to show; `effects` names a rule that took from a claim.
    """

    name: str
    covers: tuple[str, ...]
    year: int
    households: tuple[CaseHousehold, ...] = ()
    claims: tuple[CaseClaim, ...]
    awards: dict[str, Points]
    effects: dict[str, str] = Field(default_factory=dict)
    scores: dict[str, Points] = Field(default_factory=dict)

    @property
    def enrolled_on(self) -> dict[str, date]:
        """From when each household takes part: 1 January, where the case does not say."""
        named = [*(claim.household for claim in self.claims), *self.scores]
        return {
            **dict.fromkeys(named, date(self.year, 1, 1)),
            **{one.household: one.enrolled_on for one in self.households},
        }

    @model_validator(mode="after")
    def _speaks_of_its_own_claims(self) -> Self:
        refs = Counter(claim.ref for claim in self.claims)
        if twice := [ref for ref, count in refs.items() if count > 1]:
            raise Unfit(reason("case_ref_twice", refs=tuple(twice)))
        if silent := [ref for ref in refs if ref not in self.awards]:
            raise Unfit(reason("case_awards_silent", refs=tuple(silent)))
        if strange := [ref for ref in (*self.awards, *self.effects) if ref not in refs]:
            raise Unfit(reason("case_ref_unknown", refs=tuple(strange)))
        if other := [claim.ref for claim in self.claims if claim.on.year != self.year]:
            raise Unfit(reason("case_other_year", refs=tuple(other), year=self.year))
        return self


class YearPerson(Strict):
    """Who decides: a reviewer at `stages` (the first, where none is named), or the town's."""

    code: str
    role: Literal["reviewer", "town", "committee"] = "reviewer"
    stages: tuple[str, ...] = ()
    household: str | None = None
    area: str = ""


class YearRound(Strict):
    """The opening days of a redemption round, the first and the last one."""

    period: str
    first: date = Field(alias="from")
    last: date = Field(alias="to")


class Appeal(Strict):
    """An objection taken to the second level, and what became of it there."""

    ref: str
    at: date
    outcome: Literal["upheld", "dismissed"]
    decided_by: str
    decided_at: date


class NoticeExpected(Strict):
    """When a notice is published and closes (its last day), and what it says and never says."""

    published: date
    closes: date | None = None
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


class Expected(Strict):
    """What comes of a year; whatever is not named is not looked at.

    due       `audit close 2026-03`: the day by whose end, or on which, the step falls due
    claims    approved, rejected, pending or annulled; `registered` in which audit
    earned    what the ledger holds for a claim's number, corrections included
    balances  of the year's account; `next_balances` of the next year's
    averages  what the standing ranks by, where that is an average
    refused   words of the answer to a row that is refused, by its number (or household)
    blocked   words of what a step says that waits for people, by its name
    """

    due: dict[str, date] = Field(default_factory=dict)
    claims: dict[str, Literal["approved", "rejected", "pending", "annulled"]] = Field(
        default_factory=dict
    )
    registered: dict[str, str] = Field(default_factory=dict)
    earned: dict[str, Points] = Field(default_factory=dict)
    scores: dict[str, Points] = Field(default_factory=dict)
    balances: dict[str, Points] = Field(default_factory=dict)
    next_balances: dict[str, Points] = Field(default_factory=dict)
    averages: dict[str, Points] = Field(default_factory=dict)
    ranks: dict[str, int] = Field(default_factory=dict)
    honours: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    support: tuple[str, ...] | None = None
    refused: dict[str, str] = Field(default_factory=dict)
    blocked: dict[str, str] = Field(default_factory=dict)
    notices: dict[str, NoticeExpected] = Field(default_factory=dict)


class YearCase(Strict):
    """A whole year of a few households (全年演算): what people bring and do, and what comes of it.

    Rows are those of the sheets that an import takes, by their column codes; what every sheet has
    to say and a case needs not (a place, a reason, a head's name) is filled in. The steps of the
    cycle are done as they fall due, until the end of `until`, or of the year's last step.
    """

    name: str
    covers: tuple[str, ...]
    year: int
    households: tuple[Row, ...]
    people: tuple[YearPerson, ...] = ()
    kin: tuple[tuple[str, str], ...] = ()
    members: tuple[Row, ...] = ()
    goods: tuple[Row, ...] = ()
    claims: tuple[Row, ...] = ()
    decisions: tuple[Row, ...] = ()
    objections: tuple[Row, ...] = ()
    appeals: tuple[Appeal, ...] = ()
    redemptions: tuple[Row, ...] = ()
    rounds: tuple[YearRound, ...] = ()
    until: date | None = None
    expected: Expected


class CaseBook(Strict):
    """A `cases.yaml`: claims and what they earn, and whole years of small villages."""

    cases: tuple[Case, ...]
    years: tuple[YearCase, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _on_is_a_word(cls, data: Any) -> Any:
        """YAML 1.1 reads the key `on` as the truth value; here it is always the word."""
        return _with_on(data)


def load_book(path: Path) -> CaseBook:
    """A file of worked cases; BadInput where it cannot be read, FaultyRuleset names each place in
    it that is wrong."""
    data = read_yaml(path)
    try:
        return CaseBook.model_validate(data)
    except ValidationError as error:
        found = findings(error, _with_on(data), CaseBook, written(path))
        faults = [reason("fault_in_file", file=path, why=each) for each in found]
        raise FaultyRuleset(faults) from error


def load_cases(path: Path) -> tuple[Case, ...]:
    """The cases of a file that are about what claims earn."""
    return load_book(path).cases


def _with_on(data: Any) -> Any:
    if isinstance(data, dict):
        return {"on" if key is True else key: _with_on(value) for key, value in data.items()}
    return [_with_on(value) for value in data] if isinstance(data, list) else data
