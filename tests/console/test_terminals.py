"""Terminals that cannot show everything: every row of every command is printed all the same."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.console.office import COMMUNITY, ROOT, jifen

pytestmark = pytest.mark.e2e

C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
NAMES = ("𠮷田👍", "王小明", "éñß", "阿卜杜拉·买买提", "㛃䶮")


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("village")
    jifen("init", cwd=folder)
    jifen(*COMMUNITY, cwd=folder)
    for number, name in enumerate(NAMES, 1):
        jifen(
            "person",
            "add",
            f"r{number}",
            "-c",
            "ma",
            "--role",
            "reviewer",
            "--name",
            name,
            cwd=folder,
        )
    return folder


def said(
    village: Path, *words: str, environment: dict[str, str], code: int = 0
) -> tuple[bytes, bytes]:
    """What a command writes, as bytes, on a terminal of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, "-m", "console.main", *words],
        cwd=village,
        capture_output=True,
        timeout=120,
        check=False,
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
    )
    assert done.returncode == code, (done.stdout, done.stderr)
    assert b"Traceback" not in done.stderr
    return done.stdout, done.stderr


TERMINALS = [
    ("gbk", {"PYTHONIOENCODING": "gbk"}),
    ("gb2312", {"PYTHONIOENCODING": "gb2312"}),
    ("ascii", {"PYTHONIOENCODING": "ascii"}),
    ("latin-1", {"PYTHONIOENCODING": "latin-1:strict"}),
    ("ascii", C_LOCALE),
]


@pytest.mark.parametrize(("encoding", "environment"), TERMINALS)
def test_every_row_is_printed(village: Path, encoding: str, environment: dict[str, str]) -> None:
    table, _ = said(village, "person", "list", environment=environment)
    lines = table.decode(encoding).splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["r1", "r2", "r3", "r4", "r5"]
    document, _ = said(village, "person", "list", "--json", environment=environment)
    assert [each["name"] for each in json.loads(document.decode(encoding))] == list(NAMES)
    _, refusal = said(village, "ruleset", "show", "没有👍", code=2, environment=environment)
    assert len(refusal.decode(encoding).splitlines()) == 1


def test_a_terminal_that_can_show_it_shows_it(village: Path) -> None:
    document, _ = said(village, "person", "list", "--json", environment={"PYTHONIOENCODING": "gbk"})
    assert "王小明" in document.decode("gbk")
    document, _ = said(
        village, "person", "list", "--json", environment={"PYTHONIOENCODING": "utf-8"}
    )
    assert "𠮷田👍" in document.decode()


def test_names_and_paths_are_read_in_any_locale(village: Path) -> None:
    (village / "农户.csv").write_text("户号,户主\nH9,𠮷某\n", "utf-8")
    said(village, "import", "households", "ma", "农户.csv", environment=C_LOCALE)
    said(
        village,
        "person",
        "add",
        "k1",
        "-c",
        "ma",
        "--role",
        "clerk",
        "--name",
        "赵德才",
        environment=C_LOCALE,
    )
    people, _ = said(village, "person", "list", "--json", environment={"PYTHONIOENCODING": "utf-8"})
    assert "赵德才" in people.decode()


def test_bytes_that_are_no_text_are_wrong_usage(village: Path) -> None:
    name = "赵德才".encode("gbk").decode("utf-8", "surrogateescape")
    _, refusal = said(
        village,
        "person",
        "add",
        "k2",
        "-c",
        "ma",
        "--role",
        "clerk",
        "--name",
        name,
        code=2,
        environment={"LC_ALL": "C.UTF-8"},
    )
    assert b"is not UTF-8" in refusal
