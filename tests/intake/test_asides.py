"""Totals, signatures, repeated headings and examples on a sheet are no rows of it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from domain.intake.answers import Answer
from domain.intake.fitting import fit
from domain.intake.rows import read_rows
from domain.store.tables.people import Household, Member
from domain.store.tables.shop import Goods
from tests.intake.desk import CLAIM, Desk, as_table, outcomes, why

TOTALS = (
    "合计",
    "合 计",
    "合　计",
    "总计",
    "小计",
    "共计",
    "平均",
    "合计：",
    "合计（元）",
    "合计3户",
    "合计：3 户",
    "本页小计",
    "一组小计",
    "三 组 合 计",
    "全村总计",
    "2026年合计",
    "总 数",
    "户均",
    "共3户",
    "共 3 户，9 人",
    "总共12户",
    "以上共3户",
    "合计(3户)",
    "累计",
    "Total",
    "TOTAL:",
    "Grand Total",
    "Sub-total",
    "平均值",
    "合计 9",
    "其中：党员户",
    "其中:低保户",
    "其中",
    "其中党员户 3户",
    "户数",
    "参与户数：3户",
    "总人数",
    "最高分",
    "满分：",
)
SIGNATURES = (
    "填表人：王五",
    "填表人",
    "审核人:李四",
    "审核：",
    "制表",
    "制表：张三",
    "负责人签字：",
    "负责人（签字）：",
    "村委会负责人：王五",
    "备注：以上数据截至3月底",
    "备注",
    "说明：外出务工户未列入",
    "注：",
    "注1：同上",
    "填报日期：2026年3月31日",
    "填报单位：马鞍社区",
    "2026年3月31日",
    "　　年　月　日",
    "（以下空白）",
    "以下无正文",
    "单位（盖章）",
    "监督电话：023-1234",
    "经办人：赵",
    "村（社区）负责人签字：",
    "公示时间：3月1日至3日",
    "社区（公章）",
    "村委会意见",
    "镇政府意见：",
    "村（居）民小组意见（盖章）：",
    "第1页 共2页",
    "第 3 页",
    "共2页",
)
EXAMPLES = (
    "示例",
    "（示例）",
    "例",
    "例：H001",
    "示例1",
    "填写示例",
    "例如：H001",
    "样例",
    "example",
)
ROWS = {
    "households": ("household head members", ["", "", "9"]),
    "members": ("household member name", ["", "", ""]),
    "claims": ("ref household item occurred_on place reason channel", ["", "", "", "", "", "", ""]),
    "decisions": ("ref reviewer verdict", ["", "", ""]),
    "objections": ("ref household about text", ["", "", "", ""]),
    "redemptions": ("ref household points redeemed_at", ["", "", "20", ""]),
    "goods": ("goods points stock", ["", "20", "50"]),
}


@pytest.fixture
def empty(engine: Engine, tmp_path: Path) -> Desk:
    return Desk(engine, tmp_path).open(())


def whys(answers: list[Answer]) -> list[str]:
    return [why(answer) for answer in answers]


class TestAsides:
    @pytest.mark.parametrize("kind", ROWS)
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("合 计", "aside_total"),
            ("共3户", "aside_total"),
            ("填表人：王五", "aside_signature"),
            ("审核人", "aside_signature"),
            ("示例", "aside_example"),
        ],
    )
    def test_of_all_kinds(self, desk: Desk, kind: str, text: str, code: str) -> None:
        header, blank = ROWS[kind]
        before = [desk.count(table) for table in (Household, Member, Goods)]
        answer = desk.bring(kind, header, [[text, *blank[1:]]])[0]
        assert why(answer) == code
        assert [desk.count(table) for table in (Household, Member, Goods)] == before

    def test_of_an_inspection(self, desk: Desk) -> None:
        rows: list[list[Any]] = [["H1", 5], ["合计", 5], ["填表人：王五", ""]]
        answers = desk.bring("inspection", "户号 tidy", rows, period="2026-03")
        assert whys(answers) == ["", "aside_total", "aside_signature"]

    @pytest.mark.parametrize("text", TOTALS)
    def test_totals(self, text: str) -> None:
        assert _code(["H1", "王", 3], [text, "3户", 9]) == [None, "aside_total"]

    @pytest.mark.parametrize("text", SIGNATURES)
    def test_signatures(self, text: str) -> None:
        assert _code([text, "审核人：李四", ""]) == ["aside_signature"]

    @pytest.mark.parametrize("text", EXAMPLES)
    def test_examples(self, text: str) -> None:
        assert _code([text, "张三", 4]) == ["aside_example"]

    @pytest.mark.parametrize(
        "row", [["", "合计", 9], ["3户", "合 计", 9], ["", "填表人：王五", ""], [9, "合计", ""]]
    )
    def test_under_another_column(self, row: list[Any]) -> None:
        assert _code(row)[0] in ("aside_total", "aside_signature")

    def test_it_says_what_it_is_not(self, empty: Desk) -> None:
        rows = [["H1", "王"], ["合计", "1户"]]
        answer = empty.bring("households", "户号 户主", rows)[1]
        assert answer.reason.startswith("这一行像合计/落款，不是农户")
        assert (answer.row, answer.column, answer.value) == (3, "户号", "合计")
        assert empty.count(Household) == 1


class TestRepeatedHeadings:
    def test_they_are_passed_over(self, empty: Desk) -> None:
        rows = [
            ["H1", "王"],
            ["户号", "户主"],
            [" 户 号 ", "户主*"],
            ["household", "head"],
            ["H2", "李"],
        ]
        answers = empty.bring("households", "户号 户主", rows)
        assert [(answer.row, answer.ref) for answer in answers] == [(2, "H1"), (6, "H2")]
        assert outcomes(answers) == {"accepted": 2}

    def test_of_an_inspection(self, desk: Desk) -> None:
        rows: list[list[Any]] = [["H1", 5], ["户号", "tidy"], ["H2", 5]]
        answers = desk.bring("inspection", "户号 tidy", rows, period="2026-03")
        assert outcomes(answers) == {"accepted": 2}

    def test_a_row_that_is_only_partly_so_is_one(self, empty: Desk) -> None:
        assert outcomes(empty.bring("households", "户号 户主", [["H1", "户主"]])) == {"accepted": 1}


class TestRowsOfOneCell:
    @pytest.mark.parametrize(
        "text",
        [
            "负责人签字",
            "第1页 共2页",
            "二、新增农户",
            "（二）新增农户",
            "外出务工户",
            "2.新增",
            "以上为一组",
        ],
    )
    @pytest.mark.parametrize("at", [0, 1])
    def test_it_is_no_row(self, empty: Desk, text: str, at: int) -> None:
        row = ["", "", ""]
        row[at] = text
        answer = empty.bring("households", "户号 户主 参与人数", [row])[0]
        assert why(answer) == "aside_signature"
        assert "此项必填" not in answer.reason

    def test_of_other_kinds(self, desk: Desk) -> None:
        row = ["三组申报", *[""] * 6]
        assert whys(desk.bring("claims", " ".join(CLAIM), [row])) == ["aside_signature"]

    @pytest.mark.parametrize("text", ["最高分", "最低分", "满分", "及格率"])
    def test_of_an_inspection(self, desk: Desk, text: str) -> None:
        answers = desk.bring("inspection", "户号 tidy", [[text, 5]], period="2026-03")
        assert whys(answers) == ["aside_total"]


class TestWhatNamesNothing:
    @pytest.mark.parametrize(
        "text", ["—", "——", "……", "-", "/", "／", "无", "没有", "N/A", "_", "·", "。"]
    )
    def test_codes_and_names(self, empty: Desk, text: str) -> None:
        rows = [[text, "王"], ["H1", text], [text, text]]
        answers = empty.bring("households", "户号 户主", rows)
        assert whys(answers) == ["no_code", "no_name", "no_code"]
        assert empty.count(Household) == 0

    @pytest.mark.parametrize("text", ["合计", "合 计", "备注", "小计：", "总户数", "—", "无"])
    def test_heads_and_members(self, desk: Desk, text: str) -> None:
        before = desk.count(Household), desk.count(Member)
        assert whys(desk.bring("households", "户号 户主", [["H304", text]])) == ["no_name"]
        rows = [["H1", "2", text], ["H2", "—", "—"]]
        assert whys(desk.bring("members", "户号 成员编号 姓名", rows)) == ["no_name", "no_code"]
        assert (desk.count(Household), desk.count(Member)) == before

    def test_among_many(self, engine: Engine, tmp_path: Path) -> None:
        desk = Desk(engine, tmp_path).open(())
        rows = [[f"H{at}", f"王{at}"] for at in range(1_200)]
        rows[700], rows[800] = ["……", "王"], ["H800", "无"]
        answers = desk.bring("households", "户号 户主", rows)
        refused = [(answer.row, why(answer)) for answer in answers if why(answer)]
        assert refused == [(702, "no_code"), (802, "no_name")]

    @pytest.mark.parametrize(
        "name", ["无忌", "空明", "备注本", "\U00032000某", "〇", "A", "合计商店"]
    )
    def test_real_names(self, empty: Desk, name: str) -> None:
        assert outcomes(empty.bring("households", "户号 户主", [["H1", name]])) == {"accepted": 1}


class TestRowsThatLookAlike:
    """What only sounds like an aside is a row."""

    @pytest.mark.parametrize(
        "row",
        [
            ["H1", "合", 3],
            ["H2", "计划生育办公室", 3],
            ["H4", "平均", 1],
            ["计生站", "王", 2],
            ["合1", "合", 2],
            ["总部宿舍", "王", 1],
            ["3户", "李四", 2],
            ["9", "计", 2],
            ["A", "共和", 3],
            ["合作社", "合作社", 1],
            ["共富工坊", "张", 1],
            ["平安路1号", "张", 1],
            ["备用房", "注", 1],
            ["7", "负责人", 1],
            ["小计家", "小计一", 1],
            ["单位:供销社", "供销社", 3],
            ["合计商店", "张", 1],
            ["王其中", "王其中", 1],
            ["其中村", "王", 2],
            ["意见箱", "意见", 1],
            ["户数统计室", "王", 1],
            ["无名岛-东", "无忌", 1],
            ["第一页书屋", "王", 1],
            ["H5", "王（一）", 1],
            ["-3", "张", 1],
            ["例家湾-3", "例", 1],
            ["会计家", "会计", 2],
        ],
    )
    def test_households(self, empty: Desk, row: list[Any]) -> None:
        answers = empty.bring("households", "户号 户主 参与人数", [row])
        assert outcomes(answers) == {"accepted": 1}, answers

    @pytest.mark.parametrize(
        "name",
        [
            "计算器",
            "备注本",
            "说明书夹",
            "平板拖把",
            "合页",
            "共享雨伞",
            "统计本",
            "示教板",
            "例汤",
            "签字笔",
            "时间钟",
            "电话",
            "单位工作服",
            "意见本",
            "合计商店",
            "其中一种",
        ],
    )
    def test_goods(self, desk: Desk, name: str) -> None:
        assert outcomes(desk.bring("goods", "物品 标价", [[name, 5]])) == {"accepted": 1}

    @pytest.mark.parametrize("code", ["H9", "9", "张家湾3-1", "b"])
    def test_a_code_alone_lacks_its_head(self, code: str) -> None:
        assert _code([code, "", ""]) == ["blank"]

    def test_an_inspection_may_name_a_household_alone(self) -> None:
        parsed = read_rows(fit("inspection", as_table(["户号", "tidy"], [["王家大院", ""]])))
        assert not parsed.faults

    def test_free_text_is_never_looked_at(self, desk: Desk) -> None:
        row = ["说明：合计", "C1", "H1", "sweep", "2026-03-05", "合计", "self"]
        header = "reason ref household item occurred_on place channel"
        assert outcomes(desk.bring("claims", header, [row])) == {"accepted": 1}

    @given(
        code=st.from_regex(r"[A-Z]{1,2}[0-9]{1,5}(-[0-9]{1,3})?", fullmatch=True),
        head=st.one_of(st.sampled_from([*TOTALS, *SIGNATURES, *EXAMPLES]), st.text(min_size=1)),
    )
    def test_a_row_with_a_plain_code_is_one(self, code: str, head: str) -> None:
        assert _code([code, head, 3])[0] not in ("aside_total", "aside_signature", "aside_example")

    @given(
        text=st.sampled_from([*TOTALS, *SIGNATURES, *EXAMPLES]),
        others=st.lists(st.one_of(st.just(""), st.integers(0, 999)), min_size=2, max_size=2),
    )
    def test_an_aside_is_one_whatever_stands_beside_it(self, text: str, others: list[Any]) -> None:
        assert _code([text, *others])[0] in ("aside_total", "aside_signature", "aside_example")


def _code(*rows: list[Any]) -> list[str | None]:
    """Why each row of a households' sheet is refused as it is read."""
    parsed = read_rows(fit("households", as_table(["户号", "户主", "参与人数"], rows)))
    return [
        parsed.faults[at].why.code if at in parsed.faults else None for at in range(len(parsed))
    ]
