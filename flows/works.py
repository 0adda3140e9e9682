"""Where the clock's steps are done (执行引擎): all that the clock wants of Prefect."""

from datetime import datetime
from typing import Protocol

from prefect.deployments import run_deployment
from sqlalchemy import Engine

from domain.due import Batch
from flows.deployments import deployment_of
from flows.names import run_name
from flows.pool import QUEUE
from flows.preview import Preview
from flows.reaper import runs_over


class Works(Protocol):
    """What takes the clock's batches and does them; it may be away, or lose an answer."""

    def submit(self, batch: Batch, as_of: datetime | None) -> str:
        """Take a batch, once per `batch.key`; the run's id. `as_of` stands in for now."""

    def over(self, runs: set[str]) -> set[str]:
        """Which of these silent runs are over; those that a worker has begun are ended."""

    def show(self, at: datetime) -> None:
        """Show operators what is coming."""


class PrefectWorks:
    """Prefect's workers, through its server."""

    def __init__(self, engine: Engine) -> None:
        self._preview = Preview(engine)

    def submit(self, batch: Batch, as_of: datetime | None) -> str:
        """Submit a run of the process's deployment, and do not wait for it."""
        parameters = {
            "communities": list(batch.communities),
            "period": batch.period,
            "step": batch.step,
            "attempt": batch.attempt,
        }
        if as_of is not None:
            parameters["as_of"] = as_of.isoformat()
        run = run_deployment(
            deployment_of(batch.process),
            parameters=parameters,
            timeout=0,
            as_subflow=False,
            flow_run_name=run_name(batch.process, batch.step, batch.period, batch.communities),
            idempotency_key=batch.key,
            tags=[batch.process, batch.step, batch.period],
            work_queue_name=QUEUE,
        )
        return str(run.id)  # type: ignore[union-attr]

    def over(self, runs: set[str]) -> set[str]:
        """What the server says; nothing where it does not answer."""
        return runs_over(runs)

    def show(self, at: datetime) -> None:
        """The coming days' steps as scheduled runs."""
        self._preview.show(at)
