"""What keeps things from going on (停摆): no clock, no delivery, addresses that refuse what is
delivered, working days that nobody knows.

For one community (its id, `only`) or for all; a few queries whatever their number.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.cycle.town_days import announced_years
from domain.kernel.local_time import local_date
from domain.operations.finding import Finding
from domain.operations.leases import CLOCK, is_held
from domain.store.tables.cycle import Lease, Occurrence, StepState
from domain.store.tables.outbox import Delivery, Message, MessageState, Receipt
from domain.store.tables.people import Community
from domain.store.tables.rules import Adoption

# A clock sweeps every half minute and does a community's steps one after the other.
LATE_AFTER = timedelta(minutes=10)
# A message that is not urgent waits for its person's turn, which comes once a day.
TURN_EVERY = timedelta(days=1)
ANNOUNCED_IN = 11  # the month
# After so many attempts, more than half an hour, a letter waits for more than a short disturbance.
IN_VAIN = 4


def no_clock(session: Session, at: datetime, only: int | None = None) -> Iterator[Finding]:
    """Nobody holds the clock's lease although there is work."""
    lease = session.get(Lease, CLOCK)
    if is_held(lease, at):
        return
    waiting = [*_with_due_steps(session, at, only), *_never_taken_up(session, at, only)]
    if waiting:
        since = min(moment for _, moment in waiting)
        yield Finding("stalled", "clock", count=sum(n for n, _ in waiting), since=since)


def _with_due_steps(
    session: Session, at: datetime, only: int | None
) -> Iterator[tuple[int, datetime]]:
    """How many communities wait for the clock, and since when."""
    query = select(
        func.count(Occurrence.community_id.distinct()), func.min(Occurrence.due_at)
    ).where(
        Occurrence.state == StepState.DUE,
        Occurrence.due_at <= at - LATE_AFTER,
        _among(Occurrence.community_id, only),
    )
    places, since = session.execute(query).one()
    if places:
        yield places, since


def _never_taken_up(
    session: Session, at: datetime, only: int | None
) -> Iterator[tuple[int, datetime]]:
    """Communities of which nothing was ever run or planned: their year has not been opened.

    The first step of a cycle is due on the day from which the scheme is in force.
    """
    none_yet = ~exists().where(Occurrence.community_id == Community.id)
    query = select(func.count(Community.id.distinct()), func.min(Community.added_at)).where(
        none_yet,
        Community.added_at <= at - LATE_AFTER,
        _among(Community.id, only),
        exists().where(Adoption.community_id == Community.id, Adoption.starts_on <= local_date(at)),
    )
    places, since = session.execute(query).one()
    if places:
        yield places, since


def stuck_outbox(session: Session, before: datetime, only: int | None = None) -> Iterator[Finding]:
    """Nobody delivers: what was due before a moment is not tried, or people's turns do not come."""
    is_late = Message.urgent & (Message.written_at <= before)
    is_late |= Message.written_at <= before - TURN_EVERY
    is_due = Delivery.next_at <= before
    stuck = [
        *_counts(session, Delivery.community_id, Delivery.next_at, only, is_due),
        *_counts(
            session,
            Message.community_id,
            Message.written_at,
            only,
            Message.state == MessageState.WAITING,
            is_late,
        ),
    ]
    if stuck:
        yield Finding(
            "stalled",
            "outbox",
            count=sum(count for _, count, _ in stuck),
            since=min(oldest for _, _, oldest in stuck),
        )


def undelivered(session: Session, only: int | None = None) -> Iterator[Finding]:
    """Messages that an address refused for good, by community."""
    codes = dict(session.execute(select(Community.id, Community.code)).tuples().all())
    for community, count, oldest in _counts(
        session, Message.community_id, Message.written_at, only, Message.state == MessageState.DEAD
    ):
        yield Finding("dead", "messages", (codes[community],), count=count, since=oldest)


@dataclass(frozen=True)
class Refusing:
    """A channel by which nothing gets through: how it may be shown, how many letters wait for it,
    and since when."""

    way: str
    letters: int
    since: datetime


def refusing(session: Session) -> Iterator[Refusing]:
    """Channels that have accepted nothing since letters began to be tried there in vain."""
    tried = (
        select(
            Delivery.shown,
            func.count(Delivery.id.distinct()),
            func.min(Receipt.id),
            func.min(Receipt.at),
        )
        .join(Receipt, Receipt.delivery_id == Delivery.id)
        .where(Delivery.next_at.is_not(None), Delivery.attempts >= IN_VAIN)
        .group_by(Delivery.shown)
        .order_by(Delivery.shown)
    )
    for way, letters, first, since in session.execute(tried).tuples():
        accepted = (
            select(Receipt.id)
            .join(Delivery, Delivery.id == Receipt.delivery_id)
            .where(Receipt.id > first, Receipt.ok.is_(True), Delivery.shown == way)
            .limit(1)
        )
        if session.scalar(accepted) is None:
            yield Refusing(way, letters, since)


def unannounced(session: Session, at: datetime) -> Iterator[Finding]:
    """This year and, once it should be announced, the next, where nobody knows their days."""
    today = local_date(at)
    # The State Council announces a year's holidays in the November before.
    years = {today.year, today.year + (today.month >= ANNOUNCED_IN)}
    for year in sorted(years - announced_years(session)):
        yield Finding("waiting", "calendar", period=str(year))


def _among(column: InstrumentedAttribute[int], only: int | None) -> ColumnElement[bool]:
    return true() if only is None else column == only


def _counts(
    session: Session,
    community: InstrumentedAttribute[int],
    moment: InstrumentedAttribute[Any],
    only: int | None,
    *where: ColumnElement[bool],
) -> list[tuple[int, int, Any]]:
    """By community, how many rows and the oldest of them."""
    query = select(community, func.count(), func.min(moment))
    query = query.where(_among(community, only), *where).group_by(community)
    return [tuple(row) for row in session.execute(query)]
