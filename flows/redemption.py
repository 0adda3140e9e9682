"""半年一兑换: close a round of the points shop and post what was handed out."""

from datetime import datetime
from typing import Annotated

from prefect import flow
from prefect.client.schemas import State

from domain.cycle.by_hand import Starter
from flows.steps.choices import steps_offered
from flows.steps.names import flow_name_of
from flows.steps.running import UNKEPT, run_step


@flow(name="redemption-round", flow_run_name=flow_name_of("redemption"), **UNKEPT)
def redemption_round(
    communities: list[str],
    period: str,
    step: Annotated[str, steps_offered("redemption")] = "close",
    as_of: datetime | None = None,
    dry_run: bool = False,
    attempt: int = 0,
    by: str = "",
    why: str = "",
) -> State:
    """A redemption round (半年一兑换): its hand-outs and coverage are posted when it ends.

    Args:
        communities: codes of the communities
        period: the half year (2026-H1)
        step: `close` posts the round's figures
        as_of: stands in for now
        dry_run: say what would be done, and change nothing
        attempt: set by the clock: which claim of the step this run answers
        by: who starts it by hand (kept); the clock needs none
        why: why it is started by hand (kept)
    """
    return run_step(
        "redemption", step, period, communities, as_of, dry_run, attempt, Starter(by, why)
    )
