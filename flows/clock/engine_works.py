"""Where the clock's steps are done (执行引擎): all that the clock wants of Prefect."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from prefect.client.schemas import FlowRun
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL
from sqlalchemy import Engine

from config import automations_file, prefect_file
from domain.cycle.due import Batch
from flows.clock.deployments import deploy_all, deployment_of, redeploy
from flows.clock.preview import RunPreview
from flows.clock.reaper import Ended, ended_runs
from flows.engine.automations import Hook, automate
from flows.engine.home import unanswered
from flows.engine.pool import queue_of
from flows.steps.names import run_name

ASK_S = 5.0


class Works(Protocol):
    """What takes the clock's batches and does them; it may be away, or lose an answer."""

    def ask(self) -> None:
        """Raises ConnectionError, soon, where it does not answer."""

    def submit(self, batch: Batch, as_of: datetime | None) -> str:
        """Take a batch, once per `batch.key`; the run's id. `as_of` stands in for now."""

    def ended(self, runs: Mapping[str, bool]) -> Ended:
        """Which of these runs have ended; of each, whether it has been silent for long."""

    def keep_up(self) -> None:
        """Put back what somebody has deleted of what is needed."""

    def show(self, at: datetime) -> None:
        """Show operators what is coming."""


class PrefectWorks:
    """Prefect's workers, through its server, which tells operators at `hook` what it sees."""

    def __init__(
        self, engine: Engine, deployments: Path | None = None, hook: Hook | None = None
    ) -> None:
        self._preview = RunPreview(engine)
        self._hook = hook or Hook()
        self._deployments = deployments or prefect_file()

    def ask(self) -> None:
        """A short question, which Prefect's own client would repeat for minutes."""
        fault = unanswered(f"{PREFECT_API_URL.value()}/health", ASK_S)
        if fault is not None:
            raise ConnectionError(fault) from fault

    def submit(self, batch: Batch, as_of: datetime | None) -> str:
        """Submit a run of the process's deployment, and do not wait for it."""
        parameters: dict[str, Any] = {
            "communities": list(batch.communities),
            "period": batch.period,
            "step": batch.step,
            "attempt": batch.attempt,
        }
        if as_of is not None:
            parameters["as_of"] = as_of.isoformat()
        key = batch.key
        while _is_other(run := self._run(batch, parameters, key), parameters):
            # Of a time before our database was restored: the same attempt, but not this one.
            key = f"{batch.key}/{run.id}"
        return str(run.id)

    def _run(self, batch: Batch, parameters: dict[str, Any], key: str) -> FlowRun:
        try:
            return _scheduled(batch, parameters, key)
        except ObjectNotFound:
            # Somebody has deleted the deployment, the pool or the whole of Prefect's database.
            deploy_all(self._deployments)
            return _scheduled(batch, parameters, key)

    def ended(self, runs: Mapping[str, bool]) -> Ended:
        """What the server says; nothing where it does not answer."""
        return ended_runs(runs)

    def keep_up(self) -> None:
        """Deployments, pool, queues and automations as they should be."""
        redeploy(self._deployments)
        automate(automations_file(), self._hook)

    def show(self, at: datetime) -> None:
        """The coming days' steps as scheduled runs."""
        self._preview.show(at)


def _scheduled(batch: Batch, parameters: dict[str, Any], key: str) -> FlowRun:
    run = run_deployment(
        deployment_of(batch.process),
        parameters=parameters,
        timeout=0,
        as_subflow=False,
        flow_run_name=run_name(batch.process, batch.step, batch.period, batch.communities),
        idempotency_key=key,
        tags=[batch.process, batch.step, batch.period],
        work_queue_name=queue_of(batch.process, batch.step),
    )
    assert isinstance(run, FlowRun)  # not awaited: this is no coroutine
    return run


def _is_other(run: FlowRun, parameters: Mapping[str, Any]) -> bool:
    """Whether Prefect answers with a run that it had before: an attempt is submitted once."""
    is_over = run.state is not None and run.state.is_final()
    return is_over or any(run.parameters.get(each) != parameters[each] for each in parameters)
