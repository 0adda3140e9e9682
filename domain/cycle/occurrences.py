"""The review cycle (审核周期): its steps as rows, and what became of each.

The database owns what is due: a cycle's steps are written when it opens, unique per process,
community, period and step. Those that are not done move when the calendar or the ruleset does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import exists, select, tuple_
from sqlalchemy.orm import Session

from domain.community.activity import acted
from domain.community.registry import versions_of
from domain.cycle.catalogue import find_kind, is_daily
from domain.cycle.plan import Step, plan, sort_key
from domain.cycle.town_days import working_days
from domain.kernel.local_time import LOCAL, after_day, local_date, local_text
from domain.kernel.period import Period
from domain.kernel.reasons import Reason, kept, reason, restored
from domain.store.tables.cycle import Occurrence, StepState
from domain.store.tables.people import Community
from domain.store.tables.rules import Adoption
from domain.store.tables.shop import RedemptionRound

# A new year's steps are written this long before it begins, so that operators see them coming.
OPENED_AHEAD = timedelta(days=14)

# States in which something is still to be done.
OPEN = (StepState.DUE, StepState.CLAIMED, StepState.BLOCKED, StepState.FAILED, StepState.HELD)
# States from which a run may take its step: it has just been handed over, or is tried again.
TAKEABLE = (StepState.CLAIMED, StepState.BLOCKED, StepState.FAILED)


def open_cycle(session: Session, community: Community, year: int) -> int:
    """Write a year's steps as occurrences; those that exist stay. Returns how many are new."""
    return len(_write(session, community, year))


def _write(session: Session, community: Community, year: int) -> list[Occurrence]:
    """The rows of a year's steps that are not there yet."""
    known = {(row.process, row.period, row.step) for row in occurrences_of(session, community)}
    steps = planned(session, community, year)
    new = [_row(community, step) for step in steps if _named(step) not in known]
    session.add_all(new)
    session.flush()
    return new


def planned(session: Session, community: Community, year: int) -> list[Step]:
    """The steps of a community's year, as its rules, its town's calendar and the opening days that
    it has set for redemption rounds now are; none before it has rules."""
    versions = versions_of(session, community)
    if not versions:
        return []
    query = select(RedemptionRound).where(RedemptionRound.community_id == community.id)
    rounds = {
        Period.parse(each.period): (each.opens_on, each.closes_on)
        for each in session.scalars(query)
    }
    return plan(versions, year, working_days(session, community), rounds)


def _named(step: Step) -> tuple[str, str, str]:
    return step.process, str(step.period), step.step


def is_planned(session: Session, occurrence: Occurrence) -> bool:
    """Whether the cycle, as rules and calendar now are, has a step."""
    community = session.get_one(Community, occurrence.community_id)
    year = Period.parse(occurrence.period).year
    name = (occurrence.process, occurrence.period, occurrence.step)
    return any(_named(step) == name for step in planned(session, community, year))


def _row(community: Community, step: Step) -> Occurrence:
    return Occurrence(
        community_id=community.id,
        process=step.process,
        period=str(step.period),
        step=step.step,
        due_at=step.due_at,
    )


def keep_open(session: Session, at: datetime, most: int | None = None) -> int:
    """Open every community's cycle of this year, and of the next where it is near: the service.

    Of `most` communities a year, if that is given; how many steps are new, 0 where all are open.

    Its daily steps are done every day. What fell due before a community was added here is not
    caught up with, but for the opening of its books: whoever wants it starts it by hand. A year
    that an earlier release has written gets the steps that are new, from now on.
    """
    opened = 0
    for year in sorted({local_date(at).year, local_date(at + OPENED_AHEAD).year}):
        known = exists().where(
            Occurrence.community_id == Community.id,
            tuple_(Occurrence.process, Occurrence.period, Occurrence.step) == _written_with(year),
        )
        adopted = exists().where(
            Adoption.community_id == Community.id, Adoption.starts_on <= Period(year, "year", 1).end
        )
        query = select(Community).where(~known, adopted).order_by(Community.id).limit(most)
        for community in session.scalars(query).all():
            written = find_occurrence(session, community, *_written_before(year)) is not None
            new = _write(session, community, year)
            if written:
                _begin_service(new, at, "before_its_release")
            else:
                due = [
                    row for row in occurrences_of(session, community) if row.state == StepState.DUE
                ]
                mine = [row for row in due if Period.parse(row.period).year == year]
                _begin_service(mine, community.added_at, "before_added")
            session.flush()
            opened += len(new)
    return opened


def _written_with(year: int) -> tuple[str, str, str]:
    """The step by which to know that a year's cycle has been written, with all that it has now.

    Each year has it, and nobody can do it by hand before the year is over.
    """
    return "objections", str(year), "remind"


def _written_before(year: int) -> tuple[str, Period, str]:
    """As `_written_with`, of releases whose cycle had no daily reminders."""
    return "collect", Period(year, "month", 12), "collect"


