"""Objections (异议): filed by a household, investigated by others than those who decided.

Upheld against an awarded claim, the claim is annulled; against a rejected one, it is approved.
The household's year is evaluated anew and the differences are posted as corrections (ruling 19).
"""

import hashlib
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import polars as pl
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.audit import open_years
from domain.claims import find_claim, registered
from domain.clearing import carry_correction
from domain.clock import local_date
from domain.community import find_household, find_person, hash_on, ruleset_on
from domain.errors import Refused
from domain.ledger.post import Act, lock_heads, post
from domain.names import require_short
from domain.period import Period
from domain.reasons import reason
from domain.reviewers import Reviewers
from domain.rules.schema import Ruleset
from domain.scoring import differences
from domain.store.tables.claims import Claim, Decision
from domain.store.tables.objections import Objection, ObjectionEvent
from domain.store.tables.people import Community, Household, Person
from domain.store.tables.settlement import Settlement

Outcome = Literal["upheld", "dismissed"]
TEXT_MAX = 2000


def find_objection(session: Session, community: Community, ref: str) -> Objection:
    """The objection with this number."""
    objection = session.scalar(
        select(Objection)
        .where(Objection.community_id == community.id, Objection.ref == ref)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if objection is None:
        raise Refused(f"{community.name} has no objection “{ref}”")
    return objection


def file_objection(
    session: Session,
    community: Community,
    ref: str,
    household: str,
    about: str,
    text: str,
    at: datetime,
) -> Objection:
    """A household objects to what became of a claim; the same objection again is the same one.

    Refused: the claim is unknown or undecided, its year is settled, or another objection
    against it is open.
    """
    require_short("an objection's number", ref)
    lock_heads(session, [community.id])
    digest = hashlib.sha256("\x1f".join((household, about, text)).encode()).hexdigest()
    known = session.scalar(
        select(Objection).where(Objection.community_id == community.id, Objection.ref == ref)
    )
    if known is not None:
        if known.digest == digest:
            return known
        raise Refused(reason("other_content", ref=ref))
    claim = find_claim(session, community, about)
    home = find_household(session, community, household)
    _refuse_filing(session, community, claim, text, at)
    ruleset = ruleset_on(session, community, claim.occurred_on)
    objection = Objection(
        community_id=community.id,
        ref=ref,
        household_id=home.id,
        claim_id=claim.id,
        text=text[:TEXT_MAX],
        filed_at=at,
        due_at=at + timedelta(days=ruleset.objections.days),
        digest=digest,
    )
    session.add(objection)
    session.flush()
    session.add(
        ObjectionEvent(objection_id=objection.id, level=1, act="filed", person_id=None, at=at)
    )
    session.flush()
    return objection


def _refuse_filing(
    session: Session, community: Community, claim: Claim, text: str, at: datetime
) -> None:
    if not text.strip():
        raise Refused(f"say what the objection to claim “{claim.ref}” is")
    item = ruleset_on(session, community, claim.occurred_on).item(claim.item)
    if item is not None and not item.objectionable:
        raise Refused(reason("not_objectionable", item=item.name))
    if claim.status == "pending":
        raise Refused(reason("claim_undecided", ref=claim.ref))
    if at < claim.submitted_at:
        raise Refused(reason("objected_early", ref=claim.ref))
    settled = session.get(Settlement, (community.id, claim.occurred_on.year))
    if settled is not None:
        day = local_date(settled.settled_at)
        raise Refused(reason("objections_closed", year=claim.occurred_on.year, day=day))
    open_ref = session.scalar(
        select(Objection.ref).where(Objection.claim_id == claim.id, Objection.status == "open")
    )
    if open_ref is not None:
        raise Refused(reason("objection_open", ref=open_ref, claim=claim.ref))


def resolve(
    session: Session,
    community: Community,
    ref: str,
    outcome: Outcome,
    by: str,
    note: str,
    at: datetime,
) -> Objection:
    """Record an objection's outcome, and correct the ledger where it is upheld.

    Refused: not a reviewer, one of those who decided the claim, barred from the household, or a
    year whose points are cleared. All is checked before anything changes.
    """
    lock_heads(session, [community.id])
    objection = find_objection(session, community, ref)
    person = find_person(session, community, by)
    if objection.status != "open":
        if objection.status == outcome:
            return objection
        raise Refused(reason("objection_ended", ref=ref, status=reason(objection.status)))
    claim = session.get_one(Claim, objection.claim_id)
    ruleset = ruleset_on(session, community, claim.occurred_on)
    _refuse_investigator(session, community, ruleset, claim, objection, person)
    if outcome not in ("upheld", "dismissed"):
        raise Refused(f"“{outcome}” is not an outcome: say upheld or dismissed")
    if at < objection.filed_at:
        raise Refused(reason("resolved_early", ref=ref))
    if outcome == "upheld":
        _refuse_cleared(session, community, claim)
    objection.status = outcome
    session.add(
        ObjectionEvent(
            objection_id=objection.id, level=objection.level, act=outcome,
            person_id=person.id, at=at, note=note[:TEXT_MAX],
        )
    )  # fmt: skip
    session.flush()
    if outcome == "upheld":
        _overturn(session, community, objection, claim, at)
    return objection


def _refuse_investigator(
    session: Session,
    community: Community,
    ruleset: Ruleset,
    claim: Claim,
    objection: Objection,
    person: Person,
) -> None:
    reviewers = Reviewers(session, community)
    allowed = {known.id for known in investigators(reviewers, ruleset, objection)}
    if person.id not in allowed:
        why = reason(
            "not_investigator", person=person.name, ref=objection.ref, level=objection.level
        )
        raise Refused(why)
    decided = session.scalar(
        select(func.count()).where(Decision.claim_id == claim.id, Decision.person_id == person.id)
    )
    judged = session.scalar(
        select(func.count())
        .select_from(ObjectionEvent)
        .join(Objection, Objection.id == ObjectionEvent.objection_id)
        .where(Objection.claim_id == claim.id, ObjectionEvent.person_id == person.id)
    )
    if decided or judged:
        raise Refused(
            reason("judged_before", person=person.name, claim=claim.ref, ref=objection.ref)
        )
    for key in (claim.household_id, objection.household_id):
        reviewers.require_unbarred(ruleset, person, session.get_one(Household, key))


def free_investigators(
    session: Session, community: Community, objection: Objection
) -> list[Person]:
    """Those who may still investigate an objection: not barred, and did not decide before."""
    claim = session.get_one(Claim, objection.claim_id)
    ruleset = ruleset_on(session, community, claim.occurred_on)
    free = []
    for person in investigators(Reviewers(session, community), ruleset, objection):
        with suppress(Refused):
            _refuse_investigator(session, community, ruleset, claim, objection, person)
            free.append(person)
    return free


def investigators(reviewers: Reviewers, ruleset: Ruleset, objection: Objection) -> list[Person]:
    """Reviewers of any stage at the first level; of the second level's stage after an appeal."""
    level = ruleset.objections.second_level if objection.level > 1 else None
    people: dict[int, Person] = {}
    for stage in ruleset.review.stages:
        if level in (None, stage.id):
            for person in reviewers.at(ruleset, stage):
                people[person.id] = person
    return list(people.values())


def appeal(session: Session, community: Community, ref: str, text: str, at: datetime) -> Objection:
    """Take a dismissed objection to the second level, where the scheme names one (长坝)."""
    objection = find_objection(session, community, ref)
    claim = session.get_one(Claim, objection.claim_id)
    ruleset = ruleset_on(session, community, claim.occurred_on)
    if ruleset.objections.second_level is None:
        raise Refused(f"{ruleset.id} names no second level: the outcome of “{ref}” stands")
    if objection.level > 1:
        raise Refused(f"objection “{ref}” has already been taken to the second level")
    if objection.status != "dismissed":
        raise Refused(f"objection “{ref}” is {objection.status}: only a dismissed one goes on")
    if session.get(Settlement, (community.id, claim.occurred_on.year)) is not None:
        raise Refused(f"{claim.occurred_on.year} is settled: objection “{ref}” cannot go on")
    objection.level, objection.status = 2, "open"
    objection.due_at = at + timedelta(days=ruleset.objections.days)
    session.add(
        ObjectionEvent(
            objection_id=objection.id, level=2, act="appealed", person_id=None, at=at,
            note=text[:TEXT_MAX],
        )
    )  # fmt: skip
    session.flush()
    return objection


def _refuse_cleared(session: Session, community: Community, claim: Claim) -> None:
    """A year settled by force can still be corrected, until it is cleared (ruling 20)."""
    settled = session.get(Settlement, (community.id, claim.occurred_on.year))
    if settled is not None and settled.cleared_at is not None:
        day = local_date(settled.cleared_at)
        raise Refused(reason("points_cleared", year=claim.occurred_on.year, day=day))


def _overturn(
    session: Session, community: Community, objection: Objection, claim: Claim, at: datetime
) -> None:
    """Approve what was rejected or annulled, annul what was approved, and post what follows."""
    month = Period.of("month", local_date(at))
    if claim.status == "approved":
        claim.status = "annulled"
    else:
        claim.status, claim.decided_at = "approved", at
        claim.registered = claim.registered or str(month)
    session.flush()
    act = Act(objection_act(objection), str(month), at)
    rulesets = {community.id: hash_on(session, community, claim.occurred_on)}
    household = session.get_one(Household, claim.household_id)
    year = claim.occurred_on.year
    changes = differences(session, community, [year], at, registered(), household, correcting=True)
    post(session, act, changes.entries, rulesets, changes.effects)
    carry_correction(session, community, year, at, act.key)
    _correct_later(session, community, household, year, act)


def objection_act(objection: Objection) -> str:
    """The act that corrects what an upheld objection overturned; in a later year `ACT:YEAR`."""
    return f"objection:{objection.ref}:{objection.level}"


def _correct_later(
    session: Session, community: Community, household: Household, year: int, act: Act
) -> None:
    """What can be earned once only may be earned by a later year's claim now, or no more."""
    this_year = local_date(act.at).year
    for later in (each for each in open_years(session, community, this_year) if each > year):
        changes = differences(
            session, community, [later], act.at, registered(), household, correcting=True
        )
        # Base is for the opening of the books, and for those who join.
        entries = changes.entries.filter(pl.col("kind") != "base")
        if not (entries.is_empty() and changes.effects.is_empty()):
            rulesets = {community.id: hash_on(session, community, local_date(act.at))}
            post(
                session, replace(act, key=f"{act.key}:{later}"), entries, rulesets, changes.effects
            )
