"""What is under objection (异议事项)."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.ledger.accounts import SCORE_KINDS
from domain.ledger.entries import of_entries
from domain.store.tables.claims import Claim
from domain.store.tables.ledger import Entry, Journal
from domain.store.tables.objections import Objection, ObjectionAct, ObjectionEvent, ObjectionStatus
from domain.store.tables.people import Community, Household


def objections_of(
    session: Session, community: Community, *, only_open: bool = False
) -> Sequence[Objection]:
    """A community's objections, oldest first."""
    query = select(Objection).where(Objection.community_id == community.id)
    if only_open:
        query = query.where(Objection.status == ObjectionStatus.OPEN)
    return session.scalars(query.order_by(Objection.filed_at, Objection.ref)).all()


def outcome_of(session: Session, objection: Objection) -> ObjectionEvent | None:
    """How an objection ended last: its outcome, by whom, when and why; None while it never has."""
    return session.scalar(
        select(ObjectionEvent)
        .where(
            ObjectionEvent.objection_id == objection.id,
            ObjectionEvent.act.in_((ObjectionAct.UPHELD, ObjectionAct.DISMISSED)),
        )
        .order_by(ObjectionEvent.level.desc())
        .limit(1)
    )


def disputed_points(
    session: Session, community_id: int, household: Household | None = None
) -> dict[int, dict[int, int]]:
    """By household id, the points per account year that an open objection disputes: they cannot be
    redeemed."""
    query = (
        of_entries(community_id, Entry.household_id, Entry.year, Entry.ref, func.sum(Entry.points))
        .join(
            Claim,
            (Claim.community_id == Journal.community_id)
            & (Claim.ref == Entry.ref)
            & (Claim.item == Entry.item),
        )
        .join(Objection, Objection.claim_id == Claim.id)
        .where(
            Entry.kind.in_(SCORE_KINDS),
            Objection.status == ObjectionStatus.OPEN,
        )
        .group_by(Entry.household_id, Entry.year, Entry.ref)
    )
    if household is not None:
        query = query.where(Entry.household_id == household.id)
    entries = (
        of_entries(community_id, Entry.household_id, Entry.year, Entry.ref, Entry.points)
        .join(
            Objection,
            (Objection.journal_id == Entry.journal_id) & (Objection.line == Entry.line),
        )
        .where(Objection.status == ObjectionStatus.OPEN)
    )
    if household is not None:
        entries = entries.where(Entry.household_id == household.id)
    disputed: dict[int, dict[int, int]] = {}
    for key, year, _ref, points in [*session.execute(query), *session.execute(entries)]:
        years = disputed.setdefault(key, {})
        years[year] = years.get(year, 0) + max(0, int(points))
    return disputed
