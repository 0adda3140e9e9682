"""Communities as the benchmarks need them, and a district whose year is over.

The district is under 马鞍's rules: 500 households a community, each with the 6 base entries, up to
6 awards, and few with a zeroing or a redemption, in the journals that a year leaves (one a month
and community). Every award has its claim, December is audited and the fourth quarter's notice has
closed, so that the settlement gate passes. All of it comes from hashes: no two runs differ.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import polars as pl
from sqlalchemy import Engine, create_engine, func, make_url, select, text
from sqlalchemy.orm import Session

from config.database import upgrade
from domain.ledger.post import ENTRY_COLUMNS, Act, post
from domain.rules.load import content_hash, content_of, shipped
from domain.rules.schema import Ruleset
from domain.store.database import open_engine
from domain.store.frames import write_frame
from domain.store.tables.base import Base
from domain.store.tables.claims import Claim
from domain.store.tables.everything import metadata
from domain.store.tables.ledger import LedgerHead
from domain.store.tables.notices import Notice
from domain.store.tables.people import Community, Household
from domain.store.tables.rules import Adoption, RulesetVersion

YEAR = 2026
RULESET = shipped("fuling-maan-2022")
HASH = content_hash(content_of(RULESET))
HOUSEHOLDS_EACH = 500
AWARDS_EACH_MAX = 6
# One household in so many left during the year, had a negative event, has redeemed.
LEFT, ZEROED, REDEEMED = 100, 60, 10
BATCH_COMMUNITIES = 200
OPENED = datetime(YEAR, 1, 1, tzinfo=UTC)
PUBLISHED = datetime(YEAR + 1, 1, 5, 16, tzinfo=UTC)
CLOSED = datetime(YEAR + 1, 1, 12, 16, tzinfo=UTC)


def build(url: str, communities: int) -> int:
    """Make the tables in an empty database, and fill them; how many entries the ledger has."""
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
    loader = unchecked(url)
    load(loader, people(RULESET, communities))
    load(loader, {Notice: _notices(communities)})
    earned = _earned(communities)
    for first in range(1, communities + 1, BATCH_COMMUNITIES):
        load(loader, {Claim: claims(_of_batch(earned, first))})
    for act, entries in _year(earned, communities):
        for first in range(1, communities + 1, BATCH_COMMUNITIES):
            batch = range(first, min(first + BATCH_COMMUNITIES, communities + 1))
            with Session(loader) as session, session.begin():
                post(session, act, _of_batch(entries, first), dict.fromkeys(batch, HASH))
    total = _tidied(loader)
    loader.dispose()
    return total


def unchecked(url: str) -> Engine:
    """An engine that checks no foreign keys: what is loaded here is known to lead somewhere."""
    target = make_url(url)
    if target.get_backend_name() == "sqlite":
        return create_engine(target)
    options = {"options": "-c session_replication_role=replica -c synchronous_commit=off"}
    return create_engine(target.set(drivername="postgresql+psycopg"), connect_args=options)


def _tidied(engine: Engine) -> int:
    """Let PostgreSQL do now what its housekeeping would do in quiet hours; the entries' number."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM (ANALYZE)"))
    with engine.connect() as connection:
        return connection.execute(select(func.sum(LedgerHead.entries))).scalar_one()


def load(engine: Engine, frames: dict[type[Base], pl.DataFrame]) -> None:
    """Write rows into their tables, in one transaction."""
    with Session(engine) as session, session.begin():
        for model, frame in frames.items():
            table = metadata.tables[model.__tablename__]
            write_frame(session, table, frame)
            if engine.dialect.name == "postgresql" and "id" in frame.columns:
                # What is written after it goes on counting.
                session.execute(
                    select(
                        func.setval(
                            func.pg_get_serial_sequence(table.name, "id"), frame["id"].max()
                        )
                    )
                )


def _of_batch(frame: pl.DataFrame, first: int) -> pl.DataFrame:
    batch = pl.col("community").is_between(first, first + BATCH_COMMUNITIES, closed="left")
    return frame.filter(batch)


def chance(seed: int, upto: int) -> pl.Expr:
    """A whole number from 0 to below `upto`, which hangs on the row's `number` alone."""
    return (pl.col("number").hash(seed) % upto).cast(pl.Int64)


