"""What all flows share: a task run per community, names and tags that an operator can read,
retries of what can be retried, and a table that says what was done, skipped, blocked or failed.
"""

import atexit
import gc
import math
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from prefect import Task, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.client.schemas import State
from prefect.context import TagsContext
from prefect.states import Completed, Failed
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.clock import now
from domain.community import find_community
from domain.context import working_on
from domain.cycle import finish, take_step
from domain.due import keep_claim
from domain.errors import JifenError, Refused
from domain.period import Period
from domain.reasons import kept
from domain.store.database import reading, writing
from domain.store.tables.people import Community
from flows.runtime import engine

# Prefect keeps nothing of what a run returns. Where it would be kept is said only so that no run
# asks the server for it: that was a third of all its requests.
UNKEPT: dict[str, Any] = {"persist_result": False, "result_storage": Path("var")}
RETRIES = 3
# Far below the silence after which the clock takes a run for dead (`reap_after_seconds`).
SIGN_EVERY_S = 15.0
RETRY_DELAYS_SECONDS: list[float] = [2, 10, 60]


@dataclass(frozen=True)
class Outcome:
    """What a step did for one community: done, skipped, blocked or failed, and a sentence."""

    community: str
    state: str
    said: str


class Skip(Exception):
    """The step is no longer due; the message says why."""


class DryRun(Exception):
    """Raised at the end of a dry run."""


# What this process's runs did, as they did it: a state that comes back from Prefect's API does
# not always bring its result along.
OUTCOMES: ContextVar[dict[str, Outcome] | None] = ContextVar("outcomes", default=None)

Work = Callable[[Session, Community, Period, datetime], str]


def can_be_retried(_task: Any, _run: Any, state: State) -> bool:
    """Only what may go away by itself: a database that is locked, full up or gone."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, OperationalError)


@task(
    name="community",
    task_run_name="{process} {step} {period} · {name}",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAYS_SECONDS,
    retry_condition_fn=can_be_retried,
    **UNKEPT,
)
def for_community(
    work: Work,
    process: str,
    step: str,
    period: str,
    code: str,
    name: str,
    as_of: datetime,
    dry_run: bool,
    attempt: int,
) -> None:
    """One step for one community, in one transaction; a refusal blocks only this community."""
    with working_on(community=code, process=process, period=period, step=step):
        outcome = _do(work, process, step, Period.parse(period), code, as_of, dry_run, attempt)
    outcomes = OUTCOMES.get()
    assert outcomes is not None  # `run_step` has set it
    outcomes[code] = outcome


def _do(
    work: Work,
    process: str,
    step: str,
    when: Period,
    code: str,
    as_of: datetime,
    dry_run: bool,
    attempt: int,
) -> Outcome:
    try:
        with writing(engine()) as session:
            community = find_community(session, code)
            if not take_step(session, community, process, when, step, attempt):
                return Outcome(code, "skipped", "another attempt has taken over, or it is done")
            said = work(session, community, when, as_of)
            if dry_run:
                raise DryRun(said)
            finish(session, community, process, when, step, as_of, outcome=said, attempt=attempt)
        return Outcome(code, "done", said)
    except DryRun as end:
        return Outcome(code, "would be done", str(end))
    except (Skip, Refused) as end:
        # Nothing (more) to do ends the step; a refusal waits for people.
        state, after = ("skipped", "done") if isinstance(end, Skip) else ("blocked", "blocked")
        if not dry_run:
            said = kept(end.why) if isinstance(end, Refused) else str(end)
            _note(code, process, when, step, as_of, after, said, attempt)
        return Outcome(code, state, str(end))


def _note(
    code: str, process: str, period: Period, step: str, at: datetime, state: str, said: str,
    attempt: int,
) -> None:  # fmt: skip
    """Let `jifen status` show what became of a step."""
    with writing(engine()) as session:
        community = find_community(session, code)
        finish(
            session, community, process, period, step, at, state=state, outcome=said,
            attempt=attempt,
        )  # fmt: skip


def run_step(
    work: Work,
    process: str,
    step: str,
    period: str,
    communities: Sequence[str],
    as_of: datetime | None,
    dry_run: bool = False,
    attempt: int = 0,
) -> State:
    """Do a step for a batch of communities; the run's state says at a glance how it went."""
    moment = as_of or now()
    _keep_what_is_loaded()
    names = names_of(communities)
    done = OUTCOMES.get()
    if done is None:
        done = {}
        OUTCOMES.set(done)
    # Tags belong to the flow run. A task run with tags would ask the server for a slot of each
    # tag's concurrency limit before it begins, which costs the best part of a second.
    with TagsContext(current_tags=set()):
        last_sign = -math.inf
        for place, code in enumerate(communities):
            if time.monotonic() - last_sign >= SIGN_EVERY_S:
                _give_sign_of_life(process, step, period, attempt, communities[place:])
                last_sign = time.monotonic()
            state = for_community(
                work, process, step, period, code, names.get(code, code), moment, dry_run, attempt,
                return_state=True,
            )  # fmt: skip
            if not state.is_completed():
                done[code] = Outcome(code, "failed", _why_failed(state))
                if not dry_run:
                    _note_failure(code, process, step, period, moment, done[code].said, attempt)
    outcomes = [done[code] for code in communities]
    _tabulate(process, step, period, outcomes)
    return _state_of(outcomes)


