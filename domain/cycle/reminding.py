"""What people are reminded of day by day (每日催办): answers to objections, and the review.

For many communities at once, the occasions of a day. Each is told once: so a day's turn may be
repeated, and after a pause of any length the present state is told. Nothing on days off.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.community.outlines import outlines_on
from domain.cycle.calendar import WorkingDays, audit_period, last_day_before, rungs
from domain.cycle.town_days import working_days
from domain.kernel.local_time import local_date
from domain.kernel.period import Period
from domain.kernel.reasons import kept
from domain.occasions.occasion import (
    ClaimsPassedOn,
    ClaimsStuck,
    DailyOccasion,
    ObjectionDue,
    ObjectionOverdue,
)
from domain.review.undecidable import undecidable
from domain.rules.outline import Outline
from domain.store.tables.claims import Claim, ClaimStatus
from domain.store.tables.objections import Objection, ObjectionStatus
from domain.store.tables.outbox import Message
from domain.store.tables.people import Community

# By community, what its people must hear today.
Occasions = Mapping[int, list[DailyOccasion]]


def objection_occasions(session: Session, ids: Collection[int], at: datetime) -> Occasions:
    """Answers to objections that are due soon, on the working days before, and overdue ones."""
    query = select(Objection).where(
        Objection.community_id.in_(ids), Objection.status == ObjectionStatus.OPEN
    )
    waiting: dict[int, list[Objection]] = {}
    for objection in session.scalars(query.order_by(Objection.filed_at, Objection.ref)):
        waiting.setdefault(objection.community_id, []).append(objection)
    return {
        community: [
            occasion
            for objection in waiting[community]
            for occasion in _of_objection(objection, ruleset, calendar, at)
        ]
        for community, ruleset, calendar in _at_work(session, waiting, at)
    }


def _of_objection(
    objection: Objection, ruleset: Outline, calendar: WorkingDays, at: datetime
) -> Iterator[DailyOccasion]:
    if objection.due_at <= at:
        yield ObjectionOverdue(objection)
        return
    today, days = local_date(at), rungs(ruleset, last_day_before(objection.due_at), calendar)
    if today in days:
        yield ObjectionDue(objection, today, is_last=today == days[-1])


def review_occasions(session: Session, ids: Collection[int], at: datetime) -> Occasions:
    """Claims that have come to a later stage, once an audit; and claims that nobody may decide,
    when they are found and on the working days before each deadline."""
    today = local_date(at)
    later = select(Claim.community_id.distinct()).where(
        Claim.community_id.in_(ids), Claim.status == ClaimStatus.PENDING, Claim.stage > 0
    )
    passed_on = set(session.scalars(later))
    stuck: dict[int, list[tuple[str, int]]] = {}
    for each in undecidable(session, today, ids):
        if each.claims:
            stuck.setdefault(each.community, []).append((kept(each.why), each.claims))
    found: dict[int, list[DailyOccasion]] = {}
    for community, ruleset, calendar in _at_work(session, passed_on | stuck.keys(), at):
        occasions: list[DailyOccasion] = []
        if community in passed_on:
            occasions.append(ClaimsPassedOn(audit_period(ruleset, today)))
        if community in stuck:
            deadline = today.replace(day=ruleset.review.due.day)
            is_near = today in rungs(ruleset, deadline, calendar)
            since = today if is_near else Period.of("month", today)
            occasions.append(ClaimsStuck(tuple(stuck[community]), since, is_urgent=is_near))
        found[community] = occasions
    return found


def _at_work(
    session: Session, ids: Collection[int], at: datetime
) -> Iterator[tuple[int, Outline, WorkingDays]]:
    """Those communities for which it is a working day, each with its rules and its calendar."""
    if not ids:
        return
    today = local_date(at)
    rulesets = outlines_on(session, today, ids)
    calendars: dict[str, WorkingDays] = {}
    for community in session.scalars(select(Community).where(Community.id.in_(ids))):
        if community.town not in calendars:
            calendars[community.town] = working_days(session, community)
        calendar = calendars[community.town]
        if community.id in rulesets and calendar.is_working(today):
            yield community.id, rulesets[community.id], calendar


def where_untold(session: Session, occasions: Occasions) -> set[int]:
    """The communities in which somebody has still to be told of one of these."""
    wanted = {
        (community, occasion.key) for community, those in occasions.items() for occasion in those
    }
    if not wanted:
        return set()
    told = select(Message.community_id, Message.occasion).where(
        Message.community_id.in_({community for community, _ in wanted}),
        Message.occasion.in_({key for _, key in wanted}),
    )
    return {community for community, _ in wanted - set(session.execute(told).tuples())}
