"""A community's year in figures (年度概况), as `jifen rehearse --json` prints it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.clock import now
from domain.community import households_of
from domain.gate import members_unknown, year_ruleset
from domain.ledger.accounts import SCORE_KINDS, totals
from domain.ledger.verify import verify
from domain.notices import notices_of
from domain.points import json_points
from domain.rules.schema import Ruleset
from domain.scoring import awards, registered
from domain.standings import standing_now
from domain.store.tables import (
    Claim,
    Community,
    Entry,
    Household,
    Journal,
    LedgerHead,
    Message,
    RefusedRow,
    Standing,
)


def summary(session: Session, community: Community, year: int) -> dict[str, Any]:
    """What the year left: claims, journals, notices, households, seal (INTERFACE.md)."""
    ruleset = year_ruleset(session, community, year)
    head = session.get(LedgerHead, community.id)
    return {
        "community": community.code,
        "ruleset": ruleset.id,
        "year": year,
        "claims": claim_figures(session, community, year),
        "journals": _count(session, Journal, community),
        "notices": [
            {"kind": notice.kind, "period": notice.period, "key": notice.key,
             "digest": notice.digest}
            for notice in notices_of(session, community)
        ],
        "households": standings(session, community, year, ruleset),
        "reminders": _reminders(session, community),
        "seal": head.digest if head else "",
        "ledger_ok": not verify(session, community),
    }  # fmt: skip


def claim_figures(session: Session, community: Community, year: int) -> dict[str, int]:
    """Accepted and refused rows, and what became of the accepted ones."""
    in_year = (
        Claim.community_id == community.id,
        Claim.occurred_on >= date(year, 1, 1),
        Claim.occurred_on <= date(year, 12, 31),
    )
    counts = dict(
        session.execute(select(Claim.status, func.count()).where(*in_year).group_by(Claim.status))
        .tuples()
        .all()
    )
    refused = session.scalar(
        select(func.count()).where(
            RefusedRow.community_id == community.id,
            RefusedRow.kind == "claims",
            RefusedRow.corrected_at.is_(None),
        )
    )
    scored = awards(session, community, year, _last_moment(session, community), registered())
    return {
        "accepted": sum(counts.values()),
        "refused": refused or 0,
        "approved": counts.get("approved", 0),
        "rejected": counts.get("rejected", 0) + counts.get("annulled", 0),
        "undecided": counts.get("pending", 0),
        "awarded": int((scored["points"] > 0).sum()),
    }


def _last_moment(session: Session, community: Community) -> datetime:
    return (
        session.scalar(
            select(func.max(Journal.posted_at)).where(Journal.community_id == community.id)
        )
        or now()
    )


def standings(
    session: Session, community: Community, year: int, ruleset: Ruleset
) -> list[dict[str, Any]]:
    """Every household's score, balance, rank and honours: settled, or as things stand now."""
    places = _settled(session, community, year) or _current(session, community, year, ruleset)
    balances = {
        household: (score, balance)
        for household, score, balance in totals(session, [community.id], upto_year=year)
        .group_by("household")
        .sum()
        .select("household", "score", "balance")
        .iter_rows()
    }
    scores = dict(
        totals(session, [community.id], year=year).select("household", "score").iter_rows()
    )
    names = {honour.id: honour.name for honour in ruleset.standing.honours}
    rows = []
    for household in households_of(session, community):
        rank, honours, ranked_by = places.get(household.id, (None, "", None))
        row = {
            "household": household.code,
            "score": json_points(scores.get(household.id, 0)),
            "balance": json_points(balances.get(household.id, (0, 0))[1]),
            "rank": rank,
            "honours": [names[honour] for honour in honours.split(",") if honour],
        }
        if ruleset.standing.by == "average" and ranked_by is not None:
            row["average"] = json_points(ranked_by)
        rows.append(row)
    return rows


def internal_standing(session: Session, community: Community, year: int) -> list[dict[str, Any]]:
    """The standing with the households to be helped (重点帮教): not for publication."""
    ruleset = year_ruleset(session, community, year)
    supported = set(
        session.scalars(
            select(Household.code)
            .join(Standing, Standing.household_id == Household.id)
            .where(Standing.community_id == community.id, Standing.year == year, Standing.support)
        )
    )
    rows = [
        {**row, "support": row["household"] in supported}
        for row in standings(session, community, year, ruleset)
    ]
    return sorted(rows, key=lambda row: (row["rank"] or len(rows) + 1, row["household"]))


def _settled(session: Session, community: Community, year: int) -> dict[int, tuple[int, str, int]]:
    rows = session.scalars(
        select(Standing).where(Standing.community_id == community.id, Standing.year == year)
    )
    return {row.household_id: (row.rank, row.honours, row.ranked_by) for row in rows}


def _current(
    session: Session, community: Community, year: int, ruleset: Ruleset
) -> dict[int, tuple[int, str, int]]:
    if members_unknown(session, community, year, ruleset):
        return {}
    rows = standing_now(session, [community], year, ruleset)
    return {
        household: (rank, honours or "", ranked_by)
        for household, rank, honours, ranked_by in rows.select(
            "household", "rank", "honours", "ranked_by"
        ).iter_rows()
    }


def _count(session: Session, model: type[Journal], community: Community) -> int:
    query = select(func.count()).where(model.community_id == community.id)
    return session.scalar(query) or 0


def _reminders(session: Session, community: Community) -> int:
    query = select(func.count()).where(
        Message.community_id == community.id, Message.template == "reminder"
    )
    return session.scalar(query) or 0


def score_by_month(session: Session, community: Community, year: int) -> list[tuple[str, int]]:
    """Points that the score gained, by the period of the journals: for the summary's chart."""
    query = (
        select(Journal.period, func.sum(Entry.points))
        .join(Entry, Entry.journal_id == Journal.id)
        .where(
            Journal.community_id == community.id,
            Entry.year == year,
            Entry.kind.in_(SCORE_KINDS),
        )
        .group_by(Journal.period)
        .order_by(Journal.period)
    )
    return [(period, int(points)) for period, points in session.execute(query).tuples()]
