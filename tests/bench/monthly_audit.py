"""One community's monthly audit: 500 households, 5,000 claims under 宝山's rules, on SQLite.

The time is that of the domain: `close_audit` in its transaction, committed, each time in another
community whose month has not been audited; the median of them. The notes tell what the flow run
around it takes more, on a local Prefect server: the same audit as `flows.audit.monthly_audit`,
whose ledgers must come out the same.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from sqlalchemy import func, select

from config.database import upgrade
from domain.audit.close import close_audit
from domain.community.registry import find_community
from domain.kernel.errors import Refused
from domain.kernel.period import Period
from domain.rules.load import shipped
from domain.store.database import open_engine, reading, writing
from domain.store.tables.claims import Claim
from domain.store.tables.ledger import Entry, Journal
from tests.bench import district, scoring
from tests.bench.harness import Result, in_own_process, peak_mib

CLAIMS = 5_000
# Of 100 claims, how many were rejected, and how many wait for a decision.
REJECTED, PENDING = 3, 2
COMMUNITIES = 9
REACH_SECONDS = 0.3
MONTH = Period(district.YEAR, "month", 3)
AFTER_DEADLINE = datetime(district.YEAR, 4, 6, tzinfo=UTC)


def run(scale: float, *, with_flows: bool = True) -> Result:
    """Audit the month in communities of their own, directly and as flow runs."""
    count = max(1, round(CLAIMS * scale))
    with tempfile.TemporaryDirectory() as folder:
        build(f"sqlite:///{folder}/domain.db", count)
        domain = in_own_process("tests.bench.monthly_audit", "domain", folder)
        share = "flow runs not measured"
        if with_flows:
            build(f"sqlite:///{folder}/flow.db", count)
            flow = in_own_process("tests.bench.monthly_audit", "flow", folder)
            _assert_equal(folder)
            part = (flow.seconds - domain.seconds) / flow.seconds
            share = f"a flow run takes {flow.seconds:.2f} s, of which Prefect {part:.0%}"
    return Result(
        name="monthly_audit",
        ours_seconds=domain.seconds,
        floor_seconds=REACH_SECONDS,
        ratio=domain.seconds / REACH_SECONDS,
        reach=f"≤ {REACH_SECONDS} s",
        reached=domain.seconds <= REACH_SECONDS,
        peak_memory_mib=domain.peak_memory_mib,
        notes=(
            f"{district.HOUSEHOLDS_EACH} households, {count:,} claims; median of"
            f" {COMMUNITIES} communities; the floor is the aim; {share}"
        ),
    )


def _assert_equal(folder: str) -> None:
    domain, flow = (_ledger(f"sqlite:///{folder}/{name}.db") for name in ("domain", "flow"))
    assert len(domain) == COMMUNITIES
    assert domain == flow, f"the ledgers differ: {domain} {flow}"


def _ledger(url: str) -> list[tuple[object, ...]]:
    """By community, what its audit posted: how many entries, and of how many points."""
    query = (
        select(Journal.community_id, Journal.act, func.count(), func.sum(Entry.points))
        .join(Entry, Entry.journal_id == Journal.id)
        .group_by(Journal.community_id, Journal.act)
        .order_by(Journal.community_id)
    )
    engine = open_engine(url)
    with reading(engine) as session:
        rows = [tuple(row) for row in session.execute(query)]
    engine.dispose()
    return rows


def build(url: str, claims_each: int) -> None:
    """Communities in which a month's claims are decided, and none of them is registered."""
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
    loader = district.unchecked(url)
    district.load(loader, district.people(shipped(scoring.RULESET), COMMUNITIES))
    district.load(loader, {Claim: claims(claims_each, COMMUNITIES)})
    loader.dispose()


def claims(each: int, communities: int) -> pl.DataFrame:
    """A month's claims, as many in each community; most of them approved."""
    items = pl.lit(pl.Series(scoring.ITEMS))
    decided = district.chance(5, 100)
    return (
        district.claims(
            pl.select(number=pl.int_range(communities * each)).select(
                "number",
                community=pl.col("number") // each + 1,
                household=pl.col("number") // each * district.HOUSEHOLDS_EACH
                + district.chance(1, district.HOUSEHOLDS_EACH)
                + 1,
                item=items.gather(district.chance(2, len(scoring.ITEMS))),
                ref=pl.format("{}-{}", district.YEAR, "number"),
                month=pl.lit(MONTH.index),
            )
        )
        .with_columns(
            matter=pl.when(pl.col("item") == "volunteering")
            .then(pl.format("志愿活动{}", pl.col("occurred_on").dt.day()))
            .otherwise(pl.lit("")),
            registered=pl.lit(None, pl.String),
            number=pl.col("id"),
        )
        .with_columns(
            status=pl.when(decided < PENDING)
            .then(pl.lit("pending"))
            .when(decided < PENDING + REJECTED)
            .then(pl.lit("rejected"))
            .otherwise(pl.lit("approved")),
            decided_at=pl.when(decided >= PENDING).then("decided_at"),
        )
        .drop("number")
    )


def audits(folder: Path) -> list[float]:
    """Seconds that each community's audit takes in the domain."""
    engine = open_engine(f"sqlite:///{folder}/domain.db")

    def audit(code: str) -> None:
        with writing(engine) as session:
            audited = close_audit(session, find_community(session, code), MONTH, AFTER_DEADLINE)
        if not audited.registered:
            raise Refused("the audit registered nothing")

    seconds = _timed(audit)
    engine.dispose()
    return seconds


def flow_runs(folder: Path) -> list[float]:
    """Seconds that each community's audit takes as a flow run on a local server."""
    from flows.engine.server import connected, prefect_server  # lazy: settings

    engine = open_engine(f"sqlite:///{folder}/flow.db")
    home = folder / "prefect"
    with prefect_server(None, home) as api, connected(api, home):
        from flows import catalogue  # lazy: settings
        from flows.steps import runtime  # lazy: settings

        runtime.use(engine)

        def audit(code: str) -> None:
            [outcome] = catalogue.run(
                "audit", communities=[code], period=str(MONTH), step="close", as_of=AFTER_DEADLINE
            )
            if outcome["state"] != "done":
                raise Refused(outcome["said"])

        seconds = _timed(audit)
    engine.dispose()
    return seconds


def _timed(audit: Callable[[str], None]) -> list[float]:
    seconds = []
    for number in range(1, COMMUNITIES + 1):
        start = time.perf_counter()
        audit(f"c{number}")
        seconds.append(time.perf_counter() - start)
    return seconds


if __name__ == "__main__":
    measure = {"domain": audits, "flow": flow_runs}[sys.argv[1]]
    seconds = statistics.median(measure(Path(sys.argv[2])))
    print(json.dumps({"seconds": seconds, "peak_memory_mib": peak_mib()}))
