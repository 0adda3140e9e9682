"""The docket (待评清单): what a reviewer has to know of each claim that waits for them."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel.points import json_points
from domain.review.evidence import evidence_of
from domain.review.sitting import Waiting, queue
from domain.store.tables.people import Community, Member, Person


def docket(
    session: Session, community: Community, reviewer: Person, limit: int
) -> tuple[int, list[dict[str, Any]]]:
    """How many claims wait for a reviewer, and the oldest `limit` of them.

    Nobody's telephone and nobody's vote: who decides shall not lean on who decided before.
    """
    waiting = queue(session, community, reviewer)
    shown = waiting[:limit]
    ids = {each.claim.member_id for each in shown if each.claim.member_id is not None}
    named = select(Member.id, Member.name).where(Member.id.in_(ids))
    members = dict(session.execute(named).tuples().all())
    return len(waiting), [_case(each, members) for each in shown]


def _case(waiting: Waiting, members: dict[int, str]) -> dict[str, Any]:
    claim, household, ruleset = waiting.claim, waiting.household, waiting.ruleset
    item = ruleset.item(claim.item)
    worth = None if item is None or item.points is None else json_points(item.points)
    return {
        "ref": claim.ref,
        "stage": waiting.stage,
        "household": household.code,
        "head": household.head,
        "area": household.area,
        "member": members.get(claim.member_id or 0, ""),
        "name": item.name if item else claim.item,
        "unit": item.unit if item else "",
        "points": worth,
        "quantity": claim.quantity,
        "score": None if claim.score is None else json_points(claim.score),
        "clause": ruleset.words_of(item) if item else "",
        "day": claim.occurred_on.isoformat(),
        "channel": claim.channel,
        "place": claim.place,
        "reason": claim.reason,
        "evidence": claim.evidence,
        "evidence_standing": evidence_of(item, claim),
        "overdue": waiting.overdue,
    }
