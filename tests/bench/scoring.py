"""Scoring a district's year under 宝山's rules: the evaluator against SQL written for them.

5,000,000 approved claims of 1,000,000 households in 2,000 communities, in one Parquet file with
a community's claims together in the order in which they came. Both sides read it, award every
claim and add the awards up per household; totals must be equal. The SQL gives the points alone,
the evaluator also what each rule took.
"""

import sys
import tempfile
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from domain.rules.evaluate import BASE_COLUMNS, CLAIM_COLUMNS, Version, evaluate
from domain.rules.load import shipped
from tests.bench.harness import THREADS, Result, Side, best_of, in_own_process, report

COMMUNITIES, HOUSEHOLDS_EACH, CLAIMS_EACH = 2_000, 500, 2_500
# What is scored at a time: bounds memory, and keeps the columns in the processor's caches.
BATCH_COMMUNITIES = 250
ROUNDS = 3
REACH_RATIO, REACH_MIB = 1.5, 3 * 1024
RULESET = "baoshan-2023"

# Of 1,000 claims, how many are of which item; the rest are volunteering.
SHARES = {
    "meeting-promise": 110,
    "village-rules": 100,
    "sorting-promise": 110,
    "sanitation": 110,
    "tenant-registration": 45,
    "rental-rules": 45,
    "no-rental": 55,
    "safety-promise": 35,
    "fire-gear": 25,
    "charging": 20,
    "courtyard": 25,
    "military": 8,
    "martyr": 3,
    "university": 5,
    "local-job": 12,
    "training": 6,
    "wedding-funeral": 8,
    "wedding-funeral-breach": 2,
    "accident": 2,
    "meeting-absence": 8,
    "sorting-breach": 10,
    "sanitation-breach": 10,
    "illegal-building": 1,
    "illegal-act": 1,
    "moral-town": 4,
    "moral-district": 2,
    "moral-city": 1,
    "family-town": 4,
    "family-district": 2,
    "family-city": 1,
    "volunteer-town": 4,
    "volunteer-district": 2,
    "volunteer-city": 1,
    "courtyard-town": 4,
    "courtyard-district": 2,
    "courtyard-city": 1,
}
ITEMS = [code for code, share in SHARES.items() for _ in range(share)]
ITEMS += ["volunteering"] * (1_000 - len(ITEMS))

