"""What all flows share: a task run per community, names and tags that an operator can read,
retries of what can be retried, and a table that says what was done, skipped, blocked or failed.
"""

import math
import time
from collections.abc import Sequence
from contextlib import nullcontext
from contextvars import ContextVar
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from prefect import Task, get_run_logger, task
from prefect.client.schemas import State
from prefect.client.schemas.objects import StateType
from prefect.context import TagsContext, TaskRunContext
from prefect.states import Failed

from domain.community.registry import find_community
from domain.cycle.attempt import Attempt
from domain.cycle.by_hand import Starter
from domain.cycle.catalogue import kind_of
from domain.cycle.occurrences import finish, take_step
from domain.kernel.errors import JifenError, Refused
from domain.kernel.log_context import working_on
from domain.kernel.period import Period
from domain.kernel.reasons import kept, reason
from domain.kernel.sentences import LANGUAGES
from domain.operations.timekeeping import unlikely
from domain.steps.acts import act_of
from domain.steps.work import Skip, Work
from domain.store.database import database_now, reading, writing
from domain.store.faults import DATABASE_ERRORS, may_pass, why_failed
from domain.store.tables.cycle import StepState
from flows.engine.loaded import keep_what_is_loaded
from flows.steps.asked import communities_asked, moment_asked, period_asked
from flows.steps.by_hand import DryRun, in_its_time
from flows.steps.claim import give_back, give_sign, given_back
from flows.steps.keeper import SIGN_EVERY_S, Keeper
from flows.steps.names import run_name
from flows.steps.outcomes import Outcome, state_of, tabulate, worst_of
from flows.steps.pausing import Buttons, Cancelled
from flows.steps.runtime import engine, is_on_worker, language
from notifications.letters.messenger import tell

# Prefect keeps nothing of what a run returns. Where it would be kept is said only so that no run
# asks the server for it: that was a third of all its requests.
UNKEPT: dict[str, Any] = {"persist_result": False, "result_storage": Path("var")}
RETRIES = 3
RETRY_DELAYS_SECONDS: list[float] = [2, 10, 60]


# What this process's runs did, as they did it: a state that comes back from Prefect's API does
# not always bring its result along.
OUTCOMES: ContextVar[dict[str, Outcome] | None] = ContextVar("outcomes", default=None)
# Why this process's run was refused before its work.
REFUSALS: ContextVar[list[JifenError] | None] = ContextVar("refusals", default=None)

# Who has started this process's run by hand.
STARTER: ContextVar[Starter] = ContextVar("starter", default=Starter())  # noqa: B039 - frozen


def can_be_retried(_task: Any, _run: Any, state: State) -> bool:
    """Only what may go away by itself: a database that is locked, full up or gone."""
    return may_pass(state.result(raise_on_failure=False))


@task(
    name="community",
    # The code first: the graph of Prefect's UI leaves out what is Chinese.
    task_run_name="{code} · {name}",
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
) -> State:
    """One step for one community, in one transaction; a refusal blocks only this community."""
    with working_on(community=code, process=process, period=period, step=step):
        try:
            outcome = _do(work, process, step, Period.parse(period), code, as_of, dry_run, attempt)
        except Exception as error:
            if may_pass(error) and _retries_left():
                raise
            outcome = _failed(code, error)
    outcomes = OUTCOMES.get()
    assert outcomes is not None  # `run_step` has set it
    outcomes[code] = outcome
    return outcome.as_state()


@cache
def task_of(process: str, step: str) -> "Task[..., State]":
    """`for_community` under the name of the step's work, in every language."""
    work = kind_of(process, step).work
    names = (work.text(language).capitalize() for language in LANGUAGES)
    return for_community.with_options(name=" ".join(names))


def _retries_left() -> bool:
    context = TaskRunContext.get()
    return context is not None and context.task_run.run_count <= RETRIES


def _thrown(state: State) -> BaseException:
    error = state.result(raise_on_failure=False)
    return error if isinstance(error, BaseException) else RuntimeError(state.message)


def _failed(code: str, error: BaseException) -> Outcome:
    """The failure in one sentence; where the program is at fault, the log also says where."""
    why = why_failed(error)
    is_ours = why.code == "failed_in_program"
    get_run_logger().error("%s", why.text(language()), exc_info=error if is_ours else None)
    return Outcome(code, "failed", why)


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
            why_not = take_step(session, community, process, when, step, attempt)
            if why_not is not None and attempt:
                return Outcome(code, "skipped", why_not)
            if why_not is not None and not dry_run:
                raise Refused(why_not)
            did = work(session, community, when, as_of, tell)
            if dry_run:
                raise DryRun(did)
            finish(
                session, community, process, when, step, as_of, outcome=kept(did), attempt=attempt
            )
            if not attempt:
                at = database_now(session)
                STARTER.get().keep(session, community, process, when, step, at)
        return Outcome(code, "done", did)
    except DryRun as end:
        return Outcome(code, "would be done", end.did)
    except (Skip, Refused) as end:
        # Nothing (more) to do ends the step; a refusal waits for people.
        state = "skipped" if isinstance(end, Skip) else "blocked"
        after = StepState.DONE if isinstance(end, Skip) else StepState.BLOCKED
        if not dry_run:
            _note(code, process, when, step, as_of, after, kept(end.why), attempt)
        return Outcome(code, state, end.why)


