"""The year end of a district of 1,000,000 households, against SQL written for it by hand.

Both sides settle 2026 in all 2,000 communities (gate, ranks, double points for the first three)
and then clear it. These are two acts, with weeks for redemption between them, so each adds up the
ledger anew. Standings, bonus and clearing entries, journals and heads must be equal; the SQL
seals its journals too, in the leanest form that the database allows. Each run has its own copy of
one district (`district.py`), with its keys and constraints, and commits what it did.
"""

import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import psycopg
from sqlalchemy import make_url, select

from domain.settlement.clearing import clear
from domain.settlement.settle import settle
from domain.store.database import open_engine, reading, writing
from domain.store.tables.people import Community
from tests.bench import district
from tests.bench.harness import Result, Side, Unavailable, best_of, in_own_process, report
from tests.bench.year_end_floor import Floor, results

COMMUNITIES = 2_000
# What is settled in one transaction: bounds memory.
BATCH_COMMUNITIES = 200
ROUNDS = 3
REACH_RATIO = 1.5
SETTLED = datetime(district.YEAR + 1, 1, 13, 1, tzinfo=UTC)
CLEARED = datetime(district.YEAR + 1, 2, 1, 1, tzinfo=UTC)
POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"


class Databases(Protocol):
    """Where the district is built, and copies of it are had."""

    def create(self) -> str:
        """The URL of a new, empty database for the district."""

    def copy(self, name: str) -> str:
        """The URL of a fresh copy of the district; the last copy of this name is gone."""


class Files:
    """SQLite."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self) -> str:
        return self.url("district")

    def copy(self, name: str) -> str:
        for file in self.folder.glob(f"{name}.db*"):
            file.unlink()
        shutil.copyfile(self.folder / "district.db", self.folder / f"{name}.db")
        os.sync()  # what is still to be written must not be written while we measure
        return self.url(name)

    def url(self, name: str) -> str:
        return f"sqlite:///{self.folder / name}.db"


class Server:
    """PostgreSQL."""

    def __init__(self, server: str) -> None:
        self.server = make_url(server).set(drivername="postgresql")
        self.prefix = f"jifen_bench_{secrets.token_hex(4)}"
        self.made: set[str] = set()

    def find(self) -> None:
        """Unavailable where no server answers."""
        try:
            psycopg.connect(self._plain(self.server.database), connect_timeout=3).close()
        except psycopg.OperationalError as error:
            raise Unavailable("PostgreSQL not found: set JIFEN_TEST_POSTGRES_URL") from error

    def create(self) -> str:
        self._run("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", "district")
        return self.url("district")

    def copy(self, name: str) -> str:
        self._run("DROP DATABASE IF EXISTS {}", name)
        self._run(f"CREATE DATABASE {{}} TEMPLATE {self.prefix}_district", name)
        self._run("CHECKPOINT", name)  # for the same reason as `sync` above
        return self.url(name)

    def drop(self) -> None:
        for name in self.made:
            self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _run(self, command: str, name: str) -> None:
        self.made.add(name)
        with psycopg.connect(self._plain(self.server.database), autocommit=True) as connection:
            connection.execute(command.format(f"{self.prefix}_{name}"))

    def url(self, name: str) -> str:
        return self._plain(f"{self.prefix}_{name}")

    def _plain(self, database: str | None) -> str:
        return self.server.set(database=database).render_as_string(hide_password=False)


@contextmanager
def _files() -> Iterator[Databases]:
    with tempfile.TemporaryDirectory() as folder:
        yield Files(Path(folder))


@contextmanager
def _server() -> Iterator[Databases]:
    server = Server(os.environ.get("JIFEN_TEST_POSTGRES_URL", POSTGRES))
    server.find()
    try:
        yield server
    finally:
        server.drop()


def on_sqlite(scale: float) -> Result:
    """The year end on SQLite."""
    with _files() as databases:
        return _compare("year_end_sqlite", databases, scale)


def on_postgresql(scale: float) -> Result:
    """The year end on PostgreSQL, in databases of its own."""
    with _server() as databases:
        return _compare("year_end_postgresql", databases, scale)


def _compare(name: str, databases: Databases, scale: float) -> Result:
    communities = max(1, round(COMMUNITIES * scale))
    entries = district.build(databases.create(), communities)
    urls: dict[str, str] = {}

    def side(which: str) -> Side:
        urls[which] = databases.copy(which)
        return in_own_process("tests.bench.year_end", which, urls[which])

    ours, floor = best_of(ROUNDS, lambda: side("ours"), lambda: side("floor"))
    _assert_equal(urls["ours"], urls["floor"])
    ratio = ours.seconds / floor.seconds
    return Result(
        name=name,
        ours_seconds=ours.seconds,
        floor_seconds=floor.seconds,
        ratio=ratio,
        reach=f"ratio ≤ {REACH_RATIO}",
        reached=ratio <= REACH_RATIO,
        peak_memory_mib=ours.peak_memory_mib,
        notes=(
            f"{communities * district.HOUSEHOLDS_EACH:,} households in {communities:,} communities,"
            f" {entries:,} entries; {BATCH_COMMUNITIES} communities a transaction;"
            f" best of {ROUNDS}; results equal"
        ),
    )


def _assert_equal(ours: str, floor: str) -> None:
    for (what, mine), (_, theirs) in zip(results(ours), results(floor), strict=True):
        assert mine.equals(theirs), f"the {what} differ: {mine} {theirs}"


class Ours:
    """The domain's own settlement and clearing."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)

    def work(self) -> None:
        with reading(self.engine) as session:
            communities = session.scalars(select(Community).order_by(Community.id)).all()
        for act, as_of in ((settle, SETTLED), (clear, CLEARED)):
            for first in range(0, len(communities), BATCH_COMMUNITIES):
                with writing(self.engine) as session:
                    batch = communities[first : first + BATCH_COMMUNITIES]
                    act(session, batch, district.YEAR, as_of)

    def keep(self) -> None:
        self.engine.dispose()


if __name__ == "__main__":
    side = Ours(sys.argv[2]) if sys.argv[1] == "ours" else Floor(sys.argv[2])
    report(side.work, side.keep)
