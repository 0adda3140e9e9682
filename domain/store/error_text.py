"""What an unexpected error says for itself (故障原因), in one line without anybody's data.

A database's first line names tables and constraints; the values stand in its further lines, or at
the end in quotes. Of other errors only the kind and the place are told: a text may quote a cell.
"""

import re
import traceback
from pathlib import Path

from domain.kernel.errors import JifenError, machine_fault
from domain.kernel.reasons import Reason, reason, said
from domain.kernel.redaction import MASK, redacted
from domain.store.roles import DATABASE_ERRORS, database_fault

_ROOT = Path(__file__).parents[2]
_PACKAGES = ("config", "console", "domain", "flows", "notifications")
# Whole frames go past SQLAlchemy, through the drivers themselves.
_DRIVERS = ("psycopg", "sqlite3")
_VALUE = re.compile(r'(?<=: )".*$')


def fault_of(error: BaseException) -> Reason:
    """What went wrong, for an operator."""
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