# The rules of rulesets/baoshan-2023, by hand, in the fastest form that was found: items, honour
# groups (1 moral … 4 courtyard) and yearly caps as small numbers, windows over those claims alone
# that they concern.
AWARDS = """
CREATE TABLE awards AS
WITH listed(item, value, per, honours, year_cap, year_max) AS (VALUES
    ('meeting-promise', 500, 'month', NULL, 1, 6000),
    ('meeting-absence', -500, NULL, NULL, NULL, NULL),
    ('safety-promise', 2000, 'year', NULL, NULL, NULL),
    ('no-rental', 2000, 'year', NULL, NULL, NULL),
    ('tenant-registration', 1000, 'month', NULL, 2, 24000),
    ('rental-rules', 1000, 'month', NULL, 2, 24000),
    ('accident', 0, NULL, NULL, NULL, NULL),
    ('fire-gear', 2000, 'year', NULL, 3, 4000),
    ('charging', 2000, 'year', NULL, 3, 4000),
    ('illegal-building', -10000, NULL, NULL, NULL, NULL),
    ('illegal-act', -10000, NULL, NULL, NULL, NULL),
    ('village-rules', 500, 'month', NULL, 4, 6000),
    ('wedding-funeral', 6000, 'matter', NULL, NULL, NULL),
    ('wedding-funeral-breach', -2000, 'matter', NULL, NULL, NULL),
    ('moral-town', 5000, NULL, 1, NULL, NULL),
    ('moral-district', 10000, NULL, 1, NULL, NULL),
    ('moral-city', 20000, NULL, 1, NULL, NULL),
    ('family-town', 5000, NULL, 2, NULL, NULL),
    ('family-district', 10000, NULL, 2, NULL, NULL),
    ('family-city', 20000, NULL, 2, NULL, NULL),
    ('volunteering', 500, NULL, NULL, 5, 9000),
    ('volunteer-town', 5000, NULL, 3, NULL, NULL),
    ('volunteer-district', 10000, NULL, 3, NULL, NULL),
    ('volunteer-city', 20000, NULL, 3, NULL, NULL),
    ('military', 6000, 'year', NULL, NULL, NULL),
    ('martyr', 6000, 'year', NULL, NULL, NULL),
    ('university', 10000, 'year', NULL, NULL, NULL),
    ('local-job', 5000, 'year', NULL, NULL, NULL),
    ('training', 5000, 'year', NULL, NULL, NULL),
    ('courtyard', 1500, 'year', NULL, NULL, NULL),
    ('courtyard-town', 5000, NULL, 4, NULL, NULL),
    ('courtyard-district', 10000, NULL, 4, NULL, NULL),
    ('courtyard-city', 20000, NULL, 4, NULL, NULL),
    ('sorting-promise', 500, 'month', NULL, 6, 6000),
    ('sorting-breach', -500, NULL, NULL, NULL, NULL),
    ('sanitation', 1000, 'month', NULL, 7, 12000),
    ('sanitation-breach', -1000, NULL, NULL, NULL, NULL)
),
items AS (
    SELECT item, row_number() OVER ()::UTINYINT AS number, value::INTEGER AS value, per,
        honours::UTINYINT AS honours, year_cap::UTINYINT AS year_cap, year_max::INTEGER AS year_max
    FROM listed
),
claims AS MATERIALIZED (
    SELECT claim, household, item, number, matter, occurred_on, submitted_at, ref,
        (value * quantity)::INTEGER AS raw, per, honours, year_cap, year_max
    FROM read_parquet('{claims}') JOIN items USING (item)
),
standing AS MATERIALIZED (
    SELECT * REPLACE (CASE
        WHEN item IN ('no-rental', 'tenant-registration', 'rental-rules')
            AND household IN (SELECT household FROM claims WHERE item = 'accident') THEN 0
        WHEN item IN ('tenant-registration', 'rental-rules')
            AND household IN (SELECT household FROM claims WHERE item = 'no-rental') THEN 0
        WHEN item = 'wedding-funeral' AND (household, matter) IN
            (SELECT (household, matter) FROM claims WHERE item = 'wedding-funeral-breach') THEN 0
        ELSE raw END AS raw)
    FROM claims
),
regular AS (
    SELECT claim, household, occurred_on, submitted_at, ref, year_cap, year_max,
        CASE row_number() OVER (
            PARTITION BY household, number, CASE per WHEN 'month' THEN month(occurred_on) END,
                CASE per WHEN 'matter' THEN matter END
            ORDER BY occurred_on, submitted_at, ref)
        WHEN 1 THEN raw ELSE 0 END AS raw
    FROM standing WHERE per IS NOT NULL AND raw <> 0
),
services AS (
    SELECT claim, household, occurred_on, submitted_at, ref, year_cap, year_max,
        (least(1000, sum(raw) OVER event) - least(1000, sum(raw) OVER event - raw))::INTEGER AS raw
    FROM standing WHERE item = 'volunteering'
    WINDOW event AS (
        PARTITION BY household, occurred_on, matter ORDER BY submitted_at, ref
        ROWS UNBOUNDED PRECEDING)
),
capped AS MATERIALIZED (
    SELECT * FROM regular WHERE year_cap IS NOT NULL UNION ALL SELECT * FROM services
),
overfull AS MATERIALIZED (
    SELECT household, year_cap FROM capped GROUP BY ALL HAVING sum(raw) > any_value(year_max)
)
SELECT claim, household, points::BIGINT AS points FROM (
    SELECT claim, household, raw AS points
    FROM capped ANTI JOIN overfull USING (household, year_cap)
    UNION ALL
    SELECT claim, household,
        least(year_max, sum(raw) OVER year) - least(year_max, sum(raw) OVER year - raw)
    FROM capped SEMI JOIN overfull USING (household, year_cap)
    WINDOW year AS (
        PARTITION BY household, year_cap ORDER BY occurred_on, submitted_at, ref
        ROWS UNBOUNDED PRECEDING)
    UNION ALL
    SELECT claim, household, raw FROM regular WHERE year_cap IS NULL
    UNION ALL
    SELECT claim, household, CASE row_number() OVER (
        PARTITION BY household, honours, matter ORDER BY raw DESC, occurred_on, submitted_at, ref)
        WHEN 1 THEN raw ELSE 0 END
    FROM standing WHERE honours IS NOT NULL
    UNION ALL
    SELECT claim, household, raw FROM standing
    WHERE (per IS NULL AND honours IS NULL AND item <> 'volunteering')
        OR (per IS NOT NULL AND raw = 0)
)
"""
TOTALS = """
CREATE TABLE totals AS
SELECT household, sum(points)::BIGINT AS points FROM awards GROUP BY household
"""


def run(scale: float) -> Result:
    """Both sides in turns, each run in a process of its own."""
    communities = max(1, round(COMMUNITIES * scale))
    with tempfile.TemporaryDirectory() as folder:
        write_claims(Path(folder) / "claims.parquet", communities)
        ours, floor = best_of(ROUNDS, lambda: _side("ours", folder), lambda: _side("floor", folder))
        assert_equal(Path(folder))
    ratio = ours.seconds / floor.seconds
    return Result(
        name="scoring",
        ours_seconds=ours.seconds,
        floor_seconds=floor.seconds,
        ratio=ratio,
        reach=f"ratio ≤ {REACH_RATIO}, memory ≤ {REACH_MIB} MiB",
        reached=ratio <= REACH_RATIO and ours.peak_memory_mib <= REACH_MIB,
        peak_memory_mib=ours.peak_memory_mib,
        notes=(
            f"{communities * CLAIMS_EACH:,} claims of {communities * HOUSEHOLDS_EACH:,} households;"
            f" floor: DuckDB, {THREADS} threads, {floor.peak_memory_mib:,.0f} MiB;"
            f" best of {ROUNDS}; totals equal"
        ),
    )


