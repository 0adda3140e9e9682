"""The reaper (清理失联任务): gives back the steps of runs that ended without doing them, or died.

Giving back is always safe: a run that was thought dead and comes back finds that another attempt
has taken over (`domain.cycle.take_step`), and cannot post.
"""

import logging
from datetime import datetime
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed
from sqlalchemy import Engine

from domain.due import claimed_before, give_back
from domain.store.database import reading, writing

log = logging.getLogger("jifen.clock")


def reap(engine: Engine, silent_since: datetime) -> int:
    """Make due again what silent runs have claimed; how many steps.

    Only a run that no worker has fetched yet is waited for: another would wait behind it.
    """
    with reading(engine) as session:
        claimed = claimed_before(session, silent_since)
    if not claimed:
        return 0
    over = _over({each.run for each in claimed})
    lost = [each.id for each in claimed if each.run in over]
    if lost:
        with writing(engine) as session:
            give_back(session, lost, "its run died or ended without doing it; tried again")
        log.warning("%s steps were given back: their runs are over", len(lost))
    return len(lost)


def _over(runs: set[str]) -> set[str]:
    """Which runs are over; a claim without one was never handed to the engine."""
    over = {""} & runs
    try:
        with get_client(sync_client=True) as client:
            over |= {run for run in runs - {""} if _is_over(client, run)}
    except Exception:
        log.exception("the engine does not say how its runs are")
    return over


def _is_over(client: SyncPrefectClient, run: str) -> bool:
    try:
        state = client.read_flow_run(UUID(run)).state
    except ObjectNotFound:
        return True
    if state is None or state.is_final():
        return True
    if state.is_scheduled():
        return False
    client.set_flow_run_state(UUID(run), Crashed(message="its worker died"), force=True)
    return True
