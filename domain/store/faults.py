"""Faults (故障): what an error is to people, in one sentence without anybody's data.

A database's first line names tables and constraints; the values stand in its further lines, or at
the end in quotes: neither they nor the statement are repeated.
"""

import re
import traceback
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from domain.kernel.errors import JifenError, machine_fault
from domain.kernel.quoting import shown
from domain.kernel.reasons import Reason, reason, said
from domain.kernel.redaction import MASK, redacted

# What SQLAlchemy raises where the database does not do what it was asked.
DATABASE_ERRORS = (DBAPIError, PoolTimeoutError)
# SQLSTATEs and names of SQLite's results, by what they mean to a person.
_MEANINGS = {
    "55P03": "database_locked",
    "SQLITE_BUSY": "database_locked",
    "57014": "database_slow",
    "25P03": "database_idle",
    "53300": "database_full_up",
    "53100": "database_disk_full",
    "SQLITE_FULL": "database_disk_full",
}
IDLE_ENDED = "25P03"
_UNREACHED = ("SQLITE_CANTOPEN", "SQLITE_IOERR")
WORDS_MAX = 200
# A table, column or function that is not there; what may not be done (PostgreSQL's SQLSTATE).
_LACKS, _FORBIDS = ("42P01", "42703", "42883"), ("42501", "25006")
_ROOT = Path(__file__).parents[2]
_PACKAGES = ("config", "console", "domain", "flows", "notifications")
# Whole frames go past SQLAlchemy, through the drivers themselves.
_DRIVERS = ("psycopg", "sqlite3")
_VALUE = re.compile(r'(?<=: )".*$')


def may_pass(error: object) -> bool:
    """Whether what went wrong may go away by itself: a database that is locked, full up or gone."""
    if isinstance(error, DBAPIError):
        is_cut_off = error.connection_invalidated or _code(error) == IDLE_ENDED
        return isinstance(error, OperationalError) or is_cut_off
    return isinstance(error, PoolTimeoutError)


def is_held_up(error: object) -> bool:
    """Whether another transaction kept what was needed for longer than it was waited for."""
    return isinstance(error, DBAPIError) and _MEANINGS.get(_code(error)) == "database_locked"


def database_fault(error: BaseException) -> Reason:
    """What is said of an error of the database: one sentence, without the statement and its
    values, which may be personal data."""
    if isinstance(error, PoolTimeoutError):
        return reason("database_full_up")
    meant = _MEANINGS.get(_code(error))
    if meant:
        return reason(meant)
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    return reason("database_silent", why=lines[0])


def _code(error: BaseException) -> str:
    """The driver's code for what went wrong."""
    cause = getattr(error, "orig", None) or error
    # SQLite's extended results add to the name: SQLITE_BUSY_SNAPSHOT.
    named = "_".join(str(getattr(cause, "sqlite_errorname", None) or "").split("_")[:2])
    return str(getattr(cause, "sqlstate", None) or named)


def why_failed(error: BaseException) -> Reason:
    """Why a step failed: by what was found, not by what is likely."""
    if isinstance(error, JifenError):
        return error.why
    if not isinstance(error, DATABASE_ERRORS):
        return reason("failed_in_program", why=_named(error))
    why = database_fault(error)
    if why.code != "database_silent":
        return why
    cause = getattr(error, "orig", None) or error
    return reason(_kind(error, cause), why=_words(cause) or type(cause).__name__)


def _kind(error: BaseException, cause: BaseException) -> str:
    state = getattr(cause, "sqlstate", None)
    if state in _LACKS or str(cause).startswith(("no such table", "no such column")):
        return "failed_database_lacks"
    if state in _FORBIDS or getattr(cause, "sqlite_errorname", "") == "SQLITE_READONLY":
        return "failed_database_forbids"
    return "failed_database_gone" if _is_gone(error, cause) else "failed_in_program"


def _is_gone(error: BaseException, cause: BaseException) -> bool:
    """Whether it cannot be reached, or was left in the middle of the work."""
    name = getattr(cause, "sqlite_errorname", None)
    if name is not None:  # of SQLite's errors any but a few are operational
        return str(name).startswith(_UNREACHED)
    return may_pass(error) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def _named(error: BaseException) -> str:
    words = _words(error)
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _words(error: Any) -> str:
    """The first line of what it says: PostgreSQL tells of rows in those that follow."""
    lines = redacted(str(error)).strip().splitlines()
    return shown(lines[0], WORDS_MAX) if lines else ""


def fault_of(error: BaseException) -> Reason:
    """What an unexpected error is to an operator who watches the service. Of an error that is not
    the database's only the kind and the place: its text may quote a cell."""
    if isinstance(error, JifenError):
        return error.why
    if isinstance(error, DATABASE_ERRORS) or type(error).__module__.split(".")[0] in _DRIVERS:
        return _without_values(database_fault(error))
    if isinstance(error, OSError) and error.strerror:
        why = machine_fault(error)
        return reason("os_error", file=error.filename, why=why) if error.filename else why
    kind, place = type(error).__name__, _place(error)
    return reason("thrown_at", kind=kind, place=place) if place else said(kind)


def _without_values(fault: Reason) -> Reason:
    """`database_fault` for the driver's own words alone: what to do about it, the finding says."""
    if "why" not in fault.values:
        return fault
    return said(redacted(_VALUE.sub(MASK, " ".join(str(fault.values["why"]).split()))))


def _place(error: BaseException) -> str:
    """The last line of ours that the error came through: `domain/audit/close.py:120`."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(_ROOT):
            inside = path.relative_to(_ROOT)
            if inside.parts[0] in _PACKAGES:
                return f"{inside.as_posix()}:{frame.lineno}"
    return ""
