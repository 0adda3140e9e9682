"""Why a claim earned what it did (每分可查): rule and clause, caps, deciders, journals."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.claims import find_claim, of_year, registered, while_taking_part
from domain.clock import local_iso
from domain.community import versions_of
from domain.errors import Refused
from domain.ledger.accounts import Line, lines
from domain.points import json_points
from domain.rules.layers import caps_on
from domain.rules.schema import Item, Ruleset, Sourced
from domain.rules.versions import Version, version_on
from domain.store.tables.claims import Claim, Decision
from domain.store.tables.ledger import Effect as Taken
from domain.store.tables.ledger import Journal
from domain.store.tables.objections import Objection
from domain.store.tables.people import Community, Household, Person


@dataclass(frozen=True)
class Cause:
    """A rule that applied, with its clause, and the claim that set it off where there is one."""

    rule: str
    ref: str | None
    source: str | None
    text: str


@dataclass(frozen=True)
class Effect:
    """What a rule took from a claim, in hundredths, and all that made it apply."""

    rule: str
    points: int
    causes: tuple[Cause, ...]

    def told(self) -> dict[str, Any]:
        """As JSON: the clauses in one, and each cause by itself."""
        sources = dict.fromkeys(cause.source for cause in self.causes if cause.source)
        texts = dict.fromkeys(cause.text for cause in self.causes if cause.text)
        return {
            "rule": self.rule,
            "points": json_points(-self.points),
            "source": "、".join(sources) or None,
            "text": "；".join(texts),
            "by": [asdict(cause) for cause in self.causes],
        }


def explain(session: Session, community: Community, ref: str) -> dict[str, Any]:
    """Why a claim earned what it did: rule and clause, caps, deciders, journals."""
    claim = find_claim(session, community, ref)
    household = session.get_one(Household, claim.household_id)
    versions = versions_of(session, community)
    ruleset = version_on(versions, claim.occurred_on).ruleset
    item = ruleset.item(claim.item)
    if item is None:
        raise Refused(
            f"claim “{ref}”: {ruleset.id}, in force on {claim.occurred_on}, has no item"
            f" “{claim.item}”: reject the claim, or adopt a version that has it"
        )
    entries = _entries(session, community, claim, household)
    posted = sum(line.points for line in entries)
    return {
        "ref": claim.ref,
        "community": community.code,
        "household": household.code,
        "item": item.code,
        "name": item.name,
        "category": item.category,
        "source": item.source,
        "clause": ruleset.words_of(item),
        "revalued": _revalued(ruleset, item),
        "ruleset": ruleset.id,
        "version": ruleset.version,
        "occurred_on": claim.occurred_on.isoformat(),
        "submitted_at": local_iso(claim.submitted_at),
        "channel": claim.channel,
        "place": claim.place,
        "reason": claim.reason,
        "evidence": claim.evidence,
        "status": claim.status,
        "audit": claim.audit,
        "registered": claim.registered,
        "overdue": claim.carried > 0,
        **_scored(session, claim, household, versions, item, posted),
        "decisions": _decisions(session, claim),
        "objections": _objections(session, claim),
        "entries": [line.told() for line in entries],
        "journals": _journals(session, community, {line.journal for line in entries}),
    }


def _revalued(ruleset: Ruleset, item: Item) -> dict[str, Any] | None:
    """Who decided on the item's value in the place of the town's, where a community did."""
    new = item.revalued
    if new is None:
        return None
    return {
        "instead_of": None if new.points is None else json_points(new.points),
        "source": new.source,
        "text": ruleset.words_of(new),
    }


def _entries(
    session: Session, community: Community, claim: Claim, household: Household
) -> list[Line]:
    """A claim's entries; a redemption may have the same number, and base points have others."""
    found = lines(session, community.id, household, ref=claim.ref)
    return [line for line in found if line.item == claim.item and line.kind != "base"]


def _scored(
    session: Session,
    claim: Claim,
    household: Household,
    versions: Sequence[Version],
    item: Item,
    posted: int,
) -> dict[str, Any]:
    """What the item gives, what each rule took of it, and what was posted; nothing where the
    claim does not count (yet)."""
    counting = _counting(session, household, claim.occurred_on.year)
    if claim not in counting:
        return {"raw": None, "points": 0, "effects": []}
    in_force = [(other, version_on(versions, other.occurred_on).ruleset) for other in counting]
    ruleset = version_on(versions, claim.occurred_on).ruleset
    effects = _effects(claim, _taken(session, claim, posted, item), in_force, ruleset, item)
    return {
        "raw": json_points(_given(claim, item)),
        "points": json_points(posted),
        "effects": [effect.told() for effect in effects],
    }


