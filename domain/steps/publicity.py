"""The quarterly publicity (一季一公示): the notice, and the end of its window for objections."""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.community.registry import ruleset_on
from domain.cycle.calendar import settling_moment
from domain.cycle.occurrences import fall_due, put_off
from domain.cycle.schedule import last_chance, office
from domain.cycle.town_days import working_days
from domain.kernel.errors import Refused
from domain.kernel.local_time import local_date, local_text
from domain.kernel.period import Period
from domain.kernel.reasons import Reason, kept, reason
from domain.ledger.disputes import objections_of
from domain.notices.notice import find_notice
from domain.occasions.occasion import NoticePublished, Tell
from domain.publicity.final_results import submit_results
from domain.publicity.quarter_and_year import publish_quarter
from domain.steps.work import Skip
from domain.store.tables.notices import NoticeKind
from domain.store.tables.people import Community


def publish(
    session: Session, community: Community, period: Period, as_of: datetime, tell: Tell
) -> Reason:
    """Publish the notice; once published it stands."""
    if find_notice(session, community, NoticeKind.QUARTER, str(period)) is not None:
        raise Skip(reason("notice_is_published"))
    notice = publish_quarter(session, community, period, as_of)
    tell(session, community, NoticePublished(notice), as_of)
    if notice.closes_at is None:
        return reason("did_publish", period=period)
    # Published late, it is open as long as any: what waits for its window waits for that.
    why = kept(reason("notice_published_on", period=period, day=local_date(as_of)))
    put_off(session, community, "publicity", period, "close", notice.closes_at, why)
    ends_on = office(last_chance(working_days(session, community), notice.closes_at))
    fall_due(session, community, "objections", period, "window", ends_on, why)
    if period.following().year > period.year:
        year = Period(period.year, "year", 1)
        settles_at = settling_moment(notice.closes_at)
        for step in ("settle", "clear"):
            put_off(session, community, "settle", year, step, settles_at, why)
    return reason("did_publish_until", period=period, moment=local_text(notice.closes_at))


def close(
    session: Session, community: Community, period: Period, as_of: datetime, tell: Tell
) -> Reason:
    """The window has closed; open objections go on and keep the year from being settled."""
    notice = find_notice(session, community, NoticeKind.QUARTER, str(period))
    if notice is None:
        raise Refused(reason("quarter_not_published", period=period))
    if notice.closes_at is not None and as_of < notice.closes_at:
        raise Refused(reason("notice_open", moment=local_text(notice.closes_at)))
    waiting = len(objections_of(session, community, only_open=True))
    if not ruleset_on(session, community, period.end).publicity.submit:
        return reason("did_close", count=waiting)
    written = submit_results(session, community, as_of, tell)
    return reason("did_close_and_submit", count=waiting, written=written)


ACTS = {"publish": publish, "close": close}
