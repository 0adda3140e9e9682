"""Review (评议审核): people decide claims, stage by stage; nothing is approved by silence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.community.activity import acted
from domain.community.registry import ruleset_on, versions_of
from domain.kernel.errors import Refused
from domain.kernel.local_time import local_date
from domain.kernel.reasons import Reason, reason
from domain.review.claims import find_claim
from domain.review.evidence import evidence_of
from domain.review.reviewers import Reviewers
from domain.rules.schema import Ruleset, Stage
from domain.rules.versions import version_on
from domain.store.statements import in_chunks
from domain.store.tables.claims import Claim, ClaimStatus, Decision, Verdict
from domain.store.tables.ledger import LedgerHead
from domain.store.tables.people import Community, Household, Person
from domain.store.tables.settlement import Settlement

NOTE_MAX = 2000


def current_stage(ruleset: Ruleset, claim: Claim) -> Stage:
    """The stage that a pending claim waits at."""
    return ruleset.review.stages[claim.stage]


def note_lacking(
    ruleset: Ruleset, claim: Claim, verdict: Verdict, *, on_paper: bool = False
) -> Reason | None:
    """Why a verdict needs a note that says why, or None where it needs none.

    A rejection always does. An approval does where the evidence that is expected is missing (ruling
    33), but on a sheet: what a group wrote down is taken as it was written, and the blank sheet
    (`jifen review sheet`) says beside each claim what is missing.
    """
    if verdict == Verdict.REJECT:
        return reason("note_needed")
    if not on_paper and evidence_of(ruleset.item(claim.item), claim) == "missing":
        return reason("note_needed_evidence", ref=claim.ref)
    return None


def verdict_of(text: str) -> Verdict:
    """The verdict that somebody has entered; refused where it is none."""
    if text not in set(Verdict):
        raise Refused(reason("verdict_unknown", value=text))
    return Verdict(text)


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
    """Record one reviewer's verdict on one claim: see `Sitting.decide`."""
    decision = Sitting(session, community, [ref]).decide(ref, reviewer, verdict, note, at, stage)
    if decision in session.new:
        acted(session, community)
    session.flush()
    return decision


def stage_in_turn(session: Session, community: Community, ref: str, reviewer: str) -> str:
    """The stage that a reviewer means who names none: where the claim waits.

    Whoever has decided on it means that decision: a command given twice decides nothing further.
    """
    claim = find_claim(session, community, ref)
    given = session.scalar(
        select(Decision.stage)
        .join(Person, Person.id == Decision.person_id)
        .where(
            Decision.claim_id == claim.id,
            Person.community_id == community.id,
            Person.code == reviewer,
        )
        .order_by(Decision.id.desc())
        .limit(1)
    )
    return given or current_stage(ruleset_on(session, community, claim.occurred_on), claim).id


