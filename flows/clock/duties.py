"""What the clock sees to besides the steps (日常值守): the public folder, trouble, the status.

None of it holds up the steps: each has a thread of its own, and outlives what goes wrong. The
public folder is kept by the clock that holds the lease; the others may all do the rest.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prefect.deployments import run_deployment
from sqlalchemy import Engine

from domain.kernel.errors import Refused
from domain.kernel.reasons import kept, reason
from domain.operations import self_check
from domain.operations.leases import CLOCK, holds
from domain.operations.outages import tell
from domain.operations.timekeeping import is_doubted
from domain.store.database import database_now, reading, writing
from domain.store.faults import DATABASE_ERRORS, fault_of
from flows.clock.seals import EVERY_S, check_seals
from flows.engine.pool import DEPLOYMENT, QUEUE
from flows.status import status_flow
from flows.steps.names import name_of_status
from flows.watch.watcher import Watcher
from notifications.board.keeping import Keeper
from notifications.board.publication import PublicFolder

log = logging.getLogger("jifen.clock")


# A duty that goes on as before is noted so often.
NOTED_EVERY_S = 300.0


@dataclass
class Duty:
    """Something that is done again and again, and how often; how it went is noted for the probes.

    `do` raises where it comes to nothing, and answers False where another clock does it.
    """

    name: str
    every_s: float
    do: Callable[[datetime], object]
    engine: Engine
    _noted: tuple[str, float] | None = None

    def keep(self, moment: Callable[[], datetime], ending: threading.Event) -> None:
        """Do it now and after each span, until `ending` is set."""
        while True:
            self.once(moment())
            if ending.wait(self.every_s):
                return

    def once(self, at: datetime) -> None:
        """Do it, and note how it went."""
        said = ""
        try:
            if self.do(at) is False:
                return
        except Exception as error:
            tell(log, self.name, error)
            said = kept(fault_of(error))
        try:
            self._note(said)
        except DATABASE_ERRORS as error:
            tell(log, f"noting {self.name}", error)

    def _note(self, said: str) -> None:
        ticks = time.monotonic()
        if self._noted and self._noted[0] == said and ticks - self._noted[1] < NOTED_EVERY_S:
            return
        with writing(self.engine) as session:
            self_check.note(session, self.name, not said, said, database_now(session))
        self._noted = said, ticks


def duties(
    engine: Engine, folder: PublicFolder, watcher: Watcher, every_s: float, holder: str
) -> Sequence[Duty]:
    """The duties of an installation's clock, which holds the lease as `holder`."""
    keeper = Keeper(engine, folder, timedelta(seconds=every_s))
    return (
        Duty("publication", every_s, lambda at: _keep(keeper, holder, at), engine),
        Duty("the watch", every_s, lambda _: watcher.keep(), engine),
        Duty("the status", every_s * 10, _show_status, engine),
        Duty("the nightly check", EVERY_S, lambda _: check_seals(engine, holder) or None, engine),
    )


def _keep(keeper: Keeper, holder: str, at: datetime) -> bool:
    """A pass over the public folder, if this clock is the one that works; whether it is.

    Refused, naming the first, where notices of a community cannot be written.
    """
    if not _works(keeper.engine, holder):
        return False
    done = keeper.keep(at)
    if done:
        log.info("the public folder: %s", ", ".join(f"{n} {what}" for what, n in done.items()))
    if keeper.failed:
        first = keeper.failed[0]
        raise Refused(
            reason(
                "communities_unpublished",
                community=first.community,
                why=first.said,
                count=len(keeper.failed),
            )
        )
    return True


def _works(engine: Engine, holder: str) -> bool:
    """Whether this clock holds the lease and its time is believed."""
    with reading(engine) as session:
        now = database_now(session)
        return not is_doubted(session, now) and holds(session, CLOCK, holder, now)


def _show_status(at: datetime) -> None:
    """A status run each hour, whichever clock comes first."""
    run_deployment(
        f"{status_flow.name}/{DEPLOYMENT}",
        parameters={"as_of": at.isoformat()},
        timeout=0,
        as_subflow=False,
        flow_run_name=name_of_status(),
        idempotency_key=f"status/{at:%Y%m%dT%H}",
        tags=["status"],
        work_queue_name=QUEUE,
    )
