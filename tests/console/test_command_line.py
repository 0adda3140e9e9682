"""The command line as a contract: exit codes, JSON, and commands that answer at once."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from console.main import application
from tests.console.office import COMMUNITY, ROOT, jifen, jifen_process


@pytest.fixture
def office(furnished: Path, tmp_path: Path) -> Path:
    """An installation of the test's own, with one community and a few sheets."""
    place = tmp_path / "office"
    shutil.copytree(furnished, place)
    return place


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What each test's office is a copy of."""
    tmp_path = tmp_path_factory.mktemp("furnished")
    jifen("init", cwd=tmp_path)
    jifen(*COMMUNITY, cwd=tmp_path)
    (tmp_path / "households.csv").write_text(
        "户号,户主,组\nH001,王一,一组\nH002,李二,一组\nH003,张三,二组\n", "utf-8"
    )
    (tmp_path / "claims.csv").write_text(
        "编号,户号,项目,发生日期,地点,事由,方式,依据\n"
        "C1,H001,7,2026-03-05,村东,刷了外墙,居民自荐,照片\n"
        "C2,H002,8,2026年3月6日,村西,打扫,小组现场看,\n"
        "C3,H009,8,2026-03-06,村西,打扫,小组现场看,\n"
        "C4,H001,不存在,2026-02-30,村西,打扫,小组现场看,\n",
        "utf-8-sig",
    )
    jifen("import", "households", "ma", "households.csv", cwd=tmp_path)
    for code, household in (("r1", "H003"), ("r2", "H002")):
        jifen(
            "person",
            "add",
            code,
            "-c",
            "ma",
            "--role",
            "reviewer",
            "--name",
            f"评议{code}",
            "--household",
            household,
            cwd=tmp_path,
        )
    return tmp_path


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.xdist_group("prefect")
def test_from_sheets_to_card(office: Path, prefect_api: str) -> None:
    imported = jifen("import", "claims", "ma", "claims.csv", "--json", cwd=office)
    answers = json.loads(imported.stdout)
    assert (answers["accepted"], answers["already"], answers["refused"]) == (2, 0, 2)
    refused = {row["ref"]: row for row in answers["rows"] if row["outcome"] == "refused"}
    assert refused["C3"]["row"] == 4
    assert "H009" in refused["C3"]["reason"]
    again = json.loads(jifen("import", "claims", "ma", "claims.csv", "--json", cwd=office).stdout)
    assert (again["accepted"], again["already"], again["refused"]) == (0, 2, 2)
    jifen("import", "refused", "ma", "--out", "refused.xlsx", cwd=office)
    assert (office / "refused.xlsx").stat().st_size > 0

    jifen("review", "decide", "C1", "approve", "--reviewer", "r1", cwd=office)
    barred = jifen("review", "decide", "C2", "approve", "--reviewer", "r2", cwd=office, code=1)
    assert "own household" in barred.stderr
    jifen("review", "decide", "C2", "reject", "--reviewer", "r1", cwd=office, code=1)
    queue = json.loads(jifen("review", "list", "--json", cwd=office).stdout)
    assert [row["ref"] for row in queue] == ["C2"]
    jifen("review", "decide", "C2", "approve", "--reviewer", "r1", cwd=office)

    opening = ("collect", "-c", "ma", "--period", "2026", "--step", "open")
    jifen_process(*opening, "--as-of", "2026-01-01", cwd=office, JIFEN_PREFECT_API_URL=prefect_api)
    audit = ("audit", "--period", "2026-03")
    tried = jifen_process(
        *audit, "--dry-run", "--json", cwd=office, JIFEN_PREFECT_API_URL=prefect_api
    )
    dry = json.loads(tried.stdout)
    assert dry["outcomes"][0]["state"] == "would be done"
    ahead = jifen_process(
        "audit", "--period", "2026-03", "--as-of", "2099-12-01", cwd=office, code=1
    )
    assert "only in a rehearsal may a later time stand in for now" in ahead.stderr
    jifen_process(*audit, "-c", "马鞍社区", cwd=office)  # on a server of its own
    card = json.loads(
        jifen("card", "H001", "-c", "ma", "--year", "2026", "--json", cwd=office).stdout
    )
    assert (card["score"], card["balance"]) == (7, 7)
    assert [entry["kind"] for entry in card["entries"]] == ["base"] * 6 + ["award"]
    told = json.loads(jifen("explain", "C1", "--json", cwd=office).stdout)
    assert told["points"] == 1
    assert "美化民居" in told["clause"]
    jifen("redeem", "H001", "3", "--ref", "R1", cwd=office)
    jifen("redeem", "H001", "3", "--ref", "R1", cwd=office)
    jifen("redeem", "H001", "5", "--ref", "R2", cwd=office, code=1)
    exported = jifen("ledger", "export", "-c", "ma", cwd=office).stdout.splitlines()
    assert exported[0].split(",") == [
        "seq",
        "journal",
        "posted_at",
        "period",
        "household",
        "member",
        "kind",
        "item",
        "ref",
        "points",
        "reason",
    ]
    assert len(exported) == 1 + 18 + 2 + 1
    jifen("ledger", "verify", cwd=office)
    late = json.loads(jifen("status", "--as-of", "2026-11-01", "--json", cwd=office).stdout)
    assert isinstance(late, list)