def _side(name: str, folder: str) -> Side:
    return in_own_process("tests.bench.scoring", name, folder)


def assert_equal(folder: Path) -> None:
    """Every household's total and every claim's points are the same on both sides."""
    for what, key in (("totals", "household"), ("awards", "claim")):
        ours, floor = (
            pl.read_parquet(folder / f"{side}-{what}.parquet").sort(key)
            for side in ("ours", "floor")
        )
        assert ours.equals(floor), f"the {what} differ: {ours} {floor}"


def write_claims(path: Path, communities: int) -> None:
    """Claims of a year: one half of every household's, one half of the busiest tenth's."""
    size = communities * CLAIMS_EACH

    def chance(seed: int, upto: int) -> pl.Expr:
        return (pl.col("claim").hash(seed) % upto).cast(pl.Int64)

    busiest = HOUSEHOLDS_EACH // 10
    member = (
        pl.when(chance(1, 2) == 0).then(chance(2, HOUSEHOLDS_EACH)).otherwise(chance(2, busiest))
    )
    item = pl.Series(ITEMS, dtype=pl.Enum(list(dict.fromkeys(ITEMS))))
    honour = pl.col("item").cast(pl.String).str.contains("-(town|district|city)$")
    volunteering = pl.col("item") == "volunteering"
    # 40 events a year, each on its day, so that one household's services meet at one.
    day = pl.when(volunteering).then(chance(5, 40) * 9).otherwise(chance(6, 365))
    matter = (
        pl.when(volunteering)
        .then(pl.format("志愿活动{}", chance(5, 40)))
        .when(pl.col("item").cast(pl.String).str.starts_with("wedding"))
        .then(pl.format("{}家婚礼", chance(7, 2)))
        .when(honour & (chance(7, 3) > 0))
        .then(pl.format("荣誉{}", chance(7, 3)))
        .otherwise(pl.lit(""))
    )
    (
        pl.select(claim=pl.int_range(1, size + 1))
        .with_columns(
            community=(pl.col("claim") - 1) // CLAIMS_EACH,
            item=pl.lit(item).gather(chance(3, len(ITEMS))),
        )
        .with_columns(
            household=pl.col("community") * HOUSEHOLDS_EACH + member,
            occurred_on=pl.date(2026, 1, 1) + pl.duration(days=day),
            matter=matter,
            quantity=pl.when(volunteering).then(1 + chance(8, 3) // 2).otherwise(1),
            member=pl.lit(None, pl.Int64),
            score=pl.lit(None, pl.Int64),
            ref=pl.format("2026-{}", pl.col("claim").cast(pl.String).str.zfill(8)),
        )
        .with_columns(
            submitted_at=pl.col("occurred_on").cast(pl.Datetime("us"))
            + pl.duration(seconds=chance(9, 5 * 86_400)),
            item=pl.col("item").cast(pl.String),
        )
        .sort("community", "submitted_at")
        .write_parquet(path, row_group_size=BATCH_COMMUNITIES * CLAIMS_EACH)
    )


class Ours:
    """The evaluator, a batch of communities at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.versions = [Version(date(2026, 1, 1), shipped(RULESET))]

    def work(self) -> None:
        claims = pl.scan_parquet(self.folder / "claims.parquet")
        last = claims.select(pl.col("community").max()).collect().item()
        self.awards = pl.concat(
            self._award(claims, first) for first in range(0, last + 1, BATCH_COMMUNITIES)
        )
        self.totals = self.awards.group_by("household").agg(pl.col("points").sum())

    def _award(self, claims: pl.LazyFrame, first: int) -> pl.DataFrame:
        batch = pl.col("community").is_between(first, first + BATCH_COMMUNITIES, closed="left")
        rows = claims.filter(batch).select(list(CLAIM_COLUMNS)).collect()
        bases = pl.DataFrame(schema=BASE_COLUMNS)
        return evaluate(rows, bases, self.versions).select("claim", "household", "points")

    def keep(self) -> None:
        self.awards.write_parquet(self.folder / "ours-awards.parquet")
        self.totals.write_parquet(self.folder / "ours-totals.parquet")


class Floor:
    """DuckDB."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = duckdb.connect()
        self.database.execute(f"SET threads = {THREADS}; SET preserve_insertion_order = false")

    def work(self) -> None:
        self.database.execute(AWARDS.format(claims=self.folder / "claims.parquet"))
        self.database.execute(TOTALS)

    def keep(self) -> None:
        for what in ("awards", "totals"):
            path = self.folder / f"floor-{what}.parquet"
            self.database.execute(f"COPY {what} TO '{path}' (FORMAT parquet)")


if __name__ == "__main__":
    sides: dict[str, type[Ours | Floor]] = {"ours": Ours, "floor": Floor}
    side = sides[sys.argv[1]](Path(sys.argv[2]))
    report(side.work, side.keep)
