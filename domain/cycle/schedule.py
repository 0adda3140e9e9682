"""When steps fall due (到期时间): for each step of the catalogue, its times in one year. Pure.

Each function answers pairs of a period and the moment at which the step is due for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from domain.cycle.calendar import (
    WorkingDays,
    audit_deadline,
    audit_period,
    clearing_moment,
    last_day_before,
    publicity_dates,
    reminder_days,
    rungs,
    settling_moment,
)
from domain.kernel.local_time import LOCAL, after_day, local_date, start_of_day
from domain.kernel.period import Period
from domain.rules.schema import ReportDue, Ruleset
from domain.rules.versions import Version, version_on

# When the office starts its day: notices are published and reminders go out then.
OFFICE_OPENS = time(9, 0)
# Each day's claims are taken in when the day's work is done.
DAY_ENDS = time(20, 0)

Dues = Iterator[tuple[Period, datetime]]


@dataclass(frozen=True)
class Year:
    """A community's year: its rules from `first_day` on, and its working days.

    `rounds` are the first and the last opening day of the redemption rounds that it has set.
    """

    number: int
    versions: Sequence[Version]
    calendar: WorkingDays
    first_day: date
    rounds: Mapping[Period, tuple[date, date]] = field(default_factory=dict)

    def rules_on(self, day: date) -> Ruleset:
        """The ruleset in force on a day."""
        return version_on(self.versions, day).ruleset

    def periods(self, kind: str) -> list[Period]:
        """The year's periods of a kind that are not over before the scheme begins."""
        found = Period.all_in(kind, self.number)
        return [period for period in found if period.end >= self.first_day]

    def audits(self) -> Iterator[tuple[Period, Ruleset]]:
        """The months with an audit, each with its rules: all, or each quarter's last."""
        for month in self.periods("month"):
            ruleset = self.rules_on(month.end)
            if audit_period(ruleset, month.start) == month:
                yield month, ruleset

    def windows(self) -> Iterator[tuple[Period, date, datetime]]:
        """The quarters, each with the day of its notice and the end of the notice's window."""
        for quarter in self.periods("quarter"):
            yield quarter, *publicity_dates(self.rules_on(quarter.end), quarter)

    @property
    def whole(self) -> Period:
        """The year as a period."""
        return Period(self.number, "year", 1)


def office(day: date) -> datetime:
    """When the office opens on a day."""
    return datetime.combine(day, OFFICE_OPENS, LOCAL)


def year_ends(year: Year) -> Dues:
    """The end of the year: until then a step is done every day."""
    yield year.whole, after_day(year.whole.end)


def openings(year: Year) -> Dues:
    """The books of the year, and of each quarter that gives a base of its own."""
    yield year.whole, start_of_day(year.first_day)
    for quarter in year.periods("quarter"):
        opens_on = max(quarter.start, year.first_day)
        items = year.rules_on(opens_on).items
        if any(item.kind == "base" and item.per == "quarter" for item in items):
            yield quarter, start_of_day(opens_on)


def collections(year: Year) -> Dues:
    """The end of each month: until then claims are collected every evening."""
    for month in year.periods("month"):
        yield month, after_day(month.end)


def audit_reminders(year: Year) -> Dues:
    """The working days before each audit's deadline on which reviewers are reminded."""
    for month, ruleset in year.audits():
        for day in reminder_days(ruleset, month, year.calendar):
            yield month, office(day)


def audit_closings(year: Year) -> Dues:
    """The 5th of the next month, end of day."""
    for month, ruleset in year.audits():
        yield month, audit_deadline(ruleset, month)


def publications(year: Year) -> Dues:
    """The day after the audit of each quarter's last month."""
    for quarter, published_on, _closes_at in year.windows():
        yield quarter, office(published_on)


def window_closings(year: Year) -> Dues:
    """The end of each notice's window for objections."""
    for quarter, _published_on, closes_at in year.windows():
        yield quarter, closes_at


