"""收集申报: open the year's books, and take in the claims that have come."""

from datetime import datetime
from typing import Annotated

from prefect import flow
from prefect.client.schemas import State

from domain.cycle.by_hand import Starter
from flows.steps.choices import steps_offered
from flows.steps.names import flow_name_of
from flows.steps.running import UNKEPT, run_step


@flow(name="collect-claims", flow_run_name=flow_name_of("collect"), **UNKEPT)
def collect_claims(
    communities: list[str],
    period: str,
    step: Annotated[str, steps_offered("collect")] = "collect",
    as_of: datetime | None = None,
    dry_run: bool = False,
    attempt: int = 0,
    by: str = "",
    why: str = "",
) -> State:
    """Collect claims (收集申报): screen what has come, and give new households their base.

    Args:
        communities: codes of the communities
        period: the month (2026-03); for `open`, the year or quarter whose books are opened
        step: `open` posts the period's base points, `collect` takes claims in
        as_of: stands in for now
        dry_run: say what would be done, and change nothing
        attempt: set by the clock: which claim of the step this run answers
        by: who starts it by hand (kept); the clock needs none
        why: why it is started by hand (kept)
    """
    return run_step("collect", step, period, communities, as_of, dry_run, attempt, Starter(by, why))
