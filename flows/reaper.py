"""The reaper (清理失联任务): gives back the steps of runs that ended without doing them, or died.

Giving back is always safe: a run that was thought dead and comes back finds that another attempt
has taken over (`domain.cycle.take_step`), and cannot post.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas import State
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed
from sqlalchemy import Engine

from domain.clock import SKEW_MAX, now
from domain.due import give_back, silent_claims, silent_since
from domain.outage import tell
from domain.store.database import database_now, writing

log = logging.getLogger("jifen.clock")

# A run's process loads Python and Prefect before it gives its first sign of life; on a busy
# machine that took half a minute. Reaped before it, a run would never be come to.
STARTING = timedelta(seconds=90)
FOR_LATER = "it was scheduled for a later time, by a clock that was wrong"


def runs_over(runs: set[str]) -> set[str]:
    """Which of these silent runs are over, as far as Prefect's server says."""
    over: set[str] = set()
    try:
        with get_client(sync_client=True) as client:
            over |= {run for run in runs if _is_over(client, run)}
    except Exception as error:
        tell(log, "asking the engine how its runs are", error)
    return over


def reap(engine: Engine, since: datetime, over: Callable[[set[str]], set[str]] = runs_over) -> int:
    """Make due again what runs have claimed that are silent `since` a moment; how many steps.

    Only a run that no worker has fetched yet, or whose process is starting, is waited for:
    another would wait behind it.
    """
    with writing(engine) as session:
        silent = silent_since(since, database_now(session))
        claimed = silent_claims(session, silent)
    if not claimed:
        return 0
    # A claim without a run was never handed to the engine.
    lost_runs = {""} | over({each.run for each in claimed if each.run})
    lost = [each.id for each in claimed if each.run in lost_runs]
    if not lost:
        return 0
    with writing(engine) as session:
        why = "its run died or ended without doing it; tried again"
        given = give_back(session, lost, why, silent)
    log.warning("%s steps were given back: their runs are over", given)
    return given


def _is_over(client: SyncPrefectClient, run: str) -> bool:
    try:
        state = client.read_flow_run(UUID(run)).state
    except ObjectNotFound:
        return True
    if state is None or state.is_final():
        return True
    if _is_for_later(state):
        # It was submitted while some clock was wrong; its step is due now.
        client.set_flow_run_state(UUID(run), Crashed(message=FOR_LATER), force=True)
        return True
    if state.is_scheduled() or (state.is_pending() and state.timestamp > now() - STARTING):
        return False
    client.set_flow_run_state(UUID(run), Crashed(message="its worker died"), force=True)
    return True


def _is_for_later(state: State) -> bool:
    """Whether a run waits for a time later than its step's, which is due."""
    scheduled = state.state_details.scheduled_time
    return state.is_scheduled() and scheduled is not None and scheduled > now() + SKEW_MAX
