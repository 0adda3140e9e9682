"""The points cards of a community (积分卡册): all that a household asks about its points."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.cards.card import Card, CardEntry, Clause, Goods, MemberAccount
from domain.community.participation import took_part
from domain.community.registry import find_household, households_of, versions_of
from domain.kernel.documents import ABSENT
from domain.ledger.accounts import SCORE_KINDS, Line, household_sums, lines
from domain.ledger.citations import Citations
from domain.ledger.family import Accounts, accounts_in, members_of
from domain.rules.schema import Ruleset
from domain.rules.versions import Version
from domain.standing.redeemable import NOTHING, redeemable
from domain.standing.table import Stood, places_in
from domain.store.tables.ledger import EntryKind
from domain.store.tables.people import Community, Household, Member
from domain.store.tables.shop import Goods as GoodsRow
from domain.store.tables.shop import Redemption

# Kinds that take points away because a rule says so: these cite it.
CITING_KINDS = (EntryKind.DEDUCTION, EntryKind.ZEROING, EntryKind.CORRECTION)


@dataclass(frozen=True)
class _Book:
    """What all cards of a year share: the rules and words, and by household id or number what is
    asked of the database once."""

    year: int
    ruleset: Ruleset | None
    citations: Citations
    handed_out: dict[str, Goods]
    lines: dict[str, list[Line]]
    places: dict[int, Stood]
    accounts: Accounts = field(default_factory=dict)
    members: dict[int, list[Member]] = field(default_factory=dict)
    brought_forward: dict[int, int] = field(default_factory=dict)


def card_book(
    session: Session,
    community: Community,
    year: int,
    household: str | None = None,
    on: date | None = None,
) -> list[Card]:
    """The cards of a year, by household number: of those who took part, or of one household.

    What can be redeemed is that `on` a day, else on that of the last posting.
    """
    home = find_household(session, community, household) if household else None
    homes = [home] if home else households_of(session, community)
    versions = versions_of(session, community)
    book = _book(session, community, year, versions, home)
    free = redeemable(session, community, on, home)
    cards = []
    for each in homes:
        if each is home or each.code in book.lines or took_part(each, year):
            points = free.get(each.id, NOTHING).points
            cards.append(_card(each, book, points, worth_in_yuan(versions, year, points)))
    return cards


def worth_in_yuan(versions: Sequence[Version], year: int, points: int) -> int | None:
    """What points are about worth by the year's last version, in hundredths of a yuan; None where
    it gives no value."""
    ruleset = _ruleset_of(versions, year)
    if ruleset is None or ruleset.value is None:
        return None
    return ruleset.value.worth(points)


def _ruleset_of(versions: Sequence[Version], year: int) -> Ruleset | None:
    """The version that settles a year; None where there was none yet."""
    known = [version for version in versions if version.starts_on <= date(year, 12, 31)]
    return known[-1].ruleset if known else None


def _book(
    session: Session,
    community: Community,
    year: int,
    versions: Sequence[Version],
    home: Household | None,
) -> _Book:
    posted: dict[str, list[Line]] = defaultdict(list)
    for line in lines(session, community.id, home, year):
        posted[line.household].append(line)
    ruleset = _ruleset_of(versions, year)
    places = places_in(session, community, year, ruleset) if ruleset else {}
    book = _Book(
        year, ruleset, Citations(versions), _handed_out(session, community), posted, places
    )
    if ruleset is not None and ruleset.closing.kind == "keep":
        book = replace(book, brought_forward=_brought_forward(session, community, year))
    if ruleset is None or not (_is_lifetime(ruleset) or ruleset.participants.members):
        return book
    return replace(
        book,
        accounts=accounts_in(session, community, year, lifetime=_is_lifetime(ruleset)),
        members=members_of(session, community),
    )


def _brought_forward(session: Session, community: Community, year: int) -> dict[int, int]:
    """What is left of the years before, by household id."""
    sums = household_sums([community.id], year - 1, earlier_too=True)
    return dict(session.execute(select(sums.c.household_id, sums.c.balance)).tuples().all())


def _handed_out(session: Session, community: Community) -> dict[str, Goods]:
    """What was handed out, by the number of the hand-out; plain points have no goods."""
    query = (
        select(Redemption.ref, GoodsRow.name, Redemption.count)
        .join(GoodsRow, GoodsRow.id == Redemption.goods_id)
        .where(Redemption.community_id == community.id)
    )
    rows = session.execute(query).tuples()
    return {ref: Goods(name, count or 1) for ref, name, count in rows}


def _card(household: Household, book: _Book, available: int, worth: int | None) -> Card:
    posted = book.lines.get(household.code, [])
    place = book.places.get(household.id)
    before = int(book.brought_forward.get(household.id, 0))
    ruleset, accounts = book.ruleset, book.accounts.get(household.id, {})
    keeps = ruleset is not None and ruleset.closing.kind == "keep"
    averaged = ruleset is not None and ruleset.standing.by == "average"
    of_members = ruleset is not None and ruleset.participants.members
    return Card(
        household=household.code,
        head=household.head,
        area=household.area,
        year=book.year,
        score=sum(line.points for line in posted if line.kind in SCORE_KINDS),
        balance=before + sum(line.points for line in posted),
        rank=place.rank if place else None,
        entries=tuple(_entry(line, book) for line in posted),
        brought_forward=before if keeps else ABSENT,
        lifetime=sum(accounts.values()) if _is_lifetime(ruleset) else ABSENT,
        average=(place.ranked_by if place else None) if averaged else ABSENT,
        members=_members(household, book) if of_members else ABSENT,
        family=accounts.get(None, 0) if of_members else ABSENT,
        available=available,
        worth=worth,
    )


def _members(household: Household, book: _Book) -> tuple[MemberAccount, ...]:
    accounts = book.accounts.get(household.id, {})
    return tuple(
        MemberAccount(member.code, member.name, accounts.get(member.id, 0))
        for member in book.members.get(household.id, [])
    )


def _is_lifetime(ruleset: Ruleset | None) -> bool:
    return ruleset is not None and ruleset.standing.span == "lifetime"


def _entry(line: Line, book: _Book) -> CardEntry:
    cites = line.points < 0 and line.kind in CITING_KINDS
    basis = book.citations.basis(line.reason, line.item)
    gives = line.kind in (EntryKind.REDEMPTION, EntryKind.REFUND)
    return CardEntry(
        **vars(line.shown()),
        name=book.citations.item_name(line.item),
        goods=book.handed_out.get(line.ref or "") if gives else None,
        member=line.member,
        clause=Clause(*basis) if cites and any(basis) else None,
    )