def _begin_service(rows: Sequence[Occurrence], since: datetime, late: str) -> None:
    """Let steps begin at a moment: what fell due before it is dropped (`late` says why), and daily
    steps have their first turn after it."""
    for row in rows:
        kind = find_kind(row.process, row.step)
        if row.step != "open" and row.due_at <= since:
            _drop(row, kept(reason(late)))
        elif kind is not None and kind.daily is not None:
            period = Period.parse(row.period)
            begins = datetime.combine(period.start, kind.daily, LOCAL)
            row.due_at = max(begins, kind.next_turn(since, period))


def _drop(row: Occurrence, why: str) -> None:
    row.state, row.outcome = StepState.DROPPED, why


def reschedule(session: Session, community: Community, why: str) -> list[Occurrence]:
    """Move the steps that are not done to where calendar and rules now put them; the moved ones.

    What the plan no longer has is dropped, what it newly has is added. A window that villagers
    have been promised in a notice stays as published.
    """
    rows = occurrences_of(session, community)
    changed = []
    for year in sorted({Period.parse(row.period).year for row in rows}):
        steps = {_named(step): step for step in planned(session, community, year)}
        mine = [row for row in rows if Period.parse(row.period).year == year]
        if not any(row.process == "audit" for row in mine):
            continue  # a step was done by hand; the service has not written this year's plan yet
        published = {
            row.period for row in mine if row.step == "publish" and row.state == StepState.DONE
        }
        for row in mine:
            step = steps.pop((row.process, row.period, row.step), None)
            is_promised = row.process == "publicity" and row.period in published
            is_under_way = row.state in (StepState.DONE, StepState.CLAIMED)
            if is_under_way or is_promised or is_daily(row.process, row.step):
                continue
            if _move(row, step, why):
                changed.append(row)
        added = [_row(community, step) for step in steps.values()]
        for row in added:
            row.moved_why = why
        session.add_all(added)
        changed += added
    session.flush()
    if changed:
        acted(session, community)
    return changed


def _move(row: Occurrence, step: Step | None, why: str) -> bool:
    if step is None:
        if row.state == StepState.DROPPED:
            return False
        _drop(row, why)
    elif row.state == StepState.DROPPED and row.moved_why:
        row.state, row.due_at, row.outcome = StepState.DUE, step.due_at, ""
    elif row.state == StepState.DROPPED or row.due_at == step.due_at:
        return False
    else:
        row.moved_from, row.due_at = row.due_at, step.due_at
    row.moved_why = why
    return True


def replan(session: Session, community: Community, process: str, period: Period, why: str) -> None:
    """Let the steps of one process and period that are not done be due as they are planned now."""
    steps = {_named(step): step for step in planned(session, community, period.year)}
    for row in occurrences_of(session, community):
        if (row.process, row.period) != (process, str(period)):
            continue
        if row.state not in ("done", "claimed"):
            _move(row, steps.get((row.process, row.period, row.step)), why)
    session.flush()


def put_off(
    session: Session,
    community: Community,
    process: str,
    period: Period,
    step: str,
    until: datetime,
    why: str,
) -> None:
    """Let a step that is not done fall due no earlier than `until`, and keep why."""
    row = find_occurrence(session, community, process, period, step)
    if row is not None and row.state != StepState.DONE and row.due_at < until:
        row.moved_from, row.due_at, row.moved_why = row.due_at, until, why
        session.flush()


def fall_due(
    session: Session,
    community: Community,
    process: str,
    period: Period,
    step: str,
    at: datetime,
    why: str,
) -> None:
    """Let a step be due at a moment, though its time has passed before there was anything to do."""
    row = find_occurrence(session, community, process, period, step)
    if (
        row is not None
        and row.state not in (StepState.HELD, StepState.DROPPED)
        and row.due_at != at
    ):
        row.moved_from, row.due_at, row.moved_why = row.due_at, at, why
        row.state, row.done_at = StepState.DUE, None
        session.flush()


def occurrences_of(session: Session, community: Community) -> Sequence[Occurrence]:
    """A community's steps in the order in which they fall due."""
    query = select(Occurrence).where(Occurrence.community_id == community.id)
    return session.scalars(query.order_by(Occurrence.due_at, Occurrence.id)).all()


def find_occurrence(
    session: Session, community: Community, process: str, period: Period, step: str
) -> Occurrence | None:
    """The occurrence of one step, or None where no cycle has written it."""
    return session.scalar(
        select(Occurrence).where(
            Occurrence.community_id == community.id,
            Occurrence.process == process,
            Occurrence.period == str(period),
            Occurrence.step == step,
        )
    )