def _note(
    code: str,
    process: str,
    period: Period,
    step: str,
    at: datetime,
    state: StepState,
    said: str,
    attempt: int,
) -> None:
    """Let `jifen status` show what became of a step."""
    with writing(engine()) as session:
        community = find_community(session, code)
        finish(
            session,
            community,
            process,
            period,
            step,
            at,
            state=state,
            outcome=said,
            attempt=attempt,
        )


def run_step(
    process: str,
    step: str,
    period: str,
    communities: Sequence[str],
    as_of: datetime | None,
    dry_run: bool = False,
    attempt: int = 0,
    starter: Starter | None = None,
    work: Work | None = None,
) -> State:
    """Do a step for a batch of communities; the run's state says at a glance how it went.

    What is done is the step's act, or `work` in its place.

    What cannot be meant is refused before any work: the run has failed, in one sentence. So it has
    where the database does not answer at all; the clock then tries again.
    """
    starter = starter or Starter()
    STARTER.set(starter)
    try:
        if not attempt and not dry_run and is_on_worker():
            starter.require()  # a form is filled in by anybody; a command knows who gives it
        work = work or act_of(process, step)
        return _run_step(work, process, step, period, communities, as_of, dry_run, attempt)
    except JifenError as error:
        return refused(error)
    except Cancelled as end:
        return State(type=StateType.CANCELLED, message=end.state.message)
    except Exception as error:
        return Failed(message=_failed("", error).why.text(language()))


def _run_step(
    work: Work,
    process: str,
    step: str,
    period: str,
    communities: Sequence[str],
    as_of: datetime | None,
    dry_run: bool,
    attempt: int,
) -> State:
    with reading(engine()) as session:
        names = communities_asked(session, communities)
        when = str(period_asked(process, period))
        at = database_now(session)
        moment = moment_asked(session, as_of, at)
        mine = Attempt(process, when, step, attempt)
        mine.require(session, names)
        doubt = None if dry_run else unlikely(session, at)
    if doubt is not None:
        why = reason("up_in_doubt", why=doubt)
        if attempt:
            give_back(mine, list(names), why)
        raise Refused(why)
    if not attempt and not dry_run:
        work = in_its_time(work, process, step)
    keep_what_is_loaded()
    done = OUTCOMES.get()
    if done is None:
        done = {}
        OUTCOMES.set(done)
    codes = list(names)
    keeper = Keeper(engine(), mine, codes) if attempt and is_on_worker() else None

    def sign(place: int) -> None:
        if keeper:
            keeper.come_to(place)
        give_sign(mine, codes[place:])

    # Tags belong to the flow run. A task run with tags would ask the server for a slot of each
    # tag's concurrency limit before it begins, which costs the best part of a second.
    one = task_of(process, step)
    with TagsContext(current_tags=set()), keeper or nullcontext(), given_back(mine, codes, done):
        last_sign = -math.inf
        buttons = Buttons()
        for place, code in enumerate(codes):
            buttons.heed(partial(sign, place))
            if time.monotonic() - last_sign >= SIGN_EVERY_S:
                give_sign(mine, codes[place:])
                last_sign = time.monotonic()
            if keeper:
                keeper.come_to(place)
            done.pop(code, None)
            state = one(
                work,
                process,
                step,
                when,
                code,
                names[code],
                moment,
                dry_run,
                attempt,
                return_state=True,
            )
            if code not in done:  # it was Prefect that failed
                done[code] = _failed(code, _thrown(state))
            if attempt and done[code].why.code == "database_locked":
                give_back(mine, [code], done[code].why)  # once it is free, nobody is needed
            elif done[code].state == "failed" and not dry_run:
                _note_failure(code, process, step, when, moment, kept(done[code].why), attempt)
    outcomes = [done[code] for code in codes]
    tabulate(outcomes, run_name(process, step, when, codes), f"{process}-{step}-{when}")
    for each in worst_of(outcomes):
        get_run_logger().warning("%s %s: %s", each.community, each.state, each.why.text(language()))
    return state_of(outcomes, fails_if_blocked=not attempt and not dry_run)


def refused(error: JifenError) -> State:
    """The state of a run that is refused before its work: one sentence, and no traceback."""
    refusals = REFUSALS.get()
    if refusals is not None:
        refusals.append(error)
    return Failed(message=error.why.text(language()))


def _note_failure(
    code: str, process: str, step: str, period: str, at: datetime, said: str, attempt: int
) -> None:
    """A failure is kept too, if the database still answers."""
    try:
        _note(code, process, Period.parse(period), step, at, StepState.FAILED, said, attempt)
    except (*DATABASE_ERRORS, JifenError):
        get_run_logger().exception("the failure of %s could not be recorded", code)
