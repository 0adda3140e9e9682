"""The 5th of the month for a county: 2,000 communities, 1,000,000 households, 2,000,000 claims.

Ours is the whole way through the engine on two cores: the clock claims the steps, a worker with two
runs at once does them, a task run per community. The floor is the same step in the domain alone, in
two processes with half of the communities each. Their difference is what the engine costs. On
PostgreSQL, as a county runs it; both sides on a copy of one database.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import polars as pl
from sqlalchemy import Engine, func, select

from config import prefect_file
from config.database import upgrade
from domain.community import find_community
from domain.rules.load import shipped
from domain.store.database import open_engine, reading, writing
from domain.store.tables.claims import Claim
from domain.store.tables.cycle import Occurrence
from domain.store.tables.ledger import Journal
from tests.bench import district, monthly_audit, scoring
from tests.bench.harness import ROOT, Result, Side, in_own_process, report
from tests.bench.year_end import POSTGRES, Server

COMMUNITIES = 2_000
CLAIMS_EACH = 1_000
PROCESSES = 2
REACH_OVERHEAD = 0.3
REACH_SECONDS = 15 * 60
PATIENCE_S = 3_600
LOOK_EVERY_S = 0.5


def run(scale: float) -> Result:
    """Close the month's audit of all communities, through the engine and without it."""
    communities = max(PROCESSES, round(COMMUNITIES * scale))
    server = Server(os.environ.get("JIFEN_TEST_POSTGRES_URL", POSTGRES))
    server.find()
    try:
        build(server.create(), communities)
        domain = _side("domain", server.copy("domain"))
        engine = _side("engine", server.copy("engine"))
    finally:
        server.drop()
    overhead = (engine.seconds - domain.seconds) / domain.seconds
    return Result(
        name="the_fifth",
        ours_seconds=engine.seconds,
        floor_seconds=domain.seconds,
        ratio=engine.seconds / domain.seconds,
        reach=f"overhead ≤ {REACH_OVERHEAD}, < {REACH_SECONDS // 60} min",
        reached=overhead <= REACH_OVERHEAD and engine.seconds < REACH_SECONDS,
        peak_memory_mib=engine.peak_memory_mib,
        notes=(
            f"{communities:,} communities, {communities * district.HOUSEHOLDS_EACH:,} households,"
            f" {communities * CLAIMS_EACH:,} claims; the engine costs {overhead:.2f} of the domain"
        ),
    )


def _side(side: str, url: str) -> Side:
    # Both in processes of one thread, as a worker has them.
    return in_own_process("tests.bench.the_fifth", side, url, threads=1)


def build(url: str, communities: int) -> None:
    """The communities with a month's decided claims, and the one step that is due in each."""
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
    loader = district.unchecked(url)
    district.load(loader, district.people(shipped(scoring.RULESET), communities))
    district.load(loader, {Claim: monthly_audit.claims(CLAIMS_EACH, communities)})
    district.load(loader, {Occurrence: _steps(communities)})
    loader.dispose()


def _steps(communities: int) -> pl.DataFrame:
    """The year's last collection, so that the clock writes no cycle of its own; and the close."""
    numbers = pl.select(community_id=pl.int_range(1, communities + 1))
    common = {
        "attempt": pl.lit(0), "run": pl.lit(""), "outcome": pl.lit(""), "moved_why": pl.lit(""),
        "due_at": pl.lit(monthly_audit.AFTER_DEADLINE),
    }  # fmt: skip
    written = numbers.with_columns(
        process=pl.lit("collect"), period=pl.lit(f"{district.YEAR}-12"), step=pl.lit("collect"),
        state=pl.lit("done"), **common,
    )  # fmt: skip
    close = numbers.with_columns(
        process=pl.lit("audit"), period=pl.lit(str(monthly_audit.MONTH)), step=pl.lit("close"),
        state=pl.lit("due"), **common,
    )  # fmt: skip
    return pl.concat([written, close]).with_columns(id=pl.int_range(1, 2 * communities + 1))


