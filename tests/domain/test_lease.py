"""The lease (租约): one alone does something, until it ends, gives it up or is gone."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from domain.kernel.local_time import SKEW_MAX
from domain.operations.leases import drop_lease, is_held, take_lease
from domain.store.database import writing
from domain.store.tables.cycle import Lease

pytestmark = pytest.mark.both_databases

NOW = datetime(2026, 4, 2, tzinfo=UTC)
LENGTH = timedelta(seconds=90)


def taken(engine: Engine, holder: str, at: datetime, length: timedelta = LENGTH) -> bool:
    with writing(engine) as session:
        return take_lease(session, "clock", holder, at, length)


def test_one_holds_it_and_another_waits_until_it_is_over(engine: Engine) -> None:
    assert taken(engine, "a", NOW)
    assert taken(engine, "a", NOW)
    assert not taken(engine, "b", NOW + LENGTH - timedelta(seconds=1))
    assert taken(engine, "b", NOW + LENGTH)
    assert not taken(engine, "a", NOW + LENGTH)


def test_who_gives_it_up_lets_another_in_at_once(engine: Engine) -> None:
    assert taken(engine, "a", NOW)
    with writing(engine) as session:
        drop_lease(session, "clock", "b")
    assert not taken(engine, "b", NOW)
    with writing(engine) as session:
        drop_lease(session, "clock", "a")
    assert taken(engine, "b", NOW)


def test_a_lease_of_no_length_is_over_at_once(engine: Engine) -> None:
    assert taken(engine, "a", NOW, timedelta(0))
    assert taken(engine, "b", NOW, timedelta(0))


def test_a_lease_of_a_wrong_clock_is_void(engine: Engine) -> None:
    assert taken(engine, "wrong", NOW + timedelta(days=40))
    assert taken(engine, "a", NOW)
    assert not taken(engine, "b", NOW + timedelta(seconds=1))
    # An outbox's lease ends with its transaction, whatever the clock said.
    assert taken(engine, "wrong", NOW + timedelta(days=40), timedelta(0))
    assert taken(engine, "b", NOW, timedelta(0))


def test_what_two_machines_may_differ_by_keeps_a_lease(engine: Engine) -> None:
    assert taken(engine, "a", NOW + SKEW_MAX)
    assert not taken(engine, "b", NOW)


def test_who_looks_knows_what_is_held() -> None:
    lease = Lease(name="clock", holder="a", until=NOW + LENGTH)
    assert is_held(lease, NOW)
    assert is_held(lease, NOW + LENGTH)
    assert not is_held(lease, NOW + LENGTH + timedelta(seconds=1))
    assert not is_held(lease, NOW - timedelta(days=40))
    assert not is_held(None, NOW)
