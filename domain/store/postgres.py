"""Connections to PostgreSQL that keep their role's limits. Loaded only where one is opened."""

from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.errors import OperationalError
from psycopg.pq import TransactionStatus

from domain.store.roles import Role

# A machine that was switched off or a cable that was pulled says nothing: it is found out so.
KEEPALIVES = {
    "keepalives": 1, "keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}  # fmt: skip
WAKE_EVERY_S = 0.1


class Punctual(psycopg.Connection[Any]):
    """A connection that does not wait for ever for a server that says nothing at all: its own
    limits are kept by the server, which may be what hangs."""

    answer_s: float = 0

    def wait(
        self, gen: PQGen[RV], interval: float = WAKE_EVERY_S, timeout: float | None = None
    ) -> RV:
        limit = timeout if timeout is not None else self.answer_s or None
        try:
            return super().wait(gen, interval, limit)
        except OperationalError:
            if timeout is None and self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()  # nobody knows what it is at
            raise


def connect(role: Role, *words: Any, **named: Any) -> Punctual:
    """A connection that keeps a role's limits; parameters as libpq takes them."""
    connection = Punctual.connect(*words, **named)
    limits = {
        "lock_timeout": role.lock_s,
        "statement_timeout": role.statement_s,
        "idle_in_transaction_session_timeout": role.idle_s,
    }
    connection.answer_s = role.answer_s
    connection.autocommit = True  # else the next rollback would undo the settings
    connection.execute(
        "SELECT " + ", ".join("set_config(%s, %s, false)" for _ in limits),
        [word for name, seconds in limits.items() for word in (name, f"{round(seconds * 1000)}ms")],
    )
    connection.autocommit = False
    return connection
