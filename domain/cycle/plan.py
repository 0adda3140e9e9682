"""The plan of a cycle (周期计划): which steps of a community's year fall due, and when. Pure.

Due times come from the catalogue, the ruleset's cadence and the working-day calendar.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.cycle.calendar import WorkingDays
from domain.cycle.catalogue import CATALOGUE, StepKind, find_kind
from domain.cycle.schedule import Year
from domain.kernel.period import Period
from domain.rules.versions import Version

_PLACES = {kind: place for place, kind in enumerate(CATALOGUE)}


@dataclass(frozen=True)
class Step:
    """One step of the cycle: its process, period, name, and when it is due (UTC)."""

    process: str
    period: Period
    step: str
    due_at: datetime


def plan(
    versions: Sequence[Version],
    year: int,
    calendar: WorkingDays | None = None,
    rounds: Mapping[Period, tuple[date, date]] | None = None,
) -> list[Step]:
    """All steps of one year's cycle, in the order in which they fall due.

    Only from the first adoption on; a year before it has none. `rounds` are the first and the last
    day of the redemption rounds for which a community has set them.
    """
    first_day = max(date(year, 1, 1), min(version.starts_on for version in versions))
    if first_day.year > year:
        return []
    terms = Year(year, versions, calendar or WorkingDays(), first_day, rounds or {})
    return sorted((step for kind in CATALOGUE for step in _steps(kind, terms)), key=sort_key)


def _steps(kind: StepKind, year: Year) -> Iterator[Step]:
    counts: dict[Period, int] = {}
    for period, due_at in kind.dues(year):
        counts[period] = counts.get(period, 0) + 1
        name = f"{kind.name}_{counts[period]}" if kind.numbered else kind.name
        yield Step(kind.process, period, name, due_at)


def sort_key(step: Step) -> tuple[datetime, int, str]:
    """Steps in the order in which they are done."""
    kind = find_kind(step.process, step.step)
    # What an earlier release kept and the catalogue has no more comes last.
    place = len(CATALOGUE) if kind is None else _PLACES[kind]
    return step.due_at, place, str(step.period)
