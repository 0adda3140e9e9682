"""Transactions that somebody has begun and does not end (挂起的事务), on PostgreSQL.

They hold what the service needs: rows of steps, claims, letters, the lease, or a whole table.
"""

from collections import Counter
from contextlib import suppress
from random import Random

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from domain.store.tables.outbox import Delivery, Message

_SOME = "SELECT 1 FROM {} WHERE {} ORDER BY random() LIMIT {} FOR UPDATE NOWAIT"
_OPEN = "state IN ('due', 'claimed', 'blocked', 'failed', 'held') AND due_at < '{}'"
LASTS_MAX = 12


class Hanging:
    """Transactions that hang, each for so many things that others do."""

    def __init__(self, engine: Engine, dice: Random, counts: Counter[str]) -> None:
        self.engine = create_engine(engine.url, poolclass=NullPool)
        self.dice, self.counts = dice, counts
        self._held: list[tuple[Connection, int]] = []

    def begin(self, soon: object) -> str:
        """One more; what it holds."""
        kinds = {
            "steps": _SOME.format("occurrence", _OPEN.format(soon), 6),
            "lease": "SELECT 1 FROM lease FOR UPDATE NOWAIT",
            "claims": _SOME.format("claim", "true", 10),
            "letters": _SOME.format(Delivery.__tablename__, "state <> 'sent'", 10),
            "messages": _SOME.format(Message.__tablename__, "state = 'waiting'", 10),
            "communities": _SOME.format("community", "true", 1),
            "table of journals": "LOCK TABLE journal IN EXCLUSIVE MODE NOWAIT",
            "table of claims": "LOCK TABLE claim IN ACCESS EXCLUSIVE MODE NOWAIT",
        }
        what = self.dice.choice(list(kinds))
        connection = self.engine.connect()
        with suppress(OperationalError):
            connection.execute(text(kinds[what]))
            self.counts[f"transaction hung: {what}"] += 1
        self._held.append((connection, self.dice.randint(1, LASTS_MAX)))
        return f"a transaction hangs and holds {what}"

    def go_on(self) -> None:
        """Those that have hung for long enough are ended."""
        left = []
        for connection, lasts in self._held:
            if lasts:
                left.append((connection, lasts - 1))
            else:
                connection.close()
        self._held = left

    def end(self) -> None:
        """No more of them."""
        for connection, _ in self._held:
            connection.close()
        self._held.clear()
        self.engine.dispose()
