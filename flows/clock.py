"""The clock (时钟): rings when a step falls due, claims it and hands it to the engine.

The database is the truth; APScheduler is only the alarm, and a sweep finds what it missed. One
clock works at a time (a lease); a second one waits and takes over.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger
from prefect.client.orchestration import get_client
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed
from sqlalchemy import Engine

from domain.clock import now
from domain.due import (
    Batch,
    claim_due,
    claimed_before,
    drop_lease,
    give_back,
    next_due,
    note_run,
    take_lease,
)
from domain.store.database import reading, writing
from flows.deployments import deployment_of

SWEEP_SECONDS = 30
LEASE = timedelta(seconds=90)
BATCH_SIZE = 50
# A run that has not ended this long after its claim is looked at; one that is still running is
# given as long again as often as needed, one that the engine does not know is not.
LOOK_AFTER = timedelta(minutes=5)
DEAD_AFTER = timedelta(hours=2)

log = logging.getLogger("jifen.clock")


class Clock:
    """One clock of an installation; `holder` is its name in the lease."""

    def __init__(self, engine: Engine, holder: str, moment: Callable[[], datetime] = now) -> None:
        self.engine = engine
        self.holder = holder
        self.moment = moment
        self._busy = threading.Lock()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Sweep now, then every half minute, and when the next step falls due."""
        self._scheduler.add_job(
            self.sweep, IntervalTrigger(seconds=SWEEP_SECONDS), id="sweep",
            next_run_time=datetime.now(UTC),
        )  # fmt: skip
        self._scheduler.start()

    def stop(self) -> None:
        """End, and let another clock take over at once."""
        self._scheduler.shutdown(wait=True)
        with writing(self.engine) as session:
            drop_lease(session, "clock", self.holder)

    def sweep(self) -> list[Batch]:
        """Claim and submit what is due; look after what was submitted; set the alarm."""
        with self._busy:
            with writing(self.engine) as session:
                if not take_lease(session, "clock", self.holder, self.moment(), LEASE):
                    return []
            self.reap()
            with writing(self.engine) as session:
                batches = claim_due(session, self.moment(), BATCH_SIZE)
            for batch in batches:
                self._submit(batch)
            self._set_alarm()
            return batches

    def _submit(self, batch: Batch) -> None:
        try:
            run = run_deployment(
                deployment_of(batch.process),
                parameters={
                    "communities": list(batch.communities),
                    "period": batch.period,
                    "step": batch.step,
                    "attempt": batch.attempt,
                },
                timeout=0,
                as_subflow=False,
                idempotency_key=batch.key,
                tags=[batch.process, batch.step, batch.period],
            )
        except Exception:
            # Whatever keeps the engine from taking it: the step is simply still due.
            log.exception("%s could not be handed to the engine", batch.key)
            with writing(self.engine) as session:
                give_back(session, batch.occurrences, "the engine did not answer")
            return
        with writing(self.engine) as session:
            note_run(session, batch, str(run.id))  # type: ignore[union-attr]

    def reap(self) -> int:
        """Give back the steps of runs that ended without doing them, or are dead."""
        with reading(self.engine) as session:
            claimed = claimed_before(session, self.moment() - LOOK_AFTER)
            runs = {each.run: each.claimed_at for each in claimed}
        dead = {run for run, since in runs.items() if self._is_over(run, since)}
        lost = [each.id for each in claimed if each.run in dead]
        if lost:
            with writing(self.engine) as session:
                give_back(session, lost, "the run ended without doing it; tried again")
        return len(lost)

    def _is_over(self, run: str, since: datetime | None) -> bool:
        if not run:
            return True
        try:
            with get_client(sync_client=True) as client:
                found = client.read_flow_run(UUID(run))
                if found.state is None or found.state.is_final():
                    return True
                if since is not None and self.moment() - since > DEAD_AFTER:
                    client.set_flow_run_state(UUID(run), Crashed(message="reaped"), force=True)
                    return True
        except ObjectNotFound:
            return True
        except Exception:
            log.exception("the engine does not say how run %s is", run)
        return False

    def _set_alarm(self) -> None:
        with reading(self.engine) as session:
            moment = next_due(session)
        if moment is not None and self._scheduler.running:
            self._scheduler.add_job(
                self.sweep, DateTrigger(max(moment, self.moment())), id="alarm",
                replace_existing=True,
            )  # fmt: skip
