"""How long each part of the service waits for the database (时限).

Nothing waits for ever: a transaction that hangs, a server that is away or a pool that is used up
costs whoever meets it the time of their role, and one sentence.
"""

from dataclasses import dataclass

MINUTE_S, HOUR_S = 60, 3600


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
