"""What people do to a step of the cycle (步骤处置): hold, release, retry or drop it.

Each act is kept with who did it and why. What is done twice changes nothing. A held step is not
claimed by the clock; those after it go on, unless the domain needs it done before them.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.errors import BadInput, Refused
from domain.names import NAME_MAX, require_short
from domain.reasons import Reason, kept, reason, restored
from domain.store.tables.cycle import Occurrence, StepAct

# Nothing rests on these: the other steps of a year can be done without them.
DROPPABLE = ("remind", "preview", "report")


def hold(session: Session, occurrence: Occurrence, by: str, why: str, at: datetime) -> bool:
    """Let nobody do a step until it is released; False where it is held already.

    A run that has not taken the step yet finds it held; one that has ends before we hold it.
    """
    _lock(session, occurrence)
    if occurrence.state == "held":
        return False
    if occurrence.state in ("done", "dropped"):
        raise Refused(_unfit(occurrence))
    _act(session, occurrence, "hold", by, why, at)
    _set(session, occurrence, "held", reason("held_by", by=by, why=why))
    return True


def release(session: Session, occurrence: Occurrence, by: str, why: str, at: datetime) -> bool:
    """Let a step that a person holds or has dropped be due again; False where it is due already."""
    _lock(session, occurrence)
    if occurrence.state in ("due", "claimed"):
        return False
    if occurrence.state == "dropped":
        _require_dropped_by_hand(session, occurrence)
    elif occurrence.state != "held":
        raise Refused(_unfit(occurrence))
    _act(session, occurrence, "release", by, why, at)
    _set(session, occurrence, "due", reason("released_by", by=by, why=why))
    return True


def retry(session: Session, occurrence: Occurrence, by: str, why: str, at: datetime) -> bool:
    """Let a blocked or failed step be done again now; False where it is due already."""
    _lock(session, occurrence)
    if occurrence.state == "due":
        return False
    if occurrence.state == "claimed":
        raise Refused(reason("step_runs", step=_named(occurrence)))
    if occurrence.state not in ("blocked", "failed"):
        raise Refused(_unfit(occurrence))
    _act(session, occurrence, "retry", by, why, at)
    _set(session, occurrence, "due", reason("retry_by", by=by, why=why))
    return True


def drop(session: Session, occurrence: Occurrence, by: str, why: str, at: datetime) -> bool:
    """Leave out a step for good, unless it is released; False where it is dropped already.

    Refused where other steps rest on it.
    """
    _lock(session, occurrence)
    if not may_drop(occurrence):
        raise Refused(reason("step_needed", step=_named(occurrence)))
    if occurrence.state == "dropped":
        return False
    if occurrence.state == "claimed":
        raise Refused(reason("step_runs", step=_named(occurrence)))
    if occurrence.state == "done":
        raise Refused(_unfit(occurrence))
    _act(session, occurrence, "drop", by, why, at)
    # Another calendar brings back what was dropped because it had moved, not what a person drops.
    occurrence.moved_from, occurrence.moved_why = None, ""
    _set(session, occurrence, "dropped", reason("dropped_by", by=by, why=why))
    return True


def may_drop(occurrence: Occurrence) -> bool:
    """Whether the year can be done without a step: a reminder, the preview, a report."""
    return occurrence.step.startswith(DROPPABLE)


def acts_of(session: Session, occurrence: Occurrence) -> Sequence[StepAct]:
    """What people did to a step, earliest first."""
    query = select(StepAct).where(StepAct.occurrence_id == occurrence.id)
    return session.scalars(query.order_by(StepAct.id)).all()


def _lock(session: Session, occurrence: Occurrence) -> None:
    """Wait for a run that has the step, and see what became of it."""
    session.flush()
    session.refresh(occurrence, with_for_update=True)


def _act(
    session: Session, occurrence: Occurrence, act: str, by: str, why: str, at: datetime
) -> None:
    if not by.strip() or not why.strip():
        raise BadInput(reason("step_act_lacks"))
    require_short("name_of_person", by, NAME_MAX)
    session.add(
        StepAct(occurrence_id=occurrence.id, act=act, by=by.strip(), why=why.strip(), at=at)
    )


def _set(session: Session, occurrence: Occurrence, state: str, why: Reason) -> None:
    occurrence.state, occurrence.outcome = state, kept(why)
    session.flush()


def _require_dropped_by_hand(session: Session, occurrence: Occurrence) -> None:
    acts = acts_of(session, occurrence)
    if not acts or acts[-1].act != "drop":
        why = restored(occurrence.outcome)
        raise Refused(reason("step_not_dropped_by_hand", step=_named(occurrence), why=why))


def _unfit(occurrence: Occurrence) -> Reason:
    """Why an act cannot be done to a step that is done, dropped, held, blocked or failed."""
    return reason(f"step_already_{occurrence.state}", step=_named(occurrence))


def _named(occurrence: Occurrence) -> str:
    """`audit close 2026-03`."""
    return f"{occurrence.process} {occurrence.step} {occurrence.period}"
