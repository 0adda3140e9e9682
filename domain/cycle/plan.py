"""The plan of a cycle (周期计划): which steps of a community's year fall due, and when. Pure.

Due times come from the ruleset's cadence and the working-day calendar.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from domain.cycle.calendar import (
    WorkingDays,
    audit_deadline,
    audit_period,
    clearing_moment,
    publicity_dates,
    reminder_days,
    settling_moment,
)
from domain.kernel.local_time import LOCAL, after_day, start_of_day
from domain.kernel.period import Period
from domain.rules.schema import ReportDue
from domain.rules.versions import Version, version_on

# When the office starts its day: notices are published and reminders go out then.
OFFICE_OPENS = time(9, 0)
# Of two steps due at the same moment, the one further left comes first.
ORDER = ("open", "collect", "remind", "close", "report", "publish", "preview", "settle", "clear")


@dataclass(frozen=True)
class Step:
    """One step of the cycle: its process, period, name, and when it is due (UTC)."""

    process: str
    period: Period
    step: str
    due_at: datetime


def plan(versions: Sequence[Version], year: int, calendar: WorkingDays | None = None) -> list[Step]:
    """All steps of one year's cycle, in the order in which they fall due.

    Only from the first adoption on; a year before it has none.
    """
    calendar = calendar or WorkingDays()
    first_day = max(date(year, 1, 1), min(version.starts_on for version in versions))
    if first_day.year > year:
        return []
    steps = [
        *_openings(versions, year, first_day),
        *_audits(versions, year, first_day, calendar),
        *_publicity(versions, year, first_day),
        *_rounds(versions, year, first_day),
        *_reports(versions, year, first_day, calendar),
        *_settlement(versions, year),
    ]
    return sorted(steps, key=sort_key)


def sort_key(step: Step) -> tuple[datetime, int, str]:
    """Steps in the order in which they are done."""
    name = step.step.split("_")[0]
    return step.due_at, ORDER.index(name) if name in ORDER else len(ORDER), str(step.period)


def _office(day: date) -> datetime:
    return datetime.combine(day, OFFICE_OPENS, LOCAL)


def _openings(versions: Sequence[Version], year: int, first_day: date) -> list[Step]:
    """The books of the year, and of each quarter that gives a base of its own."""
    steps = [Step("collect", Period(year, "year", 1), "open", start_of_day(first_day))]
    for quarter in Period.all_in("quarter", year):
        opens_on = max(quarter.start, first_day)
        if quarter.end < first_day:
            continue
        items = version_on(versions, opens_on).ruleset.items
        if any(item.kind == "base" and item.per == "quarter" for item in items):
            steps.append(Step("collect", quarter, "open", start_of_day(opens_on)))
    return steps


def _audits(
    versions: Sequence[Version], year: int, first_day: date, calendar: WorkingDays
) -> list[Step]:
    steps = []
    for month in Period.all_in("month", year):
        if month.end < first_day:
            continue
        ruleset = version_on(versions, month.end).ruleset
        steps.append(Step("collect", month, "collect", after_day(month.end)))
        if audit_period(ruleset, month.start) != month:
            continue
        deadline = audit_deadline(ruleset, month)
        days = reminder_days(ruleset, month, calendar)
        steps += [
            Step("audit", month, f"remind_{number}", _office(day))
            for number, day in enumerate(days, start=1)
        ]
        steps.append(Step("audit", month, "close", deadline))
    return steps


def _publicity(versions: Sequence[Version], year: int, first_day: date) -> list[Step]:
    steps = []
    for quarter in Period.all_in("quarter", year):
        if quarter.end < first_day:
            continue
        published_on, closes_at = publicity_dates(
            version_on(versions, quarter.end).ruleset, quarter
        )
        steps.append(Step("publicity", quarter, "publish", _office(published_on)))
        steps.append(Step("publicity", quarter, "close", closes_at))
    return steps


def _rounds(versions: Sequence[Version], year: int, first_day: date) -> list[Step]:
    return [
        Step("redemption", half, "close", after_day(half.end))
        for half in Period.all_in("half_year", year)
        if half.end >= first_day
        and version_on(versions, half.end).ruleset.redemption.every == "half_year"
    ]


def _reports(
    versions: Sequence[Version], year: int, first_day: date, calendar: WorkingDays
) -> list[Step]:
    """Reports are drawn up on the working day before they are due (6月20日前): those of the
    version then in force, one a half year."""
    steps = {}
    for day in sorted({_due(report, year) for each in versions for report in each.ruleset.reports}):
        half = Period.of("half_year", day)
        if day <= first_day or half in steps:
            continue
        drawn_up_on = max(calendar.before(day, 1), first_day)
        reports = version_on(versions, drawn_up_on).ruleset.reports
        if any(_due(report, year) == day for report in reports):
            steps[half] = Step("report", half, "report", _office(drawn_up_on))
    return list(steps.values())


def _due(report: ReportDue, year: int) -> date:
    return date(year, *map(int, report.due.split("-")))


def _settlement(versions: Sequence[Version], year: int) -> list[Step]:
    """Preview with the last notice, settle when its window has closed, clear on the date."""
    ruleset = version_on(versions, date(year, 12, 31)).ruleset
    whole = Period(year, "year", 1)
    published_on, closes_at = publicity_dates(ruleset, Period.of("quarter", whole.end))
    settles_at = settling_moment(closes_at)
    steps = [
        Step("settle", whole, "preview", _office(published_on) + timedelta(minutes=1)),
        Step("settle", whole, "settle", settles_at),
    ]
    cleared_at = clearing_moment(ruleset, year)
    if cleared_at is not None:
        steps.append(Step("settle", whole, "clear", max(cleared_at, settles_at)))
    return steps
