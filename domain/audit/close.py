"""The monthly audit (一月一审核): what was approved is registered, what was not is carried over."""

from datetime import datetime

from sqlalchemy import extract, func, select, update
from sqlalchemy.orm import Session

from domain.audit.books import Audited
from domain.audit.scoring import differences
from domain.community.registry import hash_on, ruleset_on
from domain.community.years import open_years
from domain.cycle.calendar import audit_deadline, audit_period, next_audit
from domain.kernel.errors import Refused
from domain.kernel.local_time import local_date, local_text
from domain.kernel.period import Period
from domain.kernel.reasons import reason
from domain.ledger.acts import audit_act, has_act
from domain.ledger.post import Act, lock_heads, post
from domain.review.claims import registered, registrable
from domain.store.statements import affected
from domain.store.tables.claims import Claim, ClaimStatus
from domain.store.tables.people import Community


def is_closed(session: Session, community: Community, period: Period) -> bool:
    """Whether a month's audit has been posted."""
    return has_act(session, community, audit_act(period))


def close_audit(
    session: Session, community: Community, period: Period, as_of: datetime, by: str = "jifen"
) -> Audited:
    """Register the month's approved claims in the ledger and carry over the undecided ones.

    Refused before the month is over, and before the deadline while claims are undecided.
    Nothing is dropped and nothing is approved by silence (ruling 18).
    """
    lock_heads(session, [community.id])
    if is_closed(session, community, period):
        return Audited(again=True)
    # Where the rules change within the month, those of its end audit it, as the cycle plans it.
    ruleset = ruleset_on(session, community, period.end)
    due = audit_period(ruleset, period.start)
    if due != period:
        raise Refused(reason("audit_by_quarter", community=community.name, period=period, due=due))
    _refuse_early(session, community, period, as_of)
    years = open_years(session, community, period.year)
    # Registered first, so that what is posted is what is registered, whoever decides meanwhile.
    done = _register(session, community, period, as_of, years)
    changes = differences(session, community, years, as_of, registered())
    act = Act(audit_act(period), str(period), as_of, by)
    rulesets = {community.id: hash_on(session, community, period.end)}
    post(session, act, changes.entries, rulesets, changes.effects)
    carried = _carry_over(session, community, period, str(next_audit(ruleset, period)))
    return Audited(done, changes.entries.height, carried)


def _refuse_early(session: Session, community: Community, period: Period, as_of: datetime) -> None:
    ruleset = ruleset_on(session, community, period.end)
    deadline = audit_deadline(ruleset, period)
    if as_of >= deadline:
        return
    if local_date(as_of) <= period.end:
        raise Refused(reason("audit_early", period=period, moment=local_text(deadline)))
    waiting = undecided(session, community, period)
    if waiting:
        raise Refused(
            reason(
                "audit_undecided",
                count=waiting,
                community=community.name,
                period=period,
                moment=local_text(deadline),
            )
        )


def undecided(session: Session, community: Community, period: Period) -> int:
    """How many claims of an audit (and of earlier ones) wait for a decision."""
    query = select(func.count()).where(
        Claim.community_id == community.id,
        Claim.status == ClaimStatus.PENDING,
        Claim.audit <= str(period),
    )
    return session.scalar(query) or 0


def _register(
    session: Session, community: Community, period: Period, as_of: datetime, years: list[int]
) -> int:
    return affected(
        session,
        update(Claim)
        .where(
            Claim.community_id == community.id,
            Claim.registered.is_(None),
            extract("year", Claim.occurred_on).in_(years),
            registrable(str(period), as_of),
        )
        .values(registered=str(period)),
    )


def _carry_over(session: Session, community: Community, period: Period, into: str) -> int:
    return affected(
        session,
        update(Claim)
        .where(
            Claim.community_id == community.id,
            Claim.status == ClaimStatus.PENDING,
            Claim.audit <= str(period),
        )
        .values(audit=into, carried=Claim.carried + 1),
    )