def people(
    ruleset: Ruleset, communities: int, *, own: bool = False
) -> dict[type[Base], pl.DataFrame]:
    """Communities with what they adopted, the heads of their ledgers, and their households.

    All of them run one version, or each its `own` (一社区一方案).
    """
    versions = _versions(ruleset, communities if own else 1)
    adopted = versions["hash"]
    ids = pl.select(community_id=pl.int_range(1, communities + 1))
    number = pl.col("community_id")
    households = homes(communities, 1)
    place = pl.col("number") % HOUSEHOLDS_EACH + 1
    return {
        Community: ids.select(
            id=number,
            code=pl.format("c{}", number),
            name=pl.format("社区{}", number),
            town=pl.lit("马鞍街道"),
            added_at=pl.lit(OPENED),
        ),
        RulesetVersion: versions,
        Adoption: ids.with_columns(
            id=number,
            starts_on=pl.lit(OPENED.date()),
            hash=adopted if own else pl.lit(adopted[0]),
            adopted_at=pl.lit(OPENED),
        ),
        LedgerHead: ids.with_columns(journals=pl.lit(0), entries=pl.lit(0), digest=pl.lit("")),
        Household: households.select(
            id="household",
            community_id="community",
            code=pl.format("H{}", place.cast(pl.String).str.zfill(3)),
            head=pl.lit("王某"),
            area=pl.lit("一组"),
            phone=pl.lit("13800000000"),
            registered=pl.lit(True),
            consent=pl.lit(False),
            enrolled_on=pl.lit(OPENED.date()),
            left_on=pl.when(place % LEFT == 0).then(date(YEAR, 6, 30)),
            left_why=pl.lit(""),
        ),
    }


def _versions(ruleset: Ruleset, count: int) -> pl.DataFrame:
    """The ruleset, or so many villages' own versions of it: each words its first item itself."""
    own = [ruleset, *(_reworded(ruleset, number) for number in range(1, count))]
    contents = [content_of(each) for each in own]
    return pl.DataFrame(
        {
            "hash": [content_hash(each) for each in contents],
            "ruleset": [each.id for each in own],
            "version": [each.version for each in own],
            "content": contents,
        }
    )


def _reworded(ruleset: Ruleset, number: int) -> Ruleset:
    first, *rest = ruleset.items
    first = first.model_copy(update={"name": f"{first.name}（{number}）"})
    own = {"id": f"{ruleset.id}-{number}", "title": f"{ruleset.title}（{number}）"}
    return ruleset.model_copy(update={**own, "items": (first, *rest)})


def steps(communities: int, due: tuple[str, str, str], due_at: datetime) -> pl.DataFrame:
    """One step that is due in each (process, period, step); and the year's last collection, done,
    so that the clock writes no cycle of its own."""
    last = ("collect", f"{YEAR}-12", "collect")
    rows = [
        pl.select(community_id=pl.int_range(1, communities + 1)).with_columns(
            process=pl.lit(process),
            period=pl.lit(period),
            step=pl.lit(step),
            state=pl.lit(state),
            attempt=pl.lit(0),
            run=pl.lit(""),
            outcome=pl.lit(""),
            moved_why=pl.lit(""),
            due_at=pl.lit(due_at),
        )
        for (process, period, step), state in ((last, "done"), (due, "due"))
    ]
    return pl.concat(rows).with_columns(id=pl.int_range(1, 2 * communities + 1))


def _notices(communities: int) -> pl.DataFrame:
    return pl.select(
        id=pl.int_range(1, communities + 1),
        community_id=pl.int_range(1, communities + 1),
        kind=pl.lit("quarter"),
        key=pl.lit(f"{YEAR}-Q4"),
        period=pl.lit(f"{YEAR}-Q4"),
        published_at=pl.lit(PUBLISHED),
        closes_at=pl.lit(CLOSED),
        content=pl.lit("{}"),
        seal=pl.lit(""),
        digest=pl.lit(""),
    )


