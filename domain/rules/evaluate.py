"""Scoring (积分核算): approved claims and rulesets in, awards and their explanation out.

A pure function over Polars frames, the same for one household's card and a whole district's
year end. Households do not touch each other, so claims may be split by household: a million at a
time is as fast as it gets, and bounds the memory. Points are integer hundredths.

The columns that it adds are the explanation: `raw` is what the item gives; `void`, `exclusion`,
`frequency`, `highest_of` and `cap_1`, `cap_2`, … are what each rule took from it, in that order;
`points` is what is left. `cap_n` speaks of the n-th of `caps_on(ruleset, item)`. Only a zeroing
claim's `points` are no such difference: they are what the event takes back.

Where the rules change within the year, a claim is scored by the version in force on its
`occurred_on`: what it earns and what limits it, and also what it does to others (voids,
excludes, zeroes), be those earlier or later. A limit counts all that the household was awarded
in its period, by whichever version.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl

from domain.kernel.errors import Refused
from domain.kernel.reasons import reason
from domain.rules.bases import BASE_COLUMNS, base_points
from domain.rules.caps import clip
from domain.rules.frequency import limit_frequency
from domain.rules.layers import caps_depth, counts_members
from domain.rules.rows import CLAIM_COLUMNS, ORDER, RULES, take, together
from domain.rules.terms import Terms
from domain.rules.versions import Version, in_order, version_on
from domain.rules.zeroing import zero

__all__ = ["BASE_COLUMNS", "CLAIM_COLUMNS", "Version", "base_points", "evaluate", "version_on"]


def evaluate(
    claims: pl.DataFrame,
    bases: pl.DataFrame,
    versions: Sequence[Version],
    once_before: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The awards of one calendar year's approved claims, in the canonical order (ruling 1).

    `bases` are the base points gained (see `base_points`), which a zeroing takes back too.
    `once_before` holds the (household, member, item) that earned a `per: once` award in an
    earlier year. Claims must all lie in one calendar year. Refused: no version in force on a
    claim's date, or an item without an adopted value.
    """
    terms = Terms.of(in_order(versions), _days(claims, versions))
    depth = max((caps_depth(version.ruleset) for version in versions), default=0)
    rows = _taken_up(claims, terms, depth)
    rows = _void(rows, terms)
    rows = _exclude(rows, terms)
    rows = limit_frequency(rows, terms, once_before)
    rows = _keep_highest(rows, terms)
    rows = clip(rows, terms)
    rows = zero(rows, terms, bases)
    return rows.drop([name for name in rows.columns if name.startswith("_")])


def _days(claims: pl.DataFrame, versions: Sequence[Version]) -> tuple[date, date]:
    """The first and the last day of the claims."""
    first, last = claims["occurred_on"].min(), claims["occurred_on"].max()
    if not isinstance(first, date) or not isinstance(last, date):
        return date.min, date.max
    if first.year != last.year:
        raise Refused(reason("several_years"))
    version_on(versions, first)
    return first, last


def _taken_up(claims: pl.DataFrame, terms: Terms, depth: int) -> pl.DataFrame:
    """Claims in the canonical order with what their items give, before any rule takes."""
    rows = terms.numbered(claims.sort(ORDER))
    _refuse_unvalued(rows, terms)
    value = terms.of_each(
        lambda item: item.points if item.kind in ("award", "deduction") else 0, rows
    )
    graded = terms.where(lambda item: item.kind == "graded")
    raw = (
        pl.when(graded)
        .then(pl.col("score").fill_null(0))
        .otherwise(pl.lit(value, pl.Int64) * pl.col("quantity"))
    )
    caps = [f"cap_{number}" for number in range(1, depth + 1)]
    return rows.with_columns(
        raw.alias("raw"),
        *(pl.lit(0, pl.Int64).alias(name) for name in (*RULES, *caps)),
        raw.alias("points"),
        # A blank matter is one matter, whether it came as null or as empty text.
        _matter=pl.col("matter").fill_null(""),
    )


