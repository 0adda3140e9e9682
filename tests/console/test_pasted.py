"""What people entered gives no orders: not to a shell that advice is pasted into, not to a
terminal, not to a log."""

import json
import logging
import os
import pty
import shlex
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from config.logs import configure
from domain.kernel.names import pasted
from domain.kernel.visible_text import plain, plain_json
from domain.operations.finding import Finding
from tests.console.office import COMMUNITY, ROOT, jifen

ORDERS = "\x1b]0;PWNED\x07\x1b[31m\x9b2J\u202eab"


@pytest.mark.e2e
@pytest.mark.parametrize(
    "word", ["O1;touch PWN2;#", "$(id)", "a b", "`id`", "a|b", "a'b", 'a"b', "a\nb", "*", "~", "&x"]
)
def test_a_pasted_word_is_one_word(word: str) -> None:
    assert shlex.split(pasted(word)) == [word]
    finding = Finding("late", "objections", (word,), ref=word)
    command = shlex.split(finding.command)
    assert command[:5] == ["jifen", "objection", "resolve", word, "OUTCOME"]
    assert command[-2:] == ["-c", word]
    done = subprocess.run(
        ["sh", "-c", finding.command.replace("jifen ", "printf '%s\\0' ", 1)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split("\0")[2] == word
    many = Finding("blocked", "step", ("ma", word), process="audit", period="2026-03", step="close")
    assert f"ma,{word}" in shlex.split(many.command)


def test_a_plain_word_is_left_as_it_is() -> None:
    for word in ("C0042", "三组-7", "2026-06/Z01/1.1", "ma,mb"):
        assert pasted(word) == word


def test_orders_are_shown_and_not_followed() -> None:
    shown = plain(f"a\tb\nc{ORDERS}")
    assert shown == "a\tb\nc\\x1b]0;PWNED\\x07\\x1b[31m\\x9b2J\\u202eab"
    assert json.loads(plain_json(json.dumps([ORDERS], ensure_ascii=False))) == [ORDERS]
    stream = StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        configure("text", "INFO", stream)
        logging.getLogger("x").warning("a row says %s", ORDERS)
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    assert "\x1b" not in stream.getvalue()
    assert "\x9b" not in stream.getvalue()


@pytest.fixture
def office(tmp_path: Path) -> Path:
    jifen("init", cwd=tmp_path)
    jifen(*COMMUNITY, cwd=tmp_path)
    sheet = f"编号,户号,项目,发生日期,地点,事由,方式\nC1,H9,{ORDERS},{ORDERS},a,b,c\n"
    (tmp_path / "c.csv").write_text(sheet, "utf-8")
    return tmp_path


def test_no_command_passes_orders_on(office: Path) -> None:
    for words in (
        ["import", "claims", "ma", "c.csv"],
        ["card", ORDERS],
        ["explain", ORDERS],
        ["community", "list", "--json"],
        ["person", "test", ORDERS],
    ):
        said = None
        for code in (0, 1, 2):
            try:
                said = jifen(*words, cwd=office, code=code)
                break
            except AssertionError:
                continue
        assert said is not None, words
        for stream in said.stdout, said.stderr:
            assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(stream), words


@pytest.mark.e2e
def test_nor_does_one_on_a_terminal(office: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "console.main", "import", "claims", "ma", "c.csv"],
        cwd=office,
        stdout=theirs,
        stderr=theirs,
        stdin=theirs,
        close_fds=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"},
    )
    process.wait(60)
    os.close(theirs)
    seen = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    os.close(ours)
    assert b"PWNED" in seen.replace(b"\r\n", b"").replace(b" ", b"")
    assert b"\x1b]0;" not in seen
    assert b"\x07" not in seen
    assert b"\x1b[31m" not in seen
