"""The progress report (情况报送) of a half year."""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.kernel.period import Period
from domain.kernel.reasons import Reason, reason
from domain.notices.notice import find_notice
from domain.occasions.occasion import Tell
from domain.publicity.report import draw_up
from domain.steps.work import Skip
from domain.store.tables.people import Community


def report(
    session: Session, community: Community, period: Period, as_of: datetime, _tell: Tell
) -> Reason:
    """Draw the report up from what the tables hold; a fund of the community is told of."""
    if find_notice(session, community, "report", str(period)) is not None:
        raise Skip(reason("report_is_drawn_up"))
    content = draw_up(session, community, period, as_of).content
    code = "did_report" if content["due"] else "did_report_on_demand"
    done = reason(code, report=content["report"], due=content["due"])
    fund = content["fund"]
    if fund is None:
        return done
    told = {name: fund[name] for name in ("name", "given", "points", "spent", "left")}
    return reason("fund_told", report=done, **told)


ACTS = {"report": report}
