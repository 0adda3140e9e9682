"""The migrations make exactly the tables of the code, on both databases, whoever runs them."""

import subprocess
import sys

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from config.database import NEWEST, alembic_config, current, require_current, upgrade
from domain.kernel.errors import Refused
from domain.store.database import open_engine
from domain.store.tables.everything import metadata
from tests.store.rows import insert_one

APPEND_ONLY = [
    "backup",
    "decision",
    "effect",
    "entry",
    "journal",
    "notice",
    "objection_event",
    "permit",
    "permit_use",
    "ruleset_version",
    "step_act",
    "time_act",
]
UPGRADE = """
import sys
from config.database import upgrade
from domain.store.database import open_engine
print("ready", flush=True)
sys.stdin.readline()
print(upgrade(open_engine(sys.argv[1])))
"""


def downgrade(engine: Engine) -> None:
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")


def test_the_tables_are_those_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []


def test_an_older_database_is_upgraded_with_what_it_holds(blank_engine: Engine) -> None:
    upgrade(blank_engine)
    with blank_engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0001")
        connection.execute(
            text(
                "INSERT INTO community (id, code, name, town, added_at)"
                " VALUES (1, 'ma', '马鞍社区', '马鞍街道', '2026-01-01 00:00:00')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO household (id, community_id, code, head, area, phone, registered,"
                " enrolled_on, consent, left_why)"
                " VALUES (1, 1, 'H1', '王', '', '', true, '2026-02-03', false, '')"
            )
        )
    with pytest.raises(Refused, match="of an older version of jifen: run `jifen init`"):
        require_current(blank_engine)
    assert upgrade(blank_engine) == NEWEST
    with blank_engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.scalar(text("SELECT name FROM community")) == "马鞍社区"
        assert str(connection.scalar(text("SELECT enrolled_on FROM household"))) == "2026-02-03"


def test_no_name_is_too_long_for_postgresql() -> None:
    for table in metadata.sorted_tables:
        names = [table.name, *(str(index.name) for index in table.indexes)]
        names += [str(constraint.name) for constraint in table.constraints]
        assert all(len(name.encode()) <= 63 for name in names), names


def test_upgrading_twice(blank_engine: Engine, capfd: pytest.CaptureFixture[str]) -> None:
    assert upgrade(blank_engine) == NEWEST
    assert upgrade(blank_engine) == NEWEST
    require_current(blank_engine)
    assert capfd.readouterr() == ("", "")


def test_down_and_up_again(blank_engine: Engine) -> None:
    upgrade(blank_engine)
    downgrade(blank_engine)
    assert current(blank_engine) is None
    with blank_engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
        if connection.dialect.name == "postgresql":
            assert not connection.scalar(
                text("SELECT count(*) FROM pg_proc WHERE proname = 'refuse_change'")
            )
    upgrade(blank_engine)
    require_current(blank_engine)


@pytest.mark.e2e
def test_processes_upgrade_at_the_same_time(blank_url: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, blank_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60) for process in processes]
    assert answers == [(f"{NEWEST}\n", "")] * 3
    engine = open_engine(blank_url)
    require_current(engine)
    engine.dispose()


def test_a_failing_upgrade_leaves_nothing(
    blank_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = sys.modules["config.database"]._run_migrations

    def run_and_fail(connection: Connection) -> None:
        original(connection)
        raise Refused("the power is off")

    monkeypatch.setattr("config.database._run_migrations", run_and_fail)
    with pytest.raises(Refused, match="the power is off"):
        upgrade(blank_engine)
    assert current(blank_engine) is None
    with blank_engine.connect() as connection:
        assert inspect(connection).get_table_names() == []


@pytest.mark.parametrize("blank_url", ["postgresql"], indirect=True)
def test_a_table_in_use_does_not_hang_the_upgrade(
    blank_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(blank_engine)
    monkeypatch.setattr("config.database._WAIT_FOR_TABLE", "50ms")
    statement = text("ALTER TABLE claim ADD COLUMN more integer")
    monkeypatch.setattr("config.database._run_migrations", lambda on: on.execute(statement))
    with blank_engine.begin() as clerk:
        clerk.execute(text("LOCK TABLE claim IN ROW EXCLUSIVE MODE"))
        with pytest.raises(Refused, match=r"lock timeout.*run `jifen init` again"):
            upgrade(blank_engine)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_is_kept_cannot_be_changed(engine: Engine, table: str) -> None:
    key = metadata.tables[table].primary_key.columns.values()[0].name
    acts = [f'UPDATE "{table}" SET {key} = {key}', f'DELETE FROM "{table}"']
    if engine.dialect.name == "postgresql":
        acts.append(f'TRUNCATE "{table}" CASCADE')
    else:
        acts.append(f'INSERT OR REPLACE INTO "{table}" SELECT * FROM "{table}"')
    with engine.connect() as connection:
        insert_one(connection, table)
        for act in acts:
            refusal = pytest.raises(DBAPIError, match=rf"{table} is append-only.*never edited")
            with refusal, connection.begin_nested():
                connection.execute(text(act))
        connection.rollback()
