"""What comes near and what is overdue (到期与逾期): who hears of it, and what the letter says."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from domain.kernel.local_time import end_of_day, local_date, local_iso
from domain.objections.cases import free_investigators
from domain.occasions.occasion import (
    ClaimsPassedOn,
    ClaimsStuck,
    ObjectionDue,
    ObjectionOverdue,
    ReportDue,
    RoundEnding,
    WindowEnding,
    YearBlocked,
)
from domain.review.sitting import queues
from domain.store.tables.objections import Objection
from domain.store.tables.people import Community, RoleName
from notifications.letters.reminders import REVIEWING, TOLD_OF_DELAY, people_with, tell
from notifications.outbox.messages import enqueue


def tell_objection_due(
    session: Session, community: Community, due: ObjectionDue, as_of: datetime
) -> int:
    """Those who may investigate an objection; where nobody is free to, the clerk must find
    somebody."""
    people = free_investigators(session, community, due.objection)
    return sum(
        enqueue(
            session,
            community,
            person.code,
            due.key,
            "objection_due",
            _of_objection(community, due.objection) | {"name": person.name},
            as_of,
            urgent=due.is_last,
            expires_at=due.objection.due_at,
        )
        for person in people or people_with(session, community, (RoleName.CLERK,))
    )


def tell_objection_overdue(
    session: Session, community: Community, overdue: ObjectionOverdue, as_of: datetime
) -> int:
    """The clerk and the town."""
    facts = _of_objection(community, overdue.objection)
    told = tell(
        session,
        community,
        TOLD_OF_DELAY,
        overdue.key,
        "objection_overdue",
        facts,
        as_of,
        urgent=True,
    )
    return len(told)


def _of_objection(community: Community, objection: Objection) -> dict[str, Any]:
    return {
        "community": community.name,
        "objection": objection.ref,
        "deadline": local_iso(objection.due_at),
    }


def tell_window_ending(
    session: Session, community: Community, ending: WindowEnding, as_of: datetime
) -> int:
    """The clerk and the supervisors."""
    notice = ending.notice
    assert notice.closes_at is not None  # it has a window
    facts = {
        "community": community.name,
        "period": notice.period,
        "deadline": local_iso(notice.closes_at),
        "count": ending.open_objections,
    }
    told = tell(
        session,
        community,
        (RoleName.CLERK, RoleName.SUPERVISOR),
        f"closing:{notice.kind}:{notice.key}",
        "closing",
        facts,
        as_of,
        expires_at=notice.closes_at,
    )
    return len(told)


def tell_claims_passed_on(
    session: Session, community: Community, passed_on: ClaimsPassedOn, as_of: datetime
) -> int:
    """The people of a later stage who can decide on what has come to it."""
    written = 0
    people = people_with(session, community, REVIEWING)
    waiting = queues(session, community, people)
    for person in people:
        mine = [each for each in waiting[person.id] if each.claim.stage > 0]
        if mine:
            facts = {
                "name": person.name,
                "community": community.name,
                "count": len(mine),
                "oldest": min(each.claim.occurred_on for each in mine).isoformat(),
            }
            written += enqueue(
                session, community, person.code, passed_on.key, "approval", facts, as_of
            )
    return written


def tell_claims_stuck(
    session: Session, community: Community, stuck: ClaimsStuck, as_of: datetime
) -> int:
    """The clerk and the town."""
    facts = {
        "community": community.name,
        "count": sum(count for _, count in stuck.stages),
        "stages": [{"why": why, "count": count} for why, count in stuck.stages],
    }
    told = tell(
        session,
        community,
        TOLD_OF_DELAY,
        stuck.key,
        "undecidable",
        facts,
        as_of,
        urgent=stuck.is_urgent,
    )
    return len(told)


def tell_year_blocked(
    session: Session, community: Community, blocked: YearBlocked, as_of: datetime
) -> int:
    """The clerk and the town; once it is overdue, once."""
    facts = {
        "community": community.name,
        "period": str(blocked.year),
        "deadline": local_iso(blocked.deadline),
        "blockers": [{"what": what, "count": count} for what, count in blocked.blockers],
    }
    when: str | date = "overdue" if blocked.is_overdue else local_date(as_of)
    told = tell(
        session,
        community,
        TOLD_OF_DELAY,
        f"settle:{blocked.year}:{when}",
        "blocked",
        facts,
        as_of,
        urgent=blocked.is_overdue,
    )
    return len(told)


def tell_report_due(session: Session, community: Community, due: ReportDue, as_of: datetime) -> int:
    """The clerk."""
    today = local_date(as_of)
    facts = {
        "community": community.name,
        "report": due.name,
        "deadline": local_iso(end_of_day(due.due_on)),
        "ready": due.is_ready,
    }
    told = tell(
        session,
        community,
        (RoleName.CLERK,),
        f"report:{due.half}:{today}",
        "report_due",
        facts,
        as_of,
        urgent=today == due.due_on,
        expires_at=end_of_day(due.due_on),
    )
    return len(told)


def tell_round_ending(
    session: Session, community: Community, ending: RoundEnding, as_of: datetime
) -> int:
    """The clerk."""
    facts = {
        "community": community.name,
        "period": str(ending.half),
        "deadline": local_iso(end_of_day(ending.last_day)),
        "count": ending.redeemed,
        "residents": ending.residents,
        "needed": ending.needed_percent,
    }
    told = tell(
        session,
        community,
        (RoleName.CLERK,),
        f"round:{ending.half}:{local_date(as_of)}",
        "round_ending",
        facts,
        as_of,
        expires_at=end_of_day(ending.last_day),
    )
    return len(told)
