"""An evening's collection for a county: 2,000 communities, each with rules of its own.

Something came in for all of them: ours is the whole way through the engine on two cores, as on
the 5th, the floor the same step in the domain alone, in two processes. The notes tell how it is as
usual, with something for a tenth of them. On PostgreSQL, each side on a copy of one database.
"""

import os
import sys
from datetime import datetime, timedelta

import polars as pl
from sqlalchemy import func, select, update

from config.database import upgrade
from domain.cycle.schedule import DAY_ENDS
from domain.intake.columns import title_of
from domain.kernel.local_time import LOCAL
from domain.kernel.period import Period
from domain.rules.load import shipped
from domain.store.database import open_engine, reading, writing
from domain.store.tables.claims import Claim, InboxRow
from domain.store.tables.cycle import Occurrence
from tests.bench import district, scoring, service
from tests.bench.harness import Result, Side, in_own_process, report
from tests.bench.year_end import POSTGRES, Server

COMMUNITIES = 2_000
CLAIMS_EACH = 10
# As usual something comes for one community in so many.
USUAL = 10
REACH_SECONDS, REACH_RUNS = 5 * 60, 50
MONTH = Period(district.YEAR, "month", 3)
CAME = datetime(district.YEAR, 3, 10, 12, tzinfo=LOCAL)
DUE_AT = datetime.combine(CAME.date(), DAY_ENDS, LOCAL)
AT = DUE_AT + timedelta(seconds=1)


def run(scale: float) -> Result:
    """Collect what has come, through the engine and without it."""
    communities = max(service.PROCESSES, round(COMMUNITIES * scale))
    server = Server(os.environ.get("JIFEN_TEST_POSTGRES_URL", POSTGRES))
    server.find()
    try:
        build(server.create(), communities)
        domain, engine, usual = (
            _side(side, server.copy(side)) for side in ("domain", "engine", "usual")
        )
        runs, usual_runs = (
            service.runs_of(server.url(side), "collect") for side in ("engine", "usual")
        )
    finally:
        server.drop()
    return Result(
        name="evening",
        ours_seconds=engine.seconds,
        floor_seconds=domain.seconds,
        ratio=engine.seconds / domain.seconds,
        reach=f"< {REACH_SECONDS // 60} min, ≤ {REACH_RUNS} runs",
        reached=engine.seconds < REACH_SECONDS and runs <= REACH_RUNS,
        peak_memory_mib=engine.peak_memory_mib,
        notes=(
            f"{communities:,} communities with a version each, {communities * CLAIMS_EACH:,} claims"
            f" came: {runs} runs; with something for one in {USUAL}: {usual.seconds:.1f} s,"
            f" {usual_runs} runs"
        ),
    )


def _side(side: str, url: str) -> Side:
    # In processes of one thread, as a worker has them.
    return in_own_process("tests.bench.evening", side, url, threads=1)


def build(url: str, communities: int) -> None:
    """The communities with what has come during the day, and the collection that is due."""
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
    loader = district.unchecked(url)
    district.load(loader, district.people(shipped(scoring.RULESET), communities, own=True))
    district.load(loader, {InboxRow: inbox(communities)})
    due = ("collect", str(MONTH), "collect")
    district.load(loader, {Occurrence: district.steps(communities, due, DUE_AT)})
    loader.dispose()


def inbox(communities: int) -> pl.DataFrame:
    """A sheet of claims for each community."""
    names = ("household", "item", "occurred_on", "place", "reason", "channel", "submitted_at")
    heads = {name: title_of("claims", name) for name in names}
    place = pl.col("number") % CLAIMS_EACH + 1
    cells = {
        "household": pl.format("H{}", place.cast(pl.String).str.zfill(3)),
        "item": pl.lit("volunteering"),
        "occurred_on": pl.lit(str(CAME.date())),
        "place": pl.lit("本社区"),
        "reason": pl.lit("按要求完成"),
        "channel": pl.lit("self"),
        "submitted_at": pl.lit(CAME.strftime("%Y-%m-%d %H:%M")),
    }
    return pl.select(number=pl.int_range(communities * CLAIMS_EACH)).select(
        id=pl.col("number") + 1,
        community_id=pl.col("number") // CLAIMS_EACH + 1,
        kind=pl.lit("claims"),
        file=pl.lit("claims.xlsx"),
        row=(place + 1).cast(pl.Int64),
        content=pl.struct(
            cell.alias(heads[name]) for name, cell in cells.items()
        ).struct.json_encode(),
        digest=pl.format("{}", pl.col("number") // CLAIMS_EACH).str.zfill(64),
        effective_at=pl.lit(CAME),
    )


def as_usual(url: str) -> None:
    """Nothing has come for most of them after all."""
    engine = open_engine(url)
    with writing(engine) as session:
        rest = InboxRow.community_id % USUAL != 0
        session.execute(update(InboxRow).where(rest).values(taken_at=CAME))
    engine.dispose()


def check(url: str) -> None:
    """All that came was accepted."""
    engine = open_engine(url)
    with reading(engine) as session:
        query = select(func.count()).select_from(InboxRow)
        came = session.scalar(query.where(InboxRow.taken_at.is_distinct_from(CAME)))
        accepted = session.scalar(select(func.count()).select_from(Claim))
    engine.dispose()
    if accepted != came:
        raise RuntimeError(f"{accepted} claims of {came} were accepted")


if __name__ == "__main__":
    side, url, *rest = sys.argv[1:]
    if side == "half":
        from domain.steps.collect import collect

        service.half(url, int(rest[0]), AT, collect, MONTH)
    elif side == "domain":
        report(lambda: service.in_the_domain(__spec__.name, url), lambda: check(url))
    else:
        if side == "usual":
            as_usual(url)
        with service.service(url):
            report(lambda: service.through_the_engine(url, AT), lambda: check(url))
