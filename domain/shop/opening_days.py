"""The opening days of redemption rounds (兑换开放日期), which a community sets (ruling 31)."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.community.activity import acted
from domain.community.registry import ruleset_on
from domain.cycle.occurrences import replan
from domain.kernel.errors import Refused
from domain.kernel.period import Period
from domain.kernel.reasons import reason
from domain.store.tables.people import Community
from domain.store.tables.shop import RedemptionRound


def rounds_of(session: Session, community: Community) -> Sequence[RedemptionRound]:
    """The rounds whose opening days a community has set, earliest first."""
    query = select(RedemptionRound).where(RedemptionRound.community_id == community.id)
    return session.scalars(query.order_by(RedemptionRound.opens_on)).all()


def set_round(
    session: Session,
    community: Community,
    half: Period,
    opens_on: date,
    closes_on: date,
    why: str,
    at: datetime,
) -> RedemptionRound:
    """Set the opening days of a half year's round, in the place of those set before.

    They may lie after the half year, where a scheme redeems what it has gained. Refused where the
    scheme names no rounds, or the days end before they begin or lie in no half year near.
    """
    if half.kind != "half_year":
        raise Refused(reason("round_no_half", period=half))
    ruleset = ruleset_on(session, community, opens_on)
    if ruleset.redemption.every != "half_year":
        raise Refused(reason("no_rounds", ruleset=ruleset.id))
    if not half.start <= opens_on <= closes_on <= half.following().end:
        raise Refused(
            reason("round_days_wrong", period=half, first=half.start, last=half.following().end)
        )
    found = session.get(RedemptionRound, (community.id, str(half)))
    if found is None:
        found = RedemptionRound(
            community_id=community.id,
            period=str(half),
            opens_on=opens_on,
            closes_on=closes_on,
            why=why,
            set_at=at,
        )
        session.add(found)
    found.opens_on, found.closes_on, found.why, found.set_at = opens_on, closes_on, why, at
    session.flush()
    # What was handed out is told when the last day is over, and reminders come before it.
    replan(session, community, "redemption", half, why)
    acted(session, community)
    return found


def days_of(session: Session, community: Community, half: Period) -> tuple[date, date]:
    """The first and the last day that count for a round: its half year's, or where it is opened
    only after that, its own."""
    found = session.get(RedemptionRound, (community.id, str(half)))
    if found is None or found.opens_on <= half.end:
        return half.start, half.end
    return found.opens_on, found.closes_on


def last_days(session: Session, community: Community, day: date) -> dict[Period, date]:
    """The rounds that a day may be near the end of, with the last day of each."""
    half = Period.of("half_year", day)
    found = {half: half.end}
    found |= {Period.parse(each.period): each.closes_on for each in rounds_of(session, community)}
    return found


def refuse_closed(session: Session, community: Community, day: date) -> None:
    """Refuse a hand-out on a day on which no round is open, naming the days on which one is.

    Until a community has set days for a half year, the whole of it is its round.
    """
    rounds = rounds_of(session, community)
    if any(each.opens_on <= day <= each.closes_on for each in rounds):
        return
    half = Period.of("half_year", day)
    if all(each.period != str(half) for each in rounds):
        return
    days = tuple(
        reason("round_days", period=each.period, first=each.opens_on, last=each.closes_on)
        for each in rounds
        if each.closes_on >= half.start
    )
    raise Refused(reason("round_closed", day=day, days=days))
