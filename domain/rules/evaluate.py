"""Scoring (积分核算): approved claims and rulesets in, awards and their explanation out.

A pure function over Polars frames, the same for one household's card and a whole district's
year end. Points are integer hundredths. The columns that it adds are the explanation: `raw` is
what the item gives; `void`, `exclusion`, `frequency`, `highest_of` and `cap_1`, `cap_2`, … are
what each rule took from it, in that order; `points` is what is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from domain.errors import Refused
from domain.period import Period
from domain.rules.layers import CapLayers, cap_layers
from domain.rules.schema import Item, Ruleset

# What a claim must bring. `claim` is the caller's key and comes back with the award.
CLAIM_COLUMNS = {
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
BASE_COLUMNS = {
    "household": pl.Int64,
    "item": pl.String,
    "period": pl.String,
    "gained_on": pl.Date,
    "points": pl.Int64,
}
# The canonical order of a household's claims (ruling 1).
ORDER = ("household", "occurred_on", "submitted_at", "ref")
# How many months a period has; `event` and `day` are counted in days.
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@dataclass(frozen=True)
class Version:
    """A ruleset and the first day on which it is in force for a community."""

    starts_on: date
    ruleset: Ruleset


def version_on(versions: Sequence[Version], day: date) -> Version:
    """The version in force on a day; Refused names the day where there is none."""
    in_force = [version for version in versions if version.starts_on <= day]
    if not in_force:
        raise Refused(f"no ruleset is in force on {day}: adopt one from that date or earlier")
    return max(in_force, key=lambda version: version.starts_on)


def evaluate(
    claims: pl.DataFrame,
    bases: pl.DataFrame,
    versions: Sequence[Version],
    once_before: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The awards of one calendar year's approved claims.

    `bases` are the base points gained (see `base_points`), which a zeroing takes back too.
    `once_before` holds the (household, member, item) that earned a `per: once` award in an
    earlier year. Claims must all lie in one calendar year. Refused: no version in force on a
    claim's date, or an item without an adopted value.
    """
    versions = sorted(versions, key=lambda version: version.starts_on)
    layers = cap_layers([version.ruleset for version in versions])
    rows = _with_items(claims, versions, layers)
    rows = _void(rows, versions)
    rows = _exclude(rows, versions)
    rows = _limit_frequency(rows, once_before)
    rows = _keep_highest(rows)
    for layer in range(1, layers.depth + 1):
        rows = _clip(rows, layer)
    rows = _zero(rows, bases, versions)
    dropped = [name for name in rows.columns if name.startswith("_")]
    return rows.drop(dropped)


def base_points(
    households: pl.DataFrame, versions: Sequence[Version], year: int, as_of: date
) -> pl.DataFrame:
    """The base points (基础积分) that households have gained in `year` by `as_of` (ruling 10).

    `households` has `household`, `eligible_from` and `eligible_until` (null: still taking
    part). Base is gained in full when its period opens, or on joining later.
    """
    frames = [pl.DataFrame(schema=BASE_COLUMNS)]
    versions = sorted(versions, key=lambda version: version.starts_on)
    for version, ends_on in zip(versions, _ends(versions), strict=True):
        for item in version.ruleset.items:
            if item.kind != "base" or item.points is None or item.per is None:
                continue
            for period in Period.all_in(item.per, year):
                frames.append(
                    _base_of(households, item, period, version.starts_on, ends_on, as_of)
                )
    rows = pl.concat(frames)
    # A later version re-states an item; what was gained under the earlier one stands.
    return rows.sort("gained_on").unique(
        ["household", "item", "period"], keep="first", maintain_order=True
    )


def _base_of(
    households: pl.DataFrame,
    item: Item,
    period: Period,
    starts_on: date,
    ends_on: date,
    as_of: date,
) -> pl.DataFrame:
    opens_on = max(period.start, starts_on)
    closes_on = min(period.end, ends_on, as_of)
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


def _ends(versions: Sequence[Version]) -> list[date]:
    """The last day of each version: the day before the next one starts."""
    return [later.starts_on - timedelta(days=1) for later in versions[1:]] + [date.max]


