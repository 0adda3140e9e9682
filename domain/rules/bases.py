"""Base points (基础积分): what a household has without a claim (ruling 10)."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from domain.kernel.period import Period
from domain.rules.schema import Item
from domain.rules.versions import Version, in_order, last_days

BASE_COLUMNS = {
    "household": pl.Int64,
    "item": pl.String,
    "period": pl.String,
    "gained_on": pl.Date,
    "points": pl.Int64,
}


def base_points(
    households: pl.DataFrame, versions: Sequence[Version], year: int, as_of: date
) -> pl.DataFrame:
    """The base points that households have gained in `year` by `as_of`.

    `households` has `household`, `eligible_from` and `eligible_until` (null: still taking
    part). Base is gained in full when its period opens, or on joining later.
    """
    ordered = in_order(versions)
    frames = [
        _base_of(households, item, period, version.starts_on, min(last_day, as_of))
        for version, last_day in zip(ordered, last_days(ordered), strict=True)
        for item in version.ruleset.items
        if item.kind == "base" and item.points is not None and item.per is not None
        for period in Period.all_in(item.per, year)
    ]
    rows = pl.concat([pl.DataFrame(schema=BASE_COLUMNS), *frames])
    # A later version re-states an item; what was gained under the earlier one stands.
    return rows.sort("household", "gained_on", "item").unique(
        ["household", "item", "period"], keep="first", maintain_order=True
    )


def _base_of(
    households: pl.DataFrame, item: Item, period: Period, starts_on: date, last_day: date
) -> pl.DataFrame:
    """Who gains this item's base of this period, under a version in force on these days."""
    opens_on = max(period.start, starts_on)
    closes_on = min(period.end, last_day)
    gained_on = pl.max_horizontal(pl.lit(opens_on), "eligible_from")
    return households.filter(
        gained_on <= closes_on,
        pl.col("eligible_until").is_null() | (pl.col("eligible_until") >= gained_on),
    ).select(
        pl.col("household").cast(pl.Int64),
        pl.lit(item.code).alias("item"),
        pl.lit(str(period)).alias("period"),
        gained_on.alias("gained_on"),
        pl.lit(item.points, pl.Int64).alias("points"),
    )
