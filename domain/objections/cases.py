"""Objections (异议): filed by a household, investigated by others than those who decided.

What follows where one is upheld is `domain.objections.overturning`'s (ruling 19).
"""

import hashlib
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.community.activity import acted
from domain.community.numbers import next_number
from domain.community.registry import find_household, find_person
from domain.kernel.errors import Refused
from domain.kernel.names import require_short
from domain.kernel.reasons import reason
from domain.ledger.post import lock_heads
from domain.objections.overturning import overturn, refuse_cleared
from domain.objections.subject import Subject, find_subject, refuse_filing, rules_for, subject_of
from domain.review.reviewers import Reviewers
from domain.rules.schema import Ruleset
from domain.store.tables.claims import Decision
from domain.store.tables.objections import (
    Objection,
    ObjectionAct,
    ObjectionEvent,
    ObjectionStatus,
    Resolution,
)
from domain.store.tables.people import Community, Household, Person
from domain.store.tables.settlement import Settlement
from domain.store.tables.shop import Redemption

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
        raise Refused(reason("objection_unknown", community=community.name, ref=ref))
    return objection


def file_objection(
    session: Session,
    community: Community,
    ref: str | None,
    household: str,
    about: str,
    text: str,
    at: datetime,
) -> Objection:
    """A household objects to what `about` names (see `find_subject`); the same objection again is
    the same one.

    Without a `ref` it has the next number of the day.

    Refused: it names nothing that there is, the claim is undecided, the year is settled, or
    another objection against the same is open.
    """
    lock_heads(session, [community.id])
    ref = next_number(session, community, Objection, at) if ref is None else ref
    require_short("number_of_objection", ref)
    digest = hashlib.sha256("\x1f".join((household, about, text)).encode()).hexdigest()
    known = session.scalar(
        select(Objection).where(Objection.community_id == community.id, Objection.ref == ref)
    )
    if known is not None:
        if known.digest == digest:
            return known
        raise Refused(reason("other_content", ref=ref))
    home = find_household(session, community, household)
    if not text.strip():
        raise Refused(reason("objection_text"))
    subject = find_subject(session, community, about, at)
    refuse_filing(session, community, subject, at)
    days = rules_for(session, community, subject, at).objections.days
    objection = Objection(
        community_id=community.id,
        ref=ref,
        household_id=home.id,
        claim_id=subject.claim.id if subject.claim else None,
        text=text[:TEXT_MAX],
        filed_at=at,
        due_at=at + timedelta(days=days),
        digest=digest,
        about=subject.about,
        year=subject.year,
        journal_id=subject.entry.journal_id if subject.entry else None,
        line=subject.entry.line if subject.entry else None,
        notice_id=subject.notice.id if subject.notice else None,
    )
    session.add(objection)
    session.flush()
    session.add(
        ObjectionEvent(
            objection_id=objection.id, level=1, act=ObjectionAct.FILED, person_id=None, at=at
        )
    )
    session.flush()
    return objection


def resolve(
    session: Session,
    community: Community,
    ref: str,
    outcome: Resolution,
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
    person, ended = find_person(session, community, by), ObjectionStatus(outcome)
    if objection.status != ObjectionStatus.OPEN:
        if objection.status == ended:
            return objection
        raise Refused(reason("objection_ended", ref=ref, status=reason(objection.status)))
    subject = subject_of(session, objection)
    ruleset = rules_for(session, community, subject, objection.filed_at)
    _refuse_investigator(session, community, ruleset, subject, objection, person)
    if at < objection.filed_at:
        raise Refused(reason("resolved_early", ref=ref))
    if outcome == Resolution.UPHELD:
        refuse_cleared(session, community, subject)
        overturn(session, community, objection, subject, at)
    objection.status = ended
    session.add(
        ObjectionEvent(
            objection_id=objection.id,
            level=objection.level,
            act=ObjectionAct(outcome),
            person_id=person.id,
            at=at,
            note=note[:TEXT_MAX],
        )
    )
    acted(session, community)
    session.flush()
    return objection


def _refuse_investigator(
    session: Session,
    community: Community,
    ruleset: Ruleset,
    subject: Subject,
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
    judged = session.scalar(
        select(func.count())
        .select_from(ObjectionEvent)
        .join(Objection, Objection.id == ObjectionEvent.objection_id)
        .where(
            Objection.community_id == community.id,
            Objection.about == objection.about,
            (Objection.id == objection.id) | (subject.kind != "unentered"),
            ObjectionEvent.person_id == person.id,
        )
    )
    if judged or _has_decided(session, subject, person):
        raise Refused(
            reason("judged_before", person=person.name, claim=subject.about, ref=objection.ref)
        )
    for key in {subject.household_id, objection.household_id} - {None}:
        reviewers.require_unbarred(ruleset, person, session.get_one(Household, key))


def _has_decided(session: Session, subject: Subject, person: Person) -> bool:
    """Whether a person decided on the claim, or handed out what the entry is of."""
    if subject.claim is not None:
        query = select(func.count()).where(
            Decision.claim_id == subject.claim.id, Decision.person_id == person.id
        )
        return bool(session.scalar(query))
    if subject.entry is None:
        return False
    handed_out = select(Redemption.handed_out_by).where(
        Redemption.journal_id == subject.entry.journal_id
    )
    return session.scalar(handed_out) == person.code


def free_investigators(
    session: Session, community: Community, objection: Objection
) -> list[Person]:
    """Those who may still investigate an objection: not barred, and did not decide before."""
    subject = subject_of(session, objection)
    ruleset = rules_for(session, community, subject, objection.filed_at)
    free = []
    for person in investigators(Reviewers(session, community), ruleset, objection):
        with suppress(Refused):
            _refuse_investigator(session, community, ruleset, subject, objection, person)
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
    subject = subject_of(session, objection)
    ruleset = rules_for(session, community, subject, objection.filed_at)
    if ruleset.objections.second_level is None:
        raise Refused(reason("no_second_level", ruleset=ruleset.id, ref=ref))
    if objection.level > 1:
        raise Refused(reason("at_second_level", ref=ref))
    if objection.status != ObjectionStatus.DISMISSED:
        raise Refused(reason("only_dismissed_goes_on", ref=ref, status=reason(objection.status)))
    if session.get(Settlement, (community.id, subject.year)) is not None:
        raise Refused(reason("appeal_settled", year=subject.year, ref=ref))
    objection.level, objection.status = 2, ObjectionStatus.OPEN
    objection.due_at = at + timedelta(days=ruleset.objections.days)
    session.add(
        ObjectionEvent(
            objection_id=objection.id,
            level=2,
            act=ObjectionAct.APPEALED,
            person_id=None,
            at=at,
            note=text[:TEXT_MAX],
        )
    )
    session.flush()
    return objection