# What is far from what a reading command does, and slow to load.
NEVER_LOADED = ["prefect", "apprise", "plutoprint", "alembic", "xlsxwriter", "python_calamine"]
# Frames are for many rows: only what scores, or ranks all, needs them.
WITHOUT_FRAMES = (
    ("calendar", "--json"),
    ("status", "--json"),
    ("review", "list", "--json"),
    ("notice", "list", "--json"),
    ("ledger", "balances", "--json"),
    ("community", "list", "--json"),
    ("person", "list", "--json"),
    ("ruleset", "list", "--json"),
    ("ruleset", "show", "baoshan-2023", "--json"),
    ("ruleset", "clauses", "baoshan-2023", "--json"),
    ("config", "show", "--json"),
    ("objection", "list", "--json"),
    ("goods", "--json"),
    ("ledger", "verify", "--json"),
    ("card", "H001", "--json"),
    ("standing", "--json"),
    ("explain", "C1", "--json"),
)


@pytest.mark.e2e
def test_reading_commands_print_json_and_load_only_what_they_need(office: Path) -> None:
    script = (
        "import contextlib, io, json, sys\n"
        "from console.main import run\n"
        "for words, banned in json.load(sys.stdin):\n"
        "    out = io.StringIO()\n"
        "    with contextlib.redirect_stdout(out):\n"
        "        assert run(words) == 0, words\n"
        "    json.loads(out.getvalue())\n"
        "    loaded = sorted(set(banned) & set(sys.modules))\n"
        "    assert loaded == [], (words, loaded)\n"
    )
    jifen("import", "claims", "ma", "claims.csv", cwd=office)
    asked = [(words, [*NEVER_LOADED, "polars"]) for words in WITHOUT_FRAMES]
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=office,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PYTHONPATH": str(ROOT)},
        input=json.dumps(asked),
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.e2e
def test_to_show_a_notice_loads_nothing_of_what_makes_notices() -> None:
    script = (
        "import sys, notifications.board.notice\n"
        "assert not {'polars', 'xlsxwriter', 'plutoprint'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60, cwd=ROOT)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("nonsense",), 2),
        (("card",), 2),
        (("audit", "--period", "2026-13"), 2),
        (("audit", "--period", "2026-Q1"), 2),
        (("settle", "--period", "2026", "--force-by", "x"), 2),
        (("import", "claims", "ma", "missing.xlsx"), 2),
        (("import", "claims", "zz", "claims.csv"), 1),
        (("rehearse", "nowhere"), 2),
        (("ruleset", "show", "nowhere"), 2),
        (("card", "H999"), 1),
        (("explain", "nope"), 1),
        (("redeem", "H001", "abc", "--ref", "R"), 2),
        (("redeem", "H001", "--ref", "R"), 1),
        (("notice", "show", "quarter", "2026-Q1"), 1),
        (("objection", "resolve", "nope", "upheld", "--by", "r1"), 1),
        (("calendar", "--until", "soon"), 2),
        (("ledger", "export", "--format", "pdf"), 2),
        (("community", "adopt", "ma", "--ruleset", "fuling-maan-2022", "--from", "2020-01-01"), 1),
    ],
)
def test_what_a_user_can_cause_ends_in_one_line(
    office: Path, words: tuple[str, ...], code: int
) -> None:
    told = jifen(*words, cwd=office, code=code)
    assert told.stderr.strip()
    assert told.stdout == ""


def test_a_database_that_is_not_set_up_or_not_there(tmp_path: Path) -> None:
    assert "jifen init" in jifen("status", cwd=tmp_path, code=1).stderr
    gone = jifen(
        "status",
        cwd=tmp_path,
        code=1,
        JIFEN_DATABASE_URL="postgresql+psycopg://someone:topsecret@127.0.0.1:1/nothing",
    )
    assert "topsecret" not in gone.stderr
    shown = jifen(
        "config",
        "show",
        "--json",
        cwd=tmp_path,
        JIFEN_DATABASE_URL="postgresql+psycopg://someone:topsecret@127.0.0.1:1/nothing",
    )
    assert "topsecret" not in shown.stdout


def test_every_command_has_help_with_an_example(tmp_path: Path) -> None:
    # The class is of the Click that Typer keeps to itself.
    def walk(command: Any, path: tuple[str, ...]) -> None:
        children = getattr(command, "commands", None)
        if children:
            for name, child in children.items():
                walk(child, (*path, name))
        else:
            assert "Example: jifen " + path[0] in (command.help or ""), path

    walk(get_command(application("")), ())


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("calendar",),
        ("metrics",),
        ("audit", "--period", "2026-03"),
        ("import", "goods", "ma", "goods.csv"),
    ],
    ids=lambda words: words[0],
)
def test_a_time_later_than_now_stands_for_now_in_a_rehearsal_only(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    jifen("init", cwd=tmp_path)
    add = ("community", "add", "ma", "--name", "马鞍社区", "--town", "马鞍街道", "--ruleset")
    jifen(*add, "fuling-maan-2022", cwd=tmp_path)
    (tmp_path / "goods.csv").write_text("物品,标价\n肥皂,2\n", "utf-8")
    said = jifen(*words, "--as-of", "2999-01-01", cwd=tmp_path, code=1)
    assert "later than now" in said.stderr
    assert said.stdout == ""


def test_the_program_says_its_version_in_one_line(tmp_path: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert jifen("--version", cwd=tmp_path).stdout == f"jifen {project['version']}\n"
