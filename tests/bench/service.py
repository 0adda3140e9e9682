"""Due steps through the service as a county runs it, and the same steps in the domain alone.

The service is a Prefect server with the deployments, a worker with two runs at once, and the clock,
which sweeps as often as in a town. Without it, two processes do half of the communities each.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx
from sqlalchemy import Engine, func, select

from config import prefect_file
from domain.community.registry import find_community
from domain.kernel.period import Period
from domain.steps.work import Work
from domain.store.database import open_engine, reading, writing
from domain.store.tables.cycle import Occurrence
from notifications.letters.messenger import tell
from tests.bench.harness import ROOT

PROCESSES = 2
PATIENCE_S = 3_600
LOOK_EVERY_S = 0.5
# What is over, until something more falls due.
OVER = ("done", "dropped")


def through_the_engine(url: str, at: datetime) -> None:
    """Let the clock and the worker do all that is due at a moment."""
    from flows.clock.clock import Clock, Pace  # lazy: settings
    from flows.steps.runtime import use  # lazy: settings

    engine = open_engine(url)
    use(engine)
    clock = Clock(engine, "bench", lambda: at)
    started = swept = time.monotonic()
    clock.sweep()
    while left(engine, at) and time.monotonic() < started + PATIENCE_S:
        if time.monotonic() > swept + Pace().sweep.total_seconds():
            clock.sweep()
            swept = time.monotonic()
        time.sleep(LOOK_EVERY_S)
    if left(engine, at):
        raise RuntimeError("the engine did not come to its end")
    engine.dispose()


def in_the_domain(module: str, url: str) -> None:
    """Without the engine: `python -m module half url number` for each of the processes."""
    halves = [
        subprocess.Popen([sys.executable, "-m", module, "half", url, str(number)], cwd=ROOT)
        for number in range(PROCESSES)
    ]
    codes = [half.wait() for half in halves]
    if any(codes):
        raise RuntimeError("a half of the floor failed")


def half(url: str, number: int, at: datetime, step: Work, period: Period) -> None:
    """Do the step that is due in every other community, each in a transaction of its own."""
    engine = open_engine(url)
    due = select(Occurrence.community_id).where(Occurrence.due_at <= at, Occurrence.state == "due")
    with reading(engine) as session:
        ids = session.scalars(due.order_by(Occurrence.community_id)).all()
    for each in ids[number::PROCESSES]:
        with writing(engine) as session:
            step(session, find_community(session, f"c{each}"), period, at, tell)
    engine.dispose()


def runs_of(url: str, step: str) -> int:
    """How many flow runs did a step for all communities."""
    engine = open_engine(url)
    query = select(func.count(Occurrence.run.distinct())).where(
        Occurrence.step == step, Occurrence.run != ""
    )
    with reading(engine) as session:
        runs = session.scalar(query) or 0
    engine.dispose()
    return runs


def left(engine: Engine, at: datetime) -> int:
    """How many steps that are due at a moment are not over."""
    query = select(func.count()).where(Occurrence.due_at <= at, Occurrence.state.not_in(OVER))
    with reading(engine) as session:
        return session.scalar(query) or 0


@contextmanager
def service(url: str) -> Iterator[None]:
    """A Prefect server with the deployments, and a worker of two."""
    from flows.engine.server import CLIENT_SETTINGS, connected, prefect_server  # lazy: settings

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "prefect"
        with prefect_server(None, home) as api, connected(api, home):
            from flows.clock.deployments import deploy_all  # lazy: settings
            from flows.engine.pool import POOL  # lazy: settings

            deploy_all(prefect_file())
            environment = {
                **os.environ,
                **CLIENT_SETTINGS,
                "JIFEN_PREFECT_API_URL": api,
                "JIFEN_PREFECT_HOME": str(home),
                "JIFEN_DATABASE_URL": url.replace("postgresql:", "postgresql+psycopg:"),
            }
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
