"""Reminders (催办) before the audit's deadline, and the escalation after it: one message each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.community.registry import ruleset_on
from domain.cycle.calendar import audit_deadline, next_audit, reminder_days
from domain.cycle.town_days import working_days
from domain.kernel.local_time import local_date, local_iso
from domain.kernel.period import Period
from domain.review.sitting import queues
from domain.store.tables.people import Community, Person, Role, RoleName
from notifications.outbox.messages import enqueue

REVIEWING = (RoleName.REVIEWER, RoleName.TOWN, RoleName.COMMITTEE)
TOLD_OF_DELAY = (RoleName.CLERK, RoleName.TOWN)


def remind_reviewers(
    session: Session, community: Community, period: Period, as_of: datetime
) -> list[str]:
    """One message to each reviewer whose own queue holds claims of this audit; their codes.

    Nothing goes to those who are done, and nothing twice on one day. The last one before the
    deadline does not wait for the day's letter, and none goes out after it.
    """
    facts = _facts(session, community, period)
    ruleset = ruleset_on(session, community, period.end)
    today = local_date(as_of)
    days = reminder_days(ruleset, period, working_days(session, community))
    occasion = f"audit:{period}:remind:{today}"
    reminded = []
    people = people_with(session, community, REVIEWING)
    waiting = queues(session, community, people)
    for person in people:
        mine = [each for each in waiting[person.id] if each.claim.audit <= str(period)]
        if not mine:
            continue
        told = facts | {
            "name": person.name,
            "count": len(mine),
            "overdue": sum(each.overdue for each in mine),
            "oldest": min(each.claim.occurred_on for each in mine).isoformat(),
        }
        if enqueue(
            session,
            community,
            person.code,
            occasion,
            "reminder",
            told,
            as_of,
            urgent=all(day <= today for day in days),
            expires_at=audit_deadline(ruleset, period),
        ):
            reminded.append(person.code)
    return reminded


def escalate(
    session: Session, community: Community, period: Period, carried: int, as_of: datetime
) -> list[str]:
    """Tell the clerks and the town that claims missed the deadline (ruling 18); their codes."""
    if not carried:
        return []
    ruleset = ruleset_on(session, community, period.end)
    facts = _facts(session, community, period) | {
        "count": carried,
        "next_period": str(next_audit(ruleset, period)),
    }
    occasion = f"audit:{period}:escalate"
    return tell(
        session, community, TOLD_OF_DELAY, occasion, "escalation", facts, as_of, urgent=True
    )


def tell(
    session: Session,
    community: Community,
    roles: Sequence[RoleName],
    occasion: str,
    template: str,
    facts: dict[str, Any],
    as_of: datetime,
    *,
    urgent: bool = False,
    expires_at: datetime | None = None,
) -> list[str]:
    """One message to each person with one of the roles; the codes of those who had none yet."""
    return [
        person.code
        for person in people_with(session, community, roles)
        if enqueue(
            session,
            community,
            person.code,
            occasion,
            template,
            facts | {"name": person.name},
            as_of,
            urgent=urgent,
            expires_at=expires_at,
        )
    ]


def people_with(
    session: Session, community: Community, roles: Sequence[RoleName]
) -> Sequence[Person]:
    """Those with one of the roles, each once, by code."""
    query = (
        select(Person)
        .where(
            Person.community_id == community.id,
            Person.id.in_(select(Role.person_id).where(Role.role.in_(roles))),
        )
        .order_by(Person.code)
    )
    return session.scalars(query).all()


def _facts(session: Session, community: Community, period: Period) -> dict[str, Any]:
    """What every message about an audit says; no household is named."""
    ruleset = ruleset_on(session, community, period.end)
    return {
        "community": community.name,
        "town": community.town,
        "period": str(period),
        "deadline": local_iso(audit_deadline(ruleset, period)),
    }
