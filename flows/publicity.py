"""一季一公示: publish the quarter's points, and close the window for objections."""

from datetime import datetime
from typing import Annotated

from prefect import flow
from prefect.client.schemas import State

from domain.cycle.by_hand import Starter
from flows.steps.choices import steps_offered
from flows.steps.names import flow_name_of
from flows.steps.running import UNKEPT, run_step


@flow(name="quarterly-publicity", flow_run_name=flow_name_of("publicity"), **UNKEPT)
def quarterly_publicity(
    communities: list[str],
    period: str,
    step: Annotated[str, steps_offered("publicity")] = "publish",
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
    return run_step(
        "publicity", step, period, communities, as_of, dry_run, attempt, Starter(by, why)
    )
