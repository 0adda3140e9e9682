"""A rehearsal (演练): a community's whole year replayed from files, on the real engine.

The clock jumps from one thing that falls due to the next. Steps of the cycle run as Prefect flow
runs; what people do (decide, object, redeem) happens at its own time in between.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.audit.close import undecided
from domain.cards.summary import YearSummary, summary
from domain.community.registry import find_community
from domain.community.years import settlement_of
from domain.cycle.catalogue import kind_of
from domain.cycle.interventions import may_drop
from domain.cycle.occurrences import finish, occurrences_of
from domain.intake.inbox import refuse_late, take_due
from domain.kernel.local_time import end_of_day, local_date
from domain.kernel.period import Period
from domain.kernel.reasons import kept, reason
from domain.settlement.gate import blockers
from domain.store.database import reading, writing
from domain.store.tables.claims import InboxRow
from domain.store.tables.cycle import Occurrence, StepState
from domain.store.tables.people import Community, Person, Role, RoleName
from flows.catalogue import run
from flows.rehearsal.folder import Folder
from flows.rehearsal.preparing import prepare
from flows.steps.runtime import engine
from notifications.handouts.summary import Blocking
from notifications.letters.messenger import tell

Progress = Callable[[date, str], None]
# Steps that only tell, and who hears them beside the reviewers.
REMINDERS, OFFICE = (
    ("remind", "oversee", "window"),
    (RoleName.CLERK, RoleName.TOWN, RoleName.SUPERVISOR),
)
# What happens in the year at its own time.
_BY_PEOPLE = ("inspection", "decisions", "objections", "resolutions", "redemptions")


@dataclass
class Replay:
    """The state of a replay: where its clock is, and how many flow runs it took."""

    code: str
    year: int
    end: datetime
    progress: Progress
    flow_runs: int = 0


@dataclass(frozen=True, kw_only=True)
class Rehearsed(YearSummary):
    """What a rehearsal prints (INTERFACE.md): the year, what keeps it from being settled, and by
    kind the rows that take effect after its end."""

    flow_runs: int
    settled: bool
    blockers: tuple[Blocking, ...]
    left_out: dict[str, int]
    seconds: float


def rehearse(folder: Folder, until: date | None, progress: Progress) -> Rehearsed:
    """Replay the folder's year on the database and the server in use (INTERFACE.md)."""
    started = time.monotonic()
    prepare(folder)
    replay = Replay(folder.community.code, folder.community.year, _end(folder, until), progress)
    _replay(replay)
    if until is None:
        with writing(engine()) as session:
            community = find_community(session, replay.code)
            refuse_late(session, community, replay.end, replay.year)
    with reading(engine()) as session:
        community = find_community(session, replay.code)
        figures = summary(session, community, replay.year)
        settled = settlement_of(session, community, replay.year)
        left = [] if settled else blockers(session, community, replay.year, replay.end)
        left_out = _left_out(session, community)
    return Rehearsed(
        **vars(figures),
        flow_runs=replay.flow_runs,
        settled=settled is not None,
        blockers=tuple(Blocking(each.what, each.count) for each in left),
        left_out=left_out,
        seconds=round(time.monotonic() - started, 2),
    )


def _end(folder: Folder, until: date | None) -> datetime:
    """The last second of `until`; else after the clearing date, or where there is none, after the
    settlement."""
    if until is not None:
        return end_of_day(until)
    with reading(engine()) as session:
        community = find_community(session, folder.community.code)
        year = str(folder.community.year)
        return max(
            occurrence.due_at
            for occurrence in occurrences_of(session, community)
            if (occurrence.process, occurrence.period) == ("settle", year)
            and not may_drop(occurrence)
        )


def _replay(replay: Replay) -> None:
    while True:
        with reading(engine()) as session:
            community = find_community(session, replay.code)
            step = _next_step(session, community, replay)
            held_up = _blocked(session, community, replay)
            row_at = _next_row(session, community, replay.end) if held_up else None
        if row_at is not None and (step is None or row_at < step.due_at):
            # Something waits for people: go on to the next thing that people do, and try again.
            _people_act(replay, row_at, collecting=True)
            _retry(replay, held_up, row_at)
        elif step is not None:
            closing = (step.process, step.step) == ("audit", "close")
            _people_act(replay, step.due_at, collecting=closing)
            _do(replay, step, step.due_at)
            _retry(replay, held_up, step.due_at)
        else:
            break
    _people_act(replay, replay.end, collecting=True)
    with reading(engine()) as session:
        held_up = _blocked(session, find_community(session, replay.code), replay)
    _retry(replay, held_up, replay.end)