class Sitting:
    """A sitting (评议会) of a community on some claims.

    What its decisions are judged by is read once and held until the transaction ends, however
    many there are: `claims` by their number, `people` by their code.
    """

    def __init__(self, session: Session, community: Community, refs: Sequence[str]) -> None:
        # Decisions and the ledger's journals take turns: nothing is approved while a year is
        # settled.
        head = select(LedgerHead.community_id).where(LedgerHead.community_id == community.id)
        session.execute(head.with_for_update())
        self.session = session
        self.versions = versions_of(session, community)
        self.reviewers = Reviewers(session, community)
        people = session.scalars(select(Person).where(Person.community_id == community.id))
        self.people = {person.code: person for person in people}
        settled = select(Settlement).where(Settlement.community_id == community.id)
        self._settled = {settlement.year: settlement for settlement in session.scalars(settled)}
        self.claims: dict[str, Claim] = {}
        self._households: dict[int, Household] = {}
        self._votes: dict[tuple[int, str], list[Decision]] = {}
        for part in in_chunks(sorted(set(refs))):
            self._read(community, part)

    def _read(self, community: Community, refs: Sequence[str]) -> None:
        these = (Claim.community_id == community.id, Claim.ref.in_(refs))
        claims = (
            select(Claim, Household)
            .join(Household, Household.id == Claim.household_id)
            .where(*these)
            .order_by(Claim.id)
            .with_for_update(of=Claim)
            .execution_options(populate_existing=True)
        )
        for claim, household in self.session.execute(claims).tuples():
            self.claims[claim.ref] = claim
            self._households[household.id] = household
        votes = select(Decision).join(Claim, Claim.id == Decision.claim_id).where(*these)
        for vote in self.session.scalars(votes):
            self._votes.setdefault((vote.claim_id, vote.stage), []).append(vote)

    def ruleset_of(self, claim: Claim) -> Ruleset:
        """The ruleset in force on the day of a claim."""
        return version_on(self.versions, claim.occurred_on).ruleset

    def given(self, claim: Claim, stage: str, person: Person) -> Decision | None:
        """What a person has decided on a claim at a stage, if they have."""
        votes = self._votes.get((claim.id, stage), [])
        return next((vote for vote in votes if vote.person_id == person.id), None)

    def decide(
        self,
        ref: str,
        reviewer: str,
        verdict: Verdict,
        note: str,
        at: datetime,
        stage: str | None = None,
        *,
        on_paper: bool = False,
    ) -> Decision:
        """Record one reviewer's verdict; the stage ends when its quorum has voted.

        `on_paper`: it comes from a sheet that was written down before (see `note_lacking`).
        The same verdict and note again are the same decision. Refused, and nothing changed: not a
        reviewer of that stage, barred, already decided otherwise, not this stage's turn, a
        verdict without the note that it needs, or an approval in a year that is settled.
        """
        person = self.people.get(reviewer)
        if person is None:
            raise Refused(reason("person_unknown", value=reviewer))
        claim = self.claims.get(ref)
        if claim is None:
            raise Refused(reason("claim_unknown", value=ref))
        ruleset = self.ruleset_of(claim)
        asked = _stage_asked(ruleset, stage)
        given = self.given(claim, asked.id, person)
        if given is not None and given.verdict == verdict:
            if given.note != note[:NOTE_MAX]:
                raise Refused(reason("noted_otherwise", person=person.name, ref=ref))
            return given
        lacking = note_lacking(ruleset, claim, verdict, on_paper=on_paper)
        if lacking is not None and not note.strip():
            raise Refused(lacking)
        self._refuse(ruleset, claim, person, asked, verdict, at)
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
        self.session.add(decision)
        votes = self._votes.setdefault((claim.id, asked.id), [])
        votes.append(decision)
        _count_votes(ruleset, claim, asked, [vote.verdict for vote in votes], at)
        return decision

    def _refuse(
        self,
        ruleset: Ruleset,
        claim: Claim,
        person: Person,
        stage: Stage,
        verdict: Verdict,
        at: datetime,
    ) -> None:
        ref = claim.ref
        self.reviewers.require(ruleset, person, stage, self._households[claim.household_id])
        if claim.status != ClaimStatus.PENDING:
            raise Refused(reason("claim_decided", ref=ref, status=reason(claim.status)))
        waits = current_stage(ruleset, claim)
        if waits.id != stage.id:
            raise Refused(
                reason(
                    "other_stage",
                    ref=ref,
                    stage=waits.id,
                    name=waits.name,
                    asked=stage.id,
                    asked_name=stage.name,
                )
            )
        if at < claim.submitted_at:
            raise Refused(reason("decided_early", ref=ref))
        settled = self._settled.get(claim.occurred_on.year)
        if settled is not None and verdict == Verdict.APPROVE:
            day = local_date(settled.settled_at)
            raise Refused(reason("only_reject", year=claim.occurred_on.year, day=day, ref=ref))


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
    reviewers = Reviewers(session, community)
    group = reviewers.at(ruleset, stage)
    for claim in claims:
        household = session.get_one(Household, claim.household_id)
        if claim.status != ClaimStatus.PENDING or claim.stage != 0:
            continue
        if all(reviewers.bar(ruleset, person, household) for person in group):
            continue
        session.add(
            Decision(
                claim_id=claim.id,
                stage=stage.id,
                person_id=None,
                verdict=Verdict.APPROVE,
                note=sheet,
                decided_at=at,
            )
        )
        _end_stage(ruleset, claim, Verdict.APPROVE, at)
    session.flush()


