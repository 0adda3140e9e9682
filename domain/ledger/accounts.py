"""Accounts (积分账户): what a household's entries of a year add up to.

`score` ranks and redemption never lowers it; `balance` buys. The two are never mixed (ruling 12).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, Subquery, case, func, select
from sqlalchemy.orm import Session

from domain.kernel.documents import Hundredths, Moment
from domain.ledger.entries import of_entries
from domain.store.tables.ledger import Entry, EntryKind, Journal
from domain.store.tables.people import Community, Household, Member

# Polars is loaded where frames are made: who reads a card or balances need not wait for it.
if TYPE_CHECKING:
    import polars as pl

# The kinds that make the score; all kinds together make the balance.
SCORE_KINDS = (
    EntryKind.BASE,
    EntryKind.AWARD,
    EntryKind.DEDUCTION,
    EntryKind.CORRECTION,
    EntryKind.ZEROING,
)


@dataclass(frozen=True)
class Line:
    """An entry as people read it; `seq` counts through the community's ledger."""

    seq: int
    journal: str
    posted_at: datetime
    period: str
    year: int
    household: str
    member: str | None
    kind: EntryKind
    item: str | None
    ref: str | None
    points: int
    reason: str

    def shown(self) -> "ShownEntry":
        """What cards and explanations show of it."""
        return ShownEntry(
            self.seq,
            self.posted_at,
            self.period,
            self.kind,
            self.item,
            self.ref,
            self.points,
            self.reason,
        )


@dataclass(frozen=True)
class ShownEntry:
    """An entry as cards and explanations show it (INTERFACE.md)."""

    seq: int
    posted_at: Moment
    period: str
    kind: str
    item: str | None
    ref: str | None
    points: Hundredths
    reason: str


@dataclass(frozen=True)
class HouseholdTotals:
    """A household's account of a year."""

    household: str
    year: int
    score: Hundredths
    balance: Hundredths


def totals(
    session: Session, communities: list[int], year: int | None = None, upto_year: int | None = None
) -> "pl.DataFrame":
    """Per community, household and account year: `score` and `balance`, in hundredths."""
    import polars as pl  # lazy: start

    from domain.store.frames import read_frame  # lazy: start

    # A household has one community, and often one year is asked for: grouped by the household
    # alone, databases sort and hash less.
    query = _summed(communities, year, upto_year).add_columns(func.max(Journal.community_id))
    columns = ["household", "score", "balance", "community"]
    if year is None:
        query = query.add_columns(Entry.year).group_by(Entry.year)
        columns.append("year")
    query = query.group_by(Entry.household_id)
    frame = read_frame(session, query, dict.fromkeys(columns, pl.Int64))
    if year is not None:
        frame = frame.with_columns(year=pl.lit(year, pl.Int64))
    return frame.select("community", "household", "year", "score", "balance")


def household_sums(communities: list[int], year: int, *, earlier_too: bool = False) -> Subquery:
    """Per household, the `score` and `balance` of a year's account, or of all accounts until it."""
    years = {"upto_year": year} if earlier_too else {"year": year}
    return _summed(communities, **years).group_by(Entry.household_id).subquery()


def _summed(
    communities: list[int], year: int | None = None, upto_year: int | None = None
) -> Select[Any]:
    score = func.sum(case((Entry.kind.in_(SCORE_KINDS), Entry.points), else_=0))
    query = of_entries(
        communities,
        Entry.household_id,
        score.label("score"),
        func.sum(Entry.points).label("balance"),
    )
    if year is not None:
        query = query.where(Entry.year == year)
    if upto_year is not None:
        query = query.where(Entry.year <= upto_year)
    return query


def balances_by_year(
    session: Session, community_id: int, household: Household | None = None
) -> dict[int, dict[int, int]]:
    """By household id, the balance in each account year, oldest first."""
    query = (
        of_entries(community_id, Entry.household_id, Entry.year, func.sum(Entry.points))
        .group_by(Entry.household_id, Entry.year)
        .order_by(Entry.household_id, Entry.year)
    )
    if household is not None:
        query = query.where(Entry.household_id == household.id)
    balances: dict[int, dict[int, int]] = {}
    for key, year, points in session.execute(query):
        balances.setdefault(key, {})[year] = int(points)
    return balances


def lines(
    session: Session,
    community_id: int,
    household: Household | None = None,
    year: int | None = None,
    ref: str | None = None,
) -> list[Line]:
    """Entries in the order of the ledger, narrowed as asked."""
    query = (
        of_entries(
            community_id,
            Journal.first_entry + Entry.line - 1,
            Journal.act,
            Journal.posted_at,
            Journal.period,
            Entry.year,
            Household.code,
            Member.code,
            Entry.kind,
            Entry.item,
            Entry.ref,
            Entry.points,
            Entry.reason,
        )
        .join(Household, Household.id == Entry.household_id)
        .outerjoin(Member, Member.id == Entry.member_id)
        .order_by(Journal.seq, Entry.line)
    )
    if household is not None:
        query = query.where(Entry.household_id == household.id)
    if year is not None:
        query = query.where(Entry.year == year)
    if ref is not None:
        query = query.where(Entry.ref == ref)
    return [Line(*row) for row in session.execute(query)]


def entries_of_act(session: Session, community_id: int, act: str) -> "pl.DataFrame":
    """The entries of one journal, as they were handed in (`ENTRY_COLUMNS`)."""
    from domain.ledger.post import ENTRY_COLUMNS  # lazy: start
    from domain.store.frames import read_frame  # lazy: start

    query = (
        of_entries(
            community_id,
            Journal.community_id,
            Entry.household_id,
            Entry.member_id,
            Entry.year,
            Entry.kind,
            Entry.item,
            Entry.ref,
            Entry.points,
            Entry.reason,
        )
        .where(Journal.act == act)
        .order_by(Entry.line)
    )
    return read_frame(session, query, ENTRY_COLUMNS)


def last_posting(session: Session, community_id: int) -> datetime | None:
    """The latest moment that a journal bears, or None where there is none."""
    query = select(func.max(Journal.posted_at)).where(Journal.community_id == community_id)
    return session.scalar(query)


def latest_year(session: Session, community_id: int) -> int | None:
    """The latest account year that has entries, or None."""
    latest: int | None = session.scalar(of_entries(community_id, func.max(Entry.year)))
    return latest


def household_totals(
    session: Session, community: Community, year: int | None = None
) -> list[HouseholdTotals]:
    """Score and balance of every household and account year."""
    sums = (
        _summed([community.id], year)
        .add_columns(Entry.year, Household.code)
        .join(Household, Household.id == Entry.household_id)
        .group_by(Entry.household_id, Entry.year, Household.code)
        .order_by(Household.code, Entry.year)
    )
    return [
        HouseholdTotals(code, account, int(score), int(balance))
        for _, score, balance, account, code in session.execute(sums)
    ]
