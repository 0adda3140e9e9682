"""What people do to a step of the cycle (步骤处置): hold, release, retry or drop it.

Each act is kept with who did it and why. What is done twice changes nothing. A held step is not
claimed by the clock; those after it go on, unless the domain needs it done before them.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.cycle.catalogue import find_kind
from domain.cycle.occurrences import OPEN, is_planned
from domain.kernel.errors import Refused
from domain.kernel.names import require_who_and_why
from domain.kernel.reasons import Reason, kept, reason, restored
from domain.store.tables.cycle import Intervention, Occurrence, StepAct, StepState
from domain.store.tables.people import Community

# A step, whose it is, and what people did to it.
Found = tuple[Community, Occurrence, Sequence[StepAct]]
# States in which a step waits for people.
STOPPED = (StepState.BLOCKED, StepState.FAILED, StepState.HELD)
# Who holds what was stopped in Prefect, which does not say who pressed the button.
BY_ENGINE = "Prefect"


def hold(session: Session, occurrence: Occurrence, by: str, why: str, at: datetime) -> bool:
    """Let nobody do a step until it is released; False where it is held already.

    A run that has not taken the step yet finds it held; one that has ends before we hold it.
    """
    _lock(session, occurrence)
    if occurrence.state == StepState.HELD:
        return False
    if occurrence.state in (StepState.DONE, StepState.DROPPED):
        raise Refused(_unfit(occurrence))
    _act(session, occurrence, Intervention.HOLD, by, why, at)
    _set(session, occurrence, StepState.HELD, reason("held_by", by=by, why=why))
    return True


def release(session: Session, occurrence: Occurrence, by: str, why: str, at: datetime) -> bool:
    """Let a step that a person holds or has dropped be due again; False where it is due already."""
    _lock(session, occurrence)
    if occurrence.state in (StepState.DUE, StepState.CLAIMED):
        return False
    if occurrence.state == StepState.DROPPED:
        _require_dropped_by_hand(session, occurrence)
    elif occurrence.state != StepState.HELD:
        raise Refused(_unfit(occurrence))
    _act(session, occurrence, Intervention.RELEASE, by, why, at)
    _set(session, occurrence, StepState.DUE, reason("released_by", by=by, why=why))
    return True


def retry(session: Session, occurrence: Occurrence, by: str, why: str, at: datetime) -> bool:
    """Let a blocked or failed step be done again now; False where it is due already."""
    _lock(session, occurrence)
    if occurrence.state == StepState.DUE:
        return False
    if occurrence.state == StepState.CLAIMED:
        raise Refused(reason("step_runs", step=_named(occurrence)))
    if occurrence.state not in (StepState.BLOCKED, StepState.FAILED):
        raise Refused(_unfit(occurrence))
    _act(session, occurrence, Intervention.RETRY, by, why, at)
    _set(session, occurrence, StepState.DUE, reason("retry_by", by=by, why=why))
    return True


def drop(session: Session, occurrence: Occurrence, by: str, why: str, at: datetime) -> bool:
    """Leave out a step for good, unless it is released; False where it is dropped already.

    Refused where other steps rest on it. What the cycle does not have rests under nothing: an
    earlier release kept such a step when it was asked for by mistake.
    """
    _lock(session, occurrence)
    if not may_drop(occurrence) and is_planned(session, occurrence):
        raise Refused(reason("step_needed", step=_named(occurrence)))
    if occurrence.state == StepState.DROPPED:
        return False
    if occurrence.state == StepState.CLAIMED:
        raise Refused(reason("step_runs", step=_named(occurrence)))
    if occurrence.state == StepState.DONE:
        raise Refused(_unfit(occurrence))
    _act(session, occurrence, Intervention.DROP, by, why, at)
    # Another calendar brings back what was dropped because it had moved, not what a person drops.
    occurrence.moved_from, occurrence.moved_why = None, ""
    _set(session, occurrence, StepState.DROPPED, reason("dropped_by", by=by, why=why))
    return True


def may_drop(occurrence: Occurrence) -> bool:
    """Whether the year can be done without a step: a reminder, the preview, a report."""
    kind = find_kind(occurrence.process, occurrence.step)
    return kind is not None and kind.droppable


def steps_of(
    session: Session,
    communities: Sequence[Community],
    at: datetime,
    *,
    process: str | None = None,
    period: str | None = None,
    step: str | None = None,
    acted: bool = False,
) -> list[Found]:
    """Steps in the order in which they fall due, each with what people did to it.

    Without a period or a step only those whose time has come, and those that are held, blocked,
    failed or dropped by a person; `acted`: those to which people did something, as they are now.
    """
    by_id = {community.id: community for community in communities}
    query = select(Occurrence).where(Occurrence.community_id.in_(by_id))
    for column, value in (
        (Occurrence.process, process),
        (Occurrence.period, period),
        (Occurrence.step, step),
    ):
        if value is not None:
            query = query.where(column == value)
    touched = select(StepAct.occurrence_id)
    if acted:
        query = query.where(Occurrence.id.in_(touched))
    elif period is None and step is None:
        has_come = Occurrence.state.in_(OPEN) & (Occurrence.due_at <= at)
        query = query.where(
            has_come
            | Occurrence.state.in_(STOPPED)
            | ((Occurrence.state == StepState.DROPPED) & Occurrence.id.in_(touched))
        )
    rows = session.scalars(query.order_by(Occurrence.due_at, Occurrence.id)).all()
    acts: dict[int, list[StepAct]] = {row.id: [] for row in rows}
    for act in session.scalars(
        select(StepAct).where(StepAct.occurrence_id.in_(acts)).order_by(StepAct.id)
    ):
        acts[act.occurrence_id].append(act)
    return [(by_id[row.community_id], row, acts[row.id]) for row in rows]


def acts_of(session: Session, occurrence: Occurrence) -> Sequence[StepAct]:
    """What people did to a step, earliest first."""
    query = select(StepAct).where(StepAct.occurrence_id == occurrence.id)
    return session.scalars(query.order_by(StepAct.id)).all()


def hold_due(
    session: Session,
    process: str,
    period: str,
    step: str,
    codes: Sequence[str],
    by: str,
    why: str,
    at: datetime,
) -> int:
    """Hold a step of the communities for which it is due; how many."""
    query = (
        select(Occurrence)
        .join(Community, Community.id == Occurrence.community_id)
        .where(
            Occurrence.process == process,
            Occurrence.period == period,
            Occurrence.step == step,
            Occurrence.state == StepState.DUE,
            Community.code.in_(codes),
        )
        .order_by(Occurrence.id)
    )
    return sum(hold(session, each, by, why, at) for each in session.scalars(query).all())


def held_steps(session: Session) -> set[tuple[str, ...]]:
    """Process, period, step and the community's code of all that is held."""
    query = (
        select(Occurrence.process, Occurrence.period, Occurrence.step, Community.code)
        .join(Community, Community.id == Occurrence.community_id)
        .where(Occurrence.state == StepState.HELD)
    )
    return set(session.execute(query).tuples())


