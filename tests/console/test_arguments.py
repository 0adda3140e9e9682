"""What a person may type: any argument ends in an answer or in one line that says what is wrong."""

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.console.office import jifen, jifen_process

TWO_STAGES = "wulong-changba-2023-example-village"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A community of two stages, with a reviewer at each and a claim that waits."""
    jifen("init", cwd=tmp_path)
    jifen(
        "community",
        "add",
        "cb",
        "--name",
        "长坝村",
        "--town",
        "长坝镇",
        "--ruleset",
        TWO_STAGES,
        "--from",
        "2026-01-01",
        cwd=tmp_path,
    )
    (tmp_path / "households.csv").write_text("household,head\nH1,王五\n", "utf-8")
    jifen("import", "households", "cb", "households.csv", cwd=tmp_path)
    (tmp_path / "claims.csv").write_text(
        "ref,household,item,occurred_on,place,reason,channel,submitted_at,evidence\n"
        "K1,H1,Z3,2026-03-05,村东,修路,recommendation,2026-03-06,照片\n",
        "utf-8",
    )
    jifen("import", "claims", "cb", "claims.csv", cwd=tmp_path)
    for code, role in (("v1", "reviewer"), ("t1", "town")):
        jifen("person", "add", code, "--role", role, "--name", f"评议{code}", cwd=tmp_path)
    return tmp_path


def decided(office: Path, reviewer: str) -> str:
    said = jifen("review", "decide", "K1", "approve", "--reviewer", reviewer, cwd=office)
    return said.stderr.strip().rpartition(" ")[2]


def test_each_stage_decides_without_naming_it_and_a_repeated_word_decides_nothing(
    office: Path,
) -> None:
    assert decided(office, "v1") == "pending"
    assert decided(office, "v1") == "pending"
    assert decided(office, "t1") == "approved"
    assert decided(office, "t1") == "approved"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("card", "H1", "--year", "99999"), "--year"),
        (("server", "--port", "65536"), "--port"),
        (("server", "--port", "0"), "--port"),
        (("web", "--port", "0"), "--port"),
        (("standing", "--year", "-1"), "--year"),
        (("ledger", "balances", "--year", "9" * 30), "--year"),
        (("calendar", "--until", "9999-12-31"), "9999-12-31"),
        (("redeem", "H1", "1", "--ref", ""), "1 to 64"),
        (("redeem", "H1", "1", "--ref", "a\nb"), "1 to 64"),
        (("objection", "file", "", "--household", "H1", "--about", "K1", "--text", "x"), "1 to 64"),
        (("person", "add", "p" * 65, "--role", "clerk", "--name", "甲"), "1 to 64"),
        (("person", "add", "p", "--role", "clerk", "--name", "甲" * 101), "1 to 100"),
        (("person", "add", "p", "--role", "", "--name", "甲"), "needs a role"),
        (
            ("person", "add", "p", "--role", "reviewer", "--name", "甲", "--stage", "county"),
            "“county” is not a stage of the review: choose from village, town",
        ),
        (("outbox", "list", "--state", "lost"), "--state"),
        (("audit", "--period", "2026-Q1"), "长坝村 audits every month: name one, such as 2026-03"),
    ],
)
def test_what_is_not_an_argument_is_wrong_usage(
    office: Path, words: tuple[str, ...], says: str
) -> None:
    assert says in jifen(*words, cwd=office, code=2).stderr


def test_a_ledger_as_xlsx_has_a_name_of_its_own(office: Path) -> None:
    jifen("ledger", "export", "--community", "cb", "--format", "xlsx", cwd=office)
    assert load_workbook(office / "ledger-cb.xlsx").worksheets


@pytest.mark.e2e
@pytest.mark.xdist_group("prefect")
def test_a_quarter_is_audited_as_a_quarter_where_the_scheme_does(
    tmp_path: Path, prefect_api: str
) -> None:
    jifen("init", cwd=tmp_path)
    jifen(
        "community",
        "add",
        "ly",
        "--name",
        "龙雨庄村",
        "--town",
        "某镇",
        "--ruleset",
        "longyuzhuang-example-village",
        "--from",
        "2026-01-01",
        cwd=tmp_path,
    )
    told = jifen_process(
        "audit",
        "--period",
        "2026-Q1",
        "--as-of",
        "2026-04-20",
        "--dry-run",
        "--json",
        cwd=tmp_path,
        JIFEN_PREFECT_API_URL=prefect_api,
    )
    assert json.loads(told.stdout)["period"] == "2026-03"


@pytest.mark.e2e
def test_a_prefect_server_that_is_away_is_one_line(office: Path) -> None:
    nobody = "http://operator:hunter2@127.0.0.1:9/api"
    said = jifen_process(
        "audit", "--period", "2026-03", cwd=office, code=1, JIFEN_PREFECT_API_URL=nobody
    )
    assert said.stderr.strip().count("\n") == 0
    assert "does not answer" in said.stderr
    assert "hunter2" not in said.stderr


def test_a_folder_that_cannot_be_made_is_told_before_the_year_is_replayed(office: Path) -> None:
    folder = Path(__file__).parents[2] / "rulesets/zhongping/sample"
    (office / "taken").write_text("", "utf-8")
    said = jifen("rehearse", str(folder), "--out", "taken", cwd=office, code=2)
    assert "cannot be made" in said.stderr
    assert "zhongping" not in jifen("community", "list", cwd=office).stdout
