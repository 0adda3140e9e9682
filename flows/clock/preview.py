"""What is coming (近期计划): the next days' steps as scheduled runs, for operators to see.

They wait in a paused queue that no worker serves, and give way to the real run that the clock
submits. Where the clock is late with it, Prefect shows them as late. They look like the clock's
schedule, so what an operator does to one holds: the steps that it shows are held.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas import FlowRun
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
from prefect.exceptions import ObjectNotFound
from prefect.states import Scheduled
from sqlalchemy import Engine

from domain.cycle.due import due_between
from domain.cycle.interventions import BY_ENGINE, held_steps, hold_due
from domain.kernel.local_time import local_text, now
from domain.kernel.reasons import Reason, reason
from domain.operations.outages import tell
from domain.store.database import database_now, reading, writing
from flows.clock.deployments import deployment_of
from flows.engine.pool import COMING, POOL
from flows.steps.names import run_name
from flows.steps.outcomes import HELD, held
from flows.steps.runtime import language

AHEAD = timedelta(days=7)
# A month's worth of communities and steps is shown as one run each; Prefect pages by 200.
PAGE = 200
# By less than this nobody moves one.
MOVED_MIN = timedelta(minutes=2)

log = logging.getLogger("jifen.clock")


class Shown(NamedTuple):
    """A step for the communities of which it falls due at a moment."""

    process: str
    period: str
    step: str
    due_at: datetime
    codes: tuple[str, ...]

    @property
    def key(self) -> str:
        """Another one where anything of it is another: the old one is then deleted."""
        whose = hashlib.sha256(",".join(self.codes).encode()).hexdigest()[:12]
        due = f"{self.due_at.astimezone(UTC):%Y%m%dT%H%M%S}"
        return f"coming/{self.process}/{self.period}/{self.step}/{due}/{whose}"


@dataclass(frozen=True)
class Made:
    """A preview as it was made, to see what has been done to it since."""

    run: UUID
    deployment: UUID
    queue: UUID
    start: datetime


class RunPreview:
    """Keeps Prefect's scheduled runs in step with what is due in the coming days."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._made: dict[str, Made] = {}

    def show(self, at: datetime) -> None:
        """Schedule what is new, delete what has moved or begun, hold what was meddled with; the
        steps themselves go on where the engine is away."""
        with reading(self.engine) as session:
            steps = due_between(session, at, at + AHEAD)
            on_hold = held_steps(session)
        coming = [Shown(*step, tuple(codes)) for step, codes in steps.items()]
        wanted = {each.key: each for each in coming}
        try:
            with get_client(sync_client=True) as client:
                self._match(client, wanted, on_hold, at)
        except ObjectNotFound:
            # Deployment, queue or pool were deleted just now: the next sweep puts them back first.
            log.warning("what is coming is shown in Prefect again at the next sweep")
        except Exception as error:
            tell(log, "showing in Prefect's UI what is coming", error)

    def _match(
        self,
        client: SyncPrefectClient,
        wanted: dict[str, Shown],
        on_hold: set[tuple[str, ...]],
        at: datetime,
    ) -> None:
        queue = client.read_work_queue_by_name(COMING, POOL).id
        known = {run.idempotency_key or str(run.id): run for run in _known(client)}
        for key, run in known.items():
            if key not in wanted:
                self._made.pop(key, None)
                _clear_away(client, run, on_hold)
            elif run.state_name == HELD or run.work_queue_id is None:
                # It has been released; or its queue was deleted, where nobody finds it. That it is
                # gone is our own doing, even where no other can be made now.
                self._made.pop(key, None)
                client.delete_flow_run(run.id)
                self._make(client, wanted[key], queue, at)
            elif how := self._meddled(key, run):
                self._hold(wanted[key], how)
                client.set_flow_run_state(run.id, held(how), force=True)
        for key in wanted.keys() - known.keys():
            if self._was_deleted(client, key, queue):
                self._hold(wanted[key], reason("preview_was_deleted"))
            else:
                self._make(client, wanted[key], queue, at)

    def _meddled(self, key: str, run: FlowRun) -> Reason | None:
        """What an operator did to a preview."""
        start: datetime | None = run.next_scheduled_start_time
        if run.state is None or not run.state.is_scheduled() or start is None:
            return reason("preview_was_cancelled")
        assert run.work_queue_id is not None  # else it is made again
        seen = Made(run.id, _deployment(run), run.work_queue_id, start)
        made = self._made.setdefault(key, seen)
        return None if abs(start - made.start) < MOVED_MIN else reason("preview_was_moved")

    def _was_deleted(self, client: SyncPrefectClient, key: str, queue: UUID) -> bool:
        """Whether somebody deleted this one: else its deployment, its queue with or without the
        pool, or all of Prefect's database."""
        made = self._made.get(key)
        if made is None or _exists(client, made.run):
            return False
        deployment = client.read_deployment_by_name(deployment_of(key.split("/")[1]))
        del self._made[key]
        return (deployment.id, queue) == (made.deployment, made.queue)

    def _hold(self, shown: Shown, how: Reason) -> None:
        self._made.pop(shown.key, None)
        with writing(self.engine) as session:
            count = hold_due(
                session,
                shown.process,
                shown.period,
                shown.step,
                shown.codes,
                BY_ENGINE,
                how.text(language()),
                database_now(session),
            )
        log.warning("%s steps are held: %s", count, how.text("en"))

    def _make(self, client: SyncPrefectClient, shown: Shown, queue: UUID, at: datetime) -> None:
        # A replayed year's days are shown as far ahead of the real ones.
        start = now() + (shown.due_at - at)
        deployment = client.read_deployment_by_name(deployment_of(shown.process))
        asked = {"communities": list(shown.codes), "period": shown.period, "step": shown.step}
        due = reason("run_is_due", moment=local_text(shown.due_at)).text(language())
        run = client.create_flow_run_from_deployment(
            deployment.id,
            parameters=asked,
            state=Scheduled(scheduled_time=start, message=due),
            name=run_name(shown.process, shown.step, shown.period, shown.codes),
            tags=[COMING, shown.process, shown.step, shown.period],
            idempotency_key=shown.key,
            work_queue_name=COMING,
        )
        self._made[shown.key] = Made(run.id, deployment.id, queue, start)


def _known(client: SyncPrefectClient) -> Sequence[FlowRun]:
    """The previews that Prefect holds, whatever their state."""
    found: list[FlowRun] = []
    while True:
        runs = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(tags=FlowRunFilterTags(all_=[COMING])),
            limit=PAGE,
            offset=len(found),
        )
        found += runs
        if len(runs) < PAGE:
            return found


def _exists(client: SyncPrefectClient, run: UUID) -> bool:
    """Whether a run is there, though a list that changed while it was read did not have it."""
    try:
        client.read_flow_run(run)
    except ObjectNotFound:
        return False
    return True


def _clear_away(client: SyncPrefectClient, run: FlowRun, on_hold: set[tuple[str, ...]]) -> None:
    """Delete what is no longer coming so; but what is held shows that it is."""
    codes = run.parameters.get("communities") or ()
    named = tuple((run.idempotency_key or "").split("/")[1:4])  # as `Shown.key` has it
    if not codes or not all((*named, code) in on_hold for code in codes):
        client.delete_flow_run(run.id)
    elif run.state_name != HELD:
        client.set_flow_run_state(run.id, held(reason("preview_is_held")), force=True)


def _deployment(run: FlowRun) -> UUID:
    assert run.deployment_id is not None  # it is made from one
    return run.deployment_id
