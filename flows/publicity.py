"""一季一公示: publish the quarter's points, and close the window for objections."""

from datetime import datetime
from typing import Literal

from prefect import flow
from prefect.client.schemas import State
from sqlalchemy.orm import Session

from domain.community.registry import ruleset_on
from domain.cycle.by_hand import Starter
from domain.cycle.calendar import settling_moment
from domain.cycle.occurrences import put_off
from domain.kernel.errors import Refused
from domain.kernel.local_time import local_date, local_text
from domain.kernel.period import Period
from domain.kernel.reasons import Reason, kept, reason
from domain.ledger.disputes import objections_of
from domain.notices.notice import find_notice
from domain.publicity.quarter_and_year import publish_quarter
from domain.store.tables.people import Community
from flows.steps.names import flow_name_of
from flows.steps.running import UNKEPT, Skip, run_step
from notifications.letters.news import submit_result, tell_published


@flow(name="quarterly-publicity", flow_run_name=flow_name_of("publicity"), **UNKEPT)
def quarterly_publicity(
    communities: list[str],
    period: str,
    step: Literal["publish", "close"] = "publish",
    as_of: datetime | None = None,
    dry_run: bool = False,
    attempt: int = 0,
    by: str = "",
    why: str = "",
) -> State:
    """The quarterly publicity (一季一公示) with its window for objections.

    Args:
        communities: codes of the communities
        period: the quarter (2026-Q1)
        step: `publish` the notice, or `close` its window
        as_of: stands in for now
        dry_run: say what would be done, and change nothing
        attempt: set by the clock: which claim of the step this run answers
        by: who starts it by hand (kept); the clock needs none
        why: why it is started by hand (kept)
    """
    work = publish if step == "publish" else close
    return run_step(
        work, "publicity", step, period, communities, as_of, dry_run, attempt, Starter(by, why)
    )


def publish(session: Session, community: Community, period: Period, as_of: datetime) -> Reason:
    """Publish the notice; once published it stands."""
    if find_notice(session, community, "quarter", str(period)) is not None:
        raise Skip(reason("notice_is_published"))
    notice = publish_quarter(session, community, period, as_of)
    tell_published(session, community, notice, as_of)
    if notice.closes_at is None:
        return reason("did_publish", period=period)
    # Published late, it is open as long as any: what waits for its window waits for that.
    why = kept(reason("notice_published_on", period=period, day=local_date(as_of)))
    put_off(session, community, "publicity", period, "close", notice.closes_at, why)
    if period.following().year > period.year:
        year = Period(period.year, "year", 1)
        settles_at = settling_moment(notice.closes_at)
        for step in ("settle", "clear"):
            put_off(session, community, "settle", year, step, settles_at, why)
    return reason("did_publish_until", period=period, moment=local_text(notice.closes_at))


def close(session: Session, community: Community, period: Period, as_of: datetime) -> Reason:
    """The window has closed; open objections go on and keep the year from being settled."""
    notice = find_notice(session, community, "quarter", str(period))
    if notice is None:
        raise Refused(reason("quarter_not_published", period=period))
    if notice.closes_at is not None and as_of < notice.closes_at:
        raise Refused(reason("notice_open", moment=local_text(notice.closes_at)))
    waiting = len(objections_of(session, community, only_open=True))
    if not ruleset_on(session, community, period.end).publicity.submit:
        return reason("did_close", count=waiting)
    written = submit_result(session, community, notice, as_of)
    return reason("did_close_and_submit", count=waiting, written=written)
