"""A command that is given twice says so, and what was undone does not answer for its number."""

import json
from pathlib import Path
from typing import Any

import pytest

from domain.audit.books import open_books
from domain.community.registry import find_community
from domain.kernel.local_time import parse_moment
from domain.kernel.period import Period
from domain.store.database import open_engine, writing
from tests.console.office import COMMUNITY, FOUNDED, Said, jifen


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """An office whose three households have their base points; C1 is decided, O1 filed."""
    jifen("init", cwd=tmp_path)
    jifen(*COMMUNITY, cwd=tmp_path)
    (tmp_path / "h.csv").write_text("户号,户主\nH1,王一\nH2,李二\nH3,张三\n", "utf-8")
    (tmp_path / "c.csv").write_text(
        "编号,户号,项目,发生日期,地点,事由,方式,申报时间\nC1,H1,7,2026-03-05,村东,刷了外墙,自荐,2026-03-06\n",
        "utf-8",
    )
    jifen("import", "households", "ma", "h.csv", cwd=tmp_path)
    jifen("import", "claims", "ma", "c.csv", cwd=tmp_path)
    for code in ("r1", "r2"):
        jifen("person", "add", code, "--role", "reviewer", "--name", code, cwd=tmp_path)
    with writing(open_engine(f"sqlite:///{tmp_path}/var/jifen.db")) as session:
        community = find_community(session, "ma")
        opened = parse_moment("2026-01-01")
        for period in ("2026", "2026-Q1"):
            open_books(session, community, Period.parse(period), opened)
    return tmp_path


def told(office: Path, *words: str) -> Any:
    return json.loads(jifen(*words, "--json", cwd=office).stdout)


REDEEM = ("redeem", "H1", "2", "--ref", "R1", "--as-of", "2026-04-01")
RESOLVE = (
    "objection",
    "resolve",
    "O1",
    "dismissed",
    "--by",
    "r2",
    "--note",
    "属实",
    "--as-of",
    "2026-04-05",
)
TWICE: dict[str, tuple[tuple[str, ...], ...]] = {
    "redeem": (REDEEM,),
    "refund": (REDEEM, ("refund", "R1", "--why", "破损", "--as-of", "2026-04-04")),
    "decide": (
        (
            "review",
            "decide",
            "C1",
            "approve",
            "--reviewer",
            "r1",
            "--note",
            "见过",
            "--as-of",
            "2026-04-01",
        ),
    ),
    "file": (
        (
            "review",
            "decide",
            "C1",
            "approve",
            "--reviewer",
            "r1",
            "--note",
            "见过",
            "--as-of",
            "2026-04-01",
        ),
        (
            "objection",
            "file",
            "O1",
            "--household",
            "H2",
            "--about",
            "C1",
            "--text",
            "不实",
            "--as-of",
            "2026-04-02",
        ),
    ),
    "leave": (("household", "leave", "H2", "--why", "moved", "--on", "2026-06-30"),),
    "change": (("household", "change", "H2", "--head", "李三"),),
    "community": (("community", "add", "mb", *FOUNDED),),
    "adopt": (("community", "adopt", "ma", "--ruleset", "baoshan-2023", "--from", "2026-11-01"),),
    "person": (("person", "add", "k1", "--role", "clerk", "--name", "文书"),),
    "kin": (("kin", "add", "H1", "H2"),),
    "set-day": (("town", "set-day", "2026-12-01", "--town", "马鞍街道", "--off", "--why", "演练"),),
}
TWICE["resolve"] = (*TWICE["file"], RESOLVE)


@pytest.mark.parametrize("name", TWICE)
def test_a_command_given_twice_says_that_it_was_there(office: Path, name: str) -> None:
    *before, command = TWICE[name]
    for words in before:
        jifen(*words, cwd=office)
    first, again = told(office, *command), told(office, *command)
    assert (first["already"], again["already"]) == (False, True)
    assert "already there" in jifen(*command, cwd=office).stderr


def test_what_was_undone_does_not_answer_for_its_number(office: Path) -> None:
    jifen(*REDEEM, cwd=office)
    jifen("refund", "R1", "--why", "破损", "--as-of", "2026-04-04", cwd=office)
    before = told(office, "card", "H1", "--year", "2026")["balance"]
    refused: Said = jifen(*REDEEM, cwd=office, code=1)
    assert "was given back on 2026-04-04: use another number" in refused.stderr
    assert told(office, "card", "H1", "--year", "2026")["balance"] == before


def test_a_sheets_row_says_what_became_of_what_it_entered(office: Path) -> None:
    (office / "d.csv").write_text("编号,户号,积分,兑换时间\nR7,H1,2,2026-04-01\n", "utf-8")
    jifen("import", "redemptions", "ma", "d.csv", cwd=office)
    jifen("refund", "R7", "--why", "破损", "--as-of", "2026-04-04", cwd=office)
    row = told(office, "import", "redemptions", "ma", "d.csv")["rows"][0]
    assert (row["outcome"], row["note"]) == ("already", "此前已登记；已于 2026-04-04 退还")
    jifen("review", "decide", "C1", "reject", "--reviewer", "r1", "--note", "不实", cwd=office)
    row = told(office, "import", "claims", "ma", "c.csv")["rows"][0]
    assert (row["outcome"], row["note"]) == ("already", "此前已登记；现状态为不通过")
    jifen("household", "leave", "H2", "--why", "moved", "--on", "2026-06-30", cwd=office)
    rows = told(office, "import", "households", "ma", "h.csv")["rows"]
    assert [row["note"] for row in rows] == ["", "此前已登记；该户已于 2026-06-30 退出", ""]
    said = jifen("import", "households", "ma", "h.csv", cwd=office)
    assert "此前已登记；该户已于 2026-06-30 退出" in said.stdout
