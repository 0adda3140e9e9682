"""Nothing waits for ever for the database: each limit strikes in time, may pass, and is one
sentence."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, make_url, text

from domain.store.database import open_engine, reading, writing
from domain.store.faults import DATABASE_ERRORS, database_fault, is_held_up, may_pass
from domain.store.roles import COMMAND, QUERY, READER, STEP, SWEEP, Role
from tests.store.wire import wire_to

# The clocks of two processes, on a busy machine.
SLACK_S = 20.0
HASTY = Role(
    lock_s=0.3,
    statement_s=0.4,
    answer_s=0.8,
    idle_s=0.4,
    connect_s=2,
    pool_s=0.2,
)


@contextmanager
def opened(url: str, role: Role) -> Iterator[Engine]:
    engine = open_engine(url, role)
    try:
        yield engine
    finally:
        engine.dispose()


def struck(act: Callable[[], object], limit_s: float) -> tuple[str, str]:
    """The code of what a limit says, and the sentence; it struck in time."""
    began = time.monotonic()
    with pytest.raises(DATABASE_ERRORS) as found:
        act()
    assert time.monotonic() - began < limit_s + SLACK_S
    assert may_pass(found.value)
    said = database_fault(found.value)
    for sentence in (said.text("zh_CN"), said.text("en")):
        assert "\n" not in sentence
        assert not re.search(r"[A-Z]\w+Error|select|BEGIN", sentence)
    return said.code, said.text("en")


def ask(engine: Engine, statement: str) -> Any:
    with reading(engine) as session:
        return session.scalar(text(statement))


def test_another_transaction_that_holds_what_is_needed(database_url: str) -> None:
    with opened(database_url, COMMAND) as holder, opened(database_url, HASTY) as waiting:
        with writing(holder) as session:
            on_postgres = holder.dialect.name == "postgresql"
            session.execute(text("LOCK TABLE claim" if on_postgres else "SELECT 1"))
            with pytest.raises(DATABASE_ERRORS) as found, writing(waiting) as other:
                other.execute(text("DELETE FROM claim"))
        assert is_held_up(found.value)
        assert may_pass(found.value)
        assert database_fault(found.value).code == "database_locked"
        with writing(waiting) as other:  # once it is free, all goes on
            other.execute(text("DELETE FROM claim"))


@pytest.fixture
def server(postgres: Any) -> str:
    url: str = postgres.clean()
    return url


def test_a_statement_that_takes_too_long(server: str) -> None:
    with opened(server, HASTY) as engine:
        code, _ = struck(lambda: ask(engine, "SELECT pg_sleep(30)"), HASTY.statement_s)
        assert code == "database_slow"
        assert ask(engine, "SELECT 1") == 1


def test_a_transaction_that_was_left_behind(server: str) -> None:
    """What a frozen process holds is free again, and the process finds out when it comes back."""
    with opened(server, HASTY) as frozen, opened(server, COMMAND) as other:

        def come_back() -> None:
            with writing(frozen) as session:
                session.execute(text("LOCK TABLE claim"))
                with writing(other) as waiting:
                    waiting.execute(text("LOCK TABLE claim"))
                session.execute(text("SELECT 1"))

        code, _ = struck(come_back, HASTY.idle_s)
        assert code == "database_idle"
        assert ask(frozen, "SELECT 1") == 1


def test_a_server_that_says_nothing(server: str) -> None:
    """One that hangs keeps no limits of its own: neither at a statement nor for a newcomer."""
    url = make_url(server)
    with wire_to(url.host or "127.0.0.1", url.port or 5432) as wire:
        through = url.set(host="127.0.0.1", port=wire.port).render_as_string(hide_password=False)
        with opened(through, HASTY) as engine:
            with reading(engine) as session:
                session.scalar(text("SELECT 1"))
                wire.dead.set()
                code, said = struck(lambda: session.scalar(text("SELECT 1")), HASTY.answer_s)
            assert (code, "does not answer" in said) == ("database_silent", True)
            code, said = struck(lambda: ask(engine, "SELECT 1"), HASTY.connect_s)
            assert (code, "timeout" in said) == ("database_silent", True)


def test_all_connections_in_use(server: str) -> None:
    with opened(server, HASTY) as engine:
        pool: Any = engine.pool
        held = [engine.connect() for _ in range(pool.size() + pool._max_overflow)]
        code, _ = struck(lambda: ask(engine, "SELECT 1"), HASTY.pool_s)
        assert code == "database_full_up"
        for each in held:
            each.close()
        assert ask(engine, "SELECT 1") == 1


def test_who_looks_waits_least_and_long_work_is_not_cut_off() -> None:
    assert READER.lock_s <= QUERY.lock_s <= SWEEP.lock_s <= COMMAND.lock_s
    assert READER.statement_s <= SWEEP.statement_s
    # A run's sweep and the clock's lease: limits strike before the lease runs out.
    assert 2 * SWEEP.answer_s < 90
    for role in (QUERY, COMMAND):
        assert not role.statement_s  # exports and checks of a large ledger
        assert not role.answer_s
    # The year end of a million households is minutes (tests/bench/year_end.py).
    assert STEP.statement_s >= 3600
    assert STEP.idle_s >= 600
    assert not STEP.answer_s


@pytest.mark.parametrize("role", [READER, SWEEP])
def test_a_service_that_runs_for_years_keeps_little_of_a_file_in_memory(
    tmp_path: Path, role: Role
) -> None:
    with opened(f"sqlite:///{tmp_path / 'a.db'}", role) as engine, engine.connect() as connection:
        kept_kib = -connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
        assert 2 * 1024 <= kept_kib <= 8 * 1024, "it has many connections"
