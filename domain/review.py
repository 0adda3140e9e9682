"""Review (评议审核): people decide claims, stage by stage; nothing is approved by silence.

Nobody decides on their own or their kin's household (ruling 21); where the scheme assesses
crosswise, nor in their own area.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.clock import local_date
from domain.community import find_person, ruleset_on, versions_of
from domain.errors import Refused
from domain.reasons import Reason, reason
from domain.rules.schema import Ruleset, Stage
from domain.rules.versions import Version, version_on
from domain.store.tables import (
    Claim,
    Community,
    Decision,
    Household,
    Kin,
    LedgerHead,
    Person,
    Role,
    Settlement,
)

Verdict = Literal["approve", "reject"]
NOTE_MAX = 2000


def find_claim(session: Session, community: Community, ref: str) -> Claim:
    """The claim with this number (编号)."""
    claim = session.scalar(
        select(Claim).where(Claim.community_id == community.id, Claim.ref == ref)
    )
    if claim is None:
        raise Refused(reason("claim_unknown", value=ref))
    return claim


def barred(
    session: Session, ruleset: Ruleset, person: Person, household: Household
) -> Reason | None:
    """Why a person may not decide on a household (回避), or None."""
    return _why_barred(ruleset, person, household, kin_of(session, person))


def kin_of(session: Session, person: Person) -> frozenset[int]:
    """The households that are registered as kin of a person's own."""
    if person.household_id is None:
        return frozenset()
    query = select(Kin.kin_id).where(Kin.household_id == person.household_id)
    return frozenset(session.scalars(query))


def _why_barred(
    ruleset: Ruleset, person: Person, household: Household, kin: frozenset[int]
) -> Reason | None:
    if person.household_id is not None:
        if person.household_id == household.id:
            return reason("own_household")
        if household.id in kin:
            return reason("kin_household")
    if ruleset.review.crosswise and person.area and person.area == household.area:
        return reason("own_area", area=household.area)
    return None


def require_reviewer(
    session: Session, community: Community, ruleset: Ruleset, person: Person, stage: Stage,
    household: Household,
) -> None:  # fmt: skip
    """Refuse who is no reviewer of the stage, or barred from the household."""
    if all(person.id != known.id for known in reviewers_of(session, community, ruleset, stage)):
        raise Refused(reason("not_reviewer", person=person.name, stage=stage.id, name=stage.name))
    require_unbarred(session, ruleset, person, household)


def require_unbarred(
    session: Session, ruleset: Ruleset, person: Person, household: Household
) -> None:
    """Refuse who may not decide on a household."""
    why = barred(session, ruleset, person, household)
    if why is not None:
        raise Refused(reason("barred", person=person.name, household=household.code, why=why))


def reviewers_of(
    session: Session, community: Community, ruleset: Ruleset, stage: Stage
) -> list[Person]:
    """Who may decide at a stage. A reviewer without a stage sits at the first one; the town's
    contact sits at a stage of the town's."""
    first = ruleset.review.stages[0].id
    query = (
        select(Person, Role)
        .join(Role, Role.person_id == Person.id)
        .where(Person.community_id == community.id, Role.role.in_(("reviewer", "town")))
        .order_by(Person.code)
    )
    people = {}
    for person, role in session.execute(query).tuples():
        sits = (
            (role.stage or first) == stage.id if role.role == "reviewer" else stage.role == "town"
        )
        if sits:
            people[person.id] = person
    return list(people.values())


def current_stage(ruleset: Ruleset, claim: Claim) -> Stage:
    """The stage that a pending claim waits at."""
    return ruleset.review.stages[claim.stage]


