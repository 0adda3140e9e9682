"""All that is wrong with a row is said in one answer."""

from pathlib import Path

from domain.intake.answers import Answer
from domain.intake.refused import export_refused
from domain.sheets.reading import read_table
from domain.store.database import reading
from domain.store.tables.claims import RefusedRow
from tests.intake.desk import Desk, outcomes, why


def faults(answer: Answer) -> list[tuple[str, str]]:
    """The columns and codes of an answer's faults."""
    return [(wrong.column, wrong.why.code) for wrong in answer.faults]


class TestClaims:
    def test_cells_that_cannot_be_read(self, desk: Desk) -> None:
        answer = desk.claim(occurred_on="下雨那天", channel="飞鸽", quantity="两次", place="")
        assert faults(answer) == [
            ("occurred_on", "not_date"),
            ("place", "blank"),
            ("channel", "not_choice"),
            ("quantity", "not_integer"),
        ]
        assert (answer.column, why(answer)) == ("occurred_on", "not_date")

    def test_what_is_read_is_looked_at_all_the_same(self, desk: Desk) -> None:
        answer = desk.claim(occurred_on="?", household="H9", item="nothing")
        assert faults(answer) == [
            ("occurred_on", "not_date"),
            ("household", "household_unknown"),
            ("item", "item_unknown"),
        ]
        answer = desk.claim(channel="飞鸽", household="H9", item="tidy", score="11")
        assert faults(answer) == [
            ("channel", "not_choice"),
            ("household", "household_unknown"),
            ("score", "out_of_range"),
        ]

    def test_what_the_rules_say(self, desk: Desk) -> None:
        answer = desk.claim(
            household="H9",
            item="tidy",
            quantity="2",
            submitted_at="2026-03-01",
            channel="inspection",
        )
        assert faults(answer) == [
            ("household", "household_unknown"),
            ("submitted_at", "submitted_before"),
            ("quantity", "quantity_one"),
            ("score", "score_needed"),
        ]

    def test_of_a_day_that_takes_none(self, desk: Desk) -> None:
        answer = desk.claim(household="H9", item="?", occurred_on="2027-03-01")
        assert faults(answer) == [
            ("occurred_on", "future_day"),
            ("household", "household_unknown"),
            ("item", "item_unknown"),
        ]

    def test_it_is_one_refused_row(self, desk: Desk) -> None:
        answers = desk.claims({"household": "H9", "item": "?"}, {"household": "H1"})
        assert outcomes(answers) == {"refused": 1, "accepted": 1}
        document = answers[0].as_dict()
        assert (document["column"], document["value"]) == ("household", "H9")
        assert [each["column"] for each in document["faults"]] == ["household", "item"]
        assert document["faults"][0]["reason"] == document["reason"]
        assert answers[1].as_dict()["faults"] == []
        assert desk.count(RefusedRow) == 1

    def test_a_right_row_has_none(self, desk: Desk) -> None:
        assert faults(desk.claim()) == []


class TestOtherKinds:
    def test_households(self, desk: Desk) -> None:
        header = "户号 户主 本地户籍 参与人数 加入日期"
        answer = desk.bring("households", header, [["H9", "", "也许", "0", "?"]])[0]
        assert [code for _, code in faults(answer)] == [
            "blank",
            "not_flag",
            "out_of_range",
            "not_date",
        ]

    def test_decisions(self, desk: Desk) -> None:
        rows = [["C9", "r9", "reject", "2027-05-01"], ["C9", "r9", "也许", ""]]
        answers = desk.bring("decisions", "ref reviewer verdict decided_at", rows)
        assert [code for _, code in faults(answers[0])] == [
            "future_time",
            "note_needed",
            "claim_unknown",
            "person_unknown",
        ]
        assert [code for _, code in faults(answers[1])] == [
            "not_choice",
            "claim_unknown",
            "person_unknown",
        ]

    def test_objections(self, desk: Desk) -> None:
        rows = [["O1", "H9", "C9", "不实", "成立"], ["O1", "H9", "C9", "", ""]]
        answers = desk.bring("objections", "ref household about text outcome", rows)
        assert [column for column, _ in faults(answers[0])] == ["decided_by", "household", "about"]
        assert [column for column, _ in faults(answers[1])] == ["text", "household", "about"]

    def test_redemptions(self, desk: Desk) -> None:
        header = "ref household points goods count redeemed_at"
        rows = [["D1", "H9", "", "无", "0", "2026-05-01"], ["D1", "H9", "", "", "2", "?"]]
        answers = desk.bring("redemptions", header, rows)
        assert [column for column, _ in faults(answers[0])] == ["count", "household", "goods"]
        assert [column for column, _ in faults(answers[1])] == [
            "redeemed_at",
            "points",
            "goods",
            "household",
        ]

    def test_members_and_goods(self, desk: Desk) -> None:
        answer = desk.bring("members", "household member name", [["H9", "", ""]])[0]
        assert [column for column, _ in faults(answer)] == ["member", "name", "household"]
        answer = desk.bring("goods", "goods points stock", [["肥皂", "0", "少"]])[0]
        assert faults(answer) == [("stock", "not_integer"), ("points", "not_positive")]

    def test_a_total_has_one(self, desk: Desk) -> None:
        answer = desk.bring("goods", "goods points stock", [["合计", "?", "少"]])[0]
        assert faults(answer) == [("goods", "aside_total")]


def test_the_sheet_of_refused_rows_names_them_all(desk: Desk, tmp_path: Path) -> None:
    header = "编号 户号 项目 发生日期 地点 事由 方式"
    desk.bring("claims", header, [["C1", "H1", "sweep", "?", "村口", "清扫", "飞鸽"]])
    out = tmp_path / "refused.xlsx"
    with reading(desk.engine) as session:
        assert export_refused(session, desk.community(session), out) == 1
    table = read_table(out)
    row = dict(zip(table.header, table.cells[0], strict=True))
    assert row["问题列"] == "发生日期、方式"
    assert "发生日期：“?”不是日期" in str(row["原因"])
    assert "方式：“飞鸽”不在可选范围内" in str(row["原因"])
    # Corrected in the exported sheet, it is done with.
    row |= {"发生日期": "2026-03-05", "方式": "自荐"}
    path = desk.write(list(row), [list(row.values())], ".xlsx")
    assert outcomes(desk.hand_in("claims", path)) == {"accepted": 1}
    assert desk.refused() == []