def _refuse_unvalued(rows: pl.DataFrame, terms: Terms) -> None:
    """Refused names the first claim whose item has no value in the version in force."""
    valued = terms.where(lambda item: item.is_valued)
    unvalued = rows.filter(~valued.fill_null(False))
    if not unvalued.is_empty():
        first = unvalued.row(0, named=True)
        raise Refused(
            reason("claim_unvalued", ref=first["ref"], item=first["item"], day=first["occurred_on"])
        )


def _void(rows: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """An accident voids the named items for the whole year (ruling 6)."""
    hits = [
        hit
        for number, ruleset in terms.rulesets
        for item in ruleset.items
        if item.voids and item.kind == "voiding"
        for hit in _hits(
            rows, terms, terms.stated(number, [item.code]), terms.named(item.voids), ["household"]
        )
    ]
    return take(rows, "void", together(hits))


def _exclude(rows: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """One item excludes another in the year, or for the same matter (rulings 7 and 8)."""
    keys = {"year": ["household"], "matter": ["household", "_matter"]}
    hits = [
        hit
        for number, ruleset in terms.rulesets
        for exclusion in ruleset.exclusions
        for hit in _hits(
            rows,
            terms,
            terms.stated(number, exclusion.by),
            terms.named(exclusion.items),
            keys[exclusion.within],
        )
    ]
    return take(rows, "exclusion", together(hits))


def _hits(
    rows: pl.DataFrame, terms: Terms, causes: pl.Expr, targets: pl.Expr, keys: list[str]
) -> Iterator[pl.DataFrame]:
    """What causes take from targets: a member's cause takes from no other member (ruling 35).

    Where the cause or the target is the household's, it is the household that they share.
    """
    if not terms.has_members:
        yield _hit(rows, causes, targets, keys)
        return
    is_members = terms.where(lambda item: item.of == "member")
    yield _hit(rows, causes & ~is_members, targets, keys)
    yield _hit(rows, causes & is_members, targets & ~is_members, keys)
    yield _hit(rows, causes & is_members, targets & is_members, [*keys, "member"])


def _hit(rows: pl.DataFrame, causes: pl.Expr, targets: pl.Expr, keys: list[str]) -> pl.DataFrame:
    """All that is left of the positive awards of `targets` that share `keys` with a cause."""
    lazy = rows.lazy()
    by = lazy.filter(causes).select(keys).unique()
    return (
        lazy.filter(targets, pl.col("points") > 0)
        .join(by, on=keys, how="semi", nulls_equal=True)
        .select("_row", _taken="points")
        .collect()
    )


def _keep_highest(rows: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """就高不就低: of one group and matter only the highest award stands (ruling 4).

    A group of members' items only is each member's own (ruling 35).
    """
    groups = {
        item.highest_of: None
        for _, ruleset in terms.rulesets
        for item in ruleset.items
        if item.highest_of
    }
    return take(rows, "highest_of", together([_beaten(rows, terms, group) for group in groups]))


def _beaten(rows: pl.DataFrame, terms: Terms, group: str) -> pl.DataFrame:
    """A group's awards that a higher, or an equal and earlier, one of the same matter beats."""
    matter = pl.when(pl.col("_matter") == "").then(pl.lit(group)).otherwise(pl.col("_matter"))
    holder = pl.when(_counts_members(terms, group)).then("member")
    alone = pl.col("household").is_unique()
    rivals = (
        rows.lazy()
        .filter(terms.where(lambda item: item.highest_of == group), pl.col("points") > 0)
        .select("_row", "household", "points", matter=matter, holder=holder)
        .filter(~alone)
        .collect()
    )
    ranked = rivals.sort(["points", "_row"], descending=[True, False])
    beaten = ranked.filter(~pl.struct("household", "matter", "holder").is_first_distinct())
    return beaten.select("_row", _taken="points")


def _counts_members(terms: Terms, group: str) -> pl.Expr:
    """The rows whose version has only members' items in this group."""
    chosen = [
        (number, [item.code for item in ruleset.items if item.highest_of == group])
        for number, ruleset in terms.rulesets
    ]
    return pl.any_horizontal(
        pl.lit(False),
        *(
            terms.stated(number, codes)
            for number, codes in chosen
            if counts_members(terms.versions[number].ruleset, codes)
        ),
    )
