"""What stands in for Prefect in the simulation: takes the clock's batches, and has them done.

The flows are the real ones, called as a worker's process calls them; only Prefect's own part in
`flows.steps` (task runs with retries, artifacts) is replaced, by what it promises.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from domain.due import Batch
from domain.period import Period
from flows import steps
from flows.catalogue import FLOWS
from flows.reaper import Ended
from tests.soak.faults import Faults


@dataclass
class Run:
    """A flow run: waiting for a worker, begun, or over."""

    batch: Batch
    state: str = "waiting"


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
    """Prefect's server and workers, as the clock sees them (`flows.works.Works`)."""

    faults: Faults
    runs: dict[str, Run] = field(default_factory=dict)
    # How often a step of a community was done by the clock's runs, for all that was told.
    done: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    surprises: list[Exception] = field(default_factory=list)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of Prefect's part in the flows."""
        monkeypatch.setattr(steps, "for_community", self._for_community)
        monkeypatch.setattr(steps, "tabulate", lambda *_: self.faults.point("asked"))
        monkeypatch.setattr(steps, "get_run_logger", lambda: logging.getLogger("simulation"))

    # What the clock asks of it.

    def ask(self) -> None:
        return

    def submit(self, batch: Batch, as_of: datetime | None) -> str:
        assert as_of is None
        self.faults.point("asked")
        self.runs.setdefault(batch.key, Run(batch))
        self.faults.point("answered")
        return batch.key

    def ended(self, runs: Mapping[str, bool]) -> Ended:
        try:
            self.faults.point("asked")
            silent = [run for run in sorted(runs) if runs[run]]
            over = {run for run in silent if self.runs[run].state != "waiting"}
            for run in over:
                self.runs[run].state = "over"
            self.faults.point("answered")
        except ConnectionError:
            return Ended()
        return Ended(over)

    def keep_up(self) -> None:
        return

    def show(self, at: datetime) -> None:
        return

    # What workers do.

    def waiting(self) -> list[Run]:
        return [run for run in self.runs.values() if run.state == "waiting"]

    def work(self, run: Run) -> None:
        """A worker's process does a run; killed in the middle, it stays begun for ever."""
        batch, run.state = run.batch, "begun"
        outcome = self.call(
            "worker", batch.process, batch.step, batch.period, batch.communities, batch.attempt
        )
        if outcome != "killed":
            run.state = "over"

    def call(
        self, who: str, process: str, step: str, period: str, communities: tuple[str, ...],
        attempt: int = 0, **more: Any,
    ) -> str:  # fmt: skip
        """Call a flow as its process does; by hand, `attempt` is 0."""
        flow: Callable[..., Any] = FLOWS[process].fn
        parameters = {
            "communities": list(communities), "period": period, "step": step, "attempt": attempt,
            **more,
        }  # fmt: skip
        # A context of its own: other processes share no variables with it.
        return self.faults.turn(who, lambda: copy_context().run(flow, **parameters))

    def _for_community(
        self, work: steps.Work, process: str, step: str, period: str, code: str, name: str,
        as_of: datetime, dry_run: bool, attempt: int, return_state: bool,
    ) -> TaskEnded:  # fmt: skip
        """A task run: tried again where the database was gone, as Prefect does."""
        when = Period.parse(period)
        for retries_left in range(steps.RETRIES, -1, -1):
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
        if attempt and outcome.state == "done":
            self.done[code, process, period, step] += 1
        return TaskEnded()