def finish(
    session: Session,
    community: Community,
    process: str,
    period: Period,
    step: str,
    at: datetime,
    *,
    state: StepState = StepState.DONE,
    outcome: str = "",
    attempt: int = 0,
) -> None:
    """Record what became of a step: done, blocked or failed, and in a sentence why.

    An `attempt` that another one has taken over from has no say. What is refused by hand
    (`attempt` 0) is kept of a step that was due, and of no other: it would be tried again for ever.
    What a person holds stays held.
    """
    occurrence = find_occurrence(session, community, process, period, step)
    if state != StepState.DONE and not attempt and not _has_come(occurrence, at):
        return
    kind = find_kind(process, step)
    daily = kind if kind is not None and kind.daily is not None else None
    is_early = daily is not None and at < after_day(period.end)
    if occurrence is None:
        if is_early:
            return
        occurrence = Occurrence(
            community_id=community.id, process=process, period=str(period), step=step, due_at=at
        )
        session.add(occurrence)
    if occurrence.state in (StepState.DONE, StepState.HELD):
        return
    if attempt and (occurrence.attempt != attempt or occurrence.state not in TAKEABLE):
        return
    if daily is not None and is_early and state == StepState.DONE:
        # A collection before the month's end does not end the month's collecting.
        if at >= occurrence.due_at:
            occurrence.due_at = daily.next_turn(at, period)
        occurrence.state, occurrence.outcome = StepState.DUE, outcome
    else:
        occurrence.state, occurrence.outcome = state, outcome
        occurrence.done_at = at if state == StepState.DONE else None
        if state == StepState.DONE:
            acted(session, community)
    session.flush()


def _has_come(occurrence: Occurrence | None, at: datetime) -> bool:
    """Whether a step stands in the cycle and its time has come."""
    return (
        occurrence is not None and occurrence.state != StepState.DROPPED and at >= occurrence.due_at
    )


def take_step(
    session: Session, community: Community, process: str, period: Period, step: str, attempt: int
) -> Reason | None:
    """Take the claim on a step until the transaction ends; None, or why it cannot be taken.

    A run that was thought dead and comes back finds that another attempt has taken over; the latest
    attempt may take its step again after it was blocked or has failed. Whoever starts a step by
    hand (`attempt` 0) takes over from a run that the clock has submitted, but not what is held.
    """
    occurrence = session.scalar(
        select(Occurrence)
        .where(
            Occurrence.community_id == community.id,
            Occurrence.process == process,
            Occurrence.period == str(period),
            Occurrence.step == step,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if attempt:
        return _why_not_taken(occurrence, attempt)
    if occurrence is not None and occurrence.state == StepState.HELD:
        return reason("step_is_held", why=_said(occurrence))
    if occurrence is not None and occurrence.state == StepState.CLAIMED:
        occurrence.attempt += 1
        occurrence.state = StepState.DUE
    return None


def _why_not_taken(occurrence: Occurrence | None, attempt: int) -> Reason | None:
    if occurrence is None:
        return reason("step_is_gone")
    if occurrence.state == StepState.DONE and occurrence.done_at is not None:
        return reason("step_is_done", moment=local_text(occurrence.done_at))
    if occurrence.state in (StepState.HELD, StepState.DROPPED):
        return reason(f"step_is_{occurrence.state}", why=_said(occurrence))
    if occurrence.attempt != attempt:
        return reason("taken_over_by", attempt=occurrence.attempt)
    if occurrence.state not in TAKEABLE:
        return reason("step_waits", moment=local_text(occurrence.due_at))
    return None


def _said(occurrence: Occurrence) -> Reason:
    """What a step's row says, to be named in another sentence."""
    return restored(occurrence.outcome)


@dataclass(frozen=True)
class Coming:
    """A step of a year as it stands: its state, and where it moved, from when and why."""

    step: Step
    state: StepState | Literal["planned"]
    moved_from: datetime | None = None
    why: str = ""


def coming(session: Session, community: Community, year: int) -> list[Coming]:
    """A year's steps with their state: as the cycle has written them, else as planned.

    With those of other years that fall due in it, or should have: December's audit, for one.
    """
    written = [
        Coming(_step(row), row.state, row.moved_from, _why(row))
        for row in occurrences_of(session, community)
        if year in (int(row.period[:4]), local_date(row.due_at).year)
        or (row.state in OPEN and local_date(row.due_at).year < year)
    ]
    ahead: list[Step] = []
    if not any(_named(each.step) == _written_with(year) for each in written):
        known = {_named(each.step) for each in written}
        ahead = [step for step in planned(session, community, year) if _named(step) not in known]
    return sorted(
        [*written, *(Coming(step, "planned") for step in ahead)],
        key=lambda each: sort_key(each.step),
    )


def _why(row: Occurrence) -> str:
    """Why a step is held or was dropped, else why it moved."""
    is_left = row.state in (StepState.HELD, StepState.DROPPED)
    return row.moved_why or (row.outcome if is_left else "")


def _step(row: Occurrence) -> Step:
    return Step(row.process, Period.parse(row.period), row.step, row.due_at)
