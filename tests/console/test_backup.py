"""A copy of the database: taken while it is in use, whole, put back only where there is none."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.console.office import jifen


@pytest.fixture
def office(tmp_path: Path) -> Path:
    place = tmp_path / "office"
    place.mkdir()
    jifen("init", cwd=place)
    add(place, "ma")
    return place


def add(office: Path, code: str) -> None:
    jifen("community", "add", code, "--name", f"{code}社区", "--town", "马鞍街道", "--ruleset",
          "fuling-maan-2022", "--from", "2026-01-01", cwd=office)  # fmt: skip


def communities(office: Path) -> list[str]:
    return jifen("community", "list", cwd=office).stdout.splitlines()[1:]


def test_a_copy_is_what_was_committed_and_comes_back_elsewhere(
    office: Path, tmp_path: Path
) -> None:
    before = communities(office)
    with closing(sqlite3.connect(office / "var/jifen.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE community SET name = '未提交'")
        said = jifen("backup", "copy.db", cwd=office)
        other.execute("ROLLBACK")
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


def test_postgresql_has_its_own_tools(tmp_path: Path) -> None:
    url = "postgresql+psycopg://nobody:secret@127.0.0.1:1/none"
    said = jifen("restore", "copy.db", cwd=tmp_path, code=2, JIFEN_DATABASE_URL=url)
    assert "secret" not in said.stderr
    (tmp_path / "copy.db").write_text("")
    said = jifen("restore", "copy.db", cwd=tmp_path, code=1, JIFEN_DATABASE_URL=url)
    assert "pg_dump" in said.stderr
