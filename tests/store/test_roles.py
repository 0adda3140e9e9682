"""Roles and grants on a real PostgreSQL: the service may do its work, and no more."""

import ast
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from config.database import NEWEST, require_current, upgrade
from config.grants import DELETED_FROM
from config.guards import APPEND_ONLY
from domain.kernel.errors import Refused
from domain.store.tables.base import Base
from domain.store.tables.everything import metadata
from tests.conftest import Postgres, opened
from tests.console.office import jifen
from tests.flows.test_rehearsals import replay

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
ROLES, SAMPLES = ROOT / "config/postgresql/roles.sql", ROOT / "rulesets"
KINDS = ("owner", "", "report", "service", "reader")
SECRET = "of-a-test"


class Town(NamedTuple):
    """A database as roles.sql leaves it: its address for each user."""

    owner: str
    service: str
    report: str


@pytest.fixture(scope="module")
def town(postgres: Postgres) -> Iterator[Town]:
    if shutil.which("psql") is None:
        pytest.skip("psql is not installed: apt-get install postgresql-client")
    url = postgres.create()
    name = str(make_url(url).database)
    try:
        # As an earlier release left it: all of it one user's.
        with opened(url) as engine:
            upgrade(engine)
        for _ in range(2):  # it is safe to repeat
            apply_roles(postgres.server, name)
        users = [
            make_url(url).set(username=f"{name}{of}", password=SECRET)
            for of in ("_owner", "", "_report")
        ]
        yield Town(*(each.render_as_string(hide_password=False) for each in users))
    finally:
        with psycopg.connect(postgres.server, autocommit=True) as server:
            for each in (name, f"{name}_prefect"):
                server.execute(
                    sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(each))
                )
            for each in (*KINDS, "prefect"):
                role = f"{name}_{each}" if each else name
                server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def apply_roles(server: str, name: str) -> None:
    passwords = (
        "JIFEN_OWNER_PASSWORD",
        "JIFEN_DB_PASSWORD",
        "JIFEN_REPORT_PASSWORD",
        "PREFECT_DB_PASSWORD",
    )
    done = subprocess.run(
        [
            "psql",
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-v",
            f"db={name}",
            "-v",
            f"prefect={name}_prefect",
            "-f",
            str(ROLES),
            server,
        ],
        env={**os.environ, **dict.fromkeys(passwords, SECRET)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def refused(url: str, statement: str) -> str:
    """Why a user may not do it."""
    with opened(url) as engine, engine.connect() as connection:
        try:
            connection.execute(text(statement))
        except DBAPIError as error:
            return str(error.orig).splitlines()[0]
        finally:
            connection.rollback()
    return ""


def test_the_service_may_do_its_work_and_no_more(town: Town) -> None:
    with opened(town.service) as engine, pytest.raises(Refused, match="permission denied"):
        require_current(engine)
    with opened(town.owner) as engine:
        assert upgrade(engine) == NEWEST
    with opened(town.service) as engine:
        require_current(engine)
        assert upgrade(engine) == NEWEST  # nothing is left to do
    for statement in (
        *(f'UPDATE "{table}" SET {key(table)} = {key(table)}' for table in APPEND_ONLY),
        *(f'DELETE FROM "{table}"' for table in (*APPEND_ONLY, "claim", "household", "outbox")),
        "TRUNCATE entry",
        "DROP TRIGGER entry_append_only ON entry",
        "DROP TABLE entry",
        "ALTER TABLE entry DISABLE TRIGGER USER",
        "CREATE TABLE more (id int)",
        "CREATE TEMP TABLE more (id int)",
        "UPDATE alembic_version SET version_num = '0001'",
        "SET session_replication_role = replica",
        "COPY entry TO PROGRAM 'cat'",
        "CREATE FUNCTION refuse_change() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ):
        said = refused(town.service, statement)
        assert re.match("permission denied|must be (owner|superuser)", said), (statement, said)


def key(table: str) -> str:
    return metadata.tables[table].primary_key.columns.values()[0].name


def test_reports_are_read_without_what_is_private(town: Town) -> None:
    with opened(town.owner) as engine:
        upgrade(engine)
    for statement in (
        "SELECT count(id) FROM claim",
        "SELECT sum(points) FROM entry",
        "SELECT process, step, state, count(*) FROM occurrence GROUP BY 1, 2, 3",
        "SELECT code, name FROM community",
    ):
        assert refused(town.report, statement) == "", statement
    for statement in (
        "SELECT phone FROM household",
        "SELECT notify FROM person",
        "SELECT facts FROM outbox",
        "SELECT evidence FROM claim",
        "SELECT content FROM inbox_row",
        "SELECT * FROM household",
        "SELECT value FROM refused_row",
        "INSERT INTO lease (name) VALUES ('a')",
        "UPDATE occurrence SET state = 'done'",
        "DELETE FROM claim",
    ):
        assert "permission denied" in refused(town.report, statement), statement


def test_rows_are_deleted_only_where_the_service_may() -> None:
    tables = {mapper.class_.__name__: str(mapper.local_table) for mapper in Base.registry.mappers}
    found = {
        (path.name, tables.get(node.args[0].id, node.args[0].id))
        for folder in ("domain", "flows", "notifications", "console")
        for path in ROOT.joinpath(folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Name)
        if "delete" in (getattr(node.func, "id", ""), getattr(node.func, "attr", ""))
    }
    rows = {("leases.py", "lease"), ("town_days.py", "known")}  # `session.delete(row)`
    assert {table for place, table in found if (place, table) not in rows} <= set(DELETED_FROM)
    assert {table for _, table in found & rows} == {"lease", "known"}


def test_an_office_works_under_the_services_role(town: Town, tmp_path: Path) -> None:
    with opened(town.owner) as engine:
        upgrade(engine)
    sample = SAMPLES / "fuling-maan-2022/sample"
    for words in (
        ("init", "--check"),
        (
            "community",
            "add",
            "ma",
            "--name",
            "马鞍",
            "--town",
            "马鞍街道",
            "--ruleset",
            "fuling-maan-2022",
            "--from",
            "2026-01-01",
        ),
        ("import", "households", "ma", str(sample / "households.csv")),
        ("import", "claims", "ma", str(sample / "claims.xlsx")),
        (
            "person",
            "add",
            "r1",
            "-c",
            "ma",
            "--role",
            "reviewer",
            "--name",
            "李四",
            "--household",
            "H003",
        ),
        ("town", "set-day", "2027-04-03", "--town", "马鞍街道", "--off", "--why", "防汛演练"),
        ("status",),
        ("calendar",),
        ("ledger", "verify"),
        ("metrics",),
    ):
        jifen(*words, cwd=tmp_path, JIFEN_DATABASE_URL=town.service)


@pytest.mark.slow
@pytest.mark.xdist_group("prefect")
@pytest.mark.usefixtures("prefect_api")
def test_a_year_passes_under_the_services_role(town: Town) -> None:
    from flows.steps.runtime import use  # lazy: settings

    with opened(town.owner) as engine:
        upgrade(engine)
    with opened(town.service) as engine:
        use(engine)
        summary = replay(SAMPLES / "longyuzhuang/sample")
        assert (summary["ledger_ok"], summary["claims"]["undecided"]) == (True, 0)
