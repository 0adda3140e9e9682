"""What has just happened (消息): told in the transaction in which it did, to whom it concerns."""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.community.registry import versions_of
from domain.kernel.local_time import local_date
from domain.kernel.period import Period
from domain.kernel.points import json_points
from domain.ledger.accounts import SCORE_KINDS
from domain.ledger.acts import audit_act
from domain.ledger.entries import of_entries
from domain.occasions.occasion import YearPreviewed
from domain.rules.versions import version_on
from domain.store.tables.claims import (
    Claim,
    ClaimStatus,
    Decision,
    RefusedRow,
    Verdict,
    still_waits,
)
from domain.store.tables.ledger import Entry, Journal
from domain.store.tables.notices import Notice
from domain.store.tables.objections import Objection, ObjectionAct, ObjectionEvent, ObjectionStatus
from domain.store.tables.people import Community, Person, RoleName
from notifications.board.pages import announcement_facts
from notifications.letters.reminders import people_with, tell
from notifications.outbox.messages import enqueue

# So many claims are listed in one message to a villager; of the others only the number is told.
CLAIMS_LISTED = 3
TOLD_OF_NOTICES = (RoleName.CLERK, RoleName.SUPERVISOR, RoleName.VILLAGER, RoleName.GROUP)
WHY_MAX = 60


def tell_refused(session: Session, community: Community, as_of: datetime) -> int:
    """Clerks hear of the rows that were refused at this moment, once a day for each file."""
    query = (
        select(RefusedRow.kind, RefusedRow.file, func.count())
        .where(
            RefusedRow.community_id == community.id,
            RefusedRow.refused_at == as_of,
            still_waits(),
        )
        .group_by(RefusedRow.kind, RefusedRow.file)
    )
    told = 0
    for kind, file, count in session.execute(query).tuples().all():
        mark = hashlib.sha256(f"{kind}/{file}".encode()).hexdigest()[:16]
        occasion = f"refused:{local_date(as_of)}:{mark}"
        facts = {"community": community.name, "file": file, "count": count}
        told += len(
            tell(session, community, (RoleName.CLERK,), occasion, "refused_rows", facts, as_of)
        )
    return told


def tell_published(
    session: Session,
    community: Community,
    notice: Notice,
    as_of: datetime,
    public_url: str | None = None,
) -> int:
    """Clerks, supervisors, villagers and groups (群机器人) hear that a notice is up, and until when
    to object."""
    facts = announcement_facts(notice, community, public_url)
    return len(
        tell(
            session,
            community,
            TOLD_OF_NOTICES,
            f"notice:{notice.kind}:{notice.key}",
            "announcement",
            facts,
            as_of,
            expires_at=notice.closes_at,
        )
    )


def submit_result(session: Session, community: Community, notice: Notice, as_of: datetime) -> int:
    """The town's contact gets a quarter's final result (上报); how many were written to now. The
    letter's receipts show that it came."""
    facts = {
        "community": community.name,
        "period": notice.period,
        "count": len(notice.content["households"]),
        "approved": notice.content["claims"]["approved"],
        "rejected": notice.content["claims"]["rejected"],
        "link": None,
    }
    occasion = f"submit:{notice.kind}:{notice.key}"
    return len(tell(session, community, (RoleName.TOWN,), occasion, "submission", facts, as_of))


def tell_preview(
    session: Session, community: Community, seen: YearPreviewed, as_of: datetime
) -> int:
    """Clerks and the town hear what settling the year would do, and what stands in its way."""
    facts = {
        "community": community.name,
        "period": str(seen.year),
        "count": seen.households,
        "blockers": [{"what": what, "count": count} for what, count in seen.blockers],
    }
    occasion = f"settle:{seen.year}:preview"
    return len(
        tell(session, community, (RoleName.CLERK, RoleName.TOWN), occasion, "preview", facts, as_of)
    )


def tell_outcomes(session: Session, community: Community, period: Period, as_of: datetime) -> int:
    """Villagers hear what became of their household's claims in the audit that has just closed."""
    return sum(
        _tell_outcome(session, community, period, person, as_of)
        for person in villagers(session, community)
    )


def villagers(session: Session, community: Community) -> list[Person]:
    """Those who gave a contact: nothing is written for the others."""
    found = people_with(session, community, (RoleName.VILLAGER,))
    return [person for person in found if person.notify and person.household_id is not None]


def _tell_outcome(
    session: Session, community: Community, period: Period, person: Person, as_of: datetime
) -> bool:
    claims = session.scalars(
        select(Claim)
        .where(
            Claim.community_id == community.id,
            Claim.household_id == person.household_id,
            (Claim.registered == str(period))
            | ((Claim.audit == str(period)) & (Claim.status == ClaimStatus.REJECTED)),
        )
        .order_by(Claim.occurred_on, Claim.ref)
    ).all()
    if not claims:
        return False
    facts = {
        "name": person.name,
        "community": community.name,
        "period": str(period),
        "approved": sum(claim.status == ClaimStatus.APPROVED for claim in claims),
        "rejected": sum(claim.status == ClaimStatus.REJECTED for claim in claims),
        "points": json_points(_gained(session, community, period, person)),
        "claims": [_claim(session, community, claim) for claim in claims[:CLAIMS_LISTED]],
        "more": max(0, len(claims) - CLAIMS_LISTED),
    }
    occasion = f"audit:{period}:outcome"
    return enqueue(session, community, person.code, occasion, "outcome", facts, as_of)


def _gained(session: Session, community: Community, period: Period, person: Person) -> int:
    query = of_entries(community.id, func.sum(Entry.points)).where(
        Journal.act == audit_act(period),
        Entry.household_id == person.household_id,
        Entry.kind.in_(SCORE_KINDS),
    )
    return int(session.scalar(query) or 0)


def _claim(session: Session, community: Community, claim: Claim) -> dict[str, Any]:
    ruleset = version_on(versions_of(session, community), claim.occurred_on).ruleset
    item = next((each.name for each in ruleset.items if each.code == claim.item), claim.item)
    why = ""
    if claim.status == ClaimStatus.REJECTED:
        query = select(Decision.note).where(
            Decision.claim_id == claim.id, Decision.verdict == Verdict.REJECT
        )
        why = session.scalars(query.order_by(Decision.id.desc())).first() or ""
    return {
        "item": item,
        "day": claim.occurred_on.isoformat(),
        "status": claim.status,
        "why": why[:WHY_MAX],
    }


def tell_objection(
    session: Session, community: Community, objection: Objection, as_of: datetime
) -> int:
    """The household that objected hears the outcome, and why."""
    if objection.status == ObjectionStatus.OPEN:
        return 0
    event = session.scalars(
        select(ObjectionEvent)
        .where(
            ObjectionEvent.objection_id == objection.id,
            ObjectionEvent.level == objection.level,
            ObjectionEvent.act == ObjectionAct(objection.status),
        )
        .limit(1)
    ).first()
    if event is None:
        return 0
    facts = {
        "community": community.name,
        "objection": objection.ref,
        "status": objection.status,
        "why": event.note[:WHY_MAX],
    }
    occasion = f"objection:{objection.ref}:{objection.level}:{objection.status}"
    return sum(
        enqueue(
            session,
            community,
            person.code,
            occasion,
            "objection_outcome",
            facts | {"name": person.name},
            as_of,
        )
        for person in villagers(session, community)
        if person.household_id == objection.household_id
    )
