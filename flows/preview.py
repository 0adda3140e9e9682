"""What is coming (近期计划): the next days' steps as scheduled runs, for operators to see.

They wait in a paused queue that no worker serves, and give way to the real run that the clock
submits. Where the clock is late with it, Prefect shows them as late.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkQueueFilter,
    WorkQueueFilterName,
)
from prefect.client.schemas.objects import StateType
from prefect.states import Scheduled
from sqlalchemy import Engine

from domain.clock import local_text
from domain.due import due_between
from domain.outage import tell
from domain.store.database import reading
from flows.deployments import deployment_of
from flows.pool import COMING

AHEAD = timedelta(days=7)
# A month's worth of communities and steps is shown as one run each; Prefect pages by 200.
PAGE = 200

log = logging.getLogger("jifen.clock")


class Preview:
    """Keeps Prefect's scheduled runs in step with what is due in the coming days."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._shown: set[str] | None = None

    def show(self, at: datetime) -> None:
        """Schedule what is new, delete what has moved or begun; quietly, it is only a view."""
        with reading(self.engine) as session:
            steps = due_between(session, at, at + AHEAD)
        wanted = {self._key(*step): (step, codes) for step, codes in steps.items()}
        if self._shown == set(wanted):
            return
        try:
            with get_client(sync_client=True) as client:
                self._match(client, wanted, at)
            self._shown = set(wanted)
        except Exception as error:
            self._shown = None
            tell(log, "showing what is coming", error)

    @staticmethod
    def _key(process: str, period: str, step: str, due_at: datetime) -> str:
        return f"coming/{process}/{period}/{step}/{due_at.astimezone(UTC):%Y%m%dT%H%M%S}"

    def _match(self, client: SyncPrefectClient, wanted: dict[str, Any], at: datetime) -> None:
        known = _scheduled(client)
        for key in known.keys() - wanted.keys():
            client.delete_flow_run(known[key])
        for key in wanted.keys() - known.keys():
            (process, period, step, due_at), codes = wanted[key]
            # A replayed year's days are shown as far ahead of the real ones.
            real_due = datetime.now(UTC) + (due_at - at)
            deployment = client.read_deployment_by_name(deployment_of(process))
            whose = codes[0] if len(codes) == 1 else f"{len(codes)} communities"
            client.create_flow_run_from_deployment(
                deployment.id,
                parameters={"communities": codes, "period": period, "step": step},
                state=Scheduled(scheduled_time=real_due, message=f"due {local_text(due_at)}"),
                name=f"{process} {step} {period} · {whose}",
                tags=["coming", process, step, period],
                idempotency_key=key,
                work_queue_name=COMING,
            )


def _scheduled(client: SyncPrefectClient) -> dict[str, UUID]:
    """The previews that Prefect holds, by key."""
    found: dict[str, UUID] = {}
    while True:
        runs = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED]))
            ),
            work_queue_filter=WorkQueueFilter(name=WorkQueueFilterName(any_=[COMING])),
            limit=PAGE,
            offset=len(found),
        )
        found |= {run.idempotency_key or str(run.id): run.id for run in runs}
        if len(runs) < PAGE:
            return found
