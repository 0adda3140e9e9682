"""封顶: caps clip, in the canonical order; only positive awards count (ruling 2)."""

import polars as pl

from domain.rules.layers import caps_in_order, caps_on, counts_members
from domain.rules.rows import is_first, lower, take
from domain.rules.schema import Cap, Ruleset
from domain.rules.terms import Terms

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
NEEDED = (
    "_row",
    "_item",
    "_term",
    "_matter",
    "household",
    "member",
    "occurred_on",
    "points",
    "_award",
)


def clip(rows: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Lower each award to what is left under its caps, and say which cap took how much.

    Version by version, because what earlier versions awarded counts under a later one's caps.
    """
    for number, ruleset in terms.rulesets:
        # `_award` is what will be left; `points` follow when it is told which cap took what.
        rows = rows.with_columns(_award="points")
        for cap, codes in caps_in_order(ruleset):
            rows = lower(rows, "_award", _overflow(rows, terms, number, cap, codes))
        rows = _explain(rows, terms, number, ruleset)
    return rows


def _overflow(
    rows: pl.DataFrame, terms: Terms, version: int, cap: Cap, codes: tuple[str, ...]
) -> pl.DataFrame:
    """What does not fit under a cap that is filled up award by award.

    Going from the narrowest cap to the widest leaves each award what one would give who took the
    claims one by one and looked at all their caps: a wider cap that lets less through is full
    then, so that nothing later in the narrower one's period earns anything either.
    """
    under = _under(rows, terms, version, cap, codes)
    run, award = _run(under), under["_award"]
    given = run.clip(upper_bound=cap.max) - (run - award).clip(upper_bound=cap.max)
    return _losses(under, award - given, terms, version)


def _explain(rows: pl.DataFrame, terms: Terms, version: int, ruleset: Ruleset) -> pl.DataFrame:
    """Take from `points` what each cap took, by what was really awarded under it.

    Only households that lost anything have to be looked at again.
    """
    household, lost = pl.col("household"), pl.col("points") != pl.col("_award")
    losers = rows.select(household.filter(lost).unique()).to_series()
    if losers.is_empty():
        return rows
    again = rows.filter(household.is_in(losers.implode())).rename({"_row": "_place"})
    again = again.with_row_index("_row")
    for cap, codes in caps_in_order(ruleset):
        under = _under(again, terms, version, cap, codes)
        left = (cap.max - (_run(under) - under["_award"])).clip(lower_bound=0)
        over = _losses(under, (under["points"] - left).clip(lower_bound=0), terms, version)
        for place, items in _places(ruleset, cap, codes).items():
            again = take(again, f"cap_{place}", over.filter(terms.named(items)))
    changed = ["points", *(name for name in rows.columns if name.startswith("cap_"))]
    return rows.with_columns(rows[name].scatter(again["_place"], again[name]) for name in changed)


def _under(
    rows: pl.DataFrame, terms: Terms, version: int, cap: Cap, codes: tuple[str, ...]
) -> pl.DataFrame:
    """The positive awards that count under a cap, with `_first` where its period starts.

    A cap over members' items only is each member's own (ruling 35).
    """
    under = (
        rows.select(NEEDED)
        .lazy()
        .filter(terms.named(codes), terms.upto(version), pl.col("points") > 0)
        .collect()
    )
    holder = ["household"]
    if counts_members(terms.versions[version].ruleset, codes):
        holder.append("member")
        under = under.sort(holder, maintain_order=True)
    keys = [*holder, "occurred_on"]
    if cap.per == "event":
        keys.append("_matter")
        under = under.sort(keys, maintain_order=True)
    elif cap.per != "day":
        month = pl.col("occurred_on").dt.month()
        under = under.with_columns(_period=(month - 1) // MONTHS[cap.per])
        keys[-1] = "_period"
    # The order keeps a holder's claims together, and them by date: periods are runs.
    return under.with_columns(_first=is_first(*keys))


def _run(under: pl.DataFrame) -> pl.Series:
    """The awards of each period, added up as far as each row."""
    total = pl.col("_award").cum_sum()
    before = pl.when("_first").then(total - pl.col("_award")).forward_fill()
    return under.select((total - before).alias("_run")).to_series()


def _losses(under: pl.DataFrame, taken: pl.Series, terms: Terms, version: int) -> pl.DataFrame:
    """What a version's cap takes; what earlier versions gave is never taken back for it."""
    return (
        under.select("_row", "_item", "_term", taken.alias("_taken"))
        .filter(pl.col("_taken") > 0, terms.since(version))
        .select("_row", "_item", "_taken")
    )


def _places(ruleset: Ruleset, cap: Cap, codes: tuple[str, ...]) -> dict[int, list[str]]:
    """Which of an item's caps this one is, from 1, with the items for which it is."""
    places: dict[int, list[str]] = {}
    for item in ruleset.items:
        if item.code in codes:
            place = [other.id for other in caps_on(ruleset, item)].index(cap.id) + 1
            places.setdefault(place, []).append(item.code)
    return places
