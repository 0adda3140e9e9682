"""What becomes of balances after the year: cleared (清零) or carried over (结转); ruling 15."""

from collections.abc import Sequence
from datetime import date, datetime

import polars as pl
from sqlalchemy import update
from sqlalchemy.orm import Session

from domain.community.registry import hash_on, hashes_on
from domain.community.years import by_ruleset, settlement_of, settlements, year_ruleset
from domain.cycle.calendar import clearing_moment
from domain.kernel.errors import Refused
from domain.kernel.local_time import local_date, local_text
from domain.kernel.reasons import reason
from domain.ledger.accounts import totals
from domain.ledger.acts import carry_over_act, clearing_act, has_act
from domain.ledger.post import ENTRY_COLUMNS, Act, lock_heads, post
from domain.rules.schema import Ruleset
from domain.settlement.gate import open_objections
from domain.store.tables.ledger import EntryKind
from domain.store.tables.people import Community
from domain.store.tables.settlement import Settlement


def clear(
    session: Session, communities: Sequence[Community], year: int, as_of: datetime
) -> list[Community]:
    """What is left of the year becomes 0 (年末核算清零), after the clearing date (ruling 15).

    Refused where the year is not settled, the date has not come, or an objection is open.
    Communities that were cleared before are left alone.
    """
    lock_heads(session, [community.id for community in communities])
    settled = settlements(session, communities, year)
    for community in communities:
        if community.id not in settled:
            raise Refused(reason("year_not_cleared", year=year, community=community.name))
    todo = [each for each in communities if settled[each.id].cleared_at is None]
    parts = by_ruleset(session, todo, year)
    for ruleset, _ in parts:
        _refuse_early(ruleset, year, as_of)
    _refuse_disputed(session, todo, year)
    for ruleset, part in parts:
        _clear(session, part, year, as_of, ruleset)
    for community in todo:
        session.expire(settled[community.id])
    return todo


def _refuse_early(ruleset: Ruleset, year: int, as_of: datetime) -> None:
    moment = clearing_moment(ruleset, year)
    if moment is None:
        carries = ruleset.closing.kind == "carry_over"
        code = "clears_never_carries" if carries else "clears_never_keeps"
        raise Refused(reason(code, ruleset=ruleset.id))
    if as_of < moment:
        raise Refused(reason("clearing_early", year=year, moment=local_text(moment)))


def _clear(
    session: Session,
    communities: list[Community],
    year: int,
    as_of: datetime,
    ruleset: Ruleset,
) -> None:
    reason = ruleset.closing.source or ruleset.closing.reason or ""
    rows = _zero_balances(session, communities, year, EntryKind.CLEARING, reason)
    hashes = hashes_on(session, communities, date(year, 12, 31))
    post(session, Act(clearing_act(year), str(year), as_of), rows, hashes)
    session.execute(
        update(Settlement),
        [{"community_id": each.id, "year": year, "cleared_at": as_of} for each in communities],
    )


def _refuse_disputed(session: Session, communities: Sequence[Community], year: int) -> None:
    """A year that was settled by force may still have objections to answer (ruling 20)."""
    disputed = open_objections(session, [community.id for community in communities], year)
    for community in communities:
        if community.id in disputed:
            raise Refused(
                reason(
                    "clearing_disputed",
                    year=year,
                    community=community.name,
                    count=disputed[community.id],
                )
            )


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
        .cast(ENTRY_COLUMNS)
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
        raise Refused(reason("year_not_carried", year=year, community=community.name))
    return _carry(session, community, year, as_of, ruleset, carry_over_act(year))


def carry_correction(
    session: Session, community: Community, year: int, as_of: datetime, by: str
) -> int:
    """Where `year` has been carried over, let what an act `by` corrected in it follow."""
    if not has_act(session, community, carry_over_act(year)):
        return 0
    ruleset = year_ruleset(session, community, year)
    return _carry(session, community, year, as_of, ruleset, carry_over_act(year, by))


def _carry(
    session: Session, community: Community, year: int, as_of: datetime, ruleset: Ruleset, key: str
) -> int:
    reason = ruleset.closing.source or ruleset.closing.reason or ""
    out = _zero_balances(session, [community], year, EntryKind.CARRY_OVER, reason)
    into = out.with_columns(points=-pl.col("points"), year=pl.lit(year + 1, pl.Int64))
    hashes = {community.id: hash_on(session, community, local_date(as_of))}
    posted = post(session, Act(key, str(year + 1), as_of), pl.concat([out, into]), hashes)
    return out.height if posted else 0
