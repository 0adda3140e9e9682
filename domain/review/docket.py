"""The docket (待评清单): what a reviewer has to know of each claim that waits for them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel.documents import Hundredths
from domain.review.evidence import evidence_of
from domain.review.sitting import Waiting, queue
from domain.store.tables.people import Community, Member, Person


@dataclass(frozen=True)
class Case:
    """A claim as a reviewer sees it: `points` is what the item gives, `score` what was marked."""

    ref: str
    stage: str
    household: str
    head: str
    area: str
    member: str
    name: str
    unit: str
    points: Hundredths | None
    quantity: int
    score: Hundredths | None
    clause: str
    day: date
    channel: str
    place: str
    reason: str
    evidence: str
    evidence_standing: str
    overdue: bool


def docket(
    session: Session, community: Community, reviewer: Person, limit: int
) -> tuple[int, list[Case]]:
    """How many claims wait for a reviewer, and the oldest `limit` of them.

    Nobody's telephone and nobody's vote: who decides shall not lean on who decided before.
    """
    waiting = queue(session, community, reviewer)
    shown = waiting[:limit]
    ids = {each.claim.member_id for each in shown if each.claim.member_id is not None}
    named = select(Member.id, Member.name).where(Member.id.in_(ids))
    members = dict(session.execute(named).tuples().all())
    return len(waiting), [_case(each, members) for each in shown]


def _case(waiting: Waiting, members: dict[int, str]) -> Case:
    claim, household, ruleset = waiting.claim, waiting.household, waiting.ruleset
    item = ruleset.item(claim.item)
    return Case(
        ref=claim.ref,
        stage=waiting.stage,
        household=household.code,
        head=household.head,
        area=household.area,
        member=members.get(claim.member_id or 0, ""),
        name=item.name if item else claim.item,
        unit=item.unit if item else "",
        points=item.points if item else None,
        quantity=claim.quantity,
        score=claim.score,
        clause=ruleset.words_of(item) if item else "",
        day=claim.occurred_on,
        channel=claim.channel,
        place=claim.place,
        reason=claim.reason,
        evidence=claim.evidence,
        evidence_standing=evidence_of(item, claim),
        overdue=waiting.overdue,
    )
