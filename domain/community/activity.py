"""Somebody acted (有人办理): what was blocked may be possible now, and the next collection may have
something to take in.

Every act that can lift a blocker says so here, in its own transaction, by a mark of its own: marks
are only added and taken away, so that no act ever waits for a step that is being done, nor a step
for an act. Whoever has seen to them takes them away.
"""

from datetime import datetime

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.orm import Session

from domain.store.tables.cycle import Acted, Occurrence, StepState
from domain.store.tables.people import Community


def acted(session: Session, community: Community, *, on_register: bool = False) -> None:
    """Let the community's blocked steps be tried again soon; `on_register`, let the next collection
    look at its households too."""
    kinds = (False, True) if on_register else (False,)
    session.execute(
        insert(Acted), [{"community_id": community.id, "on_register": kind} for kind in kinds]
    )


def let_go_on(session: Session, tried_before: datetime) -> None:
    """Let the blocked steps of communities in which somebody acted be tried at once.

    One that was tried after `tried_before` waits: while people work off a long list, a run for
    each of their acts would help nobody. Its mark stays, as it does while a step is being done:
    that run may not have seen the act.
    """
    ours = Occurrence.community_id == Acted.community_id
    for_steps = Acted.on_register.is_(False)
    free = (
        select(Occurrence.id)
        .where(
            Occurrence.state == StepState.BLOCKED,
            Occurrence.claimed_at <= tried_before,
            exists().where(ours, for_steps),
        )
        .order_by(Occurrence.id)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        update(Occurrence)
        .where(Occurrence.id.in_(free.scalar_subquery()))
        .values(claimed_at=None)
        .execution_options(synchronize_session=False)
    )
    is_blocked = (Occurrence.state == StepState.BLOCKED) & Occurrence.claimed_at.is_not(None)
    waiting = exists().where(ours, (Occurrence.state == StepState.CLAIMED) | is_blocked)
    session.execute(
        delete(Acted).where(for_steps, ~waiting).execution_options(synchronize_session=False)
    )


def with_changed_register(session: Session, communities: list[int]) -> set[int]:
    """In which of these communities the register of households was changed since it was looked
    at."""
    query = select(Acted.community_id).where(
        Acted.on_register.is_(True), Acted.community_id.in_(communities)
    )
    return set(session.scalars(query.distinct()))


def look_at_register(session: Session, community: Community) -> None:
    """The community's households are about to be looked at, in this transaction."""
    session.execute(
        delete(Acted)
        .where(Acted.on_register.is_(True), Acted.community_id == community.id)
        .execution_options(synchronize_session=False)
    )
