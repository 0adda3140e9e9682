"""The language of the command line: the installation's, else the terminal's, else English."""

from pathlib import Path

import pytest

from console.language import spoken
from tests.console.office import jifen, jifen_process

CHINESE = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "zh_CN.UTF-8"}
NOT_SET_UP = {"zh_CN": "数据库还没有建立", "en": "the database is not set up yet"}


@pytest.mark.parametrize(
    ("settings", "environment", "language"),
    [
        ("", {"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ("", {"LANG": "zh_TW"}, "zh_CN"),
        ("", {"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.GBK"}, "zh_CN"),
        ("", {"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ("", {"LANG": "de_DE.UTF-8"}, "en"),
        ("", {}, "en"),
        ('locale = "zh_CN"', {"LANG": "en_US.UTF-8"}, "zh_CN"),
        ('locale = "en"', {"LANG": "zh_CN.UTF-8"}, "en"),
        ('locale = "en"', {"JIFEN_LOCALE": "zh_CN"}, "zh_CN"),
        # Settings that cannot be used leave the terminal's language.
        ('locale = "', {"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ("locale = 7", {"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ('locale = "fr"', {}, "en"),
    ],
)
def test_which_language(
    settings: str,
    environment: dict[str, str],
    language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "jifen.toml").write_text(settings, "utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "JIFEN_LOCALE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert spoken() == language


def test_a_refusal_is_in_the_readers_language(tmp_path: Path) -> None:
    assert NOT_SET_UP["en"] in jifen("status", cwd=tmp_path, code=1, LC_ALL="C").stderr
    assert NOT_SET_UP["zh_CN"] in jifen("status", cwd=tmp_path, code=1, **CHINESE).stderr
    set_here = jifen("status", cwd=tmp_path, code=1, LC_ALL="C", JIFEN_LOCALE="zh_CN")
    assert NOT_SET_UP["zh_CN"] in set_here.stderr


@pytest.mark.e2e
def test_so_it_is_in_a_process_of_its_own(tmp_path: Path) -> None:
    said = jifen_process("status", cwd=tmp_path, code=1, PYTHONUTF8="1", **CHINESE)
    assert said.stderr.startswith(NOT_SET_UP["zh_CN"])


def test_settings_that_cannot_be_read_break_no_message(tmp_path: Path) -> None:
    (tmp_path / "jifen.toml").write_bytes(b'locale = "\xff')
    assert "jifen.toml" in jifen("status", cwd=tmp_path, code=2, **CHINESE).stderr
