"""What the clock sees to besides the steps (日常值守): the public folder, trouble, the status.

All of it may be done by several clocks at once, and none of it holds up the steps: each has a
thread of its own, and outlives what goes wrong.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from prefect.deployments import run_deployment
from sqlalchemy import Engine

from domain.outage import tell
from flows.manner import Manner
from flows.pool import DEPLOYMENT, QUEUE
from flows.status import status_flow
from flows.watch import watch
from notifications.publication import PublicFolder, publish_missing

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


def duties(engine: Engine, folder: PublicFolder, manner: Manner, every_s: float) -> Sequence[Duty]:
    """The duties of an installation's clock."""
    return (
        Duty("publication", every_s, lambda at: publish_missing(engine, folder, at)),
        Duty("the watch", every_s, lambda at: watch(engine, at, manner)),
        Duty("the status", every_s * 10, _show_status),
    )


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
