"""`jifen explain`, `jifen standing`: why a claim earned what it did, and how a year stands."""

from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.common import (
    AsJson,
    CommunityCode,
    Year,
    latest_year_of,
    print_json,
    print_table,
    put,
    reading,
    the_community,
)
from console.wording import _, heads, listed, word, yes
from domain.kernel.documents import ABSENT, document, documents
from domain.kernel.errors import Refused
from domain.kernel.local_time import local_iso
from domain.kernel.points import format_points
from domain.kernel.reasons import reason
from domain.store.tables.claims import Claim, ClaimStatus
from domain.store.tables.people import Community

if TYPE_CHECKING:
    from domain.audit.causes import ShownEffect
    from domain.audit.explanation import Explanation
    from domain.standing.table import InternalStanding


def register(parent: typer.Typer) -> None:
    parent.command("explain")(explain)
    parent.command("standing")(standing)


def explain(
    ref: Annotated[str, typer.Argument(help="The claim's number.")],
    community: CommunityCode = None,
    as_json: AsJson = False,
) -> None:
    """Why a claim earned what it did: rule and clause, caps, who decided, when, which journal.

    Example: jifen explain C0042 --community ma
    """
    from domain.audit.explanation import explain as explain_claim  # lazy: start

    with reading() as session:
        shown = explain_claim(session, _community_of(session, ref, community), ref)
    if as_json:
        print_json(document(shown))
    else:
        _print_explanation(shown)


def _print_explanation(shown: "Explanation") -> None:
    put(
        f"{shown.ref}: {shown.household} · {shown.item} {shown.name}"
        f" · {shown.occurred_on} · {word('statuses', shown.status)}"
    )
    put(
        _("rule: {clause} [{source}] ({ruleset})").format(
            clause=shown.clause, source=_source(shown), ruleset=shown.ruleset
        )
    )
    if shown.raw is not None:
        put(_("gives {points}").format(points=format_points(shown.raw)))
    for effect in shown.effects:
        refs = listed(
            " ".join(filter(None, (cause.ref, cause.name))) for cause in effect.by if cause.ref
        )
        rule = word("rules", effect.rule)
        if refs:
            rule = _("{rule} by {claims}").format(rule=rule, claims=refs)
        taken = format_points(effect.points)
        put(f"  {rule}: {taken} [{_source(effect)}] {_why(effect)}")
    put(_("earned {points}").format(points=format_points(shown.points)))
    zeroing = shown.taken_back_by
    if zeroing is not None:
        put(
            _("taken back by {claim} [{source}] {text}").format(
                claim=zeroing.ref, source=zeroing.source, text=zeroing.text
            )
        )
    if shown.status == ClaimStatus.APPROVED and shown.registered is None:
        put(_("the audit of {period} registers it").format(period=shown.audit))
    if shown.left_on is not None and shown.occurred_on > shown.left_on:
        told = _("the household took part until {day}: it earns nothing after that day")
        put(told.format(day=shown.left_on))
    for decision in shown.decisions:
        verdict = word("verdicts", decision.verdict)
        told = _("{moment} {stage}: {verdict} by {person}").format(
            moment=local_iso(decision.decided_at),
            stage=decision.stage,
            verdict=verdict,
            person=decision.name,
        )
        put(_noted(told, decision.note))
    for objection in shown.objections:
        put(
            _("objection {ref} filed {moment}: {status}").format(
                ref=objection.ref,
                moment=local_iso(objection.filed_at),
                status=word("objections", objection.status),
            )
        )
        for end in objection.outcomes:
            outcome = word("outcomes", end.outcome)
            told = _("{moment} {outcome} by {person}").format(
                moment=local_iso(end.at), outcome=outcome, person=end.name
            )
            put("  " + _noted(told, end.note))
    for entry in shown.entries:
        put(
            _("entry {seq} {period} {kind} {points}").format(
                seq=entry.seq,
                period=entry.period,
                kind=word("kinds", entry.kind),
                points=format_points(entry.points),
            )
        )
    for journal in shown.journals:
        put(
            _("journal {act} {moment} seal {seal}").format(
                act=journal.act, moment=local_iso(journal.posted_at), seal=journal.seal
            )
        )


def _source(sourced: "Explanation | ShownEffect") -> str:
    """The clause; what a community decided itself has none."""
    return str(sourced.source or _("adopted"))


def _why(effect: "ShownEffect") -> str:
    """The clause in the source's words; of what was not recorded, just that."""
    if effect.rule == "unrecorded":
        return _("not recorded: posted by a version of this program that did not record it yet")
    return str(effect.text)


def _noted(told: str, note: str) -> str:
    return _("{told} ({note})").format(told=told, note=note) if note else told


def _community_of(session: Session, ref: str, code: str | None) -> Community:
    """The community that has the claim; named only where several have one of that number."""
    if code:
        return the_community(session, code)
    found = session.scalars(
        select(Community).join(Claim, Claim.community_id == Community.id).where(Claim.ref == ref)
    ).all()
    if len(found) > 1:
        raise Refused(reason("claim_ambiguous", ref=ref))
    if not found:
        raise Refused(reason("claim_unknown", value=ref))
    return found[0]


def standing(
    community: CommunityCode = None,
    year: Year = None,
    as_json: AsJson = False,
) -> None:
    """Ranks, honours, whom to help, red and black list: for the clerk, never for the board.

    Example: jifen standing --community ma --year 2026
    """
    from domain.standing.table import internal_standing  # lazy: start

    with reading() as session:
        chosen = the_community(session, community)
        rows = internal_standing(session, chosen, year or latest_year_of(session, chosen))
    if as_json:
        print_json(documents(rows))
        return
    further = {"lifetime": _("lifetime"), "average": _("average")}
    shown = [name for name in further if any(getattr(row, name) is not ABSENT for row in rows)]
    row_heads = (
        *heads("rank", "household", "score"),
        *(further[name] for name in shown),
        *heads("can redeem", "honours", "to be helped", "lists"),
    )
    print_table(
        row_heads,
        (
            (
                row.rank,
                row.household,
                format_points(row.score),
                *(_points_of(row, name) for name in shown),
                format_points(row.available),
                "、".join(row.honours),
                yes(row.support),
                listed(word("lists", each) for each in row.lists),
            )
            for row in rows
        ),
    )


def _points_of(row: "InternalStanding", name: str) -> str:
    points = getattr(row, name)
    return "" if points is ABSENT else format_points(points)
