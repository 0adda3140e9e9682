"""Robots' limits, back-off and quiet hours, as properties."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.channels.rate import MINUTE, Rate
from notifications.outbox.back_off import ATTEMPTS_MAX, BACK_OFF, HOLD_MAX, retry_at
from notifications.outbox.hours import Hours

START = datetime(2026, 4, 3, 1, tzinfo=UTC)
RATES = st.integers(1, 200).map(Rate)
GAPS = st.lists(st.floats(0, 90).map(lambda s: timedelta(seconds=s)), max_size=150)


def taken(rate: Rate, gaps: list[timedelta]) -> list[datetime]:
    """When messages went out that were tried after these gaps, one after the other."""
    moment, free_at, went = START, None, []
    for gap in gaps:
        moment += gap
        if free_at is None or moment >= free_at:
            went.append(moment)
            free_at = rate.after(free_at, moment)
    return went


@given(RATES, GAPS)
def test_no_minute_holds_more_than_the_limit(rate: Rate, gaps: list[timedelta]) -> None:
    went = taken(rate, gaps)
    for at in went:
        assert sum(at <= other <= at + MINUTE for other in went) <= rate.per_minute + 1
        assert sum(at <= other < at + MINUTE for other in went) <= rate.per_minute


@pytest.mark.e2e
@given(RATES)
def test_who_waits_as_told_is_always_served(rate: Rate) -> None:
    moment, free_at = START, None
    for _ in range(rate.per_minute * 2):
        moment = moment if free_at is None else max(moment, free_at)
        free_at = rate.after(free_at, moment)
        assert free_at <= moment + rate.interval
    # Nearly the whole limit is used.
    assert moment - START <= 3 * MINUTE


@given(RATES, st.floats(0, 86_400))
def test_rest_is_not_saved_up_beyond_the_burst(rate: Rate, rest: float) -> None:
    later = START + timedelta(seconds=rest)
    free_at: datetime | None = rate.after(None, START)
    at_once = 0
    while free_at is None or free_at <= later:
        free_at = rate.after(free_at, later)
        at_once += 1
    assert at_once <= rate.burst


@given(st.integers(1, ATTEMPTS_MAX + 3), st.none() | st.timedeltas(timedelta(0), 3 * HOLD_MAX))
def test_back_off_grows_ends_and_heeds_the_service(number: int, hold: timedelta | None) -> None:
    again = retry_at(number, START, hold)
    if number >= ATTEMPTS_MAX:
        assert again is None
        return
    assert again is not None
    assert again - START >= BACK_OFF[number - 1]
    assert again - START >= min(hold or timedelta(0), HOLD_MAX)
    assert again - START <= max(BACK_OFF[number - 1], HOLD_MAX)
    assert list(BACK_OFF) == sorted(BACK_OFF)


@pytest.mark.parametrize(
    ("gone", "back"),
    [
        ("2026-04-02T20:00", "2026-04-03T11:00"),  # a night and a morning
        ("2026-04-03T17:00", "2026-04-06T09:00"),  # a weekend
    ],
)
def test_a_service_that_is_away_for_a_weekend_kills_no_letter(gone: str, back: str) -> None:
    """Attempts are made whenever they are due; at night they wait for the morning."""
    at, again = (datetime.fromisoformat(f"{each}+08:00") for each in (gone, back))
    attempts = 0
    while at < again:
        attempts += 1
        due = retry_at(attempts, at)
        assert due is not None, f"dead after {at - START}"
        at = due
        while Hours().are_quiet(at):
            at += MINUTE
    assert at - again <= timedelta(hours=6)


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [
        ("20:59", False),
        ("21:00", True),
        ("23:59", True),
        ("00:00", True),
        ("07:29", True),
        ("07:30", False),
        ("12:00", False),
    ],
)
def test_quiet_hours_are_those_of_the_village(clock: str, quiet: bool) -> None:
    moment = datetime.fromisoformat(f"2026-04-03T{clock}:00+08:00").astimezone(UTC)
    assert Hours().are_quiet(moment) is quiet


def test_quiet_hours_may_lie_within_a_day_or_not_be() -> None:
    noon = datetime.fromisoformat("2026-04-03T12:30:00+08:00")
    assert Hours(time(12), time(14)).are_quiet(noon)
    assert not Hours(time(13), time(14)).are_quiet(noon)
    assert not Hours(time(0), time(0)).are_quiet(noon)
