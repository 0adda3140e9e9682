"""Databases for the tests: each test with `engine` runs on SQLite and on PostgreSQL (of most a
daily run takes the first alone: see `selection`).

PostgreSQL is `JIFEN_TEST_POSTGRES_URL`, else one that answers on the loopback; its user must be
allowed to create databases. Every process of a test run (pytest-xdist) makes its own, and drops
it at the end. Between tests it is emptied, which takes a few milliseconds; only a test that
changed the schema costs a new one.
"""

import os
import secrets
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection, Engine, make_url, text
from sqlalchemy.exc import DBAPIError

from config.database import upgrade
from domain.operations.outages import OUTAGES
from domain.store.database import open_engine
from domain.store.tables.everything import metadata

pytest_plugins = ("tests.layers", "tests.selection")

LOOPBACK = tuple(f"postgresql://{user}@127.0.0.1:5432/postgres" for user in ("postgres", "root"))
BACKENDS = ("sqlite", "postgresql")
# Whatever the terminal's language, the commands of the tests answer in English unless told.
os.environ["LC_ALL"] = "C.UTF-8"
# What a test may have changed in the schema; by names and definitions, so that what was put back
# as it was counts as unchanged.
FINGERPRINT = """
    SELECT md5(string_agg(line, ';' ORDER BY line)) FROM (
        SELECT tgrelid::regclass || tgname || tgtype::text FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT tgrelid::regclass || tgenabled::text || count(*) FROM pg_trigger
            GROUP BY tgrelid, tgenabled
        UNION ALL SELECT proname || prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT ev_class::regclass || rulename FROM pg_rewrite
            WHERE ev_class > 16384
        UNION ALL SELECT relname::text || relkind::text || relrowsecurity::text FROM pg_class
            WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT conrelid::regclass || conname FROM pg_constraint WHERE conrelid <> 0
        UNION ALL SELECT attrelid::regclass || attname || atttypid || attnotnull
            FROM pg_attribute WHERE attrelid::regclass::text !~ '^pg_|^information_schema'
        UNION ALL SELECT version_num FROM alembic_version
    ) AS found(line)
"""


class Postgres:
    """A PostgreSQL server, and the migrated database that this process keeps on it."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.kept: str | None = None
        self.fingerprint = ""

    def create(self) -> str:
        """A new, empty database; the answer is its URL."""
        name = f"jifen_test_{os.getpid()}_{secrets.token_hex(4)}"
        self._run("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", name)
        return make_url(self.server).set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", str(make_url(url).database))

    def clean(self) -> str:
        """The URL of a migrated database without a row in it."""
        if self.kept and not self._emptied(self.kept):
            self.drop(self.kept)
            self.kept = None
        if not self.kept:
            self.kept = self.create()
            with opened(self.kept) as engine:
                upgrade(engine)
                with engine.connect() as connection:
                    self.fingerprint = connection.scalar(text(FINGERPRINT))
        return self.kept

    def _emptied(self, url: str) -> bool:
        with opened(url) as engine:
            try:
                with engine.begin() as connection:
                    connection.execute(text("SET LOCAL lock_timeout = '2s'"))
                    if connection.scalar(text(FINGERPRINT)) != self.fingerprint:
                        return False
                    empty(connection)
            except DBAPIError:
                return False
        return True

    def _run(self, command: str, name: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(sql.SQL(command).format(sql.Identifier(name)))


def empty(connection: Connection) -> None:
    """Delete every row, in spite of the append-only triggers, and count ids from 1 again."""
    tables = [table.name for table in reversed(metadata.sorted_tables)]
    full = [f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in tables]
    for name in connection.scalars(text(" UNION ALL ".join(full))).all():
        connection.execute(text(f'ALTER TABLE "{name}" DISABLE TRIGGER USER'))
        connection.execute(text(f'DELETE FROM "{name}"'))
        connection.execute(text(f'ALTER TABLE "{name}" ENABLE TRIGGER USER'))
    restart = "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"
    connection.execute(text(restart))


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """An engine that is disposed of at the end."""
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def find_postgres() -> str | None:
    """The server's address as libpq takes it; what the variable names must answer."""
    named = os.environ.get("JIFEN_TEST_POSTGRES_URL")
    if named:
        return make_url(named).set(drivername="postgresql").render_as_string(hide_password=False)
    for url in LOOPBACK:
        try:
            psycopg.connect(url, connect_timeout=10).close()
        except psycopg.OperationalError:
            continue
        return url
    return None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL server; the tests that need it are skipped where there is none."""
    url = find_postgres()
    if url is None:
        pytest.skip("PostgreSQL not found: set JIFEN_TEST_POSTGRES_URL to run these tests")
    server = Postgres(url)
    yield server
    if server.kept:
        server.drop(server.kept)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "jifen.db"
    with opened(f"sqlite:///{path}") as engine:
        upgrade(engine)
    return path


@pytest.fixture(autouse=True)
def nothing_said_yet() -> None:
    """What a test's outage has kept from the log is not kept from the next one's."""
    OUTAGES.forget()


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated database without a row in it: for tests that start processes."""
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        return server.clean()
    path = tmp_path / "jifen.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a migrated database without a row in it."""
    with opened(database_url) as engine:
        yield engine


@pytest.fixture(params=BACKENDS)
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that nothing was done to yet (on SQLite: that is not there yet)."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new folder' / 'jifen.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture
def blank_engine(blank_url: str) -> Iterator[Engine]:
    """An engine on a database that nothing was done to yet."""
    with opened(blank_url) as engine:
        yield engine


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real local Prefect server, started for this process's tests."""
    from flows.engine.server import connected, prefect_server  # lazy: settings

    home = tmp_path_factory.mktemp("prefect")
    with prefect_server(None, home) as url, connected(url, home):
        yield url


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests have counted: simulated years, faults, kills (`count: …, …`)."""
    counts: dict[str, Counter[str]] = {}
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name.startswith("count: "):
                what, _, kind = name.removeprefix("count: ").partition(", ")
                counts.setdefault(what, Counter())[kind] += value
    if counts:
        terminalreporter.section("bad days")
    for what, kinds in counts.items():
        listed = ", ".join(f"{kind} {count:,g}" for kind, count in kinds.most_common() if kind)
        terminalreporter.line(f"{what}: {kinds.total():,g}" + (f" ({listed})" if listed else ""))
