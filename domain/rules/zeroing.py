"""归零: a negative event takes back what the household gained until then (ruling 5)."""

from typing import Literal, get_args

import polars as pl

from domain.rules.rows import lower
from domain.rules.terms import Terms

Part = Literal["base", "contribution"]


def zero(rows: pl.DataFrame, terms: Terms, bases: pl.DataFrame) -> pl.DataFrame:
    """Each point gained is taken by the first event on or after its date that zeroes its part.

    Gained are base points and positive awards of the part, after all other rules. What an event
    takes is its own claim's `points`, below 0.
    """
    taken = pl.concat([_taken(rows, terms, bases, part) for part in get_args(Part)])
    losses = taken.group_by("_row").agg(pl.col("points").sum().alias("_taken"))
    return lower(rows, "points", losses)


def _taken(rows: pl.DataFrame, terms: Terms, bases: pl.DataFrame, part: Part) -> pl.DataFrame:
    """The points of one part that events take, each with the event's row."""
    events = (
        rows.filter(terms.where(lambda item: item.kind == "zeroing" and part in item.zeroes))
        .select("_row", "household", day="occurred_on")
        .unique(["household", "day"], keep="first", maintain_order=True)
    )
    if events.is_empty():
        return events.select("_row", points=pl.lit(0, pl.Int64))
    gains = [
        rows.filter(terms.where(lambda item: item.part == part), pl.col("points") > 0).select(
            "household", "points", day="occurred_on"
        )
    ]
    if part == "base":
        gains.append(bases.select("household", "points", day="gained_on"))
    return (
        pl.concat(gains)
        .join(events, on="household", how="semi")
        .sort("day")
        .join_asof(
            events.sort("day"),
            on="day",
            by="household",
            strategy="forward",
            # Both are sorted; Polars cannot tell so within the households.
            check_sortedness=False,
        )
        .drop_nulls("_row")
        .select("_row", "points")
    )
