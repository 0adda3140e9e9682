"""The reaper (清理任务): what becomes of the steps of runs that will not do them.

Of a run that died, or was deleted, the steps are given back. That is always safe: a run that was
thought dead and comes back finds that another attempt has taken over, and cannot post. The steps of
a run that an operator has stopped are held until somebody releases them.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas import FlowRun, State
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.states import Crashed
from sqlalchemy import ColumnElement, Engine

from domain.cycle.attempt import SUSPENDED, said_of_runs
from domain.cycle.due import claims_of, claims_with_runs, give_back, silent_claims, silent_since
from domain.cycle.interventions import BY_ENGINE, hold
from domain.kernel.local_time import SKEW_MAX, local_text, now
from domain.kernel.reasons import Reason, kept, reason, restored
from domain.operations.outages import tell
from domain.store.database import database_now, reading, writing
from domain.store.statements import in_chunks
from flows.steps.outcomes import BLOCKED, ended, held
from flows.steps.pausing import waits_until
from flows.steps.runtime import language

log = logging.getLogger("jifen.clock")

# A run's process loads Python and Prefect before it gives its first sign of life; on a busy
# machine that took half a minute. Reaped before it, a run would never be come to.
STARTING = timedelta(seconds=90)
PAGE = 200


@dataclass
class Ended:
    """Runs that will not do what they have claimed: those that are over, and those that an
    operator has stopped, by how; and of all others until when they wait to be resumed, if so."""

    over: set[str] = field(default_factory=set)
    waits: dict[str, datetime | None] = field(default_factory=dict)
    stopped: dict[str, Reason] = field(default_factory=dict)


def ended_runs(runs: Mapping[str, bool]) -> Ended:
    """Which of these runs have ended, as far as Prefect's server says; of each whether it has been
    silent for long. A silent one that a worker has begun is ended here."""
    found = Ended()
    try:
        with get_client(sync_client=True) as client:
            known = _read(client, runs)
            for run, is_silent in runs.items():
                _look_at(client, run, known.get(run), is_silent, found)
            _end_forsaken(client, runs)
    except Exception as error:
        tell(log, "asking the engine how its runs are", error)
    return found


def reap(
    engine: Engine,
    since: datetime,
    ended: Callable[[Mapping[str, bool]], Ended] = ended_runs,
) -> int:
    """Make due again what runs that are over have claimed, and hold what an operator has stopped;
    how many steps were given back. Runs without a sign of life `since` a moment are looked after.

    Only a run that no worker has fetched yet, or whose process is starting, is waited for:
    another would wait behind it.
    """
    with reading(engine) as session:
        claimed = claims_with_runs(session)
    if not claimed:
        ended({})
        return 0
    with writing(engine) as session:
        in_silence = silent_since(since, database_now(session))
        silent = {each.id for each in silent_claims(session, in_silence)}
    quiet_runs = {claimed[each] for each in silent & claimed.keys()}
    found = ended({run: run in quiet_runs for run in set(claimed.values()) - {""}})
    for run, how in found.stopped.items():
        _hold(engine, run, how)
    _say_what_waits(engine, found.waits)
    # A claim without a run was never handed to the engine.
    lost = {each for each, run in claimed.items() if run in found.over} | {
        each for each in silent if claimed.get(each) == ""
    }
    return _give_back(engine, lost, silent, in_silence) if lost else 0


def _give_back(
    engine: Engine, lost: set[int], silent: set[int], in_silence: ColumnElement[bool]
) -> int:
    why = kept(reason("run_was_lost"))
    with writing(engine) as session:
        given = give_back(session, sorted(lost & silent), why, in_silence)
        given += give_back(session, sorted(lost - silent), why)
    log.warning("%s steps were given back: their runs are over", given)
    return given


def _hold(engine: Engine, run: str, how: Reason) -> None:
    """Hold what a run has claimed and not done; what it works at just now, the next time."""
    with writing(engine) as session:
        steps = claims_of(session, run)
        for each in steps:
            hold(session, each, BY_ENGINE, how.text(language()), database_now(session))
    if steps:
        log.warning("%s steps are held: %s", len(steps), how.text("en"))


def _say_what_waits(engine: Engine, waits: Mapping[str, datetime | None]) -> None:
    """Write down with the steps of a run that it is suspended, until it goes on."""
    with reading(engine) as session:
        said = {run: restored(outcome) for run, outcome in said_of_runs(session)}
    for run, until in waits.items():
        is_said = run in said and said[run].code == SUSPENDED
        if is_said == (until is not None):
            continue
        text = kept(reason(SUSPENDED, until=local_text(until))) if until else ""
        with writing(engine) as session:
            for each in claims_of(session, run):
                each.outcome = text


def _read(client: SyncPrefectClient, runs: Iterable[str]) -> dict[str, FlowRun]:
    found: dict[str, FlowRun] = {}
    for part in in_chunks([UUID(run) for run in runs], PAGE):
        chosen = FlowRunFilter(id=FlowRunFilterId(any_=list(part)))
        found |= {str(each.id): each for each in client.read_flow_runs(flow_run_filter=chosen)}
    return found


def _look_at(
    client: SyncPrefectClient, run: str, known: FlowRun | None, is_silent: bool, found: Ended
) -> None:
    if known is None or known.state is None:  # deleted, or Prefect's database is new
        found.over.add(run)
        return
    how = _how_stopped(known.state, is_silent)
    if how is not None:
        found.stopped[run] = how
        client.set_flow_run_state(known.id, held(how), force=True)
    elif known.state.is_final():
        # It tells of its steps before it ends; if not, that is found out in time.
        if is_silent:
            found.over.add(run)
    elif why := _why_lost(known, known.state, is_silent):
        gone: State = Crashed(message=reason(why).text(language()))
        client.set_flow_run_state(known.id, gone, force=True)
        found.over.add(run)
    else:
        found.waits[run] = waits_until(known.state) if known.state.is_paused() else None


def _how_stopped(state: State, is_silent: bool) -> Reason | None:
    """How an operator has stopped a run; None where nobody has, or it may still go on."""
    if state.is_cancelled() and state.name != BLOCKED:
        return reason("run_was_cancelled")
    if state.is_cancelling() and is_silent:  # its worker, which should have ended it, is away
        return reason("run_was_cancelled")
    if state.is_paused() and now() > waits_until(state):
        return reason("run_was_suspended")
    return None


def _why_lost(run: FlowRun, state: State, is_silent: bool) -> str:
    """Why a run that has not ended will not do its work; empty where it may."""
    if state.is_scheduled():
        scheduled = state.state_details.scheduled_time
        if scheduled is not None and scheduled > now() + SKEW_MAX:
            # It was submitted while some clock was wrong; its step is due now.
            return "run_is_for_later"
        return "" if run.work_queue_id else "run_without_queue"
    if state.is_pending() and state.timestamp > now() - STARTING:
        return ""
    # What is paused is waited for, and a worker is about to end what is cancelling.
    is_at_work = state.is_running() or state.is_pending()
    return "run_was_silent" if is_at_work and is_silent else ""


def _end_forsaken(client: SyncPrefectClient, claiming: Mapping[str, bool]) -> None:
    """End paused runs that have nothing left to do, or were not resumed in time: Prefect keeps
    for ever what has not ended."""
    chosen = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED])),
        deployment_id=FlowRunFilterDeploymentId(is_null_=False),
    )
    for run in client.read_flow_runs(flow_run_filter=chosen):
        if run.state is None or str(run.id) in claiming:
            continue
        if run.parameters.get("attempt") or now() > waits_until(run.state):
            client.set_flow_run_state(run.id, ended(reason("run_is_forsaken")), force=True)