def _with_items(
    claims: pl.DataFrame, versions: Sequence[Version], layers: CapLayers
) -> pl.DataFrame:
    """Each claim with its item's terms in the version in force, and what the item gives."""
    if claims.is_empty():
        days: tuple[date, date] | None = None
    else:
        days = claims["occurred_on"].min(), claims["occurred_on"].max()  # type: ignore[assignment]
        if days[0].year != days[1].year:
            raise Refused("claims of several years cannot be evaluated together")
        version_on(versions, days[0])
    terms = pl.concat(
        [_terms(version.ruleset, index, layers) for index, version in enumerate(versions)]
    )
    rows = claims.with_columns(_version=_version_index(versions)) if len(versions) > 1 else claims
    keys = ["item", "_version"] if len(versions) > 1 else ["item"]
    terms = terms if len(versions) > 1 else terms.drop("_version")
    rows = rows.join(terms, on=keys, how="left").sort(ORDER)
    unknown = rows.filter(pl.col("_kind").is_null() | pl.col("_unvalued"))
    if not unknown.is_empty():
        first = unknown.row(0, named=True)
        raise Refused(
            f"claim {first['ref']}: item {first['item']} has no adopted value on"
            f" {first['occurred_on']}; adopt a ruleset that gives it one"
        )
    raw = (
        pl.when(pl.col("_kind") == "graded")
        .then(pl.col("score").fill_null(0))
        .otherwise(pl.col("_value") * pl.col("quantity"))
    )
    return rows.with_columns(raw=raw, points=raw)


def _version_index(versions: Sequence[Version]) -> pl.Expr:
    index = pl.lit(0, pl.Int32)
    for number, version in enumerate(versions[1:], start=1):
        index = (
            pl.when(pl.col("occurred_on") >= version.starts_on)
            .then(pl.lit(number, pl.Int32))
            .otherwise(index)
        )
    return index


def _terms(ruleset: Ruleset, index: int, layers: CapLayers) -> pl.DataFrame:
    """One row per item: what `evaluate` needs to know of it, as columns starting with `_`."""
    rows = [
        {
            "item": item.code,
            "_version": index,
            "_kind": item.kind,
            "_part": item.part,
            "_value": (item.points or 0) if item.kind in ("award", "deduction") else 0,
            "_unvalued": item.points is None and item.kind in ("award", "deduction", "graded"),
            "_of_member": item.of == "member",
            "_per": item.per if item.kind != "base" else None,
            "_group": item.highest_of,
            **layers.terms(ruleset, item),
        }
        for item in ruleset.items
    ]
    schema = {
        "item": pl.String,
        "_version": pl.Int32,
        "_kind": pl.String,
        "_part": pl.String,
        "_value": pl.Int64,
        "_unvalued": pl.Boolean,
        "_of_member": pl.Boolean,
        "_per": pl.String,
        "_group": pl.String,
        **layers.schema(),
    }
    return pl.DataFrame(rows, schema=schema)


def _take(rows: pl.DataFrame, column: str, taken: pl.Expr) -> pl.DataFrame:
    """Record in `column` what a rule takes, and lower `points` by it."""
    return rows.with_columns(taken.alias(column)).with_columns(
        points=pl.col("points") - pl.col(column)
    )


def _all_where(condition: pl.Expr) -> pl.Expr:
    """All that is left of a positive award where the condition holds."""
    return pl.when(condition & (pl.col("points") > 0)).then(pl.col("points")).otherwise(0)


def _marked(rows: pl.DataFrame, marks: pl.DataFrame, keys: list[str], column: str) -> pl.DataFrame:
    """Take everything from rows whose keys stand in `marks`."""
    if marks.is_empty():
        return rows.with_columns(pl.lit(0, pl.Int64).alias(column))
    marks = marks.select(keys).unique().with_columns(_hit=pl.lit(True))
    rows = rows.join(marks, on=keys, how="left", maintain_order="left")
    return _take(rows, column, _all_where(pl.col("_hit").fill_null(False))).drop("_hit")


def _void(rows: pl.DataFrame, versions: Sequence[Version]) -> pl.DataFrame:
    """An accident voids the named items for the whole year (ruling 6)."""
    targets = {
        (item.code, voided)
        for version in versions
        for item in version.ruleset.items
        for voided in item.voids
    }
    causes = pl.DataFrame(
        sorted(targets), schema={"item": pl.String, "_target": pl.String}, orient="row"
    )
    hits = (
        rows.filter(pl.col("_kind") == "voiding")
        .select("household", "item")
        .join(causes, on="item")
        .select("household", item="_target")
    )
    return _marked(rows, hits, ["household", "item"], "void")


