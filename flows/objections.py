"""异议办理: remind those who investigate, and tell of deadlines and of the window's end.

Objections themselves are filed, answered and taken to the second level by people, at any time:
what follows from an answer follows at once. This flow sees to it that none is forgotten.
"""

from datetime import datetime
from typing import Annotated

from prefect import flow
from prefect.client.schemas import State

from domain.cycle.by_hand import Starter
from flows.steps.choices import steps_offered
from flows.steps.names import flow_name_of
from flows.steps.running import UNKEPT, run_step


@flow(name="handle-objections", flow_run_name=flow_name_of("objections"), **UNKEPT)
def handle_objections(
    communities: list[str],
    period: str,
    step: Annotated[str, steps_offered("objections")] = "remind",
    as_of: datetime | None = None,
    dry_run: bool = False,
    attempt: int = 0,
    by: str = "",
    why: str = "",
) -> State:
    """Objections (异议办理): answers that are due or overdue, and windows that close.

    Args:
        communities: codes of the communities
        period: the year (2026); for `window`, the quarter of the notice (2026-Q1)
        step: `remind` of answers, each working day; `window` on the last day to object
        as_of: stands in for now
        dry_run: say what would be done, and change nothing
        attempt: set by the clock: which claim of the step this run answers
        by: who starts it by hand (kept); the clock needs none
        why: why it is started by hand (kept)
    """
    return run_step(
        "objections", step, period, communities, as_of, dry_run, attempt, Starter(by, why)
    )
