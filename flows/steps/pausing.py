"""Pause, Suspend and Cancel of a run at work (暂停、挂起与取消): heeded between two communities.

Prefect only changes the run's state; the process has to ask. A paused run waits where it is, a
suspended one ends its process and goes on when it is resumed, a cancelled one ends. What is not
resumed in time the reaper ends, and holds its steps.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas import State
from prefect.context import FlowRunContext
from prefect.exceptions import Pause

from domain.kernel.local_time import now

LOOK_EVERY_S = 2.0
# A run that is paused without a time-out is waited for so long.
PAUSED_MAX = timedelta(days=1)


class Cancelled(Exception):
    """An operator has cancelled the run."""

    def __init__(self, state: State) -> None:
        super().__init__(state.message)
        self.state = state


class Buttons:
    """What operators press while a run is at work."""

    def __init__(self) -> None:
        self._looked = time.monotonic()

    def heed(self, sign: Callable[[], None]) -> None:
        """Go on; or wait, and `sign` to the clock that the run lives; or raise what ends it."""
        if time.monotonic() - self._looked < LOOK_EVERY_S:
            return
        while (state := _state()) is not None:
            self._looked = time.monotonic()
            if state.is_cancelled() or state.is_cancelling():
                raise Cancelled(state)
            if not state.is_paused():
                return
            if _is_deployed() and (state.state_details.pause_reschedule or _is_late(state)):
                raise Pause(state=state)
            sign()
            time.sleep(LOOK_EVERY_S)


def waits_until(state: State) -> datetime:
    """Until when a run that is paused or suspended can be resumed."""
    until: datetime = state.state_details.pause_timeout or state.timestamp + PAUSED_MAX
    return until


def _is_late(state: State) -> bool:
    return now() > waits_until(state)


def _is_deployed() -> bool:
    """Whether another process can go on with the run later."""
    context = FlowRunContext.get()
    return bool(context and context.flow_run and context.flow_run.deployment_id)


def _state() -> State | None:
    """The run's state as the server has it; None where it does not say."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return None
    assert isinstance(context.client, SyncPrefectClient)
    try:
        return context.client.read_flow_run(context.flow_run.id).state
    except Exception:
        return None  # the engine is away: the work goes on without it
