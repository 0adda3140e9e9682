"""The yearly settlement (一年一核算): gate, standing, bonus, then clearing or carrying over.

Set-based throughout: one community or all of a county in one call. A year's points are an
account of their own (ruling 15); nothing is deleted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
from sqlalchemy import Table, func, select, update
from sqlalchemy.orm import Session

from domain.calendar import clearing_moment
from domain.clock import local_date, local_text
from domain.community import hash_on, member_counts
from domain.errors import Refused
from domain.gate import Blocker, blockers, settlement_of, year_ruleset
from domain.ledger.accounts import totals
from domain.ledger.post import ENTRY_COLUMNS, Act, lock_heads, no_entries, post
from domain.period import Period
from domain.rules.schema import Ruleset
from domain.rules.standing import SCORES, rank
from domain.scoring import differences, registrable
from domain.store.frames import read_frame, write_frame
from domain.store.tables import (
    Claim,
    Community,
    Entry,
    Household,
    Journal,
    Settlement,
    Standing,
)


@dataclass(frozen=True)
class Force:
    """Who settles in spite of blockers, and why; both are kept."""

    by: str
    why: str


@dataclass(frozen=True)
class Preview:
    """What a settlement would do now: nothing is written."""

    blockers: list[Blocker]
    standing: pl.DataFrame
    bonus: int
    cleared: int


def standing_now(
    session: Session, communities: Sequence[Community], year: int, ruleset: Ruleset
) -> pl.DataFrame:
    """The year's standing as the ledger has it now, with each household's `balance`."""
    ids = [community.id for community in communities]
    lifetime = ruleset.standing.span == "lifetime"
    sums = (
        (totals(session, ids, upto_year=year) if lifetime else totals(session, ids, year=year))
        .group_by("community", "household")
        .agg(pl.col("score", "balance").sum())
    )
    households = _enrolled(session, ids, year)
    members = pl.lit(1, pl.Int64)
    if ruleset.standing.by == "average":
        counts = [pair for each in communities for pair in member_counts(session, each).items()]
        known = pl.DataFrame(
            counts, schema={"household": pl.Int64, "counted": pl.Int64}, orient="row"
        )
        households = households.join(known, on="household", how="left")
        members = pl.col("counted").fill_null(0)
    rows = (
        households.join(sums, on=["community", "household"], how="left")
        .join(_bases(session, ids, year, ruleset), on="household", how="left")
        .with_columns(pl.col("score", "balance", "base").fill_null(0), members=members)
    )
    ranked = rank(rows.select(SCORES.keys()), ruleset.standing)
    return ranked.join(rows.select("household", "balance"), on="household", how="left")


def _enrolled(session: Session, communities: list[int], year: int) -> pl.DataFrame:
    """Households that take part at the year's end: those who left are not ranked."""
    last_day = date(year, 12, 31)
    query = select(Household.community_id, Household.id).where(
        Household.community_id.in_(communities),
        Household.enrolled_on <= last_day,
        (Household.left_on.is_(None)) | (Household.left_on >= last_day),
    )
    return read_frame(session, query, {"community": pl.Int64, "household": pl.Int64})


def _bases(session: Session, communities: list[int], year: int, ruleset: Ruleset) -> pl.DataFrame:
    """The base points of the year, which an honour may ask a score to reach."""
    schema = {"household": pl.Int64, "base": pl.Int64}
    if not any(honour.at_least_base for honour in ruleset.standing.honours):
        return pl.DataFrame(schema=schema)
    query = (
        select(Entry.household_id, func.sum(Entry.points))
        .join(Journal, Journal.id == Entry.journal_id)
        .where(Journal.community_id.in_(communities), Entry.year == year, Entry.kind == "base")
        .group_by(Entry.household_id)
    )
    return read_frame(session, query, schema)


