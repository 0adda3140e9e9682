"""Why a claim earned what it did (每分可查): rule and clause, caps, deciders, journals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.audit.causes import Cause, Counted, ShownEffect, effects, zeroed_by
from domain.community.registry import versions_of
from domain.kernel.documents import Hundredths, Moment
from domain.kernel.errors import Refused
from domain.kernel.reasons import reason
from domain.ledger.accounts import Line, ShownEntry, lines
from domain.review.claims import find_claim, of_year, registered, while_taking_part
from domain.rules.schema import Item, Ruleset
from domain.rules.versions import Version, version_on
from domain.store.tables.claims import Claim, Decision
from domain.store.tables.ledger import Effect, EntryKind, Journal
from domain.store.tables.objections import Objection, ObjectionEvent
from domain.store.tables.people import Community, Household, Person


@dataclass(frozen=True)
class Revalued:
    """Who decided on an item's value in the place of the town's (`instead_of`)."""

    instead_of: Hundredths | None
    source: str | None
    text: str


@dataclass(frozen=True)
class ShownDecision:
    """A verdict on a claim; an inspection sheet has no `reviewer`."""

    stage: str
    reviewer: str | None
    name: str
    verdict: str
    note: str
    decided_at: Moment


@dataclass(frozen=True)
class Ended:
    """How a level ended an objection."""

    level: int
    outcome: str
    by: str
    name: str
    note: str
    at: Moment


@dataclass(frozen=True)
class ShownObjection:
    """An objection to a claim, with who ended it, when and why, level by level."""

    ref: str
    status: str
    level: int
    filed_at: Moment
    outcomes: tuple[Ended, ...]


@dataclass(frozen=True)
class ShownJournal:
    """A journal that has entries of the claim."""

    act: str
    posted_at: Moment
    seal: str


@dataclass(frozen=True)
class Scored:
    """What an item gives (`raw`; None where the claim does not count yet), what each rule took of
    it, and what was posted."""

    raw: Hundredths | None = None
    points: Hundredths = 0
    effects: tuple[ShownEffect, ...] = ()
    taken_back_by: Cause | None = None


@dataclass(frozen=True)
class Explanation:
    """Why a claim earned what it did, field by field as INTERFACE.md has it."""

    ref: str
    community: str
    household: str
    item: str
    name: str
    category: str
    source: str | None
    clause: str
    note: str
    revalued: Revalued | None
    ruleset: str
    version: str
    occurred_on: date
    submitted_at: Moment
    channel: str
    place: str
    reason: str
    evidence: str
    status: str
    audit: str
    registered: str | None
    overdue: bool
    left_on: date | None
    raw: Hundredths | None
    points: Hundredths
    effects: tuple[ShownEffect, ...]
    taken_back_by: Cause | None
    decisions: tuple[ShownDecision, ...]
    objections: tuple[ShownObjection, ...]
    entries: tuple[ShownEntry, ...]
    journals: tuple[ShownJournal, ...]


def explain(session: Session, community: Community, ref: str) -> Explanation:
    """Why a claim earned what it did: rule and clause, caps, deciders, journals."""
    claim = find_claim(session, community, ref)
    household = session.get_one(Household, claim.household_id)
    versions = versions_of(session, community)
    ruleset = version_on(versions, claim.occurred_on).ruleset
    item = ruleset.item(claim.item)
    if item is None:
        raise Refused(
            reason(
                "claim_item_gone",
                ref=ref,
                ruleset=ruleset.id,
                day=claim.occurred_on,
                item=claim.item,
            )
        )
    entries = _entries(session, community, claim, household)
    posted = sum(line.points for line in entries)
    scored = _scored(session, claim, household, versions, posted)
    return Explanation(
        ref=claim.ref,
        community=community.code,
        household=household.code,
        item=item.code,
        name=item.name,
        category=item.category,
        source=item.source,
        clause=ruleset.words_of(item),
        note=item.note,
        revalued=_revalued(ruleset, item),
        ruleset=ruleset.id,
        version=ruleset.version,
        occurred_on=claim.occurred_on,
        submitted_at=claim.submitted_at,
        channel=claim.channel,
        place=claim.place,
        reason=claim.reason,
        evidence=claim.evidence,
        status=claim.status,
        audit=claim.audit,
        registered=claim.registered,
        overdue=claim.carried > 0,
        left_on=household.left_on,
        raw=scored.raw,
        points=scored.points,
        effects=scored.effects,
        taken_back_by=scored.taken_back_by,
        decisions=_decisions(session, claim),
        objections=_objections(session, claim),
        entries=tuple(line.shown() for line in entries),
        journals=_journals(session, community, {line.journal for line in entries}),
    )


def _revalued(ruleset: Ruleset, item: Item) -> Revalued | None:
    """Who decided on the item's value in the place of the town's, where a community did."""
    new = item.revalued
    if new is None:
        return None
    return Revalued(new.points, new.source, ruleset.words_of(new))


def _entries(
    session: Session, community: Community, claim: Claim, household: Household
) -> list[Line]:
    """A claim's entries; a redemption may have the same number, and base points have others."""
    found = lines(session, community.id, household, ref=claim.ref)
    return [line for line in found if line.item == claim.item and line.kind != EntryKind.BASE]


