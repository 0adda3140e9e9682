"""The keeper of a run (看守): a thread beside a run on a worker, so that none stays for ever.

It gives signs of life for what the run has not come to yet, however long one community takes. Where
another attempt has taken over and the run does not notice, or one community takes longer than any
can, it ends the process; the worker tells Prefect.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType

from sqlalchemy import Engine

from domain.cycle.attempt import Attempt
from domain.store.database import database_now, open_engine, reading, writing
from domain.store.faults import DATABASE_ERRORS
from domain.store.roles import STEP, SWEEP

log = logging.getLogger("jifen.run")

# Far below the silence after which the clock takes a run for dead (`reap_after_seconds`).
SIGN_EVERY_S = 15.0
# How long a run may go on that another attempt has taken over from: it may be about to notice.
GRACE_S = 60.0
# How long a process has for its end before it is killed.
ENDING_S = 20.0


def end_process() -> None:
    """End this process: as if its worker told it to, and if it does not, at once."""
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ENDING_S)
    os._exit(1)


class Keeper:
    """Keeps watch over one run while it is entered; `codes` are its communities, in order."""

    def __init__(
        self,
        engine: Engine,
        attempt: Attempt,
        codes: Sequence[str],
        *,
        end: Callable[[], None] = end_process,
        every_s: float = SIGN_EVERY_S,
        grace_s: float = GRACE_S,
        limit_s: float = STEP.statement_s,
    ) -> None:
        self.engine, self.attempt, self.codes, self.end = engine, attempt, codes, end
        self.every_s, self.grace_s, self.limit_s = every_s, grace_s, limit_s
        self._place, self._began = 0, time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def __enter__(self) -> "Keeper":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()

    def come_to(self, place: int) -> None:
        """The run begins with the community at this place."""
        self._place, self._began = place, time.monotonic()

    def _keep(self) -> None:
        # Short limits of its own: what holds up the run must not hold up its keeper.
        apart: Engine | None = None
        lost_since: tuple[int, float] | None = None
        while not self._over.wait(self.every_s):
            apart = apart or open_engine(self.engine.url, SWEEP)
            place, began = self._place, self._began
            try:
                is_lost = self._look(apart, place)
            except DATABASE_ERRORS:
                is_lost = False  # nobody can have taken over
            if not is_lost:
                lost_since = None
            elif lost_since is None or lost_since[0] != place:
                lost_since = place, time.monotonic()
            moment = time.monotonic()
            too_long = moment - began > self.limit_s
            if too_long or (lost_since and moment - lost_since[1] >= self.grace_s):
                why = "it takes too long" if too_long else "another attempt has taken over"
                log.error("the run hangs at %s and is ended: %s", self.codes[place], why)
                self.end()
                break
        if apart is not None:
            apart.dispose()

    def _look(self, apart: Engine, place: int) -> bool:
        """Give a sign of life; whether the run has lost what it is at."""
        waiting = self.codes[place + 1 :]
        with suppress(*DATABASE_ERRORS):
            if waiting:
                with writing(apart) as session:
                    self.attempt.keep(session, waiting, database_now(session))
        with reading(apart) as session:
            return self.attempt.is_taken_over(session, self.codes[place])
