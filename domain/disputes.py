"""What is under objection (异议事项), and what of a balance that leaves free to spend."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.gate import year_ruleset
from domain.ledger.accounts import SCORE_KINDS, balances_by_year
from domain.store.tables.claims import Claim
from domain.store.tables.ledger import Entry, Journal
from domain.store.tables.objections import Objection
from domain.store.tables.people import Community, Household


def objections_of(
    session: Session, community: Community, *, only_open: bool = False
) -> Sequence[Objection]:
    """A community's objections, oldest first."""
    query = select(Objection).where(Objection.community_id == community.id)
    if only_open:
        query = query.where(Objection.status == "open")
    return session.scalars(query.order_by(Objection.filed_at, Objection.ref)).all()


def disputed_points(session: Session, household: Household) -> dict[int, int]:
    """Points per account year that an open objection disputes: they cannot be redeemed."""
    query = (
        select(Entry.year, Entry.ref, func.sum(Entry.points))
        .join(Journal, Journal.id == Entry.journal_id)
        .join(
            Claim,
            (Claim.community_id == Journal.community_id)
            & (Claim.ref == Entry.ref)
            & (Claim.item == Entry.item),
        )
        .join(Objection, Objection.claim_id == Claim.id)
        .where(
            Journal.community_id == household.community_id,
            Entry.household_id == household.id,
            Entry.kind.in_(SCORE_KINDS),
            Objection.status == "open",
        )
        .group_by(Entry.year, Entry.ref)
    )
    disputed: dict[int, int] = {}
    for year, _ref, points in session.execute(query):
        disputed[year] = disputed.get(year, 0) + max(0, int(points))
    return disputed


def redeemable(
    session: Session, community: Community, household: Household, on: date | None = None
) -> dict[int, int]:
    """What a household can redeem per account year, oldest first: no disputed points, no debts, and
    none that ended with their year (每年12月31日清零) before the day `on`."""

    def has_ended(year: int) -> bool:
        if on is None or year >= on.year:
            return False
        return year_ruleset(session, community, year).closing.ends_with_the_year

    disputed = disputed_points(session, household)
    return {
        year: free
        for year, balance in balances_by_year(session, household).items()
        if (free := balance - disputed.get(year, 0)) > 0 and not has_ended(year)
    }
