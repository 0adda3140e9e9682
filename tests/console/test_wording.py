"""The command line speaks the reader's language; what a script reads stays as it is."""

from pathlib import Path

import pytest

from tests.console.office import jifen

CHINESE = {"JIFEN_LOCALE": "zh_CN"}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LC_ALL": "zh_CN.UTF-8"}, "用法："),
        ({"LC_ALL": "", "LC_MESSAGES": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "用法："),
        ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "Usage: "),
        ({"LC_ALL": "C", "JIFEN_LOCALE": "zh_CN"}, "用法："),
        ({"LC_ALL": "zh_CN.UTF-8", "JIFEN_LOCALE": "en"}, "Usage: "),
        ({"LC_ALL": "de_DE.UTF-8"}, "Usage: "),
    ],
)
def test_help_is_in_the_language_of_settings_or_terminal(
    tmp_path: Path, environment: dict[str, str], expected: str
) -> None:
    assert jifen("card", "--help", cwd=tmp_path, code=0, **environment).stdout.startswith(expected)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("audit",), "缺少选项 '--period'。"),
        (("explain",), "缺少参数 '编号'。"),
        (("card", "--jsn"), "没有选项 --jsn（可能是 --json）"),
        (("card", "--nothing-like-it"), "没有选项 --nothing-like-it"),
        (("cart",), "没有命令 'cart'，是不是 'card'？"),
        (("qqqq",), "没有命令 'qqqq'。"),
        (("explain", "a", "b"), "多写了参数：b"),
        (("card", "H1", "--year", "x"), "'--year' 填得不对：要写整数"),
        (("card", "H1", "--year", "99999"), "'--year' 填得不对：不能大于 9000"),
        (("card", "--json=3"), "选项 '--json' 后面不写值。"),
        (("card", "--year"), "选项 '--year' 后面要写值。"),
        (
            ("outbox", "list", "--state", "x"),
            "'--state' 填得不对：没有 'x'，可选 'waiting', 'sending'",
        ),
    ],
)
def test_wrong_usage_is_told_in_chinese(
    tmp_path: Path, words: tuple[str, ...], expected: str
) -> None:
    answer = jifen(*words, cwd=tmp_path, code=2, **CHINESE)
    assert f"错误：{expected}" in answer.stderr
    assert answer.stdout == ""


def test_wrong_usage_is_told_in_english_as_typer_does(tmp_path: Path) -> None:
    answer = jifen("card", "--jsn", cwd=tmp_path, code=2)
    assert answer.stderr.startswith("Usage: jifen card [OPTIONS]")
    assert answer.stderr.endswith("Error: No such option: --jsn (Possible options: --json)\n")


def test_a_group_without_a_command_shows_its_commands(tmp_path: Path) -> None:
    answer = jifen("outbox", cwd=tmp_path, code=2, **CHINESE)
    assert "命令" in answer.stderr
    assert "错误" not in answer.stderr
