"""What all benchmarks share: their result, and running a side in a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
THREADS = 2


@dataclass(frozen=True)
class Result:
    """One benchmark: ours against the floor, the least that the same work can be done in.

    `reach` is the aim in words and `reached` whether this run met it; `peak_memory_mib` is the
    resident memory of our side's process at its highest.
    """

    name: str
    ours_seconds: float
    floor_seconds: float
    ratio: float
    reach: str
    reached: bool
    peak_memory_mib: float
    notes: str


class Unavailable(Exception):
    """This machine lacks what a benchmark needs; the message says what."""


@dataclass(frozen=True)
class Side:
    """What one run of one side took."""

    seconds: float
    peak_memory_mib: float


def in_own_process(module: str, *arguments: str, threads: int = THREADS) -> Side:
    """Run `python -m module arguments…`, which ends in `report`, on so many threads."""
    environment = {**os.environ, "POLARS_MAX_THREADS": str(threads)}
    ran = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Side(**json.loads(ran.stdout))


def report(work: Callable[[], None], keep: Callable[[], None]) -> None:
    """Do the work and print what it took, for `in_own_process`; `keep` its results, untimed."""
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "peak_memory_mib": peak_mib()}))
    keep()


def peak_mib() -> float:
    """This process's peak resident memory; from /proc, as `getrusage` counts the parent's too."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the system does not tell the peak memory of a process")


def best_of(rounds: int, *sides: Callable[[], Side]) -> list[Side]:
    """The fastest run of each side; in turns, so that a busy machine disturbs all alike."""
    runs = [[side() for side in sides] for _ in range(rounds)]
    return [min(column, key=lambda run: run.seconds) for column in zip(*runs, strict=True)]
