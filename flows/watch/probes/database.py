"""The domain database (数据库): whether it answers, is of our version, and agrees on the time."""

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

from sqlalchemy import Engine, func, select, text

from config.database import require_current
from domain.kernel.errors import Refused
from domain.kernel.local_time import SKEW_MAX, local_text, now
from domain.kernel.reasons import reason, restored
from domain.operations.backups import last_backup
from domain.operations.finding import Finding
from domain.operations.leases import CLOCK, is_held
from domain.operations.timekeeping import doubts
from domain.store.database import database_now, reading, sqlite_file
from domain.store.faults import DATABASE_ERRORS, fault_of
from domain.store.tables.cycle import Lease
from domain.store.tables.people import Community
from flows.watch.probes.found import caused, found, gone
from flows.watch.probes.installation import Installation

# A piece of work writes for less.
LOCKED_AFTER_S = 0.5


def database(place: Installation) -> Iterator[Finding]:
    """It answers."""
    if place.engine.dialect.name == "sqlite" and not sqlite_file(place.engine).exists():
        yield found("stalled", "database", "database_none", file=sqlite_file(place.engine))
        return
    try:
        with place.engine.execution_options(reading=True).connect() as connection:
            connection.execute(text("SELECT 1"))
            if connection.dialect.name == "sqlite":  # it looks at its file with the first table
                connection.execute(text("SELECT count(*) FROM sqlite_master"))
    except DATABASE_ERRORS as error:
        yield unusable(error)


def unusable(error: BaseException) -> Finding:
    """It does not do what it is asked."""
    return found("stalled", "database", "database_away", why=fault_of(error))


def version(place: Installation) -> Iterator[Finding]:
    """It is of this program's revision, and its guards are those that we made."""
    try:
        require_current(place.engine)
    except Refused as refusal:
        yield caused("stalled", "version", refusal.why)


def time(place: Installation) -> Iterator[Finding]:
    """Its time is this machine's (an embedded one has no other), and no clock doubts it."""
    with reading(place.engine) as session:
        theirs = database_now(session)
        marks = doubts(session, theirs)
    for mark in marks:
        why = restored(mark.doubt)
        # That two machines disagree nobody can accept.
        remedy = "remedy_time_apart" if why.code == "time_apart" else "remedy_time_doubted"
        said = reason("probe_time_doubted", why=why)
        yield caused("stalled", "time", said, reason(remedy), mark.swept_at)
    if marks:
        return
    ours = now()
    if abs(theirs - ours) > SKEW_MAX:
        yield found(
            "stalled",
            "time",
            "time_apart",
            machine=socket.gethostname(),
            ours=local_text(ours),
            theirs=local_text(theirs),
            seconds=round(abs(theirs - ours).total_seconds()),
        )


def clock(place: Installation) -> Iterator[Finding]:
    """Somebody is the clock, and holds its lease no longer than a clock does."""
    with reading(place.engine) as session:
        lease, at = session.get(Lease, CLOCK), database_now(session)
    if lease is None:
        yield gone(place, "clock", "clock_none", "clock.log")
    elif lease.until < at and _is_write_locked(place.engine):
        # The clock waits for it like everybody else.
        yield caused("stalled", "clock", reason("database_locked"))
    elif lease.until < at:
        yield gone(place, "clock", "clock_gone", "clock.log", lease.until, holder=lease.holder)
    elif not is_held(lease, at):
        yield found(
            "stalled", "clock", "clock_ahead", holder=lease.holder, until=local_text(lease.until)
        )


def _is_write_locked(engine: Engine) -> bool:
    """Whether another process keeps an embedded database for its writing."""
    if engine.dialect.name != "sqlite":
        return False
    with closing(sqlite3.connect(sqlite_file(engine), timeout=LOCKED_AFTER_S)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            return str(error.sqlite_errorname).startswith("SQLITE_BUSY")
        connection.rollback()
        return False


def backup(place: Installation) -> Iterator[Finding]:
    """It was copied in the last days, where it has been in use for so long."""
    days = place.manner.backup_days
    if not days:
        return
    with reading(place.engine) as session:
        last, at = last_backup(session), database_now(session)
        began = select(func.min(Community.added_at)).where(~Community.rehearsed)
        since = last or session.scalar(began)
    if since is not None and since < at - timedelta(days=days):
        yield found("risk", "backup", "backup_old" if last else "backup_none", since, days=days)
