"""What we write is its owner's alone, whatever the umask; addresses stay out of `ps`."""

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from config.private import kept_secret
from tests.console.office import COMMUNITY, ROOT, jifen, jifen_process
from tests.console.test_web import served

ADDRESS = "mailto://user:topsecret@mail.example?to=k@example.cn"


@pytest.fixture(autouse=True)
def lavish() -> object:
    """Everybody may read and write what a careless process makes."""
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(place: Path) -> list[str]:
    return sorted(
        path.relative_to(place).as_posix()
        for path in place.rglob("*")
        if path.stat().st_mode & 0o077
    )


@pytest.mark.e2e
def test_every_file_of_ours_is_its_owners(tmp_path: Path) -> None:
    jifen_process("init", cwd=tmp_path)
    jifen_process(*COMMUNITY, cwd=tmp_path)
    sheet = "编号,户号,项目,发生日期,地点,事由,方式\nC1,H9,x,1,a,b,c\n"
    (tmp_path / "c.csv").write_text(sheet, "utf-8")
    (tmp_path / "c.csv").chmod(0o600)
    jifen_process("import", "claims", "ma", "c.csv", cwd=tmp_path)
    jifen_process("import", "refused", "ma", "--out", "refused.xlsx", cwd=tmp_path)
    jifen_process("ledger", "export", "-c", "ma", "--out", "ledger.csv", cwd=tmp_path)
    jifen_process("backup", "copies.db", cwd=tmp_path)
    jifen_process("notice", "publish", cwd=tmp_path)
    with served(tmp_path, f"sqlite:///{tmp_path}/var/jifen.db"):
        assert (tmp_path / "var/jifen.db-wal").exists()
        found = open_to_others(tmp_path)
    assert found == [
        "var/public",
        "var/public/feed.xml",
        "var/public/index.html",
        "var/public/ma",
        "var/public/ma/feed.xml",
        "var/public/ma/index.html",
        "var/public/robots.txt",
        "web.log",
    ]


def test_a_database_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    jifen("init", cwd=tmp_path)
    path = tmp_path / "var" / "jifen.db"
    with closing(sqlite3.connect(path)) as held:
        held.execute("BEGIN")
        held.execute("SELECT count(*) FROM community").fetchone()
        for each in path.parent.glob("jifen.db*"):
            each.chmod(0o664)
        jifen("community", "list", "--json", cwd=tmp_path)
        assert len(list(path.parent.glob("jifen.db*"))) == 3
        assert [name for name in open_to_others(path.parent) if name.startswith("jifen")] == []


def test_a_kept_secret_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret"
    made = kept_secret(path)
    assert len(made) == 64
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    assert kept_secret(path) == made
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("")
    assert len(kept_secret(path)) == 64


@pytest.mark.parametrize("cut_short", [False, True])
def test_all_who_make_a_secret_at_once_have_the_same_one(tmp_path: Path, cut_short: bool) -> None:
    for number in range(20):
        path = tmp_path / str(number) / "secret"
        if cut_short:
            path.parent.mkdir()
            path.write_text("")
        with ThreadPoolExecutor(8) as threads:
            made = set(threads.map(kept_secret, [path] * 8))
        assert len(made) == 1
        assert [each.name for each in path.parent.iterdir()] == ["secret"]


@pytest.mark.e2e
def test_an_address_needs_not_be_typed_as_a_word(tmp_path: Path) -> None:
    jifen("init", cwd=tmp_path)
    jifen(*COMMUNITY, cwd=tmp_path)
    (tmp_path / "addresses").write_text(f"# of Li Si\n\n{ADDRESS}\nschan://abcdef\n", "utf-8")
    words = ["person", "add", "r1", "-c", "ma", "--role", "clerk", "--name", "李四"]
    said = jifen(*words, "--notify", "@addresses", "--json", cwd=tmp_path)
    assert "topsecret" not in said.stdout + said.stderr
    assert said.stdout.count("***") == 2
    done = subprocess.run(
        [sys.executable, "-m", "console.main", *words, "--notify", "-", "--json"],
        cwd=tmp_path,
        input=f"{ADDRESS}\n",
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.count("***") == 1
    for wrong in ("@missing", "@var"):
        said = jifen(*words, "--notify", wrong, cwd=tmp_path, code=2)
        assert wrong[1:] in said.stderr
    (tmp_path / "empty").write_text("# nothing\n")
    assert "no address" in jifen(*words, "--notify", "@empty", cwd=tmp_path, code=2).stderr


def test_a_reviewer_whose_letters_others_read_is_told_of(tmp_path: Path) -> None:
    jifen("init", cwd=tmp_path)
    jifen(*COMMUNITY, cwd=tmp_path)
    words = ["person", "add", "r1", "-c", "ma", "--name", "李四", "--role"]
    said = jifen(*words, "reviewer", "--notify", "wecombot://KEY1234567", cwd=tmp_path)
    assert "no link to the desk is sent there" in said.stderr
    assert "KEY1234567" not in said.stderr
    said = jifen(*words, "clerk", "--notify", "dingtalk://abcdef123456", cwd=tmp_path)
    assert "no link to the desk" in said.stderr
    said = jifen(*words, "reviewer", "--notify", ADDRESS, cwd=tmp_path)
    assert "no link to the desk" not in said.stderr
    other = ["person", "add", "k1", "-c", "ma", "--name", "王五", "--role", "clerk"]
    said = jifen(*other, "--notify", "wecombot://KEY1234567", cwd=tmp_path)
    assert "no link to the desk" not in said.stderr
