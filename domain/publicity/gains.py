"""What the quarters gained (本季得分、累计积分), so that successive notices add up (ruling 29).

Every entry of the score is told in one quarter: the one that its journal belongs to; where that
quarter's notice hung on the board before the entry was posted, the next one that was still to be
published.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from domain.community.registry import adoptions_of
from domain.kernel.period import Period
from domain.ledger.accounts import SCORE_KINDS
from domain.ledger.acts import is_base
from domain.ledger.entries import of_entries
from domain.store.tables.ledger import Entry, EntryKind, Journal
from domain.store.tables.notices import Notice, NoticeKind
from domain.store.tables.people import Community


@dataclass
class Gains:
    """A household's figures of a quarter, in hundredths: what the quarter `gained`, the `total` at
    its end, and how much of what it gained corrects what was posted before."""

    gained: int = 0
    total: int = 0
    corrected: int = 0


class _Posting(NamedTuple):
    """Points of one household from one journal, and the quarter that the journal belongs to."""

    household: int
    points: int
    correction: bool
    own: Period
    told: Period


def gains(
    session: Session, community: Community, quarter: Period, *, lifetime: bool = False
) -> dict[int, Gains]:
    """Every household's figures of a quarter: the totals of its year, or of all years so far."""
    found: dict[int, Gains] = {}
    for posting in _postings(session, community, quarter.year, lifetime=lifetime):
        if posting.told > quarter:
            continue
        figures = found.setdefault(posting.household, Gains())
        figures.total += posting.points
        if posting.told == quarter:
            figures.gained += posting.points
            if posting.correction or posting.own < quarter:
                figures.corrected += posting.points
    return found


def after_last_notice(session: Session, community: Community, year: int) -> dict[int, int]:
    """What was posted to a year after the notice of its last quarter, by household: the year's own
    notice tells it."""
    later: dict[int, int] = {}
    for posting in _postings(session, community, year, lifetime=False):
        if posting.told.year > year:
            later[posting.household] = later.get(posting.household, 0) + posting.points
    return {household: points for household, points in later.items() if points}


def _postings(
    session: Session, community: Community, year: int, *, lifetime: bool
) -> Iterator[_Posting]:
    """Everything that counts for the score of a year, or of all years until it."""
    published = _published(session, community)
    began = adoptions_of(session, community)[0].starts_on
    base_of = case((Entry.kind == EntryKind.BASE, Entry.ref))
    correction = Entry.kind == EntryKind.CORRECTION
    query = (
        of_entries(
            community.id,
            Journal.seq,
            Journal.period,
            Journal.act,
            Entry.year,
            base_of,
            correction,
            Entry.household_id,
            func.sum(Entry.points),
        )
        .where(
            Entry.kind.in_(SCORE_KINDS),
            Entry.year <= year if lifetime else Entry.year == year,
        )
        .group_by(
            Journal.seq,
            Journal.period,
            Journal.act,
            Entry.year,
            base_of,
            correction,
            Entry.household_id,
        )
    )
    for seq, period, act, account, base, corrects, household, points in session.execute(query):
        first = max(date(account, 1, 1), began)
        own = _quarter_of(Period.parse(period), act, base, account, first)
        told = _told_in(own, seq, published)
        yield _Posting(household, int(points), bool(corrects), own, told)


def _published(session: Session, community: Community) -> dict[Period, int]:
    """By quarter that has a notice, how many journals the ledger had then."""
    query = (
        select(Notice.period, func.coalesce(Journal.seq, 0))
        .outerjoin(
            Journal,
            (Journal.community_id == Notice.community_id) & (Journal.digest == Notice.seal),
        )
        .where(Notice.community_id == community.id, Notice.kind == NoticeKind.QUARTER)
    )
    return {Period.parse(period): seq for period, seq in session.execute(query).tuples()}


def _told_in(own: Period, seq: int, published: Mapping[Period, int]) -> Period:
    """The first quarter, from a journal's own one on, whose notice can tell of the journal."""
    quarter = own
    while published.get(quarter, seq) < seq:
        quarter = quarter.following()
    return quarter


def _quarter_of(period: Period, act: str, base: str | None, year: int, first: date) -> Period:
    """The quarter of a journal's entries: the year's opening is in the first one that the scheme
    ran in, what came after the year in the last, and no quarter's base in one before it."""
    if period.kind == "year" and is_base(act):
        return Period.of("quarter", first)
    if period.kind == "year" or period.year > year:
        return Period(year, "quarter", 4)
    posted = Period.of("quarter", period.start)
    given = Period.parse(base) if base else posted
    return max(posted, given) if given.kind == "quarter" else posted
