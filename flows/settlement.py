"""一年一核算: preview, settle, clear."""

from datetime import datetime
from typing import Annotated

from prefect import flow
from prefect.client.schemas import State
from sqlalchemy.orm import Session

from domain.cycle.by_hand import Starter
from domain.kernel.errors import BadInput
from domain.kernel.period import Period
from domain.kernel.reasons import Reason
from domain.kernel.reasons import reason as worded
from domain.occasions.occasion import Tell
from domain.steps.settlement import settle_by_force, settle_year, would_settle
from domain.steps.work import Work
from domain.store.tables.people import Community
from flows.steps.choices import steps_offered
from flows.steps.names import flow_name_of, name_by_hand
from flows.steps.running import UNKEPT, refused, run_step


@flow(name="yearly-settlement", flow_run_name=flow_name_of("settle"), **UNKEPT)
def yearly_settlement(
    communities: list[str],
    period: str,
    step: Annotated[str, steps_offered("settle")] = "preview",
    as_of: datetime | None = None,
    dry_run: bool = False,
    attempt: int = 0,
    force_by: str = "",
    reason: str = "",
    by: str = "",
) -> State:
    """The yearly settlement (一年一核算).

    Args:
        communities: codes of the communities
        period: the year (2026)
        step: `preview` changes nothing; `settle` ranks, honours and doubles; `clear` zeroes
        as_of: stands in for now
        dry_run: say what would be done, and change nothing
        attempt: set by the clock: which claim of the step this run answers
        force_by: who settles in spite of blockers, and has permitted it (`jifen settle --force-by`)
        reason: why (kept), also where it is started by hand
        by: who starts it by hand (kept); the clock needs none
    """
    work: Work | None = None
    if step == "settle" and dry_run:
        work = would_settle
    elif step == "settle" and force_by:
        work = settle_by_force(force_by, reason)
    starter = Starter(by or force_by, reason)
    return run_step("settle", step, period, communities, as_of, dry_run, attempt, starter, work)


@flow(name="settle-by-hand", flow_run_name=name_by_hand)
def settle_by_hand(
    community: str, year: int, dry_run: bool = True, reason: str = "", by: str = ""
) -> State:
    """Settle one community's year by hand (手工结算): the same work, under the clock's own claim.

    Args:
        community: the community's code, e.g. ma
        year: the year to settle, e.g. 2026
        dry_run: only say what settling would do and what stands in its way; changes nothing
        reason: why it is started by hand; kept with the step, and needed where it is no dry run
        by: who starts it (kept), and needed where it is no dry run
    """
    if not dry_run and not reason.strip():
        return refused(BadInput(worded("why_by_hand")))

    def settle_it(
        session: Session, each: Community, period: Period, as_of: datetime, tell: Tell
    ) -> Reason:
        did = settle_year(session, each, period, as_of, tell)
        return worded("by_hand", did=did, why=reason.strip())

    work: Work = would_settle if dry_run else settle_it
    starter = Starter(by, reason)
    return run_step("settle", "settle", str(year), [community], None, dry_run, 0, starter, work)