def _next_step(session: Session, community: Community, replay: Replay) -> Occurrence | None:
    """The first step that is still due and within the replay."""
    steps = occurrences_of(session, community)
    return next(
        (
            step
            for step in steps
            if step.state == StepState.DUE
            and step.due_at <= replay.end
            and _of_year(step, replay.year)
        ),
        None,
    )


def _of_year(step: Occurrence, year: int) -> bool:
    return step.period.startswith(str(year))


def _blocked(session: Session, community: Community, replay: Replay) -> list[Occurrence]:
    return [
        step
        for step in occurrences_of(session, community)
        if step.state == StepState.BLOCKED and _of_year(step, replay.year)
    ]


def _next_row(session: Session, community: Community, end: datetime) -> datetime | None:
    """When the next row of the sheets takes effect."""
    query = select(func.min(InboxRow.effective_at)).where(
        InboxRow.community_id == community.id,
        InboxRow.taken_at.is_(None),
        InboxRow.effective_at <= end,
    )
    return session.scalar(query)


def _do(replay: Replay, step: Occurrence, at: datetime) -> None:
    """Run one step as a flow run, or note that nothing asks for it any more."""
    name = f"{step.process} {step.step} {step.period}"
    replay.progress(local_date(at - timedelta(seconds=1)), name)
    if _is_idle(replay, step, at):
        return
    run(step.process, communities=[replay.code], period=step.period, step=step.step, as_of=at)
    replay.flow_runs += 1


def _is_idle(replay: Replay, step: Occurrence, at: datetime) -> bool:
    """A reminder of which nobody is in need, or that nobody would hear, is done without a run.

    So is what a service does every day, for a replay jumps over the days: people act in between.
    """
    kind = kind_of(step.process, step.step)
    is_daily_reminder = kind.daily is not None and kind.droppable
    if kind.name not in REMINDERS:
        return False
    with writing(engine()) as session:
        community = find_community(session, replay.code)
        if not is_daily_reminder and _has_hearers(session, community, step):
            return False
        period = Period.parse(step.period)
        finish(
            session,
            community,
            step.process,
            period,
            step.step,
            at,
            outcome=kept(reason("nothing_to_tell")),
        )
    return True


def _has_hearers(session: Session, community: Community, step: Occurrence) -> bool:
    """Whether somebody would hear of a reminder: reviewers with claims to decide, else people of
    the office."""
    if step.process == "audit":
        return undecided(session, community, Period.parse(step.period)) > 0
    in_office = select(Role.id).join(Person).where(Person.community_id == community.id)
    return session.scalar(in_office.where(Role.role.in_(OFFICE)).limit(1)) is not None


def _retry(replay: Replay, held_up: list[Occurrence], at: datetime) -> None:
    for step in held_up:
        _do(replay, step, at)


def _people_act(replay: Replay, upto: datetime, *, collecting: bool = False) -> None:
    """Let people do what they did until then; what they decide on is collected first.

    Claims alone wait for the month's own collection, unless `collecting` asks for them.
    """
    with reading(engine()) as session:
        waiting = _waiting(session, find_community(session, replay.code), upto)
    by_people = waiting & set(_BY_PEOPLE)
    if not by_people and not (waiting and collecting):
        return
    if waiting - by_people:
        month = Period.of("month", local_date(upto - timedelta(seconds=1)))
        run("collect", communities=[replay.code], period=str(month), step="collect", as_of=upto)
        replay.flow_runs += 1
    with writing(engine()) as session:
        community = find_community(session, replay.code)
        take_due(session, community, upto, kinds=_BY_PEOPLE, tell=tell)


def _waiting(session: Session, community: Community, upto: datetime) -> set[str]:
    """Kinds of rows that take effect until then and have not been taken in."""
    query = select(InboxRow.kind.distinct()).where(
        InboxRow.community_id == community.id,
        InboxRow.taken_at.is_(None),
        InboxRow.effective_at <= upto,
    )
    return set(session.scalars(query))


def _left_out(session: Session, community: Community) -> dict[str, int]:
    """How many rows of each kind take effect after the replay's end, and so were not taken in."""
    query = (
        select(InboxRow.kind, func.count())
        .where(InboxRow.community_id == community.id, InboxRow.taken_at.is_(None))
        .group_by(InboxRow.kind)
        .order_by(InboxRow.kind)
    )
    return dict(session.execute(query).tuples().all())