def held_by_engine(session: Session) -> Sequence[tuple[Occurrence, str]]:
    """Steps that are held because of what was done in Prefect, each with its community's code:
    whoever pressed the button there was not asked, and may not know."""
    query = (
        select(Occurrence, Community.code)
        .join(Community, Community.id == Occurrence.community_id)
        .where(Occurrence.state == StepState.HELD)
        .order_by(Occurrence.due_at, Occurrence.id)
    )
    return [
        (step, code)
        for step, code in session.execute(query).tuples()
        if restored(step.outcome).values.get("by") == BY_ENGINE
    ]


def _lock(session: Session, occurrence: Occurrence) -> None:
    """Wait for a run that has the step, and see what became of it."""
    session.flush()
    session.refresh(occurrence, with_for_update=True)


def _act(
    session: Session, occurrence: Occurrence, act: Intervention, by: str, why: str, at: datetime
) -> None:
    require_who_and_why("step_act_lacks", by, why)
    session.add(
        StepAct(occurrence_id=occurrence.id, act=act, by=by.strip(), why=why.strip(), at=at)
    )


def _set(session: Session, occurrence: Occurrence, state: StepState, why: Reason) -> None:
    occurrence.state, occurrence.outcome = state, kept(why)
    session.flush()


def _require_dropped_by_hand(session: Session, occurrence: Occurrence) -> None:
    acts = acts_of(session, occurrence)
    if not acts or acts[-1].act != Intervention.DROP:
        why = restored(occurrence.outcome)
        raise Refused(reason("step_not_dropped_by_hand", step=_named(occurrence), why=why))


def _unfit(occurrence: Occurrence) -> Reason:
    """Why an act cannot be done to a step that is done, dropped, held, blocked or failed."""
    return reason(f"step_already_{occurrence.state}", step=_named(occurrence))


def _named(occurrence: Occurrence) -> str:
    """`audit close 2026-03`."""
    return f"{occurrence.process} {occurrence.step} {occurrence.period}"
