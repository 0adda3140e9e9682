"""The red and the black list (红黑榜): households that an approved claim of a listing item names.

A listing holds for the calendar year in which it occurred. The source (长坝 四(三)) sets no end; so
what that year earned is under it until it is cleared, and a new year begins without it.
"""

from datetime import date
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.community.registry import ruleset_on
from domain.store.tables.claims import Claim, ClaimStatus
from domain.store.tables.people import Community, Household

Colour = Literal["red", "black"]


def listed(
    session: Session,
    community: Community,
    colour: Colour,
    day: date,
    household: Household | None = None,
) -> set[tuple[int, int]]:
    """Who is on a list by what occurred until `day`: pairs of a household's id and the year."""
    items = ruleset_on(session, community, day).items
    codes = [item.code for item in items if item.lists == colour]
    if not codes:
        return set()
    query = select(Claim.household_id, Claim.occurred_on).where(
        Claim.community_id == community.id,
        Claim.item.in_(codes),
        Claim.status == ClaimStatus.APPROVED,
        Claim.occurred_on <= day,
    )
    if household is not None:
        query = query.where(Claim.household_id == household.id)
    return {(key, occurred_on.year) for key, occurred_on in session.execute(query)}


def on_list(session: Session, community: Community, colour: Colour, day: date) -> set[int]:
    """The ids of the households that are on a list on a day, by what occurred in its year."""
    return {key for key, year in listed(session, community, colour, day) if year == day.year}
