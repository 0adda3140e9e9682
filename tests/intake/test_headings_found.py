"""A heading is found by its words: over titles, in two rows, in any of several sheets."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from domain.intake.fitting import fit, words_of
from domain.intake.sheets import sheets_of
from domain.kernel.errors import BadInput, BadSheet
from domain.kernel.period import Period
from domain.sheets.reading import Table, read_table
from tests.intake.desk import CLAIM, Desk, write_sheet

TITLES = ["编号", "户号", "项目", "发生日期", "地点", "事由", "方式"]
ROW = ["C1", "H1", "sweep", "2026-03-05", "村口", "清扫", "居民自荐"]


def read(kind: str, path: Path) -> Table:
    return read_table(path, words_of(kind))


ABOVE: dict[str, list[list[Any]]] = {
    "title": [["马鞍社区积分申报表"]],
    "unit": [["马鞍社区积分申报表"], ["填报单位：马鞍社区", "", "", "填报日期：2026-03-31"]],
    "blank": [[], ["标题"], [], ["单位：", "马鞍", "日期：", "3月"], []],
    "notes": [["填表说明：", "1. 户号必填", "2. 项目写编码"], ["审核人", "王", "电话", "138"]],
    "groups": [["基本信息", "", "", "发生情况", "", "", ""]],
}


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("above", ABOVE)
def test_over_titles_and_blank_lines(tmp_path: Path, above: str, suffix: str) -> None:
    lines = ABOVE[above]
    path = write_sheet(tmp_path / f"a{suffix}", [*lines, TITLES, ROW])
    table = read("claims", path)
    assert table.header == tuple(TITLES)
    assert table.top == (len(lines) + 1,)
    assert table.rows == [(len(lines) + 2, tuple(ROW))]


TWO_ROWS = {
    "gaps": (
        ["编号", "户号", "项目", "发生情况", "", "", "方式"],
        ["", "", "", "发生日期", "地点", "事由", ""],
    ),
    "few above": (
        ["", "户号", "", "情况", "", "", "方式"],
        ["编号", "", "项目", "发生日期", "地点", "事由", ""],
    ),
}


@pytest.mark.parametrize("case", TWO_ROWS)
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_two_rows(tmp_path: Path, case: str, suffix: str) -> None:
    path = write_sheet(tmp_path / f"a{suffix}", [["2026年3月"], *TWO_ROWS[case], ROW])
    table = read("claims", path)
    assert (table.header, table.top) == (tuple(TITLES), (2, 3))
    assert table.rows == [(4, tuple(ROW))]


@pytest.mark.parametrize("merged", [True, False])
def test_two_rows_of_an_inspection(tmp_path: Path, merged: bool) -> None:
    book = openpyxl.Workbook()
    page = book.create_sheet("表", 0)
    page.append(["户号", "人居环境", None, None, "学习", "总分"])
    page.append([None, 1.1, 1.2, 1.3, 3.1, None])
    page.append(["Z1", 9, 7, 8, 4, 28])
    if merged:
        for cells in ("A1:A2", "B1:D1", "F1:F2"):
            page.merge_cells(cells)
    book.save(tmp_path / "a.xlsx")
    found = fit("inspection", read("inspection", tmp_path / "a.xlsx"))
    assert list(found.items) == ["1.1", "1.2", "1.3", "3.1"]
    assert found.table.numbers[0] == 3


def test_a_row_that_lacks_its_code_is_no_second_heading(tmp_path: Path) -> None:
    path = write_sheet(
        tmp_path / "a.csv", [["户号", "1.1", "1.2"], ["", "5", "3"], ["H1", "5", "3"]]
    )
    assert read("inspection", path).header == ("户号", "1.1", "1.2")


@pytest.mark.parametrize("mark", list(",;\t|，；"))
def test_what_separates_columns(tmp_path: Path, mark: str) -> None:
    title = "马鞍社区,2026年,农户表;；|"
    text = "\n".join(
        [title, *(mark.join(row) for row in (["户号", "户主", "组"], ["H1", "王", "一组"]))]
    )
    (tmp_path / "a.csv").write_text(text, "utf-8")
    table = read("households", tmp_path / "a.csv")
    assert (table.header, table.rows) == (("户号", "户主", "组"), [(3, ("H1", "王", "一组"))])


def test_a_file_that_says_what_separates_its_columns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sep=;\r\n户号;户主;组\r\nH1;王;一组,二队\r\n", "utf-8")
    assert read("households", tmp_path / "a.csv").rows == [(3, ("H1", "王", "一组,二队"))]


@pytest.mark.parametrize("head", ["序号", "备 注", "备注", "No.", "行号", "附注", "序"])
def test_columns_for_people_are_passed_over(tmp_path: Path, head: str) -> None:
    path = write_sheet(tmp_path / "a.xlsx", [[head, *TITLES, "备注"], ["1", *ROW, "迟交"]])
    assert len(fit("claims", read("claims", path)).places) == len(TITLES)


def test_rows_with_a_serial_number_alone_are_blank(tmp_path: Path) -> None:
    rows = [["1", *ROW, ""], ["2", *[""] * len(ROW), ""], ["3", *[""] * len(ROW), "空"]]
    path = write_sheet(tmp_path / "a.xlsx", [["序号", *TITLES, "备注"], *rows])
    assert list(fit("claims", read("claims", path)).table.numbers) == [2]


def test_labels_and_signatures_beside_a_table_are_no_columns(tmp_path: Path) -> None:
    rows = [
        ["户号", "户主", "", "单位：户"],
        ["H1", "王"],
        ["填表人：李", "", "", "", "审核人：张"],
    ]
    path = write_sheet(tmp_path / "a.xlsx", rows)
    assert read("households", path).header == ("户号", "户主")
    with pytest.raises(BadInput, match="C 列有内容而没有列名"):
        read("households", write_sheet(path, [["户号", "户主", ""], ["H1", "王", "18:30"]]))


@pytest.mark.parametrize("kind", ["claims", "households"])
def test_an_unknown_column_is_named_with_the_row_of_the_heading(tmp_path: Path, kind: str) -> None:
    heads = TITLES if kind == "claims" else ["户号", "户主"]
    path = write_sheet(tmp_path / "a.csv", [["标题"], [*heads, "经办"], ["x"] * (len(heads) + 1)])
    with pytest.raises(BadInput) as caught:
        fit(kind, read(kind, path))
    assert "第 2 行被当作表头" in str(caught.value)
    assert "“经办”" in str(caught.value)
    assert "row 2 was taken as the header" in caught.value.why.text("en")


def test_marks_that_say_what_must_be_filled_in(tmp_path: Path) -> None:
    path = write_sheet(
        tmp_path / "a.csv", [["*户号", "户主（必填）", "电话(选填)", "组："], ["H1", "王", "", ""]]
    )
    assert set(fit("households", read("households", path)).places) == {
        "household",
        "head",
        "phone",
        "group",
    }


def months(path: Path, *names: str, **more: list[list[Any]]) -> Path:
    """A workbook with a sheet of claims for each name, and more sheets."""
    book = openpyxl.Workbook()
    del book["Sheet"]
    for at, name in enumerate(names, 1):
        page = book.create_sheet(name)
        page.append([f"{name}申报"])
        # Each in its own order.
        page.append(TITLES[at % 3 :] + TITLES[: at % 3])
        row = [f"C{at}", f"H{at}", "sweep", f"2026-0{at}-05", "村口", "清扫", "居民自荐"]
        page.append(row[at % 3 :] + row[: at % 3])
    for name, rows in more.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    book.save(path)
    return path


def test_all_sheets_of_a_kind_are_taken(desk: Desk, tmp_path: Path) -> None:
    path = months(
        tmp_path / "a.xlsx",
        "1月",
        "2月",
        "3月",
        说明=[["先填户号", "再填项目"]],
        名册=[["户号", "户主"], ["H1", "王"]],
    )
    answers = desk.hand_in("claims", path)
    assert [(answer.sheet, answer.row, answer.outcome) for answer in answers] == [
        ("1月", 3, "accepted"),
        ("2月", 3, "accepted"),
        ("3月", 3, "accepted"),
    ]
    passed = sheets_of("claims", read("claims", path)).passed
    assert [why.code for why in passed] == ["sheet_of_other"] * 2
    assert "说明" in passed[0].text()


def test_refused_rows_are_kept_with_the_name_of_their_sheet(desk: Desk, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(months(tmp_path / "a.xlsx", "1月", "2月"))
    book["2月"]["G3"] = "H9"
    for row in book["2月"].iter_rows(min_row=3):
        for cell in row:
            cell.value = "H9" if cell.value == "H2" else cell.value
    book.save(tmp_path / "a.xlsx")
    desk.hand_in("claims", tmp_path / "a.xlsx")
    assert [(row.file, row.row) for row in desk.refused()] == [("a.xlsx 2月", 3)]


def test_a_fault_in_one_of_several_headings_names_its_sheet(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(months(tmp_path / "a.xlsx", "1月", "2月"))
    book["2月"]["A2"] = "经办"
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(BadInput, match="工作表“2月”"):
        sheets_of("claims", read("claims", tmp_path / "a.xlsx"))


def test_hidden_sheets_are_said(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(months(tmp_path / "a.xlsx", "1月", "2月"))
    book["2月"].sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    found = sheets_of("claims", read("claims", tmp_path / "a.xlsx"))
    assert [one.table.sheet for one in found.fits] == ["1月"]
    assert [why.text() for why in found.passed] == ["工作表“2月”已隐藏，未导入"]


def test_an_inspections_period_chooses_among_sheets_of_months(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["户号", "1.1"], ["H1", 5]]
    path = months(
        tmp_path / "a.xlsx", **{"2月": rows, "2026年3月": rows, "一组": rows, "二季度": rows}
    )
    found = sheets_of("inspection", read("inspection", path), Period.parse("2026-03"))
    assert [one.table.sheet for one in found.fits] == ["2026年3月", "一组"]
    assert [why.code for why in found.passed] == ["sheet_of_other_period"] * 2


def test_a_workbook_of_which_no_sheet_fits(tmp_path: Path) -> None:
    path = months(tmp_path / "a.xlsx", 甲=[["a", "b"], ["1", "2"]], 乙=[["c", "d"]])
    with pytest.raises(BadInput, match="第 1 行被当作表头"):
        sheets_of("claims", read("claims", path))


def test_codes_head_a_sheet_as_well(tmp_path: Path) -> None:
    path = write_sheet(tmp_path / "a.csv", [["title"], list(CLAIM), list(CLAIM.values())])
    assert read("claims", path).header == tuple(CLAIM)


@pytest.mark.parametrize(
    ("kind", "heads", "codes"),
    [
        ("households", "户号 户主姓名 小组", "household head group"),
        ("households", "户号（村编） 户主【必填】 村民小组(或片区)", "household head group"),
        ("objections", "异议编号 户号 关于 异议", "ref household about text"),
        (
            "claims",
            "编号 户主姓名 小组 项目 发生日期(年-月-日) 地点 事由 方式（下拉选择）",
            "ref head group item occurred_on place reason channel",
        ),
        ("redemptions", "户号 兑换时间[年月日] 积分(分)", "household redeemed_at points"),
    ],
)
def test_headings_as_clerks_write_them(tmp_path: Path, kind: str, heads: str, codes: str) -> None:
    names = heads.split()
    write_sheet(tmp_path / "a.csv", [["一张表"], [], names, ["1"] * len(names)])
    table = read_table(tmp_path / "a.csv", words_of(kind))
    assert list(fit(kind, table).places) == codes.split()


def test_a_remark_alone_is_no_heading(tmp_path: Path) -> None:
    write_sheet(tmp_path / "a.csv", [["户号", "户主", "(户主)", "性别（户主）"], ["1"] * 4])
    with pytest.raises(BadSheet) as caught:
        fit("households", read_table(tmp_path / "a.csv", words_of("households")))
    assert caught.value.why.code == "unknown_columns"


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_heading_that_is_a_formula_is_told(tmp_path: Path, at: int) -> None:
    heads = ["户号", "户主", "组"]
    heads[at] = '=A9&"x"'
    book = openpyxl.Workbook()
    page = book.create_sheet("表", 0)
    page.append(heads)
    page.append(["H1", "王", "一"])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(BadSheet) as caught:
        fit("households", read_table(tmp_path / "a.xlsx", words_of("households")))
    assert caught.value.why.code == "heading_formula"
    assert "A9" in str(caught.value)
