"""What the clock sees to besides the steps (日常值守): the public folder, trouble, the status.

None of it holds up the steps: each has a thread of its own, and outlives what goes wrong. The
public folder is kept by the clock that holds the lease; the others may all do the rest.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prefect.deployments import run_deployment
from sqlalchemy import Engine

from domain.clock import now
from domain.lease import holds
from domain.outage import tell
from domain.status import CLOCK
from domain.store.database import reading
from flows.manner import Manner
from flows.pool import DEPLOYMENT, QUEUE
from flows.status import status_flow
from flows.watch import watch
from notifications.keeping import Keeper
from notifications.publication import PublicFolder

log = logging.getLogger("jifen.clock")


@dataclass(frozen=True)
class Duty:
    """Something that is done again and again, and how often."""

    name: str
    every_s: float
    do: Callable[[datetime], object]

    def keep(self, moment: Callable[[], datetime], ending: threading.Event) -> None:
        """Do it now and after each span, until `ending` is set."""
        while True:
            try:
                self.do(moment())
            except Exception as error:
                tell(log, self.name, error)
            if ending.wait(self.every_s):
                return


def duties(
    engine: Engine, folder: PublicFolder, manner: Manner, every_s: float, holder: str
) -> Sequence[Duty]:
    """The duties of an installation's clock, which holds the lease as `holder`."""
    keeper = Keeper(engine, folder, timedelta(seconds=every_s))
    return (
        Duty("publication", every_s, lambda at: _keep(keeper, holder, at)),
        Duty("the watch", every_s, lambda at: watch(engine, at, manner)),
        Duty("the status", every_s * 10, _show_status),
    )


def _keep(keeper: Keeper, holder: str, at: datetime) -> Counter[str]:
    """A pass over the public folder, if this clock is the one that works."""
    with reading(keeper.engine) as session:
        if not holds(session, CLOCK, holder, now()):
            return Counter()
    done = keeper.keep(at)
    if done:
        log.info("the public folder: %s", ", ".join(f"{n} {what}" for what, n in done.items()))
    return done


def _show_status(at: datetime) -> None:
    """A status run each hour, whichever clock comes first."""
    run_deployment(
        f"{status_flow.name}/{DEPLOYMENT}",
        parameters={"as_of": at.isoformat()},
        timeout=0,
        as_subflow=False,
        idempotency_key=f"status/{at:%Y%m%dT%H}",
        tags=["status"],
        work_queue_name=QUEUE,
    )
