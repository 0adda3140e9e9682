"""What is late, blocked, failed or waiting (运行情况), and what to do about each."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.clock import local_date, local_text
from domain.cycle import occurrences_of
from domain.objection import objections_of
from domain.store.tables import Claim, Community, RefusedRow


@dataclass(frozen=True)
class Finding:
    """Something an operator should see: `what` is late, blocked, failed or waiting."""

    what: str
    about: str
    why: str
    advice: str


def findings(session: Session, community: Community, at: datetime) -> list[Finding]:
    """A community's findings, the most urgent first."""
    return [
        *_steps(session, community, at),
        *_claims(session, community),
        *_objections(session, community, at),
        *_refused(session, community),
    ]


def _steps(session: Session, community: Community, at: datetime) -> list[Finding]:
    found = []
    for step in occurrences_of(session, community):
        about = f"{step.process} {step.step} {step.period}"
        command = f"jifen {step.process} -c {community.code} --period {step.period}"
        if step.state in ("blocked", "failed"):
            found.append(Finding(step.state, about, step.outcome, f"clear that, then `{command}`"))
        elif step.state == "due" and step.due_at <= at:
            why = f"was due at {local_text(step.due_at)}"
            found.append(Finding("late", about, why, f"`{command} --step {step.step}`"))
    return found


def _claims(session: Session, community: Community) -> list[Finding]:
    query = select(func.count(), func.min(Claim.occurred_on)).where(
        Claim.community_id == community.id, Claim.status == "pending", Claim.carried > 0
    )
    count, oldest = session.execute(query).one()
    if not count:
        return []
    why = f"{count} claims missed their deadline, the oldest of {oldest}"
    return [Finding("waiting", "overdue claims", why, f"`jifen review list -c {community.code}`")]


def _objections(session: Session, community: Community, at: datetime) -> list[Finding]:
    return [
        Finding(
            "late" if each.due_at <= at else "waiting",
            f"objection {each.ref}",
            f"an answer is due by {local_date(each.due_at)}",
            f"`jifen objection resolve {each.ref} …`",
        )
        for each in objections_of(session, community, only_open=True)
    ]


def _refused(session: Session, community: Community) -> list[Finding]:
    query = select(func.count()).where(
        RefusedRow.community_id == community.id, RefusedRow.corrected_at.is_(None)
    )
    count = session.scalar(query) or 0
    if not count:
        return []
    command = f"jifen import refused {community.code} --out refused.xlsx"
    return [Finding("waiting", "refused rows", f"{count} rows were refused", f"`{command}`")]
