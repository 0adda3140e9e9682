"""一月一审核: remind the reviewers before the 5th, then register what they approved."""

from datetime import datetime
from typing import Literal

from prefect import flow
from prefect.client.schemas import State
from sqlalchemy.orm import Session

from domain.audit.close import close_audit, is_closed
from domain.cycle.by_hand import Starter
from domain.kernel.period import Period
from domain.kernel.reasons import Reason, reason
from domain.store.tables.people import Community
from flows.steps.names import flow_name_of
from flows.steps.running import UNKEPT, Skip, run_step
from notifications.letters.news import tell_outcomes
from notifications.letters.reminders import escalate, remind_reviewers


@flow(name="monthly-audit", flow_run_name=flow_name_of("audit"), **UNKEPT)
def monthly_audit(
    communities: list[str],
    period: str,
    step: Literal["remind_1", "remind_2", "remind_3", "close"] = "close",
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
    work = close if step == "close" else remind
    return run_step(
        work, "audit", step, period, communities, as_of, dry_run, attempt, Starter(by, why)
    )


def remind(session: Session, community: Community, period: Period, as_of: datetime) -> Reason:
    """Remind the reviewers who have undecided claims; nobody else."""
    if is_closed(session, community, period):
        raise Skip(reason("audit_is_closed"))
    reminded = remind_reviewers(session, community, period, as_of)
    return reason("did_remind", count=len(reminded))


def close(session: Session, community: Community, period: Period, as_of: datetime) -> Reason:
    """Register the approved claims, carry the others over, and escalate those."""
    audited = close_audit(session, community, period, as_of)
    if audited.again:
        raise Skip(reason("audit_was_closed"))
    escalate(session, community, period, audited.carried, as_of)
    tell_outcomes(session, community, period, as_of)
    return reason(
        "did_audit", claims=audited.registered, entries=audited.entries, carried=audited.carried
    )
