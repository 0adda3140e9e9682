"""The monthly audit (一月一审核): reviewers are reminded, then what they approved is registered."""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.audit.close import close_audit, is_closed
from domain.kernel.period import Period
from domain.kernel.reasons import Reason, reason
from domain.occasions.occasion import AuditClosed, ReviewersDue, Tell
from domain.steps.work import Skip
from domain.store.tables.people import Community


def remind(
    session: Session, community: Community, period: Period, as_of: datetime, tell: Tell
) -> Reason:
    """Remind the reviewers who have undecided claims; nobody else."""
    if is_closed(session, community, period):
        raise Skip(reason("audit_is_closed"))
    return reason("did_remind", count=tell(session, community, ReviewersDue(period), as_of))


def close(
    session: Session, community: Community, period: Period, as_of: datetime, tell: Tell
) -> Reason:
    """Register the approved claims, carry the others over, and escalate those."""
    audited = close_audit(session, community, period, as_of)
    if audited.again:
        raise Skip(reason("audit_was_closed"))
    tell(session, community, AuditClosed(period, audited.carried), as_of)
    return reason(
        "did_audit", claims=audited.registered, entries=audited.entries, carried=audited.carried
    )


ACTS = {"remind": remind, "close": close}
