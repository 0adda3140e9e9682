"""Accounts of members and of the family (个人积分账户、家庭积分账户): 宁河 keeps them."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.ledger.accounts import SCORE_KINDS
from domain.ledger.entries import of_entries
from domain.store.tables.ledger import Entry
from domain.store.tables.people import Community, Household, Member

# By household id: what its members and the family itself (None) have gained, in hundredths.
Accounts = Mapping[int, Mapping[int | None, int]]


def accounts_in(
    session: Session, community: Community, year: int, *, lifetime: bool
) -> dict[int, dict[int | None, int]]:
    """What members and families gained in a year, or in all years until it."""
    query = (
        of_entries(community.id, Entry.household_id, Entry.member_id, func.sum(Entry.points))
        .where(
            Entry.kind.in_(SCORE_KINDS),
            Entry.year <= year if lifetime else Entry.year == year,
        )
        .group_by(Entry.household_id, Entry.member_id)
    )
    accounts: dict[int, dict[int | None, int]] = {}
    for household, member, points in session.execute(query):
        accounts.setdefault(household, {})[member] = int(points)
    return accounts


def members_of(session: Session, community: Community) -> dict[int, list[Member]]:
    """The members on file by household id, by their codes."""
    query = (
        select(Member)
        .join(Household, Household.id == Member.household_id)
        .where(Household.community_id == community.id)
        .order_by(Member.code)
    )
    found: dict[int, list[Member]] = {}
    for member in session.scalars(query):
        found.setdefault(member.household_id, []).append(member)
    return found