def _counting(session: Session, household: Household, year: int) -> Sequence[Claim]:
    """The household's claims that count in a year, in the canonical order (ruling 1)."""
    query = (
        select(Claim)
        .join(Household, Household.id == Claim.household_id)
        .where(Claim.household_id == household.id, of_year(year), while_taking_part(), registered())
        .order_by(Claim.occurred_on, Claim.submitted_at, Claim.ref)
    )
    return session.scalars(query).all()


def _given(claim: Claim, item: Item) -> int:
    """What the item gives for the claim before any rule takes: the evaluator's `raw`."""
    if item.kind == "graded":
        return claim.score or 0
    return (item.points or 0) * claim.quantity


def _taken(session: Session, claim: Claim, posted: int, item: Item) -> dict[str, int]:
    """By the evaluator's column, what a rule took from the claim, as it is recorded.

    What a zeroing takes back is its own entry: no other rule takes from it.
    """
    if item.kind == "zeroing":
        return {"zeroing": -posted}
    query = (
        select(Taken.rule, func.sum(Taken.points))
        .where(Taken.claim_id == claim.id)
        .group_by(Taken.rule)
    )
    return {rule: int(points) for rule, points in session.execute(query).tuples()}


def _effects(
    claim: Claim,
    taken: Mapping[str, int],
    household: Sequence[tuple[Claim, Ruleset]],
    ruleset: Ruleset,
    item: Item,
) -> list[Effect]:
    """Each rule that took something, in the order in which the rules apply.

    `household` are all claims of its year, each with the version in force on its day.
    """
    group = next((known for known in ruleset.groups if known.id == item.highest_of), None)
    caps = {f"cap_{number}": cap for number, cap in enumerate(caps_on(ruleset, item), start=1)}
    causes: dict[str, list[Cause]] = {
        "void": _voided_by(claim, household),
        "exclusion": _excluded_by(claim, household),
        "frequency": [_cause(item.code, None, item, ruleset)],
        "highest_of": [_cause(group.id, None, group, ruleset)] if group else [],
        **{rule: [_cause(cap.id, None, cap, ruleset)] for rule, cap in caps.items()},
        "zeroing": [_cause(item.code, None, item, ruleset)],
    }
    return [
        Effect(caps[rule].id if rule in caps else rule, taken[rule], tuple(named))
        for rule, named in causes.items()
        if taken.get(rule)
    ]


def _voided_by(claim: Claim, household: Sequence[tuple[Claim, Ruleset]]) -> list[Cause]:
    """The events (事故) that void this claim's item, by the version of their own day."""
    events = ((other, ruleset, ruleset.item(other.item)) for other, ruleset in household)
    return [
        _cause(item.code, other.ref, item, ruleset)
        for other, ruleset, item in events
        if item is not None and item.kind == "voiding" and claim.item in item.voids
    ]


def _excluded_by(claim: Claim, household: Sequence[tuple[Claim, Ruleset]]) -> list[Cause]:
    """The claims that exclude this one, in the year or for its matter, each by its exclusion."""
    return [
        _cause(exclusion.id, other.ref, exclusion, ruleset)
        for other, ruleset in household
        for exclusion in ruleset.exclusions
        if other.item in exclusion.by
        and claim.item in exclusion.items
        and (exclusion.within == "year" or other.matter == claim.matter)
    ]


def _cause(rule: str, ref: str | None, part: Sourced, ruleset: Ruleset) -> Cause:
    return Cause(rule, ref, part.source, ruleset.words_of(part))


def _decisions(session: Session, claim: Claim) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Decision, Person)
        .outerjoin(Person, Person.id == Decision.person_id)
        .where(Decision.claim_id == claim.id)
        .order_by(Decision.decided_at, Decision.id)
    ).tuples()
    return [
        {
            "stage": decision.stage,
            "reviewer": person.code if person is not None else None,
            "name": person.name if person is not None else "评议小组检查表",
            "verdict": decision.verdict,
            "note": decision.note,
            "decided_at": local_iso(decision.decided_at),
        }
        for decision, person in rows
    ]


def _objections(session: Session, claim: Claim) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(Objection).where(Objection.claim_id == claim.id).order_by(Objection.filed_at)
    )
    return [
        {"ref": row.ref, "status": row.status, "filed_at": local_iso(row.filed_at)} for row in rows
    ]


def _journals(session: Session, community: Community, acts: set[str]) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(Journal)
        .where(Journal.community_id == community.id, Journal.act.in_(acts))
        .order_by(Journal.seq)
    )
    return [
        {"act": row.act, "posted_at": local_iso(row.posted_at), "seal": row.digest} for row in rows
    ]
