"""A year's standing (年度排名) as the ledger has it now; its rules are in `rules.standing`."""

from collections.abc import Sequence
from datetime import date

import polars as pl
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.community import member_counts
from domain.ledger.accounts import household_sums
from domain.participation import takes_part
from domain.rules.schema import Ruleset
from domain.rules.standing import SCORES, rank
from domain.store.frames import read_frame
from domain.store.tables.ledger import Entry, Journal
from domain.store.tables.people import Community, Household


def standing_now(
    session: Session,
    communities: Sequence[Community],
    year: int,
    ruleset: Ruleset,
    on: date | None = None,
) -> pl.DataFrame:
    """The year's standing as the ledger has it now, with each household's `balance`.

    Ranked are those who take part at the year's end, or `on` the last day of a month of it.
    """
    ids = [community.id for community in communities]
    rows = _scores(session, ids, year, ruleset, on or date(year, 12, 31))
    members = pl.lit(1, pl.Int64)
    if ruleset.standing.by == "average":
        counts = [pair for each in communities for pair in member_counts(session, each).items()]
        known = pl.DataFrame(
            counts, schema={"household": pl.Int64, "counted": pl.Int64}, orient="row"
        )
        rows = rows.join(known, on="household", how="left")
        members = pl.col("counted").fill_null(0)
    rows = rows.join(_bases(session, ids, year, ruleset), on="household", how="left").with_columns(
        pl.col("base").fill_null(0), members=members
    )
    ranked = rank(rows.select(SCORES.keys()), ruleset.standing)
    return ranked.join(rows.select("household", "balance"), on="household", how="left")


def _scores(
    session: Session, communities: list[int], year: int, ruleset: Ruleset, on: date
) -> pl.DataFrame:
    """The score and balance of every household that takes part, 0 where it has no entries."""
    lifetime = ruleset.standing.span == "lifetime"
    sums = household_sums(communities, year, earlier_too=lifetime)
    query = (
        select(
            Household.community_id, Household.id,
            func.coalesce(sums.c.score, 0), func.coalesce(sums.c.balance, 0),
        )
        .outerjoin(sums, sums.c.household_id == Household.id)
        .where(*takes_part(communities, on, ruleset.participants))
    )  # fmt: skip
    names = ("community", "household", "score", "balance")
    return read_frame(session, query, dict.fromkeys(names, pl.Int64))


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
