"""The form of a `cases.yaml` (rulesets/README.md): worked cases, claims in, awards out."""

from collections import Counter
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Self

from pydantic import Field, NaiveDatetime, ValidationError, model_validator

from domain.rules.faults import FaultyRuleset, findings
from domain.rules.schema import Points, Strict
from domain.rules.yaml_file import read_yaml

CASES_FILE = "cases.yaml"


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
            raise ValueError(f"the ref {', '.join(twice)} stands twice: give each claim its own")
        if silent := [ref for ref in refs if ref not in self.awards]:
            raise ValueError(f"`awards` says nothing of {', '.join(silent)}: name every claim")
        if strange := [ref for ref in (*self.awards, *self.effects) if ref not in refs]:
            raise ValueError(f"there is no claim {', '.join(strange)}: correct the ref")
        if other := [claim.ref for claim in self.claims if claim.on.year != self.year]:
            raise ValueError(f"{', '.join(other)} did not occur in {self.year}: correct `on`")
        return self


class CaseBook(Strict):
    """A `cases.yaml`."""

    cases: tuple[Case, ...]

    @model_validator(mode="before")
    @classmethod
    def _on_is_a_word(cls, data: Any) -> Any:
        """YAML 1.1 reads the key `on` as the truth value; here it is always the word."""
        return _with_on(data)


def load_cases(path: Path) -> tuple[Case, ...]:
    """The cases of a file; BadInput where it cannot be read, FaultyRuleset names each place in it
    that is wrong."""
    data = read_yaml(path)
    try:
        return CaseBook.model_validate(data).cases
    except ValidationError as error:
        found = findings(error, _with_on(data), CaseBook)
        raise FaultyRuleset([f"{path}: {finding}" for finding in found]) from error


def _with_on(data: Any) -> Any:
    if isinstance(data, dict):
        return {"on" if key is True else key: _with_on(value) for key, value in data.items()}
    return [_with_on(value) for value in data] if isinstance(data, list) else data
