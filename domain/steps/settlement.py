"""The yearly settlement (一年一核算): preview, settle, clear."""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.community.years import settlement_of, year_ruleset
from domain.cycle.calendar import publicity_dates
from domain.kernel.errors import Refused
from domain.kernel.period import Period
from domain.kernel.points import format_points
from domain.kernel.reasons import Reason, reason
from domain.ledger.acts import base_act, has_act
from domain.occasions.occasion import NoticePublished, Tell, YearBlocked, YearPreviewed
from domain.publicity.quarter_and_year import publish_year
from domain.settlement.clearing import carry_over, clear
from domain.settlement.gate import blockers
from domain.settlement.permits import use_permit
from domain.settlement.settle import Force, preview, settle, settleable
from domain.steps.work import Skip, Work, tell_all
from domain.store.database import database_now
from domain.store.tables.people import Community


def preview_year(
    session: Session, community: Community, period: Period, as_of: datetime, tell: Tell
) -> Reason:
    """What settling would do now, and what stands in its way."""
    _refuse_settled(session, community, period)
    seen = preview(session, community, period.year, as_of)
    counts = tuple((each.what, each.count) for each in seen.blockers)
    households = len(seen.standing)
    tell(session, community, YearPreviewed(period.year, households, counts), as_of)
    bonus, cleared = format_points(seen.bonus), format_points(seen.cleared)
    named = {"blockers": tuple(each.why for each in seen.blockers) or reason("none")}
    return reason("did_preview", **named, households=households, bonus=bonus, cleared=cleared)


def would_settle(
    session: Session, community: Community, period: Period, as_of: datetime, _tell: Tell
) -> Reason:
    """What settling would do now; Refused, naming all that stands in its way."""
    _refuse_settled(session, community, period)
    seen = settleable(session, community, period.year, as_of)
    bonus, cleared = format_points(seen.bonus), format_points(seen.cleared)
    return reason("settling_would", households=len(seen.standing), bonus=bonus, cleared=cleared)


def _refuse_settled(session: Session, community: Community, period: Period) -> None:
    if settlement_of(session, community, period.year) is not None:
        raise Skip(reason("year_is_settled"))


def settle_year(
    session: Session, community: Community, period: Period, as_of: datetime, tell: Tell
) -> Reason:
    """Rank, honour and double; publish; carry over where the scheme does."""
    return _settle(session, community, period, as_of, tell, None)


def settle_by_force(by: str, why: str) -> Work:
    """Settle in spite of blockers, where `by` has permitted it."""

    def settle_it(
        session: Session, community: Community, period: Period, as_of: datetime, tell: Tell
    ) -> Reason:
        at = database_now(session)
        force = use_permit(session, community, period.year, by, why, at)
        return _settle(session, community, period, as_of, tell, force)

    return settle_it


def _settle(
    session: Session,
    community: Community,
    period: Period,
    as_of: datetime,
    tell: Tell,
    force: Force | None,
) -> Reason:
    if not settle(session, [community], period.year, as_of, force):
        raise Skip(reason("year_was_settled"))
    notice = publish_year(session, community, period.year, as_of)
    tell(session, community, NoticePublished(notice), as_of)
    carried = 0
    if has_act(session, community, base_act(period.following())):
        carried = carry_over(session, community, period.year, as_of)
    return reason("did_settle_and_carry", count=carried) if carried else reason("did_settle")


def clear_year(
    session: Session, community: Community, period: Period, as_of: datetime, _tell: Tell
) -> Reason:
    """What is left of the year becomes 0."""
    settled = settlement_of(session, community, period.year)
    if settled is not None and settled.cleared_at is not None:
        raise Skip(reason("year_was_cleared"))
    if not clear(session, [community], period.year, as_of):
        raise Refused(reason("nothing_cleared"))
    return reason("did_clear")


def remind(
    session: Session, community: Community, period: Period, as_of: datetime, tell: Tell
) -> Reason:
    """Remind clerks and the town of what keeps the year from being settled."""
    _refuse_settled(session, community, period)
    ruleset = year_ruleset(session, community, period.year)
    _, closes_at = publicity_dates(ruleset, Period.of("quarter", period.end))
    is_overdue = as_of >= closes_at
    # Before its end, that the window is still open is as it should be.
    found = tuple(
        (each.what, each.count)
        for each in blockers(session, community, period.year, as_of)
        if is_overdue or each.what != "publicity_open"
    )
    if not found:
        return reason("nothing_to_tell")
    blocked = YearBlocked(period.year, closes_at, found, is_overdue)
    return tell_all(session, community, [blocked], as_of, tell)


ACTS = {"preview": preview_year, "remind": remind, "settle": settle_year, "clear": clear_year}