def homes(communities: int, each: int) -> pl.DataFrame:
    """`each` rows for every household, which `chance` tells apart by their number."""
    rows = pl.select(number=pl.int_range(communities * HOUSEHOLDS_EACH * each))
    return rows.with_columns(household=pl.col("number") // each + 1).with_columns(
        community=(pl.col("household") - 1) // HOUSEHOLDS_EACH + 1
    )


def _earned(communities: int) -> pl.DataFrame:
    """What came from claims: one half of a household's possible awards, and the zeroings."""
    awards = [(item.code, item.points, "award") for item in RULESET.items if item.kind == "award"]
    zeroes = [(item.code, -600, "zeroing") for item in RULESET.items if item.kind == "zeroing"]
    items = pl.DataFrame(
        [*awards, *zeroes],
        schema={"item": pl.String, "points": pl.Int64, "kind": pl.String},
        orient="row",
    ).with_row_index("which")
    award = pl.col("number") % (AWARDS_EACH_MAX + 1) < AWARDS_EACH_MAX
    which = (
        pl.when(award).then(chance(1, len(awards))).otherwise(len(awards) + chance(1, len(zeroes)))
    )
    return (
        homes(communities, AWARDS_EACH_MAX + 1)
        .filter(pl.when(award).then(chance(2, 2) == 0).otherwise(chance(2, ZEROED) == 0))
        .with_columns(which=which.cast(pl.UInt32), month=chance(3, 12) + 1)
        .join(items, on="which")
        .with_columns(ref=pl.format("{}-{}", YEAR, "number"), reason=pl.format("附件.{}", "item"))
        .drop("which")
        .sort("household", "item", "ref")
    )


def claims(earned: pl.DataFrame) -> pl.DataFrame:
    """Approved and registered claims of these households, items and months, as they are stored."""
    occurred = pl.date(YEAR, pl.col("month"), 1 + chance(4, 28))
    moment = occurred.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    audit = pl.format("{}-{}", YEAR, pl.col("month").cast(pl.String).str.zfill(2))
    return earned.select(
        "ref",
        "item",
        id=pl.col("number") + 1,
        community_id="community",
        household_id="household",
        quantity=pl.lit(1),
        matter=pl.lit(""),
        occurred_on=occurred,
        submitted_at=moment,
        channel=pl.lit("self"),
        place=pl.lit("本社区"),
        reason=pl.lit("按要求完成"),
        evidence=pl.lit("photo.jpg"),
        digest=pl.col("ref").str.zfill(64),
        status=pl.lit("approved"),
        stage=pl.lit(1),
        audit=audit,
        registered=audit,
        carried=pl.lit(0),
        decided_at=moment,
    )


def _year(earned: pl.DataFrame, communities: int) -> Iterator[tuple[Act, pl.DataFrame]]:
    """The year's acts in their order, each with the entries of all communities."""
    base = [item for item in RULESET.items if item.kind == "base"]
    bases = (
        homes(communities, len(base))
        .with_columns(
            item=pl.lit(pl.Series([item.code for item in base])).gather(
                pl.col("number") % len(base)
            ),
            kind=pl.lit("base"),
            ref=pl.lit(str(YEAR)),
            points=pl.lit(100),
        )
        .with_columns(reason=pl.format("附件.{}", "item"))
    )
    yield Act(f"base:{YEAR}", str(YEAR), OPENED), _entries(bases)
    del bases
    for month in range(1, 13):
        period = f"{YEAR}-{month:02}"
        audited = datetime(YEAR + month // 12, month % 12 + 1, 5, 16, tzinfo=UTC)
        rows = earned.filter(pl.col("month") == month)
        yield Act(f"audit:{period}", period, audited), _entries(rows)
    redeemed = homes(communities, 1).filter(chance(5, REDEEMED) == 0)
    redeemed = redeemed.with_columns(
        item=None,
        kind=pl.lit("redemption"),
        points=pl.lit(-200),
        ref=pl.format("r-{}", "household"),
        reason=pl.lit("兑换"),
    )
    yield Act(f"redemption:{YEAR}-H2", f"{YEAR}-H2", PUBLISHED), _entries(redeemed)


def _entries(rows: pl.DataFrame) -> pl.DataFrame:
    types = ENTRY_COLUMNS
    return rows.with_columns(member=None, year=pl.lit(YEAR)).select(list(types)).cast(types)
