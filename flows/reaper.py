"""The reaper (清理失联任务): gives back the steps of runs that ended without doing them, or died.

Giving back is always safe: a run that was thought dead and comes back finds that another attempt
has taken over (`domain.cycle.take_step`), and cannot post.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed
from sqlalchemy import Engine

from domain.clock import now
from domain.due import claimed_before, give_back
from domain.outage import tell
from domain.store.database import writing

log = logging.getLogger("jifen.clock")

# A run's process loads Python and Prefect before it gives its first sign of life; on a busy
# machine that took half a minute. Reaped before it, a run would never be come to.
STARTING = timedelta(seconds=90)


def runs_over(runs: set[str]) -> set[str]:
    """Which of these silent runs are over, as far as Prefect's server says."""
    over: set[str] = set()
    try:
        with get_client(sync_client=True) as client:
            over |= {run for run in runs if _is_over(client, run)}
    except Exception as error:
        tell(log, "asking the engine how its runs are", error)
    return over


def reap(
    engine: Engine, silent_since: datetime, over: Callable[[set[str]], set[str]] = runs_over
) -> int:
    """Make due again what silent runs have claimed; how many steps.

    Only a run that no worker has fetched yet, or whose process is starting, is waited for:
    another would wait behind it.
    """
    with writing(engine) as session:
        claimed = claimed_before(session, silent_since)
    if not claimed:
        return 0
    # A claim without a run was never handed to the engine.
    lost_runs = {""} | over({each.run for each in claimed if each.run})
    lost = [each.id for each in claimed if each.run in lost_runs]
    if not lost:
        return 0
    with writing(engine) as session:
        why = "its run died or ended without doing it; tried again"
        given = give_back(session, lost, why, silent_since)
    log.warning("%s steps were given back: their runs are over", given)
    return given


def _is_over(client: SyncPrefectClient, run: str) -> bool:
    try:
        state = client.read_flow_run(UUID(run)).state
    except ObjectNotFound:
        return True
    if state is None or state.is_final():
        return True
    if state.is_scheduled() or (state.is_pending() and state.timestamp > now() - STARTING):
        return False
    client.set_flow_run_state(UUID(run), Crashed(message="its worker died"), force=True)
    return True
