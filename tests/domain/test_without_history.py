"""What an installation is asked for all day (/metrics, /status) does not cost more as years go by:
no table that grows with them is read from end to end."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from domain.operations.metrics import measure
from domain.operations.status import findings
from domain.store.database import reading, writing
from tests.domain.builders import found, moment

AT = moment("04-10T12:00")
GROWS = (
    "outbox",
    "delivery",
    "receipt",
    "occurrence",
    "claim",
    "decision",
    "journal",
    "entry",
    "refused_row",
    "objection_event",
)
# An index of what is not corrected only: it holds nothing of the past.
ONLY_OPEN = "ix_refused_row_open"


@pytest.mark.parametrize(
    "ask", [lambda s: measure(s, AT), lambda s: findings(s, None, AT)], ids=["metrics", "status"]
)
def test_no_table_that_grows_with_the_years_is_read_from_end_to_end(
    sqlite_engine: Engine, ask: Callable[[Session], object]
) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _u: object, statement: str, values: Any, *_: object) -> None:
        asked.append((statement, values))

    with reading(sqlite_engine) as session:
        event.listen(sqlite_engine, "before_cursor_execute", note)
        ask(session)
        event.remove(sqlite_engine, "before_cursor_execute", note)
        plans = [
            (line[3], statement)
            for statement, values in asked
            if statement.startswith("SELECT") and "LIMIT" not in statement
            for line in session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", values
            )
        ]
    assert plans
    scans = [
        (step, statement)
        for step, statement in plans
        if step.startswith("SCAN") and step.split()[1] in GROWS and ONLY_OPEN not in step
    ]
    assert scans == []


@pytest.fixture
def sqlite_engine(engine: Engine) -> Engine:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL scans what is small, whatever indexes there are")
    with writing(engine) as session:
        village = found(session)
        village.claim("C1", "H1", "sweep", "03-05")
    return engine
