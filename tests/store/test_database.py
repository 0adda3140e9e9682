"""Engines, transactions, and what is refused when the database is not fit for work."""

import os
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from config.database import NEWEST, REVISIONS, alembic_config, current, require_current, upgrade
from domain.kernel.errors import BadInput, Refused
from domain.store.database import open_engine, reading, writing
from domain.store.tables.people import Community


def community(code: str) -> Community:
    return Community(code=code, name=code, town="", added_at=datetime.now(UTC))


@pytest.mark.parametrize(
    "url", ["", "hunter2", "postgresql://u:hunter2@host:port/db", "mysql://u:hunter2@host/db"]
)
def test_a_url_of_no_use_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(BadInput) as refusal:
        open_engine(url)
    assert "hunter2" not in str(refusal.value)


def test_a_new_file_that_another_process_is_about_to_write_is_waited_for(tmp_path: Path) -> None:
    """Two processes that start at once: the second must not fail at the first one's lock."""
    path = tmp_path / "jifen.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    ending = threading.Timer(0.5, other.rollback)
    ending.start()
    engine = open_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
    ending.join()
    other.close()
    engine.dispose()


def test_writing_commits_all_or_nothing(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(community("a"))
    with pytest.raises(DBAPIError), writing(engine) as session:
        session.add_all([community("b"), community("a")])
    with reading(engine) as session:
        assert session.scalars(select(Community.code)).all() == ["a"]


def test_reading_sees_one_moment(engine: Engine) -> None:
    with reading(engine) as session:
        assert session.scalars(select(Community.code)).all() == []
        with writing(engine) as other:
            other.add(community("a"))
        assert session.scalars(select(Community.code)).all() == []


def test_reading_does_not_wait_for_a_writer(engine: Engine) -> None:
    with writing(engine) as writer:
        writer.add(community("a"))
        writer.flush()
        with reading(engine) as session:
            assert session.scalars(select(Community.code)).all() == []
        require_current(engine)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_writers_wait_for_each_other_on_sqlite(engine: Engine) -> None:
    """Both read, then write: neither may fail because the other was faster."""
    together = threading.Barrier(2)
    failures: list[Exception] = []

    def add(code: str) -> None:
        together.wait()
        try:
            with writing(engine) as session:
                session.scalars(select(Community)).all()
                session.add(community(code))
        except DBAPIError as error:
            failures.append(error)

    threads = [threading.Thread(target=add, args=(code,)) for code in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    with reading(engine) as session:
        assert set(session.scalars(select(Community.code))) == {"a", "b"}


def test_the_known_revisions_are_the_scripts(engine: Engine) -> None:
    with engine.connect() as connection:
        scripts = ScriptDirectory.from_config(alembic_config(connection))
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == REVISIONS


def test_a_current_database_is_taken(engine: Engine) -> None:
    assert current(engine) == NEWEST
    require_current(engine)


def test_an_empty_database_is_refused(blank_engine: Engine) -> None:
    assert current(blank_engine) is None
    with pytest.raises(Refused, match="run `jifen init`"):
        require_current(blank_engine)


def test_asking_makes_no_file(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'jifen.db'}")
    with pytest.raises(Refused):
        require_current(engine)
    assert list(tmp_path.iterdir()) == []


def test_an_older_database_is_refused(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.database.REVISIONS", (*REVISIONS, "next"))
    monkeypatch.setattr("config.database.NEWEST", "next")
    with pytest.raises(Refused, match=r"older.*run `jifen init`"):
        require_current(engine)


def test_a_newer_database_is_refused_and_not_touched(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for refused in (require_current, upgrade):
        with pytest.raises(Refused, match="newer version of jifen"):
            refused(engine)
    assert current(engine) == "9999"


def test_a_server_that_does_not_answer() -> None:
    engine = open_engine("postgresql://u:hunter2@127.0.0.1:9/db")
    for refused in (require_current, upgrade):
        with pytest.raises(Refused, match=r"jifen config show|check its address") as refusal:
            refused(engine)
        assert "hunter2" not in str(refusal.value)
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("refused", [require_current, upgrade])
def test_a_file_that_is_no_database(tmp_path: Path, refused: Callable[[Engine], object]) -> None:
    path = tmp_path / "jifen.db"
    path.write_text("户号,户主\n" * 100)
    engine = open_engine(f"sqlite:///{path}")
    with pytest.raises(Refused, match="not a database"):
        refused(engine)
    engine.dispose()
    assert path.read_text().startswith("户号")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="cannot be made"):
        upgrade(open_engine(f"sqlite:///{tmp_path / 'file' / 'jifen.db'}"))


def test_the_folder_is_made(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a' / 'b' / 'jifen.db'}")
    assert upgrade(engine) == NEWEST
    engine.dispose()
    assert os.path.exists(tmp_path / "a" / "b" / "jifen.db")
