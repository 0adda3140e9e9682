"""Engines and transactions, alike on SQLite (embedded) and PostgreSQL (a town)."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, func, make_url, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from domain.kernel.errors import BadInput
from domain.kernel.hosts import LOOPBACK
from domain.kernel.local_time import now
from domain.kernel.reasons import reason
from domain.kernel.waiting import wait_until
from domain.store.roles import COMMAND, Role

LOOK_AGAIN_S = 0.02
WRITE_AHEAD = "PRAGMA journal_mode = WAL"
PAGE_BYTES = 16 * 1024
POSTGRES_PORT = 5432
_CHANGES, _CHANGED = ("INSERT", "UPDATE", "DELETE"), "changed"


def open_engine(url: str | URL, role: Role = COMMAND) -> Engine:
    """An engine for the domain database, which waits as long as its role does; BadInput where the
    URL is not one we can use."""
    try:
        target = make_url(url)
    except (ArgumentError, ValueError):
        # Without the cause: its text may quote the password.
        raise BadInput(reason("database_url_unreadable")) from None
    backend = target.get_backend_name()
    if backend == "sqlite":
        # Statements' values may be personal data: no error repeats them.
        engine = create_engine(target, hide_parameters=True, **_pool_of(target, role))
        event.listen(engine, "connect", partial(_sqlite_connect, role))
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    if backend == "postgresql":
        return _postgres_engine(target, role)
    raise BadInput(reason("database_of_other_kind", backend=backend))


def _postgres_engine(target: URL, role: Role) -> Engine:
    from domain.store.postgres import KEEPALIVES, connect  # lazy: start

    engine = create_engine(
        target.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_timeout=role.pool_s,
        hide_parameters=True,
        connect_args={"client_encoding": "utf8", "connect_timeout": role.connect_s} | KEEPALIVES,
    )
    event.listen(
        engine, "do_connect", lambda _dialect, _record, words, named: connect(role, *words, **named)
    )
    return engine


def _pool_of(target: URL, role: Role) -> dict[str, Any]:
    """A database in memory has one connection a thread, and no pool to wait for."""
    dialect: Any = target.get_dialect()
    is_file = issubclass(dialect.get_pool_class(target), QueuePool)
    return {"pool_timeout": role.pool_s} if is_file else {}


def sqlite_file(engine: Engine) -> Path:
    """Where an embedded database lies."""
    return Path(engine.url.database or "")


def is_same_database(one: str, other: str) -> bool:
    """Whether two URLs name the same database, whatever driver and user they name it by."""
    first, second = make_url(one), make_url(other)
    if first.get_backend_name() != second.get_backend_name():
        return False
    if first.get_backend_name() == "sqlite":
        return Path(first.database or "").resolve() == Path(second.database or "").resolve()
    return _server_and_name(first) == _server_and_name(second)


def _server_and_name(url: URL) -> tuple[str, int, str | None]:
    host = url.host or "localhost"
    return "localhost" if host in LOOPBACK else host, url.port or POSTGRES_PORT, url.database


def _sqlite_connect(role: Role, connection: Any, _record: object) -> None:
    # Leave BEGIN to us: the driver's own would start read transactions that cannot be upgraded.
    connection.isolation_level = None
    # So long another writer is waited for.
    connection.execute(f"PRAGMA busy_timeout = {round(role.lock_s * 1000)}")
    # Of a new database only: with larger pages than the usual 4 KiB, batches write a tenth faster.
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    _write_ahead(connection, role.lock_s)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    # With the usual 2 MB, what a batch sorts goes through files, and pages of indexes go back and
    # forth. It is taken only as far as it is needed.
    connection.execute(f"PRAGMA cache_size = -{role.cache_kib}")
    connection.execute("PRAGMA temp_store = MEMORY")
    # Else INSERT OR REPLACE would delete from the ledger without its triggers seeing it.
    connection.execute("PRAGMA recursive_triggers = ON")


def _write_ahead(connection: Any, lock_s: float) -> None:
    """Keep a write-ahead log. Where another process makes the new file just now, SQLite does not
    wait for it by itself: its busy time-out does not hold for this statement."""

    def kept() -> bool:
        try:
            connection.execute(WRITE_AHEAD)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return False
        return True

    if not wait_until(kept, lock_s, LOOK_AGAIN_S):
        connection.execute(WRITE_AHEAD)  # it says why not


def _sqlite_begin(connection: Any) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def database_now(session: Session) -> datetime:
    """This moment by the database's clock, in UTC: the one notion of now in an installation.

    A server tells its own, whatever the machine that asks believes; an embedded database has its
    machine's.
    """
    if session.get_bind().dialect.name == "postgresql":
        moment: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
        return moment.astimezone(UTC)
    return now()


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session whose transaction commits at the end, or leaves everything as it was."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def trying(engine: Engine) -> Iterator[Session]:
    """A session that may write, and leaves everything as it was whatever happens."""
    with Session(engine, expire_on_commit=False) as session:
        try:
            yield session
        finally:
            session.rollback()


def watch(session: Session) -> None:
    """Note from now on whether the session's transaction changes any row: see `has_changed`."""

    def note(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip()[:6].upper() in _CHANGES and cursor.rowcount != 0:
            session.info[_CHANGED] = True

    event.listen(session.connection(), "after_cursor_execute", note)


def has_changed(session: Session) -> bool:
    """Whether a watched session's transaction has changed any row."""
    session.flush()
    return _CHANGED in session.info


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads, sees one moment throughout, and does not wait for writers."""
    options: dict[str, Any] = {"reading": True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with Session(engine.execution_options(**options), expire_on_commit=False) as session:
        yield session
