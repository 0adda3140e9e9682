"""A database whose triggers are not ours is refused, on both databases, before anything is done."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from config.database import NEWEST, require_current, require_current_if_there, upgrade
from config.guards import APPEND_ONLY
from domain.kernel.errors import Refused
from tests.console.office import jifen, jifen_process

NO_ENGINE = "http://127.0.0.1:1/api"
SQLITE = [
    ("DROP TRIGGER entry_no_update", "entry_no_update is missing"),
    (
        "CREATE TRIGGER evil AFTER INSERT ON claim BEGIN UPDATE claim SET status = 'approved'; END",
        "evil is not ours",
    ),
    (
        "DROP TRIGGER decision_no_delete;"
        " CREATE TRIGGER decision_no_delete BEFORE DELETE ON decision"
        " WHEN OLD.id > 99 BEGIN SELECT RAISE(ABORT, 'decision is append-only'); END",
        "decision_no_delete was changed",
    ),
    ("CREATE TRIGGER aside BEFORE UPDATE ON household BEGIN SELECT 1; END", "aside is not ours"),
    (
        "ALTER TABLE kin RENAME TO kin_kept; CREATE VIEW kin AS SELECT * FROM kin_kept",
        "kin is not ours",
    ),
]
POSTGRESQL = [
    ("DROP TRIGGER entry_append_only ON entry", "entry_append_only is missing"),
    ("ALTER TABLE journal DISABLE TRIGGER journal_append_only", "journal_append_only was changed"),
    ("ALTER TABLE claim DISABLE TRIGGER ALL", "RI_ConstraintTrigger"),
    (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RETURN NULL; END'",
        "notice_append_only was changed",
    ),
    (
        "CREATE FUNCTION evil() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN NEW.status := ''approved''; RETURN NEW; END'; CREATE TRIGGER evil"
        " BEFORE INSERT ON claim FOR EACH ROW EXECUTE FUNCTION evil()",
        "evil is not ours",
    ),
    (
        "CREATE TRIGGER entry_append_only BEFORE UPDATE ON kin FOR EACH STATEMENT EXECUTE FUNCTION"
        " refuse_change()",
        "entry_append_only",
    ),
    (
        "DROP TRIGGER effect_append_only ON effect; CREATE TRIGGER effect_append_only BEFORE DELETE"
        " ON effect FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "effect_append_only was changed",
    ),
    ("CREATE RULE quiet AS ON INSERT TO decision DO INSTEAD NOTHING", "quiet is not ours"),
    ("ALTER TABLE claim ENABLE ROW LEVEL SECURITY", "claim is not ours"),
    (
        "ALTER TABLE kin RENAME TO kin_kept; CREATE VIEW kin AS SELECT * FROM kin_kept",
        "kin is not ours",
    ),
]


def change(engine: Engine, statements: str) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(statements.replace(":=", r"\:=")))
        else:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            raw.execute("PRAGMA legacy_alter_table = ON")
            raw.executescript(statements)


@pytest.mark.parametrize(
    ("database_url", "statements", "said"),
    [("sqlite", *each) for each in SQLITE] + [("postgresql", *each) for each in POSTGRESQL],
    indirect=["database_url"],
)
def test_what_was_changed_past_the_program_is_refused(
    engine: Engine, statements: str, said: str
) -> None:
    require_current(engine)
    change(engine, statements)
    for start in (require_current, require_current_if_there, upgrade):
        with pytest.raises(Refused, match=said):
            start(engine)


def test_what_a_town_adds_for_its_reports_is_let_be(engine: Engine) -> None:
    change(
        engine,
        "CREATE VIEW own_report AS SELECT code FROM community; CREATE INDEX own ON"
        " household (phone)",
    )
    require_current(engine)
    assert upgrade(engine) == NEWEST


def test_a_table_that_is_missing_is_named(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE delivery RENAME TO moved"))
    try:
        with pytest.raises(Refused, match="delivery is missing"):
            require_current(engine)
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE moved RENAME TO delivery"))


def test_every_guard_of_the_migrations_is_known(engine: Engine) -> None:
    require_current(engine)
    query = {
        "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT 2 * count(*) FROM pg_trigger WHERE NOT tgisinternal",
    }[engine.dialect.name]
    with engine.connect() as connection:
        assert connection.scalar(text(query)) == 2 * len(APPEND_ONLY)


def test_it_is_looked_at_in_no_time(engine: Engine) -> None:
    require_current(engine)
    began = time.perf_counter()
    for _ in range(20):
        require_current(engine)
    assert (time.perf_counter() - began) / 20 < 0.05


@pytest.fixture
def office(tmp_path: Path) -> Path:
    place = tmp_path / "office"
    place.mkdir()
    jifen("init", cwd=place)
    jifen(
        "community",
        "add",
        "ma",
        "--name",
        "马鞍社区",
        "--town",
        "马鞍街道",
        "--ruleset",
        "fuling-maan-2022",
        "--from",
        "2026-01-01",
        cwd=place,
    )
    return place


def altered(path: Path, statements: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA legacy_alter_table = ON")
        database.executescript(statements)


@pytest.mark.e2e
def test_commands_and_parts_do_nothing_with_it(office: Path) -> None:
    altered(office / "var/jifen.db", SQLITE[0][0])
    for words in (
        ["community", "list"],
        ["init"],
        ["ledger", "verify"],
        ["clock"],
        ["worker"],
        ["status"],
    ):
        said = jifen_process(
            *words, cwd=office, code=1, JIFEN_PREFECT_API_URL="http://127.0.0.1:1/api"
        )
        assert "entry_no_update is missing" in said.stderr, words
    said = jifen("backup", "copy.db", cwd=office, code=1)
    assert "entry_no_update is missing" in said.stderr
    assert (office / "copy.db").exists()


RESTORED: list[tuple[str, str]] = [
    *SQLITE,
    ("CREATE TABLE loot (a)", "loot is not ours"),
    ("DROP INDEX ix_effect_journal_id", "ix_effect_journal_id is missing"),
    ("ALTER TABLE household ADD COLUMN note", "household was changed"),
    (
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '')"
        " WHERE name = 'decision'",
        "decision was changed",
    ),
    ("UPDATE ledger_head SET journals = 7", "does not hold"),
]


@pytest.mark.parametrize(("statements", "said"), RESTORED)
def test_a_copy_that_fails_is_left_where_it_was(
    office: Path, tmp_path: Path, statements: str, said: str
) -> None:
    jifen("backup", "copy.db", cwd=office)
    altered(office / "copy.db", statements)
    before = (office / "copy.db").read_bytes()
    laptop = tmp_path / "laptop"
    laptop.mkdir()
    answer = jifen("restore", str(office / "copy.db"), cwd=laptop, code=1)
    assert said in answer.stderr
    assert "was not put in place" in answer.stderr
    assert list((laptop / "var").iterdir()) == []
    assert (office / "copy.db").read_bytes() == before