def _stage_asked(ruleset: Ruleset, stage: str | None) -> Stage:
    stages = ruleset.review.stages
    if stage is None:
        return stages[0]
    for known in stages:
        if stage in (known.id, known.name):
            return known
    choices = tuple(known.id for known in stages)
    raise Refused(reason("stage_unknown_in", value=stage, ruleset=ruleset.id, choices=choices))


def _count_votes(
    ruleset: Ruleset, claim: Claim, stage: Stage, votes: Sequence[Verdict], at: datetime
) -> None:
    """With the quorum reached, more approvals than rejections approve; a tie rejects."""
    if len(votes) < stage.quorum:
        return
    approved = votes.count(Verdict.APPROVE) > votes.count(Verdict.REJECT)
    _end_stage(ruleset, claim, Verdict.APPROVE if approved else Verdict.REJECT, at)


def _end_stage(ruleset: Ruleset, claim: Claim, verdict: Verdict, at: datetime) -> None:
    if verdict == Verdict.APPROVE and claim.stage + 1 < len(ruleset.review.stages):
        claim.stage += 1
        return
    approved = verdict == Verdict.APPROVE
    claim.status = ClaimStatus.APPROVED if approved else ClaimStatus.REJECTED
    claim.decided_at = at


@dataclass(frozen=True)
class Waiting:
    """A claim in a reviewer's queue, with the rules that it is judged by."""

    claim: Claim
    household: Household
    ruleset: Ruleset
    stage: str
    overdue: bool


def queue(session: Session, community: Community, reviewer: Person | None = None) -> list[Waiting]:
    """Undecided claims, oldest first; with a reviewer, only those that this person can decide."""
    if reviewer is not None:
        return queues(session, community, [reviewer])[reviewer.id]
    return list(_undecided(session, community))


def queues(
    session: Session, community: Community, reviewers: Sequence[Person]
) -> dict[int, list[Waiting]]:
    """What each of these people can decide, by their ids; read once, however many they are."""
    judges = Reviewers(session, community)
    ids = [person.id for person in reviewers]
    votes = select(Decision.person_id, Decision.claim_id, Decision.stage).where(
        Decision.person_id.in_(ids)
    )
    voted = set(session.execute(votes).tuples())
    found: dict[int, list[Waiting]] = {key: [] for key in ids}
    for waiting in _undecided(session, community):
        stage = current_stage(waiting.ruleset, waiting.claim)
        seated = {person.id for person in judges.at(waiting.ruleset, stage)}
        for person in reviewers:
            if (
                person.id in seated
                and (person.id, waiting.claim.id, waiting.stage) not in voted
                and judges.bar(waiting.ruleset, person, waiting.household) is None
            ):
                found[person.id].append(waiting)
    return found


def _undecided(session: Session, community: Community) -> Iterator[Waiting]:
    versions = versions_of(session, community)
    rows = session.execute(
        select(Claim, Household)
        .join(Household, Household.id == Claim.household_id)
        .where(Claim.community_id == community.id, Claim.status == ClaimStatus.PENDING)
        .order_by(Claim.occurred_on, Claim.submitted_at, Claim.ref)
    ).tuples()
    for claim, household in rows:
        ruleset = version_on(versions, claim.occurred_on).ruleset
        stage = current_stage(ruleset, claim)
        yield Waiting(claim, household, ruleset, stage.id, claim.carried > 0)
