"""Why a claim earned what it did (每分可查): rule and clause, caps, deciders, journals."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.clock import local_iso
from domain.community import versions_of
from domain.errors import Refused
from domain.ledger.accounts import Line, lines
from domain.points import json_points
from domain.review import find_claim
from domain.rules.layers import caps_on
from domain.rules.schema import Item, Ruleset, Sourced
from domain.rules.versions import Version, version_on
from domain.store.tables.claims import Claim, Decision
from domain.store.tables.ledger import Journal
from domain.store.tables.objections import Objection
from domain.store.tables.people import Community, Household, Person

Row = dict[str, Any]


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
        **_scored(session, community, claim, household, versions, item, posted),
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
    community: Community,
    claim: Claim,
    household: Household,
    versions: Sequence[Version],
    item: Item,
    posted: int,
) -> dict[str, Any]:
    """The evaluator's row for this claim, told as effects; nothing where it does not count."""
    if claim.status != "approved":
        return {"raw": None, "points": 0, "effects": []}
    if claim.registered and posted and posted == _given(claim, item):
        # Rules only take: where all that the item gives was posted, none of them did.
        return {"raw": json_points(posted), "points": json_points(posted), "effects": []}
    from domain.scoring import awards, registered  # noqa: PLC0415 - brings Polars along

    counts = registered() if claim.registered else (Claim.status == "approved")
    at = claim.decided_at or claim.submitted_at
    rows = awards(session, community, claim.occurred_on.year, at, counts, household)
    household_rows = list(rows.iter_rows(named=True))
    row = next((row for row in household_rows if row["ref"] == claim.ref), None)
    if row is None:
        return {"raw": None, "points": 0, "effects": []}
    ruleset = version_on(versions, claim.occurred_on).ruleset
    in_force = [
        (other, version_on(versions, other["occurred_on"]).ruleset) for other in household_rows
    ]
    effects = [effect.told() for effect in _effects(row, in_force, ruleset, item) if effect.points]
    return {
        "raw": json_points(row["raw"]),
        "points": json_points(row["points"]),
        "effects": effects,
    }


def _given(claim: Claim, item: Item) -> int:
    """What the item gives for the claim before any rule takes: the evaluator's `raw`."""
    if item.kind == "graded":
        return claim.score or 0
    return (item.points or 0) * claim.quantity


def _effects(
    row: Row, household: Sequence[tuple[Row, Ruleset]], ruleset: Ruleset, item: Item
) -> list[Effect]:
    """Each rule that took something, in the order in which the rules apply.

    `household` are all claims of its year, each with the version in force on its day.
    """
    group = next((known for known in ruleset.groups if known.id == item.highest_of), None)
    named: dict[str, list[Cause]] = {
        "void": _voided_by(row, household),
        "exclusion": _excluded_by(row, household),
        "frequency": [_cause(item.code, None, item, ruleset)],
        "highest_of": [_cause(group.id, None, group, ruleset)] if group else [],
    }
    for number, cap in enumerate(caps_on(ruleset, item), start=1):
        named[cap.id] = [_cause(cap.id, None, cap, ruleset)]
        row = {**row, cap.id: row.get(f"cap_{number}") or 0}
    if item.kind == "zeroing":
        named["zeroing"] = [_cause(item.code, None, item, ruleset)]
        row = {**row, "zeroing": -row["points"]}
    return [Effect(rule, row[rule], tuple(causes)) for rule, causes in named.items()]


def _voided_by(row: Row, household: Sequence[tuple[Row, Ruleset]]) -> list[Cause]:
    """The events (事故) that void this claim's item, by the version of their own day."""
    events = ((other, ruleset, ruleset.item(other["item"])) for other, ruleset in household)
    return [
        _cause(item.code, other["ref"], item, ruleset)
        for other, ruleset, item in events
        if item is not None and item.kind == "voiding" and row["item"] in item.voids
    ]


def _excluded_by(row: Row, household: Sequence[tuple[Row, Ruleset]]) -> list[Cause]:
    """The claims that exclude this one, in the year or for its matter, each by its exclusion."""
    return [
        _cause(exclusion.id, other["ref"], exclusion, ruleset)
        for other, ruleset in household
        for exclusion in ruleset.exclusions
        if other["item"] in exclusion.by
        and row["item"] in exclusion.items
        and (exclusion.within == "year" or (other["matter"] or "") == (row["matter"] or ""))
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
