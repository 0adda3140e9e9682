"""Which claims count: found by their number, registered by an audit, of a year."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from domain.kernel.errors import Refused
from domain.kernel.reasons import reason
from domain.store.tables.claims import Claim, ClaimStatus
from domain.store.tables.people import Community, Household


def find_claim(session: Session, community: Community, ref: str) -> Claim:
    """The claim with this number (编号)."""
    claim = session.scalar(
        select(Claim).where(Claim.community_id == community.id, Claim.ref == ref)
    )
    if claim is None:
        raise Refused(reason("claim_unknown", value=ref))
    return claim


def undecided_in(communities: Collection[int] | None) -> ColumnElement[bool]:
    """Claims that wait for a decision in these communities, or in all.

    They are looked for community by community, by an index: those that were decided grow with the
    years, and are not read.
    """
    among = select(Community.id) if communities is None else list(communities)
    return and_(Claim.community_id.in_(among), Claim.status == ClaimStatus.PENDING)


def registered() -> ColumnElement[bool]:
    """Claims that an audit has registered and that still stand."""
    return and_(Claim.status == ClaimStatus.APPROVED, Claim.registered.is_not(None))


def registrable(audit: str, as_of: datetime) -> ColumnElement[bool]:
    """Claims that an audit registers: approved by then, and of this audit or an earlier one."""
    return and_(
        Claim.status == ClaimStatus.APPROVED,
        or_(
            Claim.registered.is_not(None),
            and_(Claim.audit <= audit, Claim.decided_at <= as_of),
        ),
    )


def of_year(year: int) -> ColumnElement[bool]:
    """Claims of what happened in a calendar year."""
    return Claim.occurred_on.between(date(year, 1, 1), date(year, 12, 31))


def while_taking_part() -> ColumnElement[bool]:
    """Claims of what happened from the day on which their household joined until its last day,
    whenever either was recorded.

    For queries that join the household.
    """
    return and_(
        Claim.occurred_on >= Household.enrolled_on,
        or_(Household.left_on.is_(None), Claim.occurred_on <= Household.left_on),
    )
