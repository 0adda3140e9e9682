"""How long each part of the service waits for the database (时限), and what is said when a limit
strikes.

Nothing waits for ever: a transaction that hangs, a server that is away or a pool that is used up
costs whoever meets it the time of their role, and one sentence.
"""

from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from domain.kernel.reasons import Reason, reason

MINUTE_S, HOUR_S = 60, 3600
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


@dataclass(frozen=True)
class Role:
    """The limits of one kind of work, in seconds; 0 is no limit.

    `cache_kib` is how much of an SQLite file each connection may keep in memory.
    """

    lock_s: float
    statement_s: float = 0
    # How long a server that should keep these limits may say nothing at all.
    answer_s: float = 0
    # A transaction in which nothing is asked for so long has been left behind.
    idle_s: float = HOUR_S
    connect_s: int = 5
    pool_s: float = 30
    cache_kib: int = 64 * 1024


# A service has several connections, for as long as it runs.
_LITTLE_CACHE_KIB = 4 * 1024

# Somebody looks at a page or at `jifen status`.
READER = Role(
    lock_s=5,
    statement_s=5,
    answer_s=7,
    idle_s=MINUTE_S,
    connect_s=3,
    pool_s=2,
    cache_kib=_LITTLE_CACHE_KIB,
)
# The clock's sweep, its duties and the delivery: what is not done now is done half a minute later.
SWEEP = Role(
    lock_s=10, statement_s=10, answer_s=12, idle_s=MINUTE_S, pool_s=10, cache_kib=_LITTLE_CACHE_KIB
)
# A run of a step. A million households' year end is one transaction of many minutes, whose rules
# are evaluated in Python; a statement of hours has gone wrong.
STEP = Role(lock_s=MINUTE_S, statement_s=2 * HOUR_S, idle_s=HOUR_S / 4)
# Commands that only read: exports and checks of a large ledger take what they take.
QUERY = Role(lock_s=5)
# Commands that change something, and what sets a database up.
COMMAND = Role(lock_s=MINUTE_S)


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
