"""The monthly audit (一月一审核): reviewers are reminded, then what they approved is registered."""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.audit.close import close_audit, is_closed
from domain.cycle.reminding import review_occasions
from domain.kernel.period import Period
from domain.kernel.reasons import Reason, reason
from domain.occasions.occasion import AuditClosed, ReviewersDue, Tell
from domain.steps.work import Skip, tell_all
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


def oversee(
    session: Session, community: Community, _period: Period, as_of: datetime, tell: Tell
) -> Reason:
    """Tell the people of a later stage that claims have come to it, and the office of claims that
    nobody may decide."""
    occasions = review_occasions(session, [community.id], as_of)
    return tell_all(session, community, occasions.get(community.id, ()), as_of, tell)


ACTS = {"remind": remind, "close": close, "oversee": oversee}
