"""分/月, 分/年: at most one award per household (or member), item and period (ruling 3)."""

import polars as pl

from domain.rules.rows import take, together
from domain.rules.schema import Item
from domain.rules.terms import Terms

# How many months each period has; `once` is limited within the year and by earlier years.
MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12, "once": 12}


def limit_frequency(
    rows: pl.DataFrame, terms: Terms, once_before: pl.DataFrame | None
) -> pl.DataFrame:
    """Only the first award that stands after voiding and exclusion counts in its period.

    Version by version, because what an earlier version awarded counts in a later one's period.
    """
    for number, ruleset in terms.rulesets:
        limits: dict[tuple[str, bool], list[str]] = {}
        for item in ruleset.items:
            if item.per is not None and item.kind != "base":
                limits.setdefault((item.per, item.of == "member"), []).append(item.code)
        losses = [
            _repeated(rows, terms, number, codes, per, by_member)
            for (per, by_member), codes in limits.items()
        ]
        if once_before is not None and not once_before.is_empty():
            losses += [
                _earned_before(rows, terms.stated(number, codes), once_before, by_member)
                for (per, by_member), codes in limits.items()
                if per == "once"
            ]
        rows = take(rows, "frequency", together(losses))
    return rows


def _repeated(
    rows: pl.DataFrame, terms: Terms, version: int, codes: list[str], per: str, by_member: bool
) -> pl.DataFrame:
    """The awards of a version's items that an earlier award in the same period forestalls."""
    period = (pl.col("occurred_on").dt.month().cast(pl.Int64) - 1) // MONTHS[per]
    # Rows stand by household, so that household, item and period fit into one number.
    household = pl.col("household").rle_id().cast(pl.Int64)
    key = ((household * len(terms.numbers) + pl.col("_item")) * 12 + period).alias("key")
    standing = (
        rows.lazy()
        .filter(terms.named(codes), terms.upto(version), pl.col("points") != 0)
        .select("_row", "_term", "points", "member", key)
        .collect()
    )
    who = pl.struct("key", "member") if by_member else pl.col("key")
    return standing.filter(~who.is_first_distinct(), terms.since(version)).select(
        "_row", _taken="points"
    )


def _earned_before(
    rows: pl.DataFrame, limited: pl.Expr, once_before: pl.DataFrame, by_member: bool
) -> pl.DataFrame:
    """The awards of `per: once` items that an earlier year gave already."""
    keys = ["household", "item", "member"] if by_member else ["household", "item"]
    return (
        rows.filter(limited, pl.col("points") != 0)
        .join(once_before, on=keys, how="semi", nulls_equal=True)
        .select("_row", _taken="points")
    )