def _scored(
    session: Session,
    claim: Claim,
    household: Household,
    versions: Sequence[Version],
    posted: int,
) -> Scored:
    """What the item gives, what each rule took of it, and what was posted; nothing where the
    claim does not count (yet)."""
    year = _counting(session, household, claim.occurred_on.year, versions)
    one = next((each for each in year if each.claim is claim), None)
    if one is None:
        return Scored()
    zeroed = zeroed_by(one, year) if posted > 0 else None
    shown = tuple(effect.shown() for effect in effects(one, posted, year) if effect.points)
    return Scored(one.given, posted, shown, zeroed)


def _counting(
    session: Session, household: Household, year: int, versions: Sequence[Version]
) -> list[Counted]:
    """The household's claims that count in a year, in the canonical order (ruling 1)."""
    query = (
        select(Claim)
        .join(Household, Household.id == Claim.household_id)
        .where(Claim.household_id == household.id, of_year(year), while_taking_part(), registered())
        .order_by(Claim.occurred_on, Claim.submitted_at, Claim.ref)
    )
    claims = session.scalars(query).all()
    taken = _taken(session, [claim.id for claim in claims])
    found = []
    for claim in claims:
        ruleset = version_on(versions, claim.occurred_on).ruleset
        item = ruleset.item(claim.item)
        if item is not None:
            found.append(Counted(claim, ruleset, item, taken.get(claim.id, {})))
    return found


def _taken(session: Session, claims: Sequence[int]) -> dict[int, dict[str, int]]:
    """By claim and the evaluator's column, what a rule took, as it is recorded."""
    query = (
        select(Effect.claim_id, Effect.rule, func.sum(Effect.points))
        .where(Effect.claim_id.in_(claims))
        .group_by(Effect.claim_id, Effect.rule)
    )
    found: dict[int, dict[str, int]] = {}
    for claim, rule, points in session.execute(query).tuples():
        found.setdefault(claim, {})[rule] = int(points)
    return found


def _decisions(session: Session, claim: Claim) -> tuple[ShownDecision, ...]:
    rows = session.execute(
        select(Decision, Person)
        .outerjoin(Person, Person.id == Decision.person_id)
        .where(Decision.claim_id == claim.id)
        .order_by(Decision.decided_at, Decision.id)
    ).tuples()
    return tuple(
        ShownDecision(
            decision.stage,
            person.code if person is not None else None,
            person.name if person is not None else "评议小组检查表",
            decision.verdict,
            decision.note,
            decision.decided_at,
        )
        for decision, person in rows
    )


def _objections(session: Session, claim: Claim) -> tuple[ShownObjection, ...]:
    """The objections to the claim, each with who ended it, when and why, level by level."""
    rows = session.scalars(
        select(Objection).where(Objection.claim_id == claim.id).order_by(Objection.filed_at)
    )
    return tuple(
        ShownObjection(row.ref, row.status, row.level, row.filed_at, _outcomes(session, row))
        for row in rows
    )


def _outcomes(session: Session, objection: Objection) -> tuple[Ended, ...]:
    rows = session.execute(
        select(ObjectionEvent, Person)
        .join(Person, Person.id == ObjectionEvent.person_id)
        .where(ObjectionEvent.objection_id == objection.id)
        .order_by(ObjectionEvent.at, ObjectionEvent.id)
    ).tuples()
    return tuple(
        Ended(event.level, event.act, person.code, person.name, event.note, event.at)
        for event, person in rows
    )


def _journals(session: Session, community: Community, acts: set[str]) -> tuple[ShownJournal, ...]:
    rows = session.scalars(
        select(Journal)
        .where(Journal.community_id == community.id, Journal.act.in_(acts))
        .order_by(Journal.seq)
    )
    return tuple(ShownJournal(row.act, row.posted_at, row.digest) for row in rows)