def decide(
    session: Session,
    community: Community,
    ref: str,
    reviewer: str,
    verdict: Verdict,
    note: str,
    at: datetime,
    stage: str | None = None,
) -> Decision:
    """Record one reviewer's verdict; the stage ends when its quorum has voted.

    The same verdict again is the same decision. Refused: not a reviewer of that stage, barred,
    already decided otherwise, not this stage's turn, a rejection without a note, or an approval
    in a year that is settled.
    """
    # Decisions and the ledger's journals take turns: nothing is approved while a year is settled.
    head = select(LedgerHead.community_id).where(LedgerHead.community_id == community.id)
    session.execute(head.with_for_update())
    person = find_person(session, community, reviewer)
    claim = session.scalar(
        select(Claim)
        .where(Claim.community_id == community.id, Claim.ref == ref)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if claim is None:
        raise Refused(reason("claim_unknown", value=ref))
    ruleset = ruleset_on(session, community, claim.occurred_on)
    asked = _stage_asked(ruleset, stage)
    given = session.scalar(
        select(Decision).where(
            Decision.claim_id == claim.id,
            Decision.stage == asked.id,
            Decision.person_id == person.id,
        )
    )
    if given is not None and given.verdict == verdict:
        return given
    _refuse_decision(session, community, ruleset, claim, person, asked, verdict, note, at)
    if given is not None:
        raise Refused(reason("decided_otherwise", person=person.name, ref=ref))
    decision = Decision(
        claim_id=claim.id,
        stage=asked.id,
        person_id=person.id,
        verdict=verdict,
        note=note[:NOTE_MAX],
        decided_at=at,
    )
    session.add(decision)
    session.flush()
    _count_votes(session, ruleset, claim, asked, at)
    return decision


def decide_by_sheet(
    session: Session,
    community: Community,
    claims: Sequence[Claim],
    sheet: str,
    at: datetime,
) -> None:
    """An unsigned inspection sheet (检查表) is the group's own recorded decision (小组现场看).

    It stands for the group's meeting where one recorded decision does (ruling 24) and at least
    one reviewer of the stage is not barred. Otherwise its claims wait for votes.
    """
    if not claims:
        return
    ruleset = ruleset_on(session, community, claims[0].occurred_on)
    stage = ruleset.review.stages[0]
    if stage.quorum > 1:
        return
    group = [
        (person, kin_of(session, person))
        for person in reviewers_of(session, community, ruleset, stage)
    ]
    for claim in claims:
        household = session.get_one(Household, claim.household_id)
        if claim.status != "pending" or claim.stage != 0:
            continue
        if all(_why_barred(ruleset, person, household, kin) for person, kin in group):
            continue
        session.add(
            Decision(
                claim_id=claim.id, stage=stage.id, person_id=None,
                verdict="approve", note=sheet, decided_at=at,
            )
        )  # fmt: skip
        _end_stage(ruleset, claim, "approve", at)
    session.flush()


def _stage_asked(ruleset: Ruleset, stage: str | None) -> Stage:
    stages = ruleset.review.stages
    if stage is None:
        return stages[0]
    for known in stages:
        if stage in (known.id, known.name):
            return known
    raise Refused(
        f"“{stage}” is not a stage of {ruleset.id}: choose from "
        + ", ".join(known.id for known in stages)
    )


def _refuse_decision(
    session: Session,
    community: Community,
    ruleset: Ruleset,
    claim: Claim,
    person: Person,
    stage: Stage,
    verdict: Verdict,
    note: str,
    at: datetime,
) -> None:
    if verdict not in ("approve", "reject"):
        raise Refused(f"“{verdict}” is not a verdict: say approve or reject")
    if verdict == "reject" and not note.strip():
        raise Refused(f"to reject claim “{claim.ref}”, say why in a note")
    household = session.get_one(Household, claim.household_id)
    require_reviewer(session, community, ruleset, person, stage, household)
    ref = claim.ref
    if claim.status != "pending":
        raise Refused(reason("claim_decided", ref=ref, status=reason(claim.status)))
    waits = current_stage(ruleset, claim)
    if waits.id != stage.id:
        raise Refused(
            reason(
                "other_stage", ref=ref, stage=waits.id, name=waits.name, asked=stage.id,
                asked_name=stage.name,
            )
        )  # fmt: skip
    if at < claim.submitted_at:
        raise Refused(reason("decided_early", ref=ref))
    settled = session.get(Settlement, (community.id, claim.occurred_on.year))
    if settled is not None and verdict == "approve":
        day = local_date(settled.settled_at)
        raise Refused(reason("only_reject", year=claim.occurred_on.year, day=day, ref=ref))


def _count_votes(
    session: Session, ruleset: Ruleset, claim: Claim, stage: Stage, at: datetime
) -> None:
    """With the quorum reached, more approvals than rejections approve; a tie rejects."""
    votes = session.scalars(
        select(Decision.verdict).where(Decision.claim_id == claim.id, Decision.stage == stage.id)
    ).all()
    if len(votes) < stage.quorum:
        return
    approved = votes.count("approve") > votes.count("reject")
    _end_stage(ruleset, claim, "approve" if approved else "reject", at)


def _end_stage(ruleset: Ruleset, claim: Claim, verdict: Verdict, at: datetime) -> None:
    if verdict == "approve" and claim.stage + 1 < len(ruleset.review.stages):
        claim.stage += 1
        return
    claim.status = "approved" if verdict == "approve" else "rejected"
    claim.decided_at = at


@dataclass(frozen=True)
class Waiting:
    """A claim in a reviewer's queue."""

    claim: Claim
    household: str
    stage: str
    overdue: bool


def queue(session: Session, community: Community, reviewer: Person | None = None) -> list[Waiting]:
    """Undecided claims, oldest first; with a reviewer, only those that this person can decide."""
    versions = versions_of(session, community)
    rows = session.execute(
        select(Claim, Household)
        .join(Household, Household.id == Claim.household_id)
        .where(Claim.community_id == community.id, Claim.status == "pending")
        .order_by(Claim.occurred_on, Claim.submitted_at, Claim.ref)
    ).tuples()
    seat = _Seat(session, community, reviewer) if reviewer is not None else None
    waiting = []
    for claim, household in rows:
        version = version_on(versions, claim.occurred_on)
        stage = current_stage(version.ruleset, claim)
        if seat is None or seat.decides(version, stage, claim, household):
            waiting.append(Waiting(claim, household.code, stage.id, claim.carried > 0))
    return waiting


class _Seat:
    """What one reviewer may decide; asked of many claims, it asks the database only once."""

    def __init__(self, session: Session, community: Community, person: Person) -> None:
        self.session, self.community, self.person = session, community, person
        self.kin = kin_of(session, person)
        self.seats: dict[tuple[date, str], bool] = {}
        self.voted = set(
            session.execute(
                select(Decision.claim_id, Decision.stage).where(Decision.person_id == person.id)
            ).tuples()
        )

    def decides(self, version: Version, stage: Stage, claim: Claim, household: Household) -> bool:
        """Whether the claim waits for this person."""
        if not self._sits(version, stage) or (claim.id, stage.id) in self.voted:
            return False
        return _why_barred(version.ruleset, self.person, household, self.kin) is None

    def _sits(self, version: Version, stage: Stage) -> bool:
        """A version is known by its first day: a later one may seat others at a stage."""
        key = (version.starts_on, stage.id)
        if key not in self.seats:
            people = reviewers_of(self.session, self.community, version.ruleset, stage)
            self.seats[key] = any(person.id == self.person.id for person in people)
        return self.seats[key]
