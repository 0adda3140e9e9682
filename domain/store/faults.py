"""Why a step failed (出错原因): a database's error, or the program's own, as one sentence.

By what was found, not by what is likely; no statement and no value of one is repeated.
"""

from typing import Any

from sqlalchemy.exc import DBAPIError

from domain.kernel.errors import JifenError
from domain.kernel.quoting import shown
from domain.kernel.reasons import Reason, reason
from domain.kernel.redaction import redacted
from domain.store.roles import DATABASE_ERRORS, database_fault, may_pass

_UNREACHED = ("SQLITE_CANTOPEN", "SQLITE_IOERR")
WORDS_MAX = 200
# A table, column or function that is not there; what may not be done (PostgreSQL's SQLSTATE).
_LACKS, _FORBIDS = ("42P01", "42703", "42883"), ("42501", "25006")


def why_failed(error: BaseException) -> Reason:
    """The cause in one sentence."""
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
