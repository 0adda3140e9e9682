"""分/月, 分/年, 分/次: at most one award per household (or member), item and period (ruling 3), or
matter (ruling 8)."""

from dataclasses import dataclass

import polars as pl

from domain.rules.rows import take, together
from domain.rules.schema import Frequency, Ruleset
from domain.rules.terms import Terms

# How many months each period has; `once` is limited within the year and by earlier years.
MONTHS: dict[Frequency, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12, "once": 12}


@dataclass(frozen=True)
class Limit:
    """One award per period, or matter, of a household or member; the items of which that is so."""

    per: Frequency
    by_member: bool
    codes: tuple[str, ...]


def limit_frequency(
    rows: pl.DataFrame, terms: Terms, once_before: pl.DataFrame | None
) -> pl.DataFrame:
    """Only the first claim that stands after voiding and exclusion is awarded in its period.

    A sheet graded 0 stands: it is the month's grade, and a second sheet does not better it.
    Version by version, because what an earlier version awarded counts in a later one's period.
    """
    rows = rows.with_columns(_stands=(pl.col("void") == 0) & (pl.col("exclusion") == 0))
    for number, ruleset in terms.rulesets:
        limits = _limits(ruleset)
        losses = [_repeated(rows, terms, number, limit) for limit in limits]
        if once_before is not None and not once_before.is_empty():
            losses += [
                _earned_before(rows.filter(terms.stated(number, limit.codes)), once_before, limit)
                for limit in limits
                if limit.per == "once"
            ]
        lost = together(losses)
        rows = take(rows, "frequency", lost)
        rows = rows.with_columns(rows["_stands"].scatter(lost["_row"], False))
    return rows


def _limits(ruleset: Ruleset) -> list[Limit]:
    """A version's limits, those alike together so that each is one pass over the claims."""
    codes: dict[tuple[Frequency, bool], list[str]] = {}
    for item in ruleset.items:
        # The `per` of base points is their period; nobody claims them.
        if item.per is not None and item.kind != "base":
            codes.setdefault((item.per, item.of == "member"), []).append(item.code)
    return [Limit(per, by_member, tuple(alike)) for (per, by_member), alike in codes.items()]


def _repeated(rows: pl.DataFrame, terms: Terms, version: int, limit: Limit) -> pl.DataFrame:
    """The claims of a version's items that an earlier one in the same period forestalls."""
    standing = (
        rows.lazy()
        .filter(terms.named(limit.codes), terms.upto(version), pl.col("_stands"))
        .filter(_is_limited(limit))
        .select("_row", "_term", "points", "member", key=_occasion(terms, limit))
        .collect()
    )
    who = pl.struct("key", "member") if limit.by_member else pl.col("key")
    return standing.filter(~who.is_first_distinct(), terms.since(version)).select(
        "_row", _taken="points"
    )


def _is_limited(limit: Limit) -> pl.Expr:
    """A claim that names no matter is taken for an event of its own."""
    return pl.col("_matter") != "" if limit.per == "matter" else pl.lit(True)


def _occasion(terms: Terms, limit: Limit) -> pl.Expr:
    """What may be awarded once: a household's item in a period, or for a matter."""
    if limit.per == "matter":
        return pl.struct("household", "_item", "_matter")
    period = (pl.col("occurred_on").dt.month().cast(pl.Int64) - 1) // MONTHS[limit.per]
    # Rows stand by household, so that its number, the item's and the period's fit into one.
    household = pl.col("household").rle_id().cast(pl.Int64)
    return (household * len(terms.numbers) + pl.col("_item")) * 12 + period


def _earned_before(rows: pl.DataFrame, once_before: pl.DataFrame, limit: Limit) -> pl.DataFrame:
    """The awards of `per: once` items that an earlier year gave already."""
    keys = ["household", "item", "member"] if limit.by_member else ["household", "item"]
    return (
        rows.filter(pl.col("_stands"))
        .join(once_before, on=keys, how="semi", nulls_equal=True)
        .select("_row", _taken="points")
    )