def window_reminders(year: Year) -> Dues:
    """The last working day on which one can still object to a notice."""
    for quarter, _published_on, closes_at in year.windows():
        yield quarter, office(last_chance(year.calendar, closes_at))


def last_chance(calendar: WorkingDays, closes_at: datetime) -> date:
    """The last working day before a window closes."""
    return calendar.last_until(last_day_before(closes_at))


def round_closings(year: Year) -> Dues:
    """The end of each half year, where the scheme redeems by half years; of a round that is opened
    only after it, the round's."""
    for half in year.periods("half_year"):
        if year.rules_on(half.end).redemption.every == "half_year":
            opens_on, closes_on = year.rounds.get(half, (half.start, half.end))
            yield half, after_day(closes_on if opens_on > half.end else half.end)


def round_reminders(year: Year) -> Dues:
    """The working days before a round's last day, where it has to reach so many households."""
    for half in year.periods("half_year"):
        ruleset = year.rules_on(half.end)
        terms = ruleset.redemption
        if terms.every == "half_year" and terms.coverage_percent is not None:
            _, last_day = year.rounds.get(half, (half.start, half.end))
            for day in rungs(ruleset, last_day, year.calendar):
                yield half, office(day)


def reports(year: Year) -> Dues:
    """The working day before a report is due (6月20日前): those of the version then in force, one a
    half year."""
    found: set[Period] = set()
    every = (report for version in year.versions for report in version.ruleset.reports)
    for day in sorted({report_day(report, year.number) for report in every}):
        half = Period.of("half_year", day)
        if day <= year.first_day or half in found:
            continue
        drawn_up_on = max(year.calendar.before(day, 1), year.first_day)
        wanted = year.rules_on(drawn_up_on).reports
        if any(report_day(report, year.number) == day for report in wanted):
            found.add(half)
            yield half, office(drawn_up_on)


def report_reminders(year: Year) -> Dues:
    """The working days before each report is due, the minute after one is drawn up."""
    every = (report for version in year.versions for report in version.ruleset.reports)
    for due in sorted({report_day(report, year.number) for report in every}):
        if due <= year.first_day:
            continue
        for day in rungs(year.rules_on(due), due, year.calendar):
            wanted = year.rules_on(day).reports if day >= year.first_day else ()
            if any(report_day(report, year.number) == due for report in wanted):
                yield Period.of("half_year", due), office(day) + timedelta(minutes=1)


def report_day(report: ReportDue, year: int) -> date:
    """The day of a year on which a report is due."""
    return date(year, *map(int, report.due.split("-")))


def previews(year: Year) -> Dues:
    """With the year's last notice, which is published the minute before."""
    published_on, _ = _last_window(year)
    yield year.whole, office(published_on) + timedelta(minutes=1)


def settlings(year: Year) -> Dues:
    """When the window of the year's last notice has closed."""
    yield year.whole, settling_moment(_last_window(year)[1])


def settling_reminders(year: Year) -> Dues:
    """The working days before the year's last window closes, and the first one after it."""
    closes_at = _last_window(year)[1]
    ruleset = year.rules_on(year.whole.end)
    for day in rungs(ruleset, last_day_before(closes_at), year.calendar):
        yield year.whole, office(day)
    settles_on = local_date(settling_moment(closes_at))
    yield year.whole, office(year.calendar.first_from(settles_on))


def clearings(year: Year) -> Dues:
    """The end of the clearing date, and no earlier than the year is settled."""
    cleared_at = clearing_moment(year.rules_on(year.whole.end), year.number)
    if cleared_at is not None:
        yield year.whole, max(cleared_at, settling_moment(_last_window(year)[1]))


def _last_window(year: Year) -> tuple[date, datetime]:
    last = Period.of("quarter", year.whole.end)
    return publicity_dates(year.rules_on(year.whole.end), last)
