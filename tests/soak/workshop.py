"""What stands in for Prefect in the simulation: takes the clock's batches, and has them done.

The flows are the real ones, called as a worker's process calls them; only Prefect's own part in
`flows.steps.running` (task runs with retries, artifacts, what operators press) is replaced, by
what it promises.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from prefect.client.schemas import State
from prefect.exceptions import Pause
from prefect.states import Cancelled, Suspended
from sqlalchemy.exc import OperationalError

from domain.cycle.due import Batch
from domain.kernel.period import Period
from domain.kernel.reasons import reason
from domain.steps.work import Work
from flows.catalogue import FLOWS
from flows.clock.reaper import Ended
from flows.steps import claim, pausing
from flows.steps import running as steps
from flows.steps.pausing import PAUSED_MAX
from tests.soak.faults import Faults
from tests.soak.timely import Timely


@dataclass
class Run:
    """A flow run: waiting for a worker, begun, cancelled, suspended (since when), or over."""

    batch: Batch
    state: str = "waiting"
    since: datetime | None = None


@dataclass(frozen=True)
class TaskEnded:
    """What `for_community` returns: a task run's state."""

    error: Exception | None = None

    def is_completed(self) -> bool:
        return self.error is None

    def result(self, raise_on_failure: bool = True) -> Exception | None:
        return self.error


@dataclass
class Workshop:
    """Prefect's server and workers, as the clock sees them (`flows.clock.engine_works.Works`)."""

    faults: Faults
    timely: Timely
    right: Callable[[], datetime]
    runs: dict[str, Run] = field(default_factory=dict)
    is_away: bool = False
    # How often a step of a community was done by the clock's runs, for all that was told.
    done: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    surprises: list[Exception] = field(default_factory=list)
    # What the last run that was called has ended as.
    last: State | None = None
    _at_work: list[Run | None] = field(default_factory=list)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of Prefect's part in the flows."""
        monkeypatch.setattr(steps, "task_of", lambda *_: self._for_community)
        monkeypatch.setattr(steps, "tabulate", lambda *_: self.faults.point("asked"))
        monkeypatch.setattr(steps, "get_run_logger", lambda: logging.getLogger("simulation"))
        monkeypatch.setattr(pausing, "LOOK_EVERY_S", 0)
        monkeypatch.setattr(pausing, "_state", self._pressed)
        monkeypatch.setattr(pausing, "_is_deployed", lambda: True)
        monkeypatch.setattr(claim, "_is_cancelled", lambda: self._pressed() is not None)

    # What the clock asks of it.

    def ask(self) -> None:
        if self.is_away:
            raise ConnectionError("the engine is away")

    def submit(self, batch: Batch, as_of: datetime | None) -> str:
        assert as_of is None
        self.ask()
        self.faults.point("asked")
        self.runs.setdefault(batch.key, Run(batch))
        self.faults.point("answered")
        return batch.key

    def ended(self, runs: Mapping[str, bool]) -> Ended:
        found = Ended()
        try:
            self.ask()
            self.faults.point("asked")
            for key, is_silent in sorted(runs.items()):
                self._look_at(key, self.runs.get(key), is_silent, found)
            self.faults.point("answered")
        except ConnectionError:
            return Ended()
        return found

    def _look_at(self, key: str, run: Run | None, is_silent: bool, found: Ended) -> None:
        if run is None:
            found.over.add(key)
        elif run.state == "cancelled":
            found.stopped[key] = reason("run_was_cancelled")
        elif run.state == "suspended":
            if self._is_late(run):
                found.stopped[key] = reason("run_was_suspended")
        elif is_silent and run.state != "waiting":
            run.state = "over"
            found.over.add(key)

    def _is_late(self, run: Run) -> bool:
        return run.since is not None and self.right() > run.since + PAUSED_MAX

    def keep_up(self) -> None:
        self.ask()

    def show(self, at: datetime) -> None:
        self.ask()

    # What workers do.

    def waiting(self) -> list[Run]:
        """What a worker may fetch, while the server answers."""
        if self.is_away:
            return []
        return [run for run in self.runs.values() if run.state == "waiting"]

    def work(self, run: Run) -> None:
        """A worker's process does a run; killed in the middle, it stays begun for ever."""
        batch, run.state = run.batch, "begun"
        outcome = self.call(
            "worker",
            batch.process,
            batch.step,
            batch.period,
            batch.communities,
            batch.attempt,
            run=run,
        )
        if outcome != "killed" and run.state == "begun":
            run.state = "over"

    def call(
        self,
        who: str,
        process: str,
        step: str,
        period: str,
        communities: tuple[str, ...],
        attempt: int = 0,
        run: Run | None = None,
        **more: Any,
    ) -> str:
        """Call a flow as its process does; by hand, `attempt` is 0."""
        flow: Callable[..., Any] = FLOWS[process].fn
        parameters = {
            "communities": list(communities),
            "period": period,
            "step": step,
            "attempt": attempt,
            **more,
        }

        def do() -> None:
            self._at_work.append(run)
            try:
                # A context of its own: other processes share no variables with it.
                self.last = copy_context().run(flow, **parameters)
            except Pause:
                self.last = None  # its process ends, and another one goes on
            finally:
                self._at_work.pop()

        return self.faults.turn(who, do)

    def _pressed(self) -> State | None:
        run = self._at_work[-1] if self._at_work else None
        if run is None:
            return None
        return {"cancelled": Cancelled(message="by the operator"), "suspended": Suspended()}.get(
            run.state
        )

    def _for_community(
        self,
        work: Work,
        process: str,
        step: str,
        period: str,
        code: str,
        name: str,
        as_of: datetime,
        dry_run: bool,
        attempt: int,
        return_state: bool,
    ) -> TaskEnded:
        """A task run: tried again where the database was gone, as Prefect does."""
        when = Period.parse(period)
        for retries_left in range(steps.RETRIES, -1, -1):
            with self.faults.aside():
                due_at = self.timely.due_at(code, process, period, step)
            try:
                outcome = steps._do(work, process, step, when, code, as_of, dry_run, attempt)
            except OperationalError as error:
                if not retries_left:
                    return TaskEnded(error)
            except Exception as error:
                self.surprises.append(error)
                return TaskEnded(error)
            else:
                break
        outcomes = steps.OUTCOMES.get()
        assert outcomes is not None
        outcomes[code] = outcome
        if outcome.state == "done":
            with self.faults.aside():
                self.timely.check(code, process, period, step, due_at, by_hand=not attempt)
            self.done[code, process, period, step] += bool(attempt)
        return TaskEnded()