def _exclude(rows: pl.DataFrame, versions: Sequence[Version]) -> pl.DataFrame:
    """One item excludes another in the year, or for the same matter (rulings 7 and 8)."""
    exclusions = {
        (exclusion.within, by, item)
        for version in versions
        for exclusion in version.ruleset.exclusions
        for by in exclusion.by
        for item in exclusion.items
    }
    if not exclusions:
        return rows.with_columns(exclusion=pl.lit(0, pl.Int64))
    causes = pl.DataFrame(
        sorted(exclusions),
        schema={"_within": pl.String, "item": pl.String, "_target": pl.String},
        orient="row",
    )
    hits = (
        rows.select("household", "item", "matter")
        .join(causes, on="item")
        .select("household", "_within", "matter", item="_target")
    )
    in_year = hits.filter(pl.col("_within") == "year")
    in_matter = hits.filter(pl.col("_within") == "matter")
    rows = _marked(rows, in_year, ["household", "item"], "_exclusion_year")
    rows = _marked(rows, in_matter, ["household", "item", "matter"], "_exclusion_matter")
    return rows.with_columns(exclusion=pl.col("_exclusion_year") + pl.col("_exclusion_matter"))


def _limit_frequency(rows: pl.DataFrame, once_before: pl.DataFrame | None) -> pl.DataFrame:
    """At most one award per household (or member), item and period (ruling 3)."""
    stands = pl.col("_per").is_not_null() & (pl.col("points") != 0)
    month = pl.col("occurred_on").dt.month().cast(pl.Int32)
    period = pl.lit(0, pl.Int32)
    for name, months in _MONTHS.items():
        period = pl.when(pl.col("_per") == name).then((month - 1) // months).otherwise(period)
    member = pl.when("_of_member").then(pl.col("member")).otherwise(None)
    limited = rows.with_row_index("_row").filter(stands)
    repeated = limited.select(
        "_row",
        _again=~pl.struct("household", "item", member.alias("m"), period.alias("p"))
        .is_first_distinct(),
    ).filter("_again")
    again = pl.Series(values=[False], dtype=pl.Boolean).new_from_index(0, rows.height)
    if not repeated.is_empty():
        again = again.scatter(repeated["_row"], True)
    rows = rows.with_columns(_again=again)
    if once_before is not None and not once_before.is_empty():
        before = once_before.select("household", "member", "item").unique()
        before = before.with_columns(_before=pl.lit(True))
        rows = rows.with_columns(_who=member).join(
            before.rename({"member": "_who"}),
            on=["household", "_who", "item"],
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        once = (pl.col("_per") == "once") & pl.col("_before").fill_null(False)
        rows = rows.with_columns(_again=pl.col("_again") | once.fill_null(False))
    taken = pl.when("_again").then(pl.col("points")).otherwise(0)
    return _take(rows, "frequency", taken)


def _keep_highest(rows: pl.DataFrame) -> pl.DataFrame:
    """就高不就低: of one group and matter only the highest award stands (ruling 4)."""
    grouped = rows.with_row_index("_row").filter(
        pl.col("_group").is_not_null(), pl.col("points") > 0
    )
    if grouped.is_empty():
        return rows.with_columns(highest_of=pl.lit(0, pl.Int64))
    matter = pl.when(pl.col("matter") == "").then(pl.col("_group")).otherwise(pl.col("matter"))
    ranked = grouped.with_columns(_matter=matter).sort(
        ["points", "_row"], descending=[True, False]
    )
    lower = ranked.filter(~pl.struct("household", "_group", "_matter").is_first_distinct())
    taken = pl.Series("highest_of", [0], dtype=pl.Int64).new_from_index(0, rows.height)
    if not lower.is_empty():
        taken = taken.scatter(lower["_row"], lower["points"])
    return rows.with_columns(highest_of=taken).with_columns(
        points=pl.col("points") - pl.col("highest_of")
    )


def _clip(rows: pl.DataFrame, layer: int) -> pl.DataFrame:
    """Caps clip, in the canonical order; only positive awards count (ruling 2)."""
    cap, limit = pl.col(f"_cap_{layer}"), pl.col(f"_max_{layer}")
    per, took = pl.col(f"_cap_per_{layer}"), f"cap_{layer}"
    capped = rows.with_row_index("_row").filter(cap.is_not_null(), pl.col("points") > 0)
    if capped.is_empty():
        return rows.with_columns(pl.lit(0, pl.Int64).alias(took))
    month, day = pl.col("occurred_on").dt.month(), pl.col("occurred_on").dt.ordinal_day()
    bucket = pl.lit(0, pl.Int32)
    for name, months in _MONTHS.items():
        bucket = pl.when(per == name).then((month - 1) // months).otherwise(bucket)
    bucket = pl.when(per.is_in(["event", "day"])).then(day.cast(pl.Int32)).otherwise(bucket)
    keys = [pl.col("household"), cap.alias("_cap"), bucket.alias("_bucket")]
    if not capped.filter(per == "event").is_empty():
        keys.append(pl.when(per == "event").then("matter").otherwise(None).alias("_event"))
    names = ["household", "_cap", "_bucket", "_event"][: len(keys)]
    version = pl.col("_version") if "_version" in rows.columns else pl.lit(0)
    capped = capped.select("_row", "points", limit.alias("_max"), version.alias("_v"), *keys)
    awards = _fill_up(capped, names)
    taken = pl.Series(took, [0], dtype=pl.Int64).new_from_index(0, rows.height)
    taken = taken.scatter(awards["_row"], awards["_taken"])
    return rows.with_columns(taken).with_columns(points=pl.col("points") - pl.col(took))


def _fill_up(capped: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """What a cap takes from each row, filling it up in order.

    The limit may change with the version: what was used under an earlier version counts
    against the later one's limit, and is never taken back.
    """
    parts: list[pl.DataFrame] = []
    used: pl.DataFrame | None = None
    for number in capped["_v"].unique().sort():
        part = capped.filter(pl.col("_v") == number)
        room = pl.col("_max")
        if used is not None:
            part = part.join(used, on=keys, how="left", nulls_equal=True, maintain_order="left")
            room = pl.max_horizontal(pl.col("_max") - pl.col("_used").fill_null(0), 0)
        part = part.with_columns(_room=room, _sum=pl.col("points").cum_sum().over(keys))
        upto = pl.min_horizontal("_sum", "_room")
        before = pl.min_horizontal(pl.col("_sum") - pl.col("points"), "_room")
        part = part.with_columns(_given=upto - before)
        parts.append(part.select("_row", _taken=pl.col("points") - pl.col("_given")))
        given = part.select(*keys, _used="_given")
        total = given if used is None else pl.concat([used, given])
        used = total.group_by(keys).agg(pl.col("_used").sum())
    return pl.concat(parts)


def _zero(rows: pl.DataFrame, bases: pl.DataFrame, versions: Sequence[Version]) -> pl.DataFrame:
    """A negative event takes back what the household gained until then (ruling 5).

    Each point gained is taken by the first event on or after its date; later ones count again.
    """
    events = rows.filter(pl.col("_kind") == "zeroing")
    if events.is_empty():
        return rows
    zeroed = {
        part: [
            item.code
            for version in versions
            for item in version.ruleset.items
            if part in item.zeroes
        ]
        for part in ("base", "contribution")
    }
    gained = {
        "base": bases.select("household", "gained_on", "points"),
        "contribution": rows.filter(pl.col("points") > 0, pl.col("_part") == "contribution")
        .select("household", "points", gained_on="occurred_on"),
    }
    taken = [
        _taken_by(events.filter(pl.col("item").is_in(zeroed[part])), gained[part])
        for part in ("base", "contribution")
    ]
    totals = pl.concat(taken).group_by("claim").agg(pl.col("points").sum().alias("_zeroed"))
    return (
        rows.join(totals, on="claim", how="left", maintain_order="left")
        .with_columns(points=pl.col("points") - pl.col("_zeroed").fill_null(0))
        .drop("_zeroed")
    )


def _taken_by(events: pl.DataFrame, gained: pl.DataFrame) -> pl.DataFrame:
    """The points that each zeroing claim takes: `claim`, `points`."""
    first_of_day = events.select("household", "claim", day="occurred_on").unique(
        ["household", "day"], keep="first", maintain_order=True
    )
    return (
        gained.join(events.select("household").unique(), on="household", how="semi")
        .sort("gained_on")
        .join_asof(
            first_of_day.sort("day"),
            left_on="gained_on",
            right_on="day",
            by="household",
            strategy="forward",
            check_sortedness=False,
        )
        .filter(pl.col("claim").is_not_null())
        .select("claim", "points")
    )
