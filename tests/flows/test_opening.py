"""A county's year is opened a few communities at a time: what waits for the database waits for
those only, and what a sweep does not come to is the next one's."""

import pytest
from sqlalchemy import Engine, func, select

from domain.community.adoption import add_community
from domain.store.database import reading, writing
from domain.store.tables.cycle import Occurrence
from flows.clock import clock as clocks
from flows.clock.clock import Clock
from tests.domain.builders import day, moment, rules
from tests.flows.hanging import Hall

AT = moment("03-10T12:00")
VILLAGES, AT_ONCE = 7, 3


def opened(engine: Engine) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count(Occurrence.community_id.distinct()))) or 0


def test_a_year_is_opened_in_parts(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "OPENED_AT_ONCE", AT_ONCE)
    with writing(engine) as session:
        for number in range(VILLAGES):
            name = f"第{number}村"
            add_community(session, f"v{number}", name, "镇", rules(), day("01-01"), AT)
    clock = Clock(engine, "first", lambda: AT, works=Hall())
    monkeypatch.setattr(clocks, "OPENING_S", 0.0)
    clock.sweep()
    assert opened(engine) == AT_ONCE, "however little time there is, every sweep opens some"
    monkeypatch.undo()
    monkeypatch.setattr(clocks, "OPENED_AT_ONCE", AT_ONCE)
    clock.sweep()
    assert opened(engine) == VILLAGES
