"""情况报送: draw up the progress report to the town."""

from datetime import datetime
from typing import Literal

from prefect import flow
from prefect.client.schemas import State
from sqlalchemy.orm import Session

from domain.cycle.by_hand import Starter
from domain.kernel.period import Period
from domain.kernel.reasons import Reason, reason
from domain.notices.notice import find_notice
from domain.publicity.report import draw_up
from domain.store.tables.people import Community
from flows.steps.names import flow_name_of
from flows.steps.running import UNKEPT, Skip, run_step


@flow(name="progress-report", flow_run_name=flow_name_of("report"), **UNKEPT)
def progress_report(
    communities: list[str],
    period: str,
    step: Literal["report"] = "report",
    as_of: datetime | None = None,
    dry_run: bool = False,
    attempt: int = 0,
    by: str = "",
    why: str = "",
) -> State:
    """The progress report (情况报送) of a half year.

    Args:
        communities: codes of the communities
        period: the half year (2026-H1)
        step: `report` draws it up
        as_of: stands in for now
        dry_run: say what would be done, and change nothing
        attempt: set by the clock: which claim of the step this run answers
        by: who starts it by hand (kept); the clock needs none
        why: why it is started by hand (kept)
    """
    return run_step(
        report, "report", step, period, communities, as_of, dry_run, attempt, Starter(by, why)
    )


def report(session: Session, community: Community, period: Period, as_of: datetime) -> Reason:
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
