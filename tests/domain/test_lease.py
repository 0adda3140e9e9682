"""The lease (租约): one alone does something, until it ends, gives it up or is gone."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from domain.due import drop_lease, take_lease
from domain.store.database import writing

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
