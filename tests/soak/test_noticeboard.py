"""A clock with five years of a county's notices: how much memory it takes until all of them are
published, and how long it looks when there is nothing to do."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from domain.kernel.local_time import now
from domain.store.database import open_engine
from domain.store.roles import SWEEP
from notifications.board.keeping import Keeper
from notifications.board.publication import PublicFolder
from notifications.texts.catalogue import load_texts
from tests.soak import noticeboard
from tests.soak.cluster import free_port

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not os.environ.get("JIFEN_SOAK"), reason="set JIFEN_SOAK=1"),
    pytest.mark.timeout(3000),
]
PEAK_MAX_MIB = 230
PASS_MAX_S = 0.05
PUBLISHED_WITHIN_S = 1500
# After it the clock has also done all its other duties, again and again.
THEN_S = 60


def test_a_clock_stays_small_while_it_publishes(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    noticeboard.fill(engine)
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JIFEN_", "PREFECT_"))
    }
    port = free_port()
    api = {"JIFEN_PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    service = {**clean, **api, "JIFEN_DATABASE_URL": database_url}
    jifen = (sys.executable, "-P", "-m", "jifen")
    with (
        part("server", (*jifen, "server", "--port", str(port)), tmp_path, service),
        part("clock", (*jifen, "clock", "--deploy"), tmp_path, service) as clock,
    ):
        deadline = time.monotonic() + PUBLISHED_WITHIN_S
        while noticeboard.missing(engine):
            assert clock.poll() is None, (tmp_path / "clock.log").read_text()[-2000:]
            assert time.monotonic() < deadline
            time.sleep(2)
        published, while_publishing = time.monotonic(), memory(clock.pid, "VmHWM")
        while time.monotonic() < published + THEN_S:
            time.sleep(2)
        peak, after = memory(clock.pid, "VmHWM"), memory(clock.pid, "VmRSS")
    print(
        f"{engine.dialect.name}: peak {while_publishing:.0f} MiB while publishing,"
        f" {peak:.0f} afterwards; then {after:.0f}"
    )
    assert "Traceback" not in (tmp_path / "clock.log").read_text()
    assert peak < PEAK_MAX_MIB


def test_a_look_at_what_stands_takes_less_than_a_blink(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    noticeboard.fill(engine)
    folder = PublicFolder(tmp_path / "public", load_texts("zh_CN"))
    clocks = open_engine(database_url, SWEEP)
    keeper = Keeper(clocks, folder, timedelta(seconds=30))
    while noticeboard.missing(engine):
        keeper.keep(now())
    keeper.keep(now())
    walls = []
    for _ in range(20):
        began = time.perf_counter()
        assert not keeper.keep(now())
        walls.append(time.perf_counter() - began)
    clocks.dispose()
    print(
        f"{engine.dialect.name}: median {statistics.median(walls) * 1000:.0f} ms,"
        f" longest {max(walls) * 1000:.0f}"
    )
    assert statistics.median(walls) < PASS_MAX_S


@contextmanager
def part(
    name: str, command: tuple[str, ...], place: Path, environment: dict[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    with (place / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=place, env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(240)  # it ends its work in hand first


def memory(pid: int, what: str) -> float:
    """In MiB; `VmHWM` is the highest, `VmRSS` that of now."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{what}:"))
