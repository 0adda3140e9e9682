"""Words that clerks use, numbers left out at the counter, late rows and second outcomes."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from domain.intake.inbox import refuse_late
from domain.objections.cases import appeal
from domain.store.database import reading, writing
from domain.store.tables.claims import InboxRow
from domain.store.tables.objections import ObjectionEvent
from tests.console.office import jifen
from tests.console.test_already import office, told
from tests.domain.builders import review, stage
from tests.intake.desk import Desk, moment, outcomes, village_rules, why
from tests.intake.inbox import Inbox
from tests.rules.builders import SOURCE

__all__ = ["office"]
FILE = ("objection", "file", "--household", "H2", "--about", "C1", "--text", "不实")


class TestWays:
    @pytest.mark.parametrize(
        ("word", "code"),
        [
            ("自己报的", "self"),
            ("自荐", "self"),
            ("扫码", "self"),
            ("本人申报", "self"),
            ("小组看", "inspection"),
            ("检查", "inspection"),
            ("入户检查", "inspection"),
        ],
    )
    def test_a_usual_word_is_understood(self, desk: Desk, word: str, code: str) -> None:
        assert desk.claim(channel=word).outcome == "accepted"
        assert desk.stored("C1").channel == code

    @pytest.mark.parametrize("word", ["群众举报", "微信", "其他"])
    def test_any_other_is_refused_with_the_five(self, desk: Desk, word: str) -> None:
        answer = desk.claim(channel=word)
        assert why(answer) == "not_choice"
        for name in ("居民自荐", "小组现场看", "居民一起评", "组织推荐", "文件记录"):
            assert name in answer.reason


@pytest.mark.integration
def test_numbers_may_be_left_out_at_the_counter(office: Path) -> None:
    refs = [told(office, "redeem", "H1", "1", "--as-of", "2026-04-04")["ref"] for _ in "12"]
    assert refs == ["R260404-01", "R260404-02"]
    assert told(office, "redeem", "H1", "1", "--as-of", "2026-04-05")["ref"] == "R260405-01"
    said = jifen("redeem", "H2", "1", "--as-of", "2026-04-04", cwd=office)
    assert "(R260404-03)" in said.stderr
    jifen("review", "decide", "C1", "approve", "--reviewer", "r1", "--note", "见过", cwd=office)
    filed = told(
        office, "objection", "file", "--household", "H2", "--about", "C1", "--text", "不实"
    )
    assert filed["ref"].startswith("O")
    assert filed["ref"].endswith("-01")


@pytest.mark.integration
def test_the_list_of_objections_tells_outcome_reason_and_who(office: Path) -> None:
    jifen("review", "decide", "C1", "approve", "--reviewer", "r1", "--note", "见过", cwd=office)
    filed = told(
        office, "objection", "file", "--household", "H2", "--about", "C1", "--text", "不实"
    )
    assert (filed["outcome"], filed["decided_by"]) == (None, None)
    jifen(
        "objection",
        "resolve",
        filed["ref"],
        "dismissed",
        "--by",
        "r2",
        "--note",
        "属实",
        cwd=office,
    )
    (row,) = told(office, "objection", "list")
    assert (row["outcome"], row["decided_by"], row["note"]) == ("dismissed", "r2", "属实")
    assert "属实" in jifen("objection", "list", cwd=office).stdout
    inspection = json.dumps(jifen("import", "inspection", "--help", cwd=office).stdout)
    assert "2026-06/Z01/1.1" in inspection


def test_the_outcome_of_an_appeal_comes_by_sheet(engine: Engine, tmp_path: Path) -> None:
    stages = review(stage("group"), stage("town", role="town"))
    objections = {"days": 15, "second_level": "town", **SOURCE}
    desk = Desk(engine, tmp_path, village_rules(review=stages, objections=objections)).open()
    for code, role in (("r1", "reviewer"), ("r2", "reviewer"), ("t1", "town"), ("t2", "town")):
        desk.person(code, None, role)
    desk.claim(now="2026-03-06")
    approved = [["C1", "r1", "通过", ""], ["C1", "t1", "通过", "town"]]
    assert outcomes(desk.bring("decisions", "编号 评议人 结论 层级", approved)) == {"accepted": 2}
    header = "编号 户号 申报编号 异议 结果 处理人 说明"
    first = ["O1", "H2", "C1", "不实", "不成立", "r2", "属实"]
    assert outcomes(desk.bring("objections", header, [first])) == {"accepted": 1}
    with writing(engine) as session:
        appeal(session, desk.community(session), "O1", "请镇里复核", moment("2026-12-31T12:00"))
    second = ["O1", "H2", "C1", "不实", "不成立", "t2", "镇里查过"]
    for expected in ("accepted", "already"):
        assert outcomes(desk.bring("objections", header, [second])) == {expected: 1}
    assert outcomes(desk.bring("objections", header, [first])) == {"already": 1}
    ended = [row for row in desk.rows_of(ObjectionEvent) if row.act == "dismissed"]
    assert [row.level for row in ended] == [1, 2]
    # It has ended for good: another word on it is refused.
    third = ["O1", "H2", "C1", "不实", "不成立", "t1", "又查过"]
    assert why(desk.bring("objections", header, [third])[0]) == "other_content"


def test_rows_after_a_replays_end_are_told(inbox: Inbox) -> None:
    shop = [["D1", "H1", "1", "2026-05-02"], ["D2", "H1", "1", "2027-02-03"]]
    inbox.stage("redemptions", "ref household points redeemed_at", shop)
    inbox.take("2026-12-31")
    with writing(inbox.desk.engine) as session:
        answers = refuse_late(session, inbox.desk.community(session), moment("2027-01-31"), 2026)
        assert refuse_late(session, inbox.desk.community(session), moment("2027-01-31"), 2026) == []
    (late,) = answers
    assert (late.ref, late.row, why(late)) == ("D2", 3, "after_end")
    assert "2027-02-03 在演练结束（2027-01-31）之后" in late.reason
    assert late.column == "兑换时间"
    assert "D2" in [row.ref for row in inbox.desk.refused()]
    with reading(inbox.desk.engine) as session:
        waiting = select(InboxRow.id).where(InboxRow.taken_at.is_(None))
        assert session.scalars(waiting).all() == []