def preview(session: Session, community: Community, year: int, as_of: datetime) -> Preview:
    """What settling would do, and what stands in its way."""
    ruleset = year_ruleset(session, community, year)
    found = blockers(session, community, year, as_of)
    if any(blocker.what == "members_unknown" for blocker in found):
        return Preview(found, pl.DataFrame(), 0, 0)
    standing = standing_now(session, [community], year, ruleset)
    bonus = int(_bonus(standing, year, ruleset)["points"].sum())
    clears = ruleset.closing.kind == "clear"
    cleared = int(standing["balance"].sum()) + bonus if clears else 0
    return Preview(found, standing, bonus, cleared)


def settle(
    session: Session,
    communities: Sequence[Community],
    year: int,
    as_of: datetime,
    force: Force | None = None,
) -> list[Community]:
    """Settle the year of communities under one ruleset: those settled now come back.

    A community already settled is left alone. Refused where a blocker stands and no `force`
    says who and why.
    """
    lock_heads(session, [community.id for community in communities])
    todo = [each for each in communities if settlement_of(session, each, year) is None]
    for community in todo:
        found = blockers(session, community, year, as_of)
        if found and force is None:
            listed = "; ".join(f"{each.what} ({each.count}): {each.advice}" for each in found)
            raise Refused(f"{year} of {community.name} cannot be settled: {listed}")
    if not todo:
        return []
    return _settle(session, todo, year, as_of, force)


def _settle(
    session: Session,
    communities: list[Community],
    year: int,
    as_of: datetime,
    force: Force | None,
) -> list[Community]:
    ruleset = year_ruleset(session, communities[0], year)
    hashes = _hashes(session, communities, year)
    for each in communities:
        if _has_unregistered(session, each, year):
            _register_late(session, each, year, as_of)
    standing = standing_now(session, communities, year, ruleset)
    by = force.by if force else "jifen"
    act = Act(f"settlement:{year}", str(year), as_of, by)
    post(session, act, _bonus(standing, year, ruleset), hashes)
    write_frame(
        session,
        _table(Standing),
        standing.select(
            "score", "ranked_by", "rank", "honours", "support",
            community_id="community", year=pl.lit(year), household_id="household",
        ),
    )  # fmt: skip
    session.add_all(
        Settlement(
            community_id=each.id, year=year, settled_at=as_of,
            forced_by=force.by if force else None, forced_why=force.why if force else None,
        )
        for each in communities
    )  # fmt: skip
    session.flush()
    return communities


def _has_unregistered(session: Session, community: Community, year: int) -> bool:
    query = select(func.count()).where(
        Claim.community_id == community.id,
        Claim.status == "approved",
        Claim.registered.is_(None),
        Claim.occurred_on >= date(year, 1, 1),
        Claim.occurred_on <= date(year, 12, 31),
    )
    return bool(session.scalar(query))


def _register_late(session: Session, community: Community, year: int, as_of: datetime) -> None:
    """Claims that were approved after December's audit still count in their year."""
    # Whatever audit they wait for: a later month sorts after every month of this year.
    admit = registrable(str(Period(year + 1, "month", 12)), as_of)
    rows = differences(session, community, [year], as_of, admit)
    act = Act(f"late:{year}", str(year), as_of)
    post(session, act, rows, _hashes(session, [community], year))
    session.execute(
        update(Claim)
        .where(
            Claim.community_id == community.id,
            Claim.registered.is_(None),
            Claim.occurred_on >= date(year, 1, 1),
            Claim.occurred_on <= date(year, 12, 31),
            admit,
        )
        .values(registered=str(Period(year, "month", 12)))
    )


def _hashes(session: Session, communities: Sequence[Community], year: int) -> dict[int, str]:
    return {each.id: hash_on(session, each, date(year, 12, 31)) for each in communities}


