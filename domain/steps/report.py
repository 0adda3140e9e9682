"""The progress report (情况报送) of a half year."""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.community.registry import ruleset_on
from domain.cycle.schedule import report_day
from domain.kernel.local_time import local_date
from domain.kernel.period import Period
from domain.kernel.reasons import Reason, reason
from domain.notices.notice import find_notice
from domain.occasions.occasion import ReportDue, Tell
from domain.publicity.report import draw_up
from domain.steps.work import Skip, tell_all
from domain.store.tables.notices import NoticeKind
from domain.store.tables.people import Community


def report(
    session: Session, community: Community, period: Period, as_of: datetime, _tell: Tell
) -> Reason:
    """Draw the report up from what the tables hold; a fund of the community is told of."""
    if find_notice(session, community, NoticeKind.REPORT, str(period)) is not None:
        raise Skip(reason("report_is_drawn_up"))
    content = draw_up(session, community, period, as_of).content
    code = "did_report" if content["due"] else "did_report_on_demand"
    done = reason(code, report=content["report"], due=content["due"])
    fund = content["fund"]
    if fund is None:
        return done
    told = {name: fund[name] for name in ("name", "given", "points", "spent", "left")}
    return reason("fund_told", report=done, **told)


def remind(
    session: Session, community: Community, period: Period, as_of: datetime, tell: Tell
) -> Reason:
    """Remind the clerk of a report that is due soon, whether or not it is drawn up yet."""
    today = local_date(as_of)
    is_ready = find_notice(session, community, NoticeKind.REPORT, str(period)) is not None
    due = [
        ReportDue(each.name, period, report_day(each, period.year), is_ready)
        for each in ruleset_on(session, community, today).reports
        if today <= report_day(each, period.year) <= period.end
    ]
    if not due:
        raise Skip(reason("report_is_past"))
    first = min(due, key=lambda each: each.due_on)
    return tell_all(session, community, [first], as_of, tell)


ACTS = {"report": report, "remind": remind}
