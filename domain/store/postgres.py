"""Connections to PostgreSQL that keep their role's limits. Loaded only where one is opened."""

from contextlib import suppress
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.errors import OperationalError
from psycopg.pq import TransactionStatus

from domain.store.roles import Role

# A machine that was switched off or a cable that was pulled says nothing: it is found out so.
KEEPALIVES = {
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
WAKE_EVERY_S = 0.1
CANCEL_S = 1.0
CHECKS_CLIENTS, CHECK_EVERY_S = 140_000, 5.0


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
        except Exception as error:
            if isinstance(error, OperationalError) and timeout is None and self._is_at_work():
                self.pgconn.finish()  # nobody knows what it is at
            raise
        except BaseException:
            # This process is told to end; the server learns of it, and lets go what it holds.
            if self._is_at_work():
                with suppress(Exception):
                    self.cancel_safe(timeout=CANCEL_S)
                self.pgconn.finish()
            raise

    def rollback(self) -> None:
        """Take back; of a connection that is gone, the server has done so by itself."""
        if not self.closed:
            super().rollback()

    def _is_at_work(self) -> bool:
        return self.pgconn.transaction_status == TransactionStatus.ACTIVE


def connect(role: Role, *words: Any, **named: Any) -> Punctual:
    """A connection that keeps a role's limits; parameters as libpq takes them."""
    connection = Punctual.connect(*words, **named)
    limits = {
        "lock_timeout": role.lock_s,
        "statement_timeout": role.statement_s,
        "idle_in_transaction_session_timeout": role.idle_s,
    }
    if connection.info.server_version >= CHECKS_CLIENTS:
        # What a killed process was at ends soon after it, and with it what it held.
        limits["client_connection_check_interval"] = CHECK_EVERY_S
    connection.answer_s = role.answer_s
    connection.autocommit = True  # else the next rollback would undo the settings
    connection.execute(
        "SELECT " + ", ".join("set_config(%s, %s, false)" for _ in limits),
        [word for name, seconds in limits.items() for word in (name, f"{round(seconds * 1000)}ms")],
    )
    connection.autocommit = False
    return connection
