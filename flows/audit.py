"""一月一审核: remind the reviewers before the 5th, then register what they approved."""

from datetime import datetime
from typing import Annotated

from prefect import flow
from prefect.client.schemas import State

from domain.cycle.by_hand import Starter
from flows.steps.choices import steps_offered
from flows.steps.names import flow_name_of
from flows.steps.running import UNKEPT, run_step


@flow(name="monthly-audit", flow_run_name=flow_name_of("audit"), **UNKEPT)
def monthly_audit(
    communities: list[str],
    period: str,
    step: Annotated[str, steps_offered("audit")] = "close",
    as_of: datetime | None = None,
    dry_run: bool = False,
    attempt: int = 0,
    by: str = "",
    why: str = "",
) -> State:
    """The monthly audit (一月一审核), done by the 5th of the next month.

    Args:
        communities: codes of the communities
        period: the audited month (2026-03)
        step: one of the reminders, or `close`, which registers what is approved
        as_of: stands in for now
        dry_run: say what would be done, and change nothing
        attempt: set by the clock: which claim of the step this run answers
        by: who starts it by hand (kept); the clock needs none
        why: why it is started by hand (kept)
    """
    return run_step("audit", step, period, communities, as_of, dry_run, attempt, Starter(by, why))
