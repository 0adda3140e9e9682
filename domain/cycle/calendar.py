"""The calendar (日历): deadlines and working days. Pure: no database, no clock."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from domain.kernel.local_time import after_day, end_of_day, local_date
from domain.kernel.period import Period
from domain.rules.outline import Outlined
from domain.rules.schema import Ruleset

if TYPE_CHECKING:
    from holidays import HolidayBase


# The years whose holidays and make-up working days the installed `holidays` knows from the State
# Council's notices; a test compares it. To ask the library costs a command a third of a second.
ANNOUNCED_YEARS = range(2001, 2027)


@dataclass(frozen=True)
class WorkingDays:
    """Chinese working days: public holidays and make-up working days (调休) count.

    A town can add its own `days_off` and `working_days`. For a year whose holidays have not
    been announced, weekends and the fixed holidays that `holidays` knows are what is known.
    """

    days_off: Collection[date] = field(default_factory=frozenset)
    working_days: Collection[date] = field(default_factory=frozenset)

    def is_working(self, day: date) -> bool:
        if day in self.working_days:
            return True
        if day in self.days_off:
            return False
        return _national(day.year).is_working_day(day)

    def last_until(self, day: date) -> date:
        """The last working day that is no later than `day`."""
        return day if self.is_working(day) else self.before(day, 1)

    def first_from(self, day: date) -> date:
        """The first working day that is no earlier than `day`."""
        while not self.is_working(day):
            day += timedelta(days=1)
        return day

    def before(self, day: date, count: int) -> date:
        """The `count`-th working day before `day`."""
        while count > 0:
            day -= timedelta(days=1)
            count -= self.is_working(day)
        return day


@lru_cache(maxsize=32)
def _national(year: int) -> "HolidayBase":
    import holidays  # lazy: start

    return holidays.country_holidays("CN", years=year)


def audit_period(ruleset: Outlined, day: date) -> Period:
    """The month whose audit a claim of that day belongs to (ruling 25)."""
    if ruleset.audit.every == "quarter":
        return Period.of("month", Period.of("quarter", day).end)
    return Period.of("month", day)


def next_audit(ruleset: Ruleset, period: Period) -> Period:
    """The audit after this one."""
    return audit_period(ruleset, period.following().start)


def audit_deadline(ruleset: Ruleset, period: Period) -> datetime:
    """The 5th of the next month, end of day (于次月5日前, ruling 17)."""
    return end_of_day(period.following().start.replace(day=ruleset.review.due.day))


def reminder_days(ruleset: Ruleset, period: Period, calendar: WorkingDays) -> list[date]:
    """Working days on which reviewers are reminded, earliest first (ruling 17).

    `0` stands for the deadline's own day, and only where that is a working day.
    """
    return rungs(ruleset, last_day_before(audit_deadline(ruleset, period)), calendar)


def rungs(ruleset: Outlined, last_day: date, calendar: WorkingDays) -> list[date]:
    """The working days on which people are reminded of what is due on `last_day`."""
    days = {
        calendar.before(last_day, count)
        for count in ruleset.review.reminders_working_days
        if count > 0 or calendar.is_working(last_day)
    }
    return sorted(days)


def last_day_before(moment: datetime) -> date:
    """The last day on which something is in time; a deadline may be 00:00 of the next."""
    return local_date(moment - timedelta(microseconds=1))


def publicity_dates(ruleset: Ruleset, quarter: Period) -> tuple[date, datetime]:
    """When a quarter's notice is published, and when its window closes (ruling 26)."""
    deadline = audit_deadline(ruleset, Period.of("month", quarter.end))
    published_on = local_date(deadline) + timedelta(days=1)
    return published_on, end_of_day(published_on + timedelta(days=ruleset.publicity.open_days))


def settling_moment(closes_at: datetime) -> datetime:
    """When a year is settled: the last window has been open to its last day's end (ruling 15)."""
    return after_day(last_day_before(closes_at))


def clearing_moment(ruleset: Ruleset, year: int) -> datetime | None:
    """The end of the clearing date of `year`'s points; None where they are never cleared."""
    last_day = ruleset.closing.clears_after(year)
    return None if last_day is None else end_of_day(last_day)
