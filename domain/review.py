"""Review (评议审核): people decide claims, stage by stage; nothing is approved by silence.

Nobody decides on their own or their kin's household (ruling 21); where the scheme assesses
crosswise, nor in their own area.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.community import find_person, ruleset_on, versions_of
from domain.errors import Refused
from domain.rules.evaluate import version_on
from domain.rules.schema import Ruleset, Stage
from domain.store.tables import Claim, Community, Decision, Household, Kin, Person, Role

Verdict = Literal["approve", "reject"]
NOTE_MAX = 2000


def find_claim(session: Session, community: Community, ref: str) -> Claim:
    """The claim with this number (编号)."""
    claim = session.scalar(
        select(Claim).where(Claim.community_id == community.id, Claim.ref == ref)
    )
    if claim is None:
        raise Refused(f"{community.name} has no claim “{ref}”")
    return claim


def barred(session: Session, ruleset: Ruleset, person: Person, household: Household) -> str | None:
    """Why a person may not decide on a household (回避), or None."""
    if person.household_id is not None:
        if person.household_id == household.id:
            return "it is their own household"
        if session.get(Kin, (person.household_id, household.id)) is not None:
            return "the household is registered as kin"
    if ruleset.review.crosswise and person.area and person.area == household.area:
        return f"the scheme assesses crosswise, and {household.area} is their own area"
    return None


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
    already decided otherwise, not this stage's turn, or a rejection without a note.
    """
    person = find_person(session, community, reviewer)
    claim = session.scalar(
        select(Claim)
        .where(Claim.community_id == community.id, Claim.ref == ref)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if claim is None:
        raise Refused(f"{community.name} has no claim “{ref}”")
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
        raise Refused(
            f"{person.name} has already decided claim “{ref}” otherwise:"
            " a decision is not edited, file an objection"
        )
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
    reviewer: str | None,
    sheet: str,
    at: datetime,
) -> None:
    """An inspection sheet (检查表) is the group's own recorded decision (小组现场看).

    Signed by a `reviewer` it counts as that person's vote. Unsigned it stands for the group's
    meeting where one recorded decision does (ruling 24) and at least one reviewer of the stage
    is not barred; otherwise its claims wait for votes.
    """
    if not claims:
        return
    ruleset = ruleset_on(session, community, claims[0].occurred_on)
    stage = ruleset.review.stages[0]
    if reviewer is not None:
        for claim in claims:
            decide(session, community, claim.ref, reviewer, "approve", sheet, at, stage.id)
        return
    if stage.quorum > 1:
        return
    group = reviewers_of(session, community, ruleset, stage)
    for claim in claims:
        household = session.get_one(Household, claim.household_id)
        if claim.status != "pending" or claim.stage != 0:
            continue
        if all(barred(session, ruleset, person, household) for person in group):
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
    if all(person.id != known.id for known in reviewers_of(session, community, ruleset, stage)):
        raise Refused(f"{person.name} is not a reviewer at the stage {stage.id} ({stage.name})")
    household = session.get_one(Household, claim.household_id)
    reason = barred(session, ruleset, person, household)
    if reason:
        raise Refused(f"{person.name} may not decide claim “{claim.ref}”: {reason}")
    if claim.status != "pending":
        raise Refused(
            f"claim “{claim.ref}” is already {claim.status}: file an objection to change that"
        )
    if current_stage(ruleset, claim).id != stage.id:
        raise Refused(
            f"claim “{claim.ref}” waits at the stage {current_stage(ruleset, claim).id},"
            f" not at {stage.id}"
        )
    if at < claim.submitted_at:
        raise Refused(f"claim “{claim.ref}” was submitted after that decision")


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
    seats: dict[tuple[str, str], set[int]] = {}
    voted = set()
    if reviewer is not None:
        voted = {
            (claim_id, stage)
            for claim_id, stage in session.execute(
                select(Decision.claim_id, Decision.stage).where(Decision.person_id == reviewer.id)
            ).tuples()
        }
    waiting = []
    for claim, household in rows:
        ruleset = version_on(versions, claim.occurred_on).ruleset
        stage = current_stage(ruleset, claim)
        if reviewer is not None:
            key = (ruleset.id, stage.id)
            if key not in seats:
                seats[key] = {
                    person.id for person in reviewers_of(session, community, ruleset, stage)
                }
            if (
                reviewer.id not in seats[key]
                or (claim.id, stage.id) in voted
                or barred(session, ruleset, reviewer, household)
            ):
                continue
        waiting.append(Waiting(claim, household.code, stage.id, claim.carried > 0))
    return waiting