def _table(model: type[Standing]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def _bonus(standing: pl.DataFrame, year: int, ruleset: Ruleset) -> pl.DataFrame:
    """Double redemption (双倍积分兑换): as much again as is left, if positive (ruling 14)."""
    doubled = [honour for honour in ruleset.standing.honours if honour.doubles]
    if not doubled or standing.is_empty():
        return no_entries()
    honour = doubled[0]
    return (
        standing.filter(
            pl.col("honours").str.split(",").list.contains(honour.id), pl.col("balance") > 0
        )
        .sort("community", "household")
        .select(
            "community",
            "household",
            pl.lit(None, pl.Int64).alias("member"),
            pl.lit(year, pl.Int64).alias("year"),
            pl.lit("bonus").alias("kind"),
            pl.lit(None, pl.String).alias("item"),
            pl.lit(None, pl.String).alias("ref"),
            pl.col("balance").alias("points"),
            pl.lit(honour.source or honour.reason).alias("reason"),
        )
        .cast(ENTRY_COLUMNS)  # type: ignore[arg-type]
    )


def clear(
    session: Session, communities: Sequence[Community], year: int, as_of: datetime
) -> list[Community]:
    """What is left of the year becomes 0 (年末核算清零), after the clearing date (ruling 15).

    Refused where the year is not settled, the date has not come, or an objection is open.
    Communities that were cleared before are left alone.
    """
    lock_heads(session, [community.id for community in communities])
    todo = []
    for community in communities:
        settled = settlement_of(session, community, year)
        if settled is None:
            raise Refused(f"{year} of {community.name} is not settled: nothing can be cleared")
        if settled.cleared_at is None:
            todo.append(community)
    if not todo:
        return []
    ruleset = year_ruleset(session, todo[0], year)
    moment = clearing_moment(ruleset, year)
    if moment is None:
        raise Refused(f"{ruleset.id} never clears: balances {_kept(ruleset)}")
    if as_of < moment:
        raise Refused(f"{year} is cleared at {local_text(moment)}: until then it can be redeemed")
    reason = ruleset.closing.source or ruleset.closing.reason or ""
    rows = _zero_balances(session, todo, year, "clearing", reason)
    act = Act(f"clearing:{year}", str(year), as_of)
    post(session, act, rows, _hashes(session, todo, year))
    session.execute(
        update(Settlement),
        [{"community_id": each.id, "year": year, "cleared_at": as_of} for each in todo],
    )
    return todo


def _kept(ruleset: Ruleset) -> str:
    return "carry over" if ruleset.closing.kind == "carry_over" else "are kept for life"


def _zero_balances(
    session: Session, communities: Sequence[Community], year: int, kind: str, reason: str
) -> pl.DataFrame:
    ids = [community.id for community in communities]
    return (
        totals(session, ids, year=year)
        .filter(pl.col("balance") != 0)
        .sort("community", "household")
        .select(
            "community",
            "household",
            pl.lit(None, pl.Int64).alias("member"),
            pl.lit(year, pl.Int64).alias("year"),
            pl.lit(kind).alias("kind"),
            pl.lit(None, pl.String).alias("item"),
            pl.lit(None, pl.String).alias("ref"),
            (-pl.col("balance")).alias("points"),
            pl.lit(reason).alias("reason"),
        )
        .cast(ENTRY_COLUMNS)  # type: ignore[arg-type]
    )


def carry_over(session: Session, community: Community, year: int, as_of: datetime) -> int:
    """Move what is left of a settled `year` into the next one's account (结转), once.

    For schemes that name no reset; posted when the next year's books are open, so that the new
    card starts with it. Returns how many households carry something over.
    """
    lock_heads(session, [community.id])
    ruleset = year_ruleset(session, community, year)
    if ruleset.closing.kind != "carry_over":
        return 0
    if settlement_of(session, community, year) is None:
        raise Refused(f"{year} of {community.name} is not settled: nothing is carried over")
    reason = ruleset.closing.source or ruleset.closing.reason or ""
    out = _zero_balances(session, [community], year, "carry_over", reason)
    into = out.with_columns(points=-pl.col("points"), year=pl.lit(year + 1, pl.Int64))
    act = Act(f"carry_over:{year}", str(year + 1), as_of)
    hashes: Mapping[int, str] = {community.id: hash_on(session, community, local_date(as_of))}
    posted = post(session, act, pl.concat([out, into]), hashes)
    return out.height if posted else 0
