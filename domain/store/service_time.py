"""The service's time (服务时间): the database's, for what looks at the time all the while."""

import time
from datetime import datetime, timedelta

from sqlalchemy import Engine

from domain.kernel.local_time import now
from domain.store.database import database_now, reading
from domain.store.faults import DATABASE_ERRORS

ASK_EVERY_S = 10.0


class ServiceTime:
    """Now by the database's clock: asked now and then, counted on in between.

    While the database is away it is counted on from what it said last, or is the machine's where
    it has said nothing yet.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # What the database said, and when by a clock that never jumps.
        self._said: tuple[datetime, float] | None = None

    def __call__(self) -> datetime:
        if self._engine.dialect.name == "sqlite":
            return now()
        if self._said is None or time.monotonic() - self._said[1] > ASK_EVERY_S:
            self._ask()
        if self._said is None:
            return now()
        said, at = self._said
        return said + timedelta(seconds=time.monotonic() - at)

    def _ask(self) -> None:
        try:
            with reading(self._engine) as session:
                self._said = database_now(session), time.monotonic()
        except DATABASE_ERRORS:
            if self._said is not None:
                said, at = self._said
                passed = time.monotonic() - at
                self._said = said + timedelta(seconds=passed), time.monotonic()