def in_the_domain(url: str) -> None:
    """Each process does its half; what a flow's step does, without the flow."""
    halves = [
        subprocess.Popen([sys.executable, "-m", __spec__.name, "half", url, str(number)], cwd=ROOT)
        for number in range(PROCESSES)
    ]
    codes = [half.wait() for half in halves]
    if any(codes):
        raise RuntimeError("a half of the floor failed")


def half(url: str, number: int) -> None:
    """Close the audits of every other community."""
    from flows.audit import close  # noqa: PLC0415 - the step itself, called as a function

    engine = open_engine(url)
    with reading(engine) as session:
        codes = session.scalars(
            select(Occurrence.community_id)
            .where(Occurrence.state == "due")
            .order_by(Occurrence.community_id)
        ).all()
    for code in codes[number::PROCESSES]:
        with writing(engine) as session:
            community = find_community(session, f"c{code}")
            close(session, community, monthly_audit.MONTH, monthly_audit.AFTER_DEADLINE)
    engine.dispose()


def through_the_engine(url: str) -> None:
    """The clock sweeps as often as in a town, the worker works, until nothing is due."""
    from flows.clock import Clock, Pace  # noqa: PLC0415 - Prefect has its settings by then

    engine = open_engine(url)
    clock = Clock(engine, "bench", lambda: monthly_audit.AFTER_DEADLINE)
    started = swept = time.monotonic()
    clock.sweep()
    while _left(engine) and time.monotonic() < started + PATIENCE_S:
        if time.monotonic() > swept + Pace().sweep.total_seconds():
            clock.sweep()
            swept = time.monotonic()
        time.sleep(LOOK_EVERY_S)
    if _left(engine):
        raise RuntimeError("the engine did not come to its end")
    engine.dispose()


def _left(engine: Engine) -> int:
    with reading(engine) as session:
        query = select(func.count()).select_from(Occurrence).where(Occurrence.state != "done")
        return session.scalar(query) or 0


@contextmanager
def _service(url: str) -> Iterator[None]:
    """A Prefect server with the deployments, and a worker of two."""
    from flows.server import CLIENT_SETTINGS, connected, prefect_server  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "prefect"
        with prefect_server(None, home) as api, connected(api, home):
            from flows.deployments import deploy_all  # noqa: PLC0415
            from flows.pool import POOL  # noqa: PLC0415

            deploy_all(prefect_file())
            environment = {
                **os.environ, **CLIENT_SETTINGS,
                "JIFEN_PREFECT_API_URL": api, "JIFEN_PREFECT_HOME": str(home),
                "JIFEN_DATABASE_URL": url.replace("postgresql:", "postgresql+psycopg:"),
            }  # fmt: skip
            worker = subprocess.Popen(
                [sys.executable, "-m", "console.main", "worker", "--limit", str(PROCESSES)],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                _wait_for_worker(f"{api}/work_pools/{POOL}/workers/filter")
                yield
            finally:
                worker.terminate()
                worker.wait()


def _wait_for_worker(listing: str) -> None:
    """A town's service is up when the 5th is over; its start is no part of the month's end."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        answer = httpx.post(listing, json={})
        if answer.json():
            return
        time.sleep(LOOK_EVERY_S)
    raise RuntimeError("no worker came up")


def _check(url: str) -> None:
    engine = open_engine(url)
    with reading(engine) as session:
        due = session.scalar(
            select(func.count()).select_from(Occurrence).where(Occurrence.step == "close")
        )
        audits = session.scalar(
            select(func.count())
            .select_from(Journal)
            .where(Journal.act == f"audit:{monthly_audit.MONTH}")
        )
    engine.dispose()
    if audits != due:
        raise RuntimeError(f"{audits} audits of {due} were registered")


if __name__ == "__main__":
    side, url, *rest = sys.argv[1:]
    if side == "half":
        half(url, int(rest[0]))
    elif side == "domain":
        report(lambda: in_the_domain(url), lambda: _check(url))
    else:
        with _service(url):
            report(lambda: through_the_engine(url), lambda: _check(url))
