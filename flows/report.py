"""情况报送: draw up the progress report to the town."""

from datetime import datetime
from typing import Annotated

from prefect import flow
from prefect.client.schemas import State

from domain.cycle.by_hand import Starter
from flows.steps.choices import steps_offered
from flows.steps.names import flow_name_of
from flows.steps.running import UNKEPT, run_step


@flow(name="progress-report", flow_run_name=flow_name_of("report"), **UNKEPT)
def progress_report(
    communities: list[str],
    period: str,
    step: Annotated[str, steps_offered("report")] = "report",
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
    return run_step("report", step, period, communities, as_of, dry_run, attempt, Starter(by, why))
