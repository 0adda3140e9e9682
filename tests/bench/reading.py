"""The reading commands, as typed: each a process of its own, over 马鞍's sample on SQLite, in the
last days of a November: the year is not settled, and so its ranks are worked out anew.

The floor is a process that loads the libraries which all of them need (the command line's, the
settings', the database's) and nothing else. Ours is the slowest command's median.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import func, select

from domain.rules.load import RULESETS_DIR
from domain.store.database import open_engine, reading
from domain.store.tables.claims import Claim
from domain.store.tables.ledger import Entry
from domain.store.tables.people import Household
from tests.bench.harness import ROOT, Result

REACH_SECONDS = 0.5
ROUNDS = 9
YEAR, DAYS = 2026, 330
# The first month is audited by then: there are claims to explain.
FIRST_AUDITED = 40
SAMPLE = RULESETS_DIR / "fuling-maan-2022" / "sample"
FLOOR = "import gc; gc.set_threshold(200_000); import typer, pydantic, sqlalchemy.orm; gc.freeze()"
JIFEN = "from console.main import main; main()"
PEAK = """
import sys
from console.main import run
from tests.bench.harness import peak_mib
run(sys.argv[1:])
print(peak_mib(), file=sys.stderr)
"""
Command = tuple[str, ...]


def run(scale: float) -> Result:
    """Replay a part of the sample's year, then give each command in turns with the floor."""
    with tempfile.TemporaryDirectory() as folder:
        until = date(YEAR, 1, 1) + timedelta(days=max(FIRST_AUDITED, round(DAYS * scale)))
        words = ("rehearse", str(SAMPLE), "--until", f"{until}", "--into", _database(folder))
        # Nothing is rehearsed in the installation's own database: this one is read as such later.
        _run(folder, JIFEN, *words, JIFEN_DATABASE_URL=f"sqlite:///{folder}/other.db")
        commands = _commands(folder)
        took = _medians(folder, {"floor": (FLOOR,)} | commands)
        floor = took.pop("floor")
        slowest = max(took, key=lambda name: took[name])
        peak = _peak_mib(folder, commands[slowest][1:])
    figures = ", ".join(f"{name} {seconds:.2f}" for name, seconds in took.items())
    return Result(
        name="reading",
        ours_seconds=took[slowest],
        floor_seconds=floor,
        ratio=took[slowest] / floor,
        reach=f"≤ {REACH_SECONDS} s each",
        reached=took[slowest] <= REACH_SECONDS,
        peak_memory_mib=peak,
        notes=f"slowest, and measured for memory: {slowest}; medians of {ROUNDS}: {figures}",
    )


def _database(folder: str) -> str:
    return f"sqlite:///{folder}/year.db"


def _commands(folder: str) -> dict[str, Command]:
    """By name, what is typed."""
    most, least, home = _examples(_database(folder))
    typed = {
        "card": ("card", home),
        "explain": ("explain", most),
        "explain what was taken": ("explain", least),
        "standing": ("standing",),
        "verify": ("ledger", "verify"),
        "balances": ("ledger", "balances"),
        "calendar": ("calendar",),
        "status": ("status",),
        "reviews": ("review", "list"),
        "objections": ("objection", "list"),
        "notices": ("notice", "list"),
        "goods": ("goods",),
        "config": ("config", "show"),
    }
    return {name: (JIFEN, *words, "--json") for name, words in typed.items()}


def _examples(url: str) -> tuple[str, str, str]:
    """The claims that earned most and least (it took points back), and a household."""
    engine = open_engine(url)
    by_points = (
        select(Claim.ref)
        .outerjoin(Entry, Entry.ref == Claim.ref)
        .where(Claim.status == "approved")
        .order_by(func.coalesce(Entry.points, 0))
    )
    with reading(engine) as session:
        refs = session.scalars(by_points).all()
        home = session.scalars(select(Household.code).order_by(Household.code)).first()
    engine.dispose()
    return refs[-1], refs[0], str(home)


def _medians(folder: str, commands: Mapping[str, Command]) -> dict[str, float]:
    """In turns, so that a busy machine disturbs all alike."""
    rounds = [
        {name: _seconds(folder, *words) for name, words in commands.items()} for _ in range(ROUNDS)
    ]
    return {name: statistics.median(each[name] for each in rounds) for name in commands}


def _seconds(folder: str, script: str, *words: str) -> float:
    """From a process's start to its end."""
    start = time.perf_counter()
    _run(folder, script, *words)
    return time.perf_counter() - start


def _peak_mib(folder: str, words: Sequence[str]) -> float:
    """What a command takes of memory; told by itself, as the system counts its parent's too."""
    return float(_run(folder, PEAK, *words).stderr.split()[-1])


def _run(
    folder: str, script: str, *words: str, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JIFEN_")}
    ours = {"PYTHONPATH": str(ROOT), "JIFEN_DATABASE_URL": _database(folder)}
    return subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=folder,
        env=kept | ours | environment,
        capture_output=True,
        check=True,
    )
