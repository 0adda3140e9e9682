"""Deadlines, windows and working days: pure."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cycle.calendar import (
    WorkingDays,
    audit_deadline,
    audit_period,
    clearing_moment,
    next_audit,
    publicity_dates,
    reminder_days,
)
from domain.kernel.local_time import end_of_day, local_date, local_text
from domain.kernel.period import Period
from domain.rules.load import ruleset_ids, shipped
from domain.rules.schema import Ruleset
from tests.domain.builders import CLEARING, day, moment, review, rules
from tests.rules.builders import SOURCE

NATIONAL = WorkingDays()
MONTHS = st.builds(Period, st.integers(2000, 2060), st.just("month"), st.integers(1, 12))
DAYS = st.dates(date(2005, 1, 1), date(2060, 12, 31))


def reminded(ladder: tuple[int, ...], due: int = 5, **parts: object) -> Ruleset:
    return rules(review=review(due={"day": due}, reminders_working_days=ladder, **parts))


def test_the_deadline_is_the_fifth_end_of_day() -> None:
    assert audit_deadline(rules(), Period.parse("2026-03")) == moment("04-05T23:59:59")
    assert local_text(audit_deadline(rules(), Period.parse("2026-12"))) == "2027-01-05 23:59"


def test_a_holiday_does_not_move_the_deadline() -> None:
    """5 October is in the National Day's week."""
    assert not NATIONAL.is_working(day("10-05"))
    assert audit_deadline(rules(), Period.parse("2026-09")) == end_of_day(day("10-05"))


def test_octobers_reminders_come_before_national_day() -> None:
    days = reminder_days(rules(), Period.parse("2026-09"), NATIONAL)
    assert days == [day("09-28"), day("09-30")]


def test_reminders_of_a_plain_month() -> None:
    days = reminder_days(rules(), Period.parse("2026-10"), NATIONAL)
    assert days == [day("11-02"), day("11-04"), day("11-05")]


@given(
    month=MONTHS,
    ladder=st.lists(st.integers(0, 15), min_size=1, max_size=5, unique=True),
    due=st.integers(1, 28),
)
def test_reminders_are_on_working_days_in_order_and_not_after_the_deadline(
    month: Period, ladder: list[int], due: int
) -> None:
    terms = reminded(tuple(ladder), due)
    days = reminder_days(terms, month, NATIONAL)
    assert all(NATIONAL.is_working(each) for each in days)
    assert all(first < second for first, second in pairwise(days))
    last_day = local_date(audit_deadline(terms, month))
    assert last_day == month.following().start.replace(day=due)
    assert all(each <= last_day for each in days)
    assert len(days) in (len(ladder), len(ladder) - (0 in ladder))
    for count in ladder:
        if count:
            between = [last_day - timedelta(days=n) for n in range(1, 60)]
            assert [each for each in between if NATIONAL.is_working(each)][count - 1] in days


@given(DAYS, st.integers(1, 12))
def test_the_nth_working_day_before(start: date, count: int) -> None:
    found = NATIONAL.before(start, count)
    assert found < start
    assert NATIONAL.is_working(found)
    between = [found + timedelta(days=n) for n in range((start - found).days)]
    assert sum(NATIONAL.is_working(each) for each in between) == count
    assert NATIONAL.before(start, 0) == start


@pytest.mark.parametrize(
    ("text", "works"),
    [
        ("2026-02-14", True),  # Saturday, made up for the Spring Festival
        ("2026-02-28", True),
        ("2026-10-10", True),
        ("2026-09-20", True),  # Sunday
        ("2025-09-28", True),
        ("2024-02-04", True),
        ("2026-02-16", False),
        ("2026-02-23", False),
        ("2026-10-07", False),
        ("2026-10-08", True),
        ("2026-01-01", False),
        ("2026-03-07", False),  # a Saturday like others
        ("2026-03-09", True),
        ("2025-10-08", False),
    ],
)
def test_holidays_and_made_up_weekends_count(text: str, works: bool) -> None:
    assert NATIONAL.is_working(day(text)) == works


@pytest.mark.parametrize("year", [1990, 2035, 2040, 2099])
def test_in_years_that_nobody_has_announced_weekends_and_fixed_holidays_are_known(
    year: int,
) -> None:
    assert not NATIONAL.is_working(date(year, 1, 1))
    assert not NATIONAL.is_working(date(year, 10, 1))
    plain = [date(year, 6, 1) + timedelta(days=n) for n in range(14)]
    assert 8 <= sum(NATIONAL.is_working(each) for each in plain) <= 10
    assert reminder_days(rules(), Period(year, "month", 9), NATIONAL)


def test_a_town_adds_its_own_days() -> None:
    town = WorkingDays(days_off={day("03-04")}, working_days={day("03-07"), day("10-01")})
    assert not town.is_working(day("03-04"))
    assert town.is_working(day("03-07"))
    assert town.is_working(day("10-01"))
    assert town.before(day("03-05"), 1) == day("03-03")


def test_a_claim_belongs_to_the_audit_of_its_month_or_quarter() -> None:
    monthly, quarterly = rules(), rules(audit={"every": "quarter", **SOURCE})
    for on, month, quarter in (
        ("01-01", 1, 3),
        ("03-31", 3, 3),
        ("04-01", 4, 6),
        ("12-31", 12, 12),
    ):
        assert audit_period(monthly, day(on)) == Period(2026, "month", month)
        assert audit_period(quarterly, day(on)) == Period(2026, "month", quarter)
    assert next_audit(monthly, Period.parse("2026-12")) == Period.parse("2027-01")
    assert next_audit(quarterly, Period.parse("2026-12")) == Period.parse("2027-03")


@given(MONTHS, st.integers(1, 28), st.integers(1, 60))
def test_a_window_opens_after_the_audit_and_is_open_whole_days(
    month: Period, due: int, open_days: int
) -> None:
    terms = rules(
        review=review(due={"day": due}),
        publicity={"every": "quarter", "open_days": open_days, **SOURCE},
    )
    quarter = Period.of("quarter", month.start)
    published_on, closes_at = publicity_dates(terms, quarter)
    deadline = audit_deadline(terms, Period.of("month", quarter.end))
    assert published_on == local_date(deadline) + timedelta(days=1)
    assert closes_at - deadline == timedelta(days=open_days + 1)


def test_the_clearing_date_is_in_the_next_year_end_of_day() -> None:
    assert clearing_moment(rules(closing=CLEARING), 2026) == moment("2027-01-31T23:59:59")
    assert clearing_moment(rules(), 2026) is None
    assert clearing_moment(rules(closing={"kind": "keep", **SOURCE}), 2026) is None


@pytest.mark.parametrize(
    ("on", "within", "last_day"),
    [
        ("12-31", None, "2026-12-31"),
        ("12-31", "same_year", "2026-12-31"),
        ("12-31", "next_year", "2027-12-31"),
        ("06-30", None, "2027-06-30"),
    ],
)
def test_the_year_of_clearing_is_the_one_that_is_said(
    on: str, within: str | None, last_day: str
) -> None:
    closing = {"kind": "clear", "clears_on": on, "clears_in": within, **SOURCE}
    assert clearing_moment(rules(closing=closing), 2026) == moment(f"{last_day}T23:59:59")


@pytest.mark.parametrize("scheme", ruleset_ids())
def test_every_shipped_scheme_clears_after_its_last_window(scheme: str) -> None:
    terms = shipped(scheme)
    moment = clearing_moment(terms, 2026)
    _, closes_at = publicity_dates(terms, Period(2026, "quarter", 4))
    assert moment is None or moment > closes_at
