"""The worker (执行程序): Prefect's own, which leaves no run behind.

Prefect's worker kills its runs as it ends, and their steps would wait until the clock takes them
for dead. Ours lets them end first, for a few seconds, and gives back at once what they have not
done. And a run that is over as Prefect says, while its process hangs, has no process for long.
"""

import asyncio
import logging
import os
import signal
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

import anyio.abc
from prefect.client.orchestration import get_client
from prefect.client.schemas import FlowRun
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.logging.configuration import setup_logging
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker, ProcessWorkerResult
from sqlalchemy import Engine

from domain.cycle.due import give_back_runs
from domain.kernel.reasons import kept, reason
from domain.operations.outages import ENGINE, away, tell
from domain.store.database import writing
from domain.store.faults import DATABASE_ERRORS

log = logging.getLogger("jifen.worker")

# How long runs have for their end: within what service managers wait for a worker's.
LEAVING_S = 8.0
LOOK_EVERY_S = 0.1
# How often it looks after its runs, and how long one that is over may take to end by itself.
RUNS_EVERY_S = 15.0
GRACE_S = 60.0


class _Noting:
    """Passes on that a run's process has started, and keeps its number."""

    def __init__(self, pids: dict[str, int], run: str, status: Any) -> None:
        self.pids, self.run, self.status = pids, run, status

    def started(self, pid: int) -> None:
        self.pids[self.run] = pid
        if self.status is not None:
            self.status.started(pid)


# It takes the place of Prefect's in its registry, which tells of it.
warnings.filterwarnings("ignore", r"Type 'Worker' at .* existing registered type")


class Worker(ProcessWorker):
    """A process worker that knows its runs' processes."""

    type = "process"

    def __init__(self, *words: Any, **named: Any) -> None:
        super().__init__(*words, **named)
        self.runs: dict[str, int] = {}
        self.begun: set[str] = set()
        self.is_leaving = False

    async def run(
        self,
        flow_run: FlowRun,
        configuration: ProcessJobConfiguration,
        task_status: anyio.abc.TaskStatus[int] | None = None,
    ) -> ProcessWorkerResult:
        name = str(flow_run.id)
        self.begun.add(name)
        noting: Any = _Noting(self.runs, name, task_status)
        try:
            result = await super().run(flow_run, configuration, noting)
        finally:
            self.runs.pop(name, None)
        if not self.is_leaving:
            self.begun.discard(name)
        return result

    async def get_and_submit_flow_runs(self) -> list[FlowRun]:
        """What has fallen due for it; nothing while the engine is away, however long: Prefect's
        own would end after a minute and a half, and kill its runs."""
        try:
            return [] if self.is_leaving else await super().get_and_submit_flow_runs()
        except Exception as error:
            if away(error) != ENGINE:
                raise
            tell(log, "asking for runs", error)
            return []

    async def sync_with_backend(self) -> None:
        try:
            await super().sync_with_backend()
        except Exception as error:
            if away(error) != ENGINE:
                raise
            tell(log, "the sign of life", error)

    async def leave(self) -> None:
        """Take nothing new, and let the runs end."""
        self.is_leaving = True
        for pid in self.runs.values():
            _signal(pid, signal.SIGTERM)  # each is the first of a group of its own
        deadline = time.monotonic() + LEAVING_S
        while self.runs and time.monotonic() < deadline:
            await asyncio.sleep(LOOK_EVERY_S)

    async def end_hung(self) -> None:
        """End, again and again, what hangs: runs that have been over for a while."""
        over_since: dict[str, float] = {}
        while True:
            await asyncio.sleep(RUNS_EVERY_S)
            try:
                over = await self._over()
            except Exception as error:
                tell(log, "looking after the runs", error)
                continue
            moment = time.monotonic()
            over_since = {run: over_since.get(run, moment) for run in over}
            for run, since in over_since.items():
                if moment - since >= GRACE_S and run in self.runs:
                    log.error("run %s is over and its process hangs: it is killed", run)
                    _signal(self.runs[run], signal.SIGKILL)

    async def _over(self) -> set[str]:
        """Which of its runs have ended as Prefect says."""
        if not self.runs:
            return set()
        mine = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(run) for run in self.runs]))
        async with get_client() as client:
            found = await client.read_flow_runs(flow_run_filter=mine)
        return {str(each.id) for each in found if each.state is not None and each.state.is_final()}


def _signal(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def work(
    engine: Engine, pool: str, queues: list[str], limit: int, template: Mapping[str, Any]
) -> None:
    """Do what the clock submits until SIGTERM or Ctrl-C; a second one waits for no run."""
    setup_logging()
    left = asyncio.run(_work(pool, queues, limit, dict(template)))
    if left:
        with suppress(*DATABASE_ERRORS), writing(engine) as session:
            given = give_back_runs(session, left, kept(reason("worker_told_to_end")))
            log.warning("%s steps were given back: their worker was told to end", given)


async def _work(pool: str, queues: list[str], limit: int, template: dict[str, Any]) -> set[str]:
    """The runs that were begun and had not ended when it was told to end."""
    worker = Worker(pool, work_queues=queues, limit=limit, base_job_template=template)
    working = asyncio.create_task(worker.start())
    leaving: list[asyncio.Task[None]] = []

    async def leave() -> None:
        await worker.leave()
        working.cancel()

    def told() -> None:
        if leaving:
            working.cancel()
        else:
            leaving.append(asyncio.create_task(leave()))

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told)
    watching = asyncio.create_task(worker.end_hung())
    with suppress(asyncio.CancelledError):
        await working
    watching.cancel()
    return worker.begun
