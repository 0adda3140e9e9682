"""A clerk's commands under `zh_CN`: no English sentence; and what a script reads stays as it is."""

import json
import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from console.help import PLACES, built, commands_of
from console.main import application
from console.wording import speak
from tests.console.office import ROOT, Said, jifen, jifen_process
from tests.languages import english

SAMPLE = ROOT / "rulesets" / "fuling-maan-2022" / "sample"
COMMANDS = (
    "init",
    "community add ma --name 马鞍社区 --town 马鞍街道 --ruleset fuling-maan-2022 --from 2026-01-01",
    "community add ma --name 马鞍社区 --town 马鞍街道 --ruleset fuling-maan-2022 --from 2026-01-01",
    f"import households ma {SAMPLE}/households.csv --as-of 2026-01-02",
    "person add r1 -c ma --role reviewer --stage group --name 李四 --household H003",
    "person add c1 -c ma --role clerk --name 王五",
    "person list -c ma",
    "kin add H003 H017 -c ma",
    "household change H007 --head 李四 --group 二组 -c ma",
    f"import claims ma {SAMPLE}/claims.xlsx --as-of 2026-02-20 --dry-run",
    f"import claims ma {SAMPLE}/claims.xlsx --as-of 2026-02-20",
    f"import goods ma {SAMPLE}/goods.xlsx --as-of 2026-01-02",
    "import refused ma --out refused.xlsx",
    "review list -c ma --reviewer r1",
    "review sheet -c ma --reviewer r1 --out sheet.xlsx",
    "objection list -c ma",
    "round list -c ma",
    "goods -c ma",
    "redemptions -c ma",
    "card H007 -c ma",
    "card --all -c ma --format html --out cards.html",
    "standing -c ma",
    "ledger balances -c ma",
    "ledger verify",
    "ledger export -c ma --format xlsx --out ledger.xlsx",
    "calendar -c ma --until 2026-06-30",
    "notice list -c ma",
    "notice publish -c ma",
    "outbox list -c ma",
    "outbox resend -c ma",
    "town set-day 2026-04-03 --town 马鞍街道 --off --why 防汛演练",
    "town days --town 马鞍街道",
    "town unset-day 2026-04-03 --town 马鞍街道",
    "community list",
    "community set ma --public-days 1",
    "household leave H017 --why moved --on 2026-06-30 -c ma",
    "config show",
    f"ruleset check {ROOT}/rulesets/ninghe/ruleset.yaml",
    "ruleset cases ninghe",
    "ruleset clauses wulong-changba-2023",
    "ruleset show longyuzhuang",
    "template list",
    "backup copy.db",
)


def chinese(command: str, folder: Path) -> Said:
    return jifen(*command.split(), cwd=folder, JIFEN_LOCALE="zh_CN", code=0)


def test_an_english_sentence_is_found() -> None:
    assert english("已完成: written to file `jifen outbox list`")
    assert not english(
        "见 `jifen outbox list --state dead`，写入 /var/lib/jifen/public，H007 from 1 on"
    )


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Said]:
    folder = tmp_path_factory.mktemp("office")
    said = {}
    for number, command in enumerate(COMMANDS):
        said[f"{number} {command}"] = chinese(command, folder)
    audit = "audit -c ma --period 2026-01"
    said[audit] = jifen_process(*audit.split(), cwd=folder, JIFEN_LOCALE="zh_CN")
    for command in ("card H007 -c ma", "explain MA26-0001 -c ma", "results -c ma --period 2026-01"):
        said[f"after the audit: {command}"] = chinese(command, folder)
    return said


@pytest.mark.e2e
def test_no_command_answers_a_clerk_in_english(answers: dict[str, Said]) -> None:
    found = {
        command: sentences
        for command, said in answers.items()
        if (sentences := english(said.stdout + "\n" + said.stderr))
    }
    assert not found


@pytest.mark.e2e
def test_answers_are_in_chinese(answers: dict[str, Said]) -> None:
    texts = "\n".join(said.stdout + said.stderr for said in answers.values())
    for part in (
        "马鞍社区（ma）从 2026-01-01 起用办法 fuling-maan-2022",
        "已有，没有改动：",
        "只试了一遍，什么也没改：",
        "李四（r1）：评议人",
        "户号  年度  得分  余额",
        "封签全部相符",
        "1 天；投诉找",
        "积分审核 2026-01：办完",
    ):
        assert part in texts


def test_no_help_is_in_english(tmp_path: Path) -> None:
    speak("zh_CN")
    group = built(application(""))
    named = {
        name
        for command in commands_of(group)
        for parameter in command.params
        for name in (parameter.metavar, parameter.display_type(None))
        if name is not None
    }
    speak("en")
    # What is to be written has a Chinese name; a word to be typed as it is stands as it is.
    assert not [name for name in named if name in PLACES]
    assert {"<文字>", "户号", "文件", "[选项]"} <= named | {group.options_metavar}
    paths = [name for name, _command in group.commands.items()]
    assert len(paths) > 30
    for path in ("--help", *(f"{path} --help" for path in paths)):
        told = jifen(*path.split(), cwd=tmp_path, JIFEN_LOCALE="zh_CN", code=0).stdout
        assert not english(told), path
        assert max(map(cell_len, told.splitlines())) <= 82, path


WRONG = (
    "nosuch",
    "--nosuch",
    "community",
    "community nosuch",
    "community add",
    "community add x --nam y",
    "community add x --name",
    "community list x",
    "import clams ma x.csv",
    "import claims ma",
    "ruleset schema foo",
    "up --port x",
    "up --port 99999999",
    "outbox list --state foo",
    "card --year 3 H1",
    "init --now=1",
    "review decide C1",
    "kin add",
)


@pytest.mark.parametrize("command", WRONG)
def test_wrong_usage_is_said_in_chinese(command: str, tmp_path: Path) -> None:
    said = jifen(*command.split(), cwd=tmp_path, JIFEN_LOCALE="zh_CN", code=2)
    told = re.sub(
        r"jifen [a-z -]*|'[^']*'|--\w+|\{[a-z|]+\}", "", said.stderr.partition("命令:")[0]
    )
    assert not re.search("[A-Za-z]{2,}", told), said.stderr


@pytest.mark.parametrize("count", [1, 2])
def test_plurals_are_right_in_english(tmp_path: Path, count: int) -> None:
    jifen("init", cwd=tmp_path)
    words = COMMANDS[1].split()
    jifen(*words, cwd=tmp_path)
    told = jifen("community", "set", "ma", "--public-days", str(count), cwd=tmp_path).stderr
    assert f", {count} day{'' if count == 1 else 's'};" in told


@pytest.mark.parametrize("command", ["goods", "community list", "person list", "calendar"])
def test_json_is_the_same_in_both_languages(tmp_path: Path, command: str) -> None:
    for words in ("init", COMMANDS[1], COMMANDS[4]):
        jifen(*words.replace("--household H003", "").split(), cwd=tmp_path)
    ours, english_ones = (
        jifen(*command.split(), "--json", cwd=tmp_path, JIFEN_LOCALE=locale, code=0).stdout
        for locale in ("zh_CN", "en")
    )
    assert json.loads(ours) == json.loads(english_ones)
