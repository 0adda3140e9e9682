"""The points card (积分卡), and why a claim earned what it did (每分可查)."""

from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.clock import local_iso
from domain.community import find_household, ruleset_on
from domain.errors import Refused
from domain.gate import year_ruleset
from domain.ledger.accounts import SCORE_KINDS, Line, lines
from domain.points import json_points
from domain.review import find_claim
from domain.rules.layers import caps_on
from domain.rules.schema import Item, Ruleset
from domain.scoring import awards, registered
from domain.shop import redeemable
from domain.standings import standing_now
from domain.store.tables import (
    Claim,
    Community,
    Decision,
    Household,
    Journal,
    Objection,
    Person,
    Standing,
)


def card(session: Session, community: Community, household: str, year: int) -> dict[str, Any]:
    """A household's card of a year: score, balance, rank and every entry (INTERFACE.md)."""
    home = find_household(session, community, household)
    entries = lines(session, community.id, home, year)
    return {
        "household": home.code,
        "year": year,
        "score": json_points(sum(line.points for line in entries if line.kind in SCORE_KINDS)),
        "balance": json_points(sum(line.points for line in entries)),
        "rank": _rank(session, community, home, year),
        "available": json_points(sum(redeemable(session, community, home).values())),
        "entries": [_entry(line) for line in entries],
    }


def _entry(line: Line) -> dict[str, Any]:
    return {
        "seq": line.seq,
        "posted_at": local_iso(line.posted_at),
        "period": line.period,
        "kind": line.kind,
        "item": line.item,
        "ref": line.ref,
        "points": json_points(line.points),
        "reason": line.reason,
    }


def _rank(session: Session, community: Community, household: Household, year: int) -> int | None:
    """The settled rank, else the present one; None where the household is not ranked."""
    settled = session.get(Standing, (community.id, year, household.id))
    if settled is not None:
        return settled.rank
    try:
        ruleset = year_ruleset(session, community, year)
        rows = standing_now(session, [community], year, ruleset)
    except Refused:  # no ruleset in that year, or members that an average needs are unknown
        return None
    ranks = dict(rows.select("household", "rank").iter_rows())
    return ranks.get(household.id)


@dataclass(frozen=True)
class Effect:
    """What a rule took from a claim, and the clause that says so."""

    rule: str
    points: int
    source: str | None
    text: str


def explain(session: Session, community: Community, ref: str) -> dict[str, Any]:
    """Why a claim earned what it did: rule and clause, caps, deciders, journals."""
    claim = find_claim(session, community, ref)
    household = session.get_one(Household, claim.household_id)
    ruleset = ruleset_on(session, community, claim.occurred_on)
    item = ruleset.item(claim.item)
    if item is None:
        raise Refused(
            f"claim “{ref}”: {ruleset.id}, in force on {claim.occurred_on}, has no item"
            f" “{claim.item}”: reject the claim, or adopt a version that has it"
        )
    entries = _entries(session, community, claim, household)
    return {
        "ref": claim.ref,
        "community": community.code,
        "household": household.code,
        "item": item.code,
        "name": item.name,
        "category": item.category,
        "source": item.source,
        "clause": _clause(ruleset, item.source) or item.reason,
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
        **_scored(session, community, claim, household, ruleset, item),
        "decisions": _decisions(session, claim),
        "objections": _objections(session, claim),
        "entries": [_entry(line) for line in entries],
        "journals": _journals(session, community, {line.journal for line in entries}),
    }


def _clause(ruleset: Ruleset, source: str | None) -> str | None:
    return next((clause.text for clause in ruleset.clauses if clause.id == source), None)


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
    ruleset: Ruleset,
    item: Item,
) -> dict[str, Any]:
    """The evaluator's row for this claim, told as effects; nothing where it does not count."""
    counts = registered() if claim.registered else (Claim.status == "approved")
    at = claim.decided_at or claim.submitted_at
    rows = awards(session, community, claim.occurred_on.year, at, counts, household)
    row = next((row for row in rows.iter_rows(named=True) if row["ref"] == claim.ref), None)
    if row is None:
        return {"raw": None, "points": 0, "effects": []}
    effects = [
        {"rule": effect.rule, "points": json_points(-effect.points), "source": effect.source,
         "text": effect.text}
        for effect in _effects(row, rows, ruleset, item)
        if effect.points
    ]  # fmt: skip
    return {
        "raw": json_points(row["raw"]),
        "points": json_points(row["points"]),
        "effects": effects,
    }


def _effects(row: dict[str, Any], rows: pl.DataFrame, ruleset: Ruleset, item: Item) -> list[Effect]:
    """Each rule that took something, in the order in which the rules apply."""
    voiding = next((known for known in ruleset.items if item.code in known.voids), None)
    group = next((known for known in ruleset.groups if known.id == item.highest_of), None)
    named = {
        "void": voiding.source if voiding else None,
        "exclusion": _excluded_by(row, rows, ruleset),
        "frequency": item.source,
        "highest_of": group.source if group else None,
    }
    effects = [
        Effect(rule, row[rule], source, _clause(ruleset, source) or "")
        for rule, source in named.items()
    ]
    for number, cap in enumerate(caps_on(ruleset, item), start=1):
        text = _clause(ruleset, cap.source) or cap.reason or ""
        effects.append(Effect(cap.id, row.get(f"cap_{number}") or 0, cap.source, text))
    if item.kind == "zeroing":
        text = _clause(ruleset, item.source) or item.reason or ""
        effects.append(Effect("zeroing", -row["points"], item.source, text))
    return effects


def _excluded_by(row: dict[str, Any], rows: pl.DataFrame, ruleset: Ruleset) -> str | None:
    """The clause of the exclusion that hit: one whose cause the household has claimed."""
    for known in ruleset.exclusions:
        causes = rows.filter(pl.col("item").is_in(known.by))
        if known.within == "matter":
            causes = causes.filter(pl.col("matter").fill_null("") == (row["matter"] or ""))
        if row["item"] in known.items and not causes.is_empty():
            return known.source
    return None


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