@cache
def _keep_what_is_loaded() -> None:
    """Once in a process: what it has loaded stays, and is not searched for garbage over and over.

    Prefect alone is some hundred thousand objects; that search took a tenth of a run's time.
    """
    gc.collect()
    gc.freeze()
    # Some libraries complain of what is still there when the process ends.
    atexit.register(gc.unfreeze)


def _give_sign_of_life(
    process: str, step: str, period: str, attempt: int, waiting: Sequence[str]
) -> None:
    """Keep the clock from taking this run for dead; if the database is gone, the task will tell."""
    if attempt:
        with suppress(OperationalError), writing(engine()) as session:
            keep_claim(session, process, period, step, attempt, waiting, now())


def _note_failure(
    code: str, process: str, step: str, period: str, at: datetime, said: str, attempt: int
) -> None:
    """A failure is kept too, if the database still answers."""
    try:
        _note(code, process, Period.parse(period), step, at, "failed", said, attempt)
    except (OperationalError, JifenError):
        get_run_logger().exception("the failure of %s could not be recorded", code)


def _why_failed(state: State) -> str:
    error = state.result(raise_on_failure=False)
    return str(error) if isinstance(error, JifenError) else type(error).__name__


def _state_of(outcomes: list[Outcome]) -> State:
    by_state = {
        state: [outcome for outcome in outcomes if outcome.state == state]
        for state in ("done", "would be done", "skipped", "blocked", "failed")
    }
    counts = ", ".join(f"{len(found)} {state}" for state, found in by_state.items() if found)
    worst = by_state["failed"] or by_state["blocked"]
    said = f"{counts}: {worst[0].community}: {worst[0].said}" if worst else counts
    for outcome in worst:
        get_run_logger().warning("%s %s: %s", outcome.community, outcome.state, outcome.said)
    if by_state["failed"]:
        return Failed(message=said)
    if by_state["blocked"]:
        return Completed(name="Blocked", message=said)
    return Completed(message=said)


def _tabulate(process: str, step: str, period: str, outcomes: list[Outcome]) -> None:
    rows = [asdict(outcome) for outcome in outcomes]
    create_table_artifact(
        table=rows,
        key=_key(f"{process}-{step}-{period}"),
        description=f"{process} {step} {period}: what was done, skipped, blocked or failed",
    )


def _key(text: str) -> str:
    """Artifact keys hold lower-case letters, digits and dashes only."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def names_of(communities: Sequence[str]) -> dict[str, str]:
    """The communities' names by code; Refused where one does not exist."""
    with reading(engine()) as session:
        query = select(Community.code, Community.name).where(Community.code.in_(communities))
        names = dict(session.execute(query).tuples().all())
        unknown = [code for code in communities if code not in names]
        if unknown:
            find_community(session, unknown[0])  # which refuses it
        return names


def run_name(process: str, period: str, communities: Sequence[str]) -> str:
    """`audit 2026-03 · 马鞍社区`, or the number of communities in a batch."""
    if len(communities) != 1:
        return f"{process} {period} · {len(communities)} communities"
    names = names_of(communities)
    return f"{process} {period} · {names[communities[0]]}"


def flow_name_of(process: str) -> Callable[[], str]:
    """A flow's `flow_run_name`: made from the parameters of the run that starts."""

    def name() -> str:
        from prefect.runtime import flow_run  # noqa: PLC0415

        parameters = flow_run.parameters
        return run_name(process, parameters["period"], parameters["communities"])

    return name


def utc(moment: datetime | None) -> datetime | None:
    """A parameter's time in UTC: Prefect's forms may send one without a zone."""
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=UTC)


__all__ = ["UNKEPT", "Outcome", "Skip", "Task", "flow_name_of", "run_step", "utc"]
