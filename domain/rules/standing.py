"""Standing (排名): ranks, stars, honours and the support list. Pure; rulings 13 and 16.

Competition ranking (1, 1, 3) within the community, among the households enrolled.
"""

import polars as pl

from domain.errors import Refused
from domain.points import HUNDREDTHS
from domain.rules.schema import Honour, Standing

# What `rank` takes: one row per enrolled household; points in hundredths.
SCORES = {
    "community": pl.Int64,
    "household": pl.Int64,
    "score": pl.Int64,
    "base": pl.Int64,
    "members": pl.Int64,
}
HONOUR_SEPARATOR = ","


def rank(scores: pl.DataFrame, standing: Standing) -> pl.DataFrame:
    """Adds `ranked_by`, `rank`, `honours` (ids, joined by commas) and `support`.

    Refused where an average is needed and a household has no taking-part member.
    """
    rows = scores.with_columns(ranked_by=_ranked_by(scores, standing))
    rows = rows.with_columns(
        rank=pl.col("ranked_by").rank("min", descending=True).over("community").cast(pl.Int64),
        _from_below=pl.col("ranked_by").rank("min").over("community").cast(pl.Int64),
        _count=pl.len().over("community").cast(pl.Int64),
        _sum=pl.col("ranked_by").sum().over("community"),
    )
    taken: dict[str, pl.Expr] = {}
    given: list[pl.Expr] = []
    for honour in standing.honours:
        earned = _earns(honour)
        if honour.series is not None:
            earned = earned & ~taken.get(honour.series, pl.lit(False))
            taken[honour.series] = taken.get(honour.series, pl.lit(False)) | earned
        given.append(pl.when(earned).then(pl.lit(honour.id)))
    honours = (
        pl.concat_str(given, separator=HONOUR_SEPARATOR, ignore_nulls=True) if given else pl.lit("")
    )
    return rows.with_columns(honours=honours, support=_supported(standing)).select(
        "community", "household", "score", "ranked_by", "rank", "honours", "support"
    )


def average(points: pl.Expr, members: pl.Expr) -> pl.Expr:
    """The average per taking-part member, to two decimals, half up (ruling 16)."""
    # Floor division rounds half up for negative sums too: −2.5 hundredths become −2.
    return (2 * points + members) // (2 * members)


def _ranked_by(scores: pl.DataFrame, standing: Standing) -> pl.Expr:
    if standing.by == "score":
        return pl.col("score")
    if not scores.filter(pl.col("members") <= 0).is_empty():
        raise Refused(
            "an average needs the number of taking-part members of every household:"
            " import them, or fill in 参与人数"
        )
    return average(pl.col("score"), pl.col("members"))


def _earns(honour: Honour) -> pl.Expr:
    earned = pl.lit(True)
    if honour.rank_max is not None:
        earned = earned & (pl.col("rank") <= honour.rank_max)
    if honour.percent_max is not None:
        earned = earned & (pl.col("rank") * 100 <= pl.col("_count") * honour.percent_max)
    if honour.at_least_base:
        earned = earned & (pl.col("score") >= pl.col("base"))
    if honour.above_average:
        earned = earned & (pl.col("ranked_by") * pl.col("_count") > pl.col("_sum"))
    return earned


def _supported(standing: Standing) -> pl.Expr:
    """The last percent, at least some, ties included; but never the first in the ranking."""
    if standing.support is None:
        return pl.lit(False)
    share = pl.col("_count") * standing.support.percent // 100
    places = pl.max_horizontal(share, pl.lit(standing.support.households_min))
    return (pl.col("_from_below") <= places) & (pl.col("rank") > 1)


def average_points(points: int, members: int) -> int:
    """`average` for one household."""
    return (2 * points + members) // (2 * members)


assert HUNDREDTHS == 100  # `average` keeps two decimals because points are hundredths
