"""A copy of the database: taken while it is in use, whole, put back only where there is none."""

import json
import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Postgres
from tests.console.office import Said, jifen


@pytest.fixture
def office(tmp_path: Path) -> Path:
    place = tmp_path / "office"
    place.mkdir()
    jifen("init", cwd=place)
    add(place, "ma")
    return place


def add(office: Path, code: str) -> None:
    jifen(
        "community",
        "add",
        code,
        "--name",
        f"{code}社区",
        "--town",
        "马鞍街道",
        "--ruleset",
        "fuling-maan-2022",
        "--from",
        "2026-01-01",
        cwd=office,
    )


def communities(office: Path) -> list[str]:
    return jifen("community", "list", cwd=office).stdout.splitlines()[1:]


def test_a_copy_is_what_was_committed_and_comes_back_elsewhere(
    office: Path, tmp_path: Path
) -> None:
    before = communities(office)
    path = office / "var/jifen.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE community SET name = '未提交'")
        ending = threading.Timer(1, other.execute, ("ROLLBACK",))
        ending.start()
        said = jifen("backup", "copy.db", cwd=office)
        ending.join()
    assert "every seal holds" in said.stderr
    add(office, "later")
    copy = office / "copy.db"
    assert copy.stat().st_mode & 0o077 == 0
    assert [path.name for path in office.iterdir() if "copy" in path.name] == ["copy.db"]

    laptop = tmp_path / "laptop"
    laptop.mkdir()
    jifen("restore", str(copy), cwd=laptop)
    assert communities(laptop) == before
    jifen("ledger", "verify", cwd=laptop)
    add(laptop, "next")


def test_nothing_is_overwritten(office: Path) -> None:
    (office / "copy.db").write_text("mine")
    assert "not overwritten" in jifen("backup", "copy.db", cwd=office, code=1).stderr
    assert (office / "copy.db").read_text() == "mine"
    jifen("backup", "other.db", cwd=office)
    assert "move it away" in jifen("restore", "other.db", cwd=office, code=1).stderr
    assert len(communities(office)) == 1


@pytest.mark.parametrize("content", [b"", b"no database", "truncated"])
def test_what_is_no_copy_of_ours_leaves_nothing_behind(
    office: Path, tmp_path: Path, content: bytes | str
) -> None:
    if isinstance(content, str):
        jifen("backup", "copy.db", cwd=office)
        content = (office / "copy.db").read_bytes()[: 7 * 16 * 1024 + 99]
    laptop = tmp_path / "laptop"
    laptop.mkdir()
    (laptop / "copy.db").write_bytes(content)
    said = jifen("restore", "copy.db", cwd=laptop, code=2)
    assert "no whole database" in said.stderr
    assert list((laptop / "var").iterdir()) == []
    jifen("restore", "missing.db", cwd=laptop, code=2)


def test_a_copy_with_a_broken_seal_is_told_of(office: Path) -> None:
    with closing(sqlite3.connect(office / "var/jifen.db")) as database, database:
        database.execute("UPDATE ledger_head SET journals = 7")
    assert "does not hold" in jifen("backup", "copy.db", cwd=office, code=1).stderr
    assert (office / "copy.db").exists()


def test_a_folder_keeps_the_newest_and_what_is_not_ours(office: Path) -> None:
    folder = office / "backups"
    folder.mkdir()
    (folder / "mine.db").write_text("mine")
    for day in (1, 2, 3):
        (folder / f"jifen-2026010{day}T030000Z.db").write_text("old")
    said = json.loads(jifen("backup", "backups", "--keep", "2", "--json", cwd=office).stdout)
    assert [Path(each).name for each in said["removed"]] == [
        "jifen-20260101T030000Z.db",
        "jifen-20260102T030000Z.db",
    ]
    kept = sorted(path.name for path in folder.iterdir())
    assert kept == ["jifen-20260103T030000Z.db", Path(said["file"]).name, "mine.db"]
    assert "make it first" in jifen("backup", "none", "--keep", "2", cwd=office, code=2).stderr


def test_its_age_is_measured(office: Path) -> None:
    assert "jifen_last_backup_timestamp_seconds" not in jifen("metrics", cwd=office).stdout
    jifen("backup", "copy.db", cwd=office)
    measured = re.search(
        r"^jifen_last_backup_timestamp_seconds (\S+)$",
        jifen("metrics", cwd=office).stdout,
        re.MULTILINE,
    )
    assert measured is not None
    assert 0 <= time.time() - float(measured[1]) < 60


def test_no_room_for_the_copy_says_nothing_against_the_database(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(sqlite3.Connection):
        def backup(self, *_: object, **__: object) -> None:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

    connect = sqlite3.connect
    monkeypatch.setattr(
        "domain.store.backup.sqlite3.connect",
        lambda *words, **more: connect(*words, **more | {"factory": Full}),
    )
    said = jifen("backup", "copy.db", cwd=office, code=1).stderr
    assert "copy.db cannot be written" in said
    assert "no whole database" not in said
    assert not (office / "copy.db.part").exists()


@pytest.fixture
def town(postgres: Postgres) -> Iterator[str]:
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.mark.skipif(shutil.which("pg_dump") is None, reason="apt-get install postgresql-client")
def test_a_town_comes_back_from_its_dump(postgres: Postgres, town: str, tmp_path: Path) -> None:
    def given(*words: str, url: str = town, code: int = 0) -> Said:
        return jifen(*words, cwd=tmp_path, code=code, JIFEN_DATABASE_URL=url)

    given("init")
    given(
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
    )
    (tmp_path / "households.csv").write_text("户号,户主\nH001,王一\nH002,李二\n", "utf-8")
    given("import", "households", "ma", "households.csv")
    before = given("ledger", "export", "-c", "ma").stdout
    given("backup", "town.dump")
    assert (tmp_path / "town.dump").stat().st_mode & 0o077 == 0
    assert "is not empty" in given("restore", "town.dump", code=1).stderr

    elsewhere = postgres.create()
    try:
        (tmp_path / "broken.dump").write_bytes((tmp_path / "town.dump").read_bytes()[:9999])
        assert "pg_restore failed" in given("restore", "broken.dump", url=elsewhere, code=1).stderr
        given("restore", "town.dump", url=elsewhere)
        assert given("ledger", "export", "-c", "ma", url=elsewhere).stdout == before
        given("ledger", "verify", url=elsewhere)
        given("init", "--check", url=elsewhere)
    finally:
        postgres.drop(elsewhere)


def test_a_password_is_in_no_sentence(tmp_path: Path) -> None:
    url = "postgresql+psycopg://nobody:hunter2@127.0.0.1:1/none"
    (tmp_path / "copy.db").write_text("")
    said = jifen("restore", "copy.db", cwd=tmp_path, code=1, JIFEN_DATABASE_URL=url)
    assert "hunter2" not in said.stderr
