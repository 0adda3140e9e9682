"""The timekeeper (校时员): tells the clock by what time to work, or that none is to be believed."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from domain.kernel.local_time import now
from domain.kernel.reasons import Reason
from domain.operations.timekeeping import Reading, acceptances, jumped, note, unlikely
from domain.store.database import database_now

log = logging.getLogger("jifen.clock")

# Counts on while the machine sleeps, where there is such a clock (Linux).
_RUNNING = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def running() -> timedelta:
    """For how long the machine has been running."""
    return timedelta(seconds=time.clock_gettime(_RUNNING))


def read_clocks(session: Session) -> Reading:
    """What the machine's and the database's clocks say now."""
    return Reading(database_now(session), now(), running())


class Timekeeper:
    """Compares each look with the last one that it believed.

    What it doubts is kept for operators. It believes again when the time is right again, or when
    somebody has said that it is (`jifen time accept`).
    """

    def __init__(self, machine: str, read: Callable[[Session], Reading] = read_clocks) -> None:
        self.machine = machine
        self._read = read
        self._before: Reading | None = None
        # How often the time had been accepted when this doubt began; None where there is none.
        self._doubted: int | None = None

    @property
    def is_sure(self) -> bool:
        """Whether the last look was believed."""
        return self._doubted is None

    def look(self, session: Session) -> datetime | None:
        """Now, by the database's clock; None where it is not to be believed."""
        seen = self._read(session)
        doubt = self._doubt(session, seen)
        if doubt is not None and self._is_accepted(session, seen):
            doubt = None
        note(session, self.machine, seen.database, doubt)
        if doubt is None:
            if not self.is_sure:
                log.warning("the time is right again: the clock goes on")
            self._before, self._doubted = seen, None
            return seen.database
        if self.is_sure:
            log.error("the clock does nothing: %s", doubt.text("en"))
            self._doubted = acceptances(session)
        return None

    def _doubt(self, session: Session, seen: Reading) -> Reason | None:
        if self._before is not None:
            return jumped(seen, self._before)
        # Nothing was seen before: of two clocks they can only disagree.
        doubt = jumped(seen, seen)
        return doubt or unlikely(session, seen.database)

    def _is_accepted(self, session: Session, seen: Reading) -> bool:
        """Whether somebody has said since this doubt began that the time is right; a machine that
        does not agree with its database is not."""
        if self._doubted is None or acceptances(session) == self._doubted:
            return False
        return jumped(seen, seen) is None
