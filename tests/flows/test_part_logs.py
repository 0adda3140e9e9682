"""The logs of `jifen up` are bounded, whatever a part writes, and stay their owner's alone."""

import os
import re
import sys
import threading
import time
from pathlib import Path

import pytest

from flows.engine import part_logs
from flows.engine.part_logs import rotate
from flows.engine.service import Part, Service

# Writes a numbered line at a time, for ever.
CHATTERBOX = """
import sys, time
n = 0
while True:
    for _ in range(200):
        n += 1
        print(f"line {n:06}", "x" * 80, flush=True)
    time.sleep(0.02)
"""


@pytest.mark.e2e
def test_a_part_that_says_a_lot_fills_no_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real process, whose log is cut while it writes."""
    monkeypatch.setattr("flows.engine.service.WATCH_EVERY_S", 0.02)
    monkeypatch.setattr("flows.engine.service.rotate", lambda log: rotate(log, 64_000, 3))
    log = tmp_path / "clock.log"
    service = Service([Part("clock", [sys.executable, "-c", CHATTERBOX], dict(os.environ), log)])
    watching = threading.Thread(target=service.watch)
    service.start()
    try:
        watching.start()
        deadline = time.monotonic() + 60
        while not (tmp_path / "clock.log.3").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.2)
    finally:
        service.end()
        watching.join()
        service.stop()
    logs = sorted(tmp_path.iterdir())
    assert [each.name for each in logs] == ["clock.log", *(f"clock.log.{n}" for n in (1, 2, 3))]
    assert all(each.stat().st_mode & 0o077 == 0 for each in logs[1:])
    assert sum(each.stat().st_size for each in logs) < 4 * 4 * 64_000
    for each in logs:
        text = each.read_bytes()
        assert b"\0" not in text  # it goes on at the new beginning
    newest = [int(found) for found in re.findall(rb"line (\d+)", logs[1].read_bytes())]
    assert newest == sorted(newest)
    assert len(set(newest)) == len(newest)


def test_without_room_for_a_copy_it_is_cut_all_the_same(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_bytes(b"x" * 100)
    (tmp_path / "web.log.2").mkdir()
    (tmp_path / "web.log.3" / "held").mkdir(parents=True)  # nothing can be put aside
    assert rotate(log, 10)
    assert log.stat().st_size == 0


def test_small_logs_and_none_are_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    assert not rotate(log)
    log.write_text("all is well")
    assert not rotate(log)
    assert log.read_text() == "all is well"


def test_all_parts_together_stay_below_a_hundred_megabytes() -> None:
    assert 4 * (part_logs.KEPT + 1) * part_logs.BYTES_MAX < 100 * 1024 * 1024
