"""The frame that the rules work on: claims in, one column per rule's effect out."""

from typing import Any

import polars as pl

# What a claim must bring. `claim` is the caller's key and comes back with the award.
CLAIM_COLUMNS: dict[str, Any] = {
    "claim": pl.Int64,
    "household": pl.Int64,
    "member": pl.Int64,
    "item": pl.String,
    "quantity": pl.Int64,
    "score": pl.Int64,
    "matter": pl.String,
    "occurred_on": pl.Date,
    "submitted_at": pl.Datetime("us"),
    "ref": pl.String,
}
# The canonical order of a household's claims (ruling 1).
ORDER = ("household", "occurred_on", "submitted_at", "ref")
# A column each for what these rules take; what caps take is in `cap_1`, `cap_2`, …
RULES = ("void", "exclusion", "frequency", "highest_of")
# What a rule takes: `_row` is a row's place in the canonical order.
LOSSES = {"_row": pl.UInt32, "_taken": pl.Int64}


def is_rule(column: str) -> bool:
    """Whether an evaluated frame's column holds what a rule took."""
    return column in RULES or column.startswith("cap_")


def take(rows: pl.DataFrame, column: str, losses: pl.DataFrame) -> pl.DataFrame:
    """Record in `column` what a rule takes, and lower `points` by it; a row may lose once."""
    if losses.is_empty():
        return rows
    at, taken = losses["_row"], losses["_taken"]
    recorded = rows[column].scatter(at, rows[column].gather(at) + taken)
    return lower(rows.with_columns(recorded), "points", losses)


def lower(rows: pl.DataFrame, column: str, losses: pl.DataFrame) -> pl.DataFrame:
    """`column` less what is taken; the rows in the canonical order that `_row` counts."""
    if losses.is_empty():
        return rows
    at, taken = losses["_row"], losses["_taken"]
    return rows.with_columns(rows[column].scatter(at, rows[column].gather(at) - taken))


def together(losses: list[pl.DataFrame]) -> pl.DataFrame:
    """The losses of one rule by several causes: a row that is hit twice loses once."""
    return pl.concat([pl.DataFrame(schema=LOSSES), *losses]).unique("_row")


def is_first(*keys: str) -> pl.Expr:
    """Whether a row is the first of a run of rows with the same keys."""
    changed = [pl.col(key).ne_missing(pl.col(key).shift()) for key in keys]
    return pl.any_horizontal(pl.int_range(pl.len()) == 0, *changed)
