"""Reading spreadsheets: encodings, delimiters, workbooks, and what is no table."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from domain.kernel.errors import BadInput
from domain.sheets import reading as spreadsheet
from domain.sheets import xlsx as workbook
from domain.sheets.reading import read_table
from tests.intake.desk import write_sheet

ROWS = [["户号", "户主", "组"], ["H1", "王小明", "一组"], ["H2", "李", ""]]
HEADER = ("户号", "户主", "组")


def refusal(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        read_table(path)
    for message in (str(caught.value), caught.value.why.text("en")):
        assert "\n" not in message
        assert path.name in message
    return caught.value.why.text("en")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    table = read_table(write_sheet(tmp_path / "a.csv", ROWS, encoding))
    assert table.header == HEADER
    assert table.rows == [(2, ("H1", "王小明", "一组")), (3, ("H2", "李", ""))]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_delimiters(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join(mark.join(row) for row in ROWS), "utf-8")
    assert read_table(path).header == HEADER


def test_content_decides_and_not_the_name(tmp_path: Path) -> None:
    book = write_sheet(tmp_path / "a.xlsx", ROWS)
    book.rename(tmp_path / "b.csv")
    text = write_sheet(tmp_path / "c.csv", ROWS)
    text.rename(tmp_path / "d.xlsx")
    assert read_table(tmp_path / "b.csv").header == read_table(tmp_path / "d.xlsx").header == HEADER


def test_rows_are_numbered_as_the_clerk_sees_them(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('ref,reason\n\n1,"two\nlines"\n , \n2,x\n', "utf-8")
    assert read_table(path).rows == [(3, ("1", "two\nlines")), (5, ("2", "x"))]
    book = write_sheet(
        tmp_path / "a.xlsx", [[], ["ref", "reason"], [], ["1", "x"], ["", " "], ["2"]]
    )
    assert read_table(book).rows == [(4, ("1", "x")), (6, ("2", ""))]


def test_titles_blank_columns_and_blank_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    page.merge_range(0, 1, 0, 3, "2026年3月申报表")
    page.write_row(2, 1, ["户号", "户主"])
    page.write(2, 4, "组")
    page.write_row(3, 1, ["H1", "王"])
    page.write(3, 4, "一组")
    page.write_blank(50, 9, None, book.add_format({"bold": True}))
    book.close()
    table = read_table(path)
    assert table.header == HEADER
    assert table.rows == [(4, ("H1", "王", "一组"))]


def test_a_cell_merged_over_rows_stands_for_each(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    page.write_row(0, 0, ["组", "户号"])
    page.merge_range(1, 0, 3, 0, "一组")
    page.write_column(1, 1, ["H1", "H2", "H3", "H4"])
    book.close()
    assert [cells[0] for _, cells in read_table(path).rows] == ["一组", "一组", "一组", ""]


def test_kinds_of_cells(tmp_path: Path) -> None:
    row = ["x", 3, 1.5, True, date(2026, 3, 5), datetime(2026, 3, 5, 18, 30)]  # noqa: DTZ001
    path = write_sheet(tmp_path / "a.xlsx", [list("abcdef"), row])
    assert read_table(path).rows[0][1] == tuple(row)


def test_times_of_day_are_text_in_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    page.write_row(0, 0, ["a", "b"])
    page.write_number(1, 0, 0.5, book.add_format({"num_format": "hh:mm"}))
    page.write_number(1, 1, 1.5, book.add_format({"num_format": "[h]:mm"}))
    book.close()
    assert read_table(path).rows == [(2, ("12:00:00", "1 day, 12:00:00"))]


def test_a_formula_that_failed_is_not_a_blank_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("说明").write_formula(0, 0, "=1/0", None, "#DIV/0!")
    page = book.add_worksheet("表")
    page.write_row(0, 0, ["a", "b", "c"])
    page.write_row(1, 0, ["x", "", "#N/A"])
    page.write_formula(1, 1, "=1/0", None, "#DIV/0!")
    page.write_formula(2, 2, "=B9*2", None, "#VALUE!")
    page.write_formula(3, 0, "=1+1", None, 2)
    book.close()
    table = read_table(path)
    table = next(found for found in (table, *table.others) if found.sheet == "表")
    assert table.rows == [
        (2, ("x", "#DIV/0!", "#N/A")),
        (3, ("", "", "#VALUE!")),
        (4, (2, "", "")),
    ]


def test_hidden_and_empty_sheets_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("空")
    hidden = book.add_worksheet("旧表")
    hidden.write_row(0, 0, ["old", "table"])
    hidden.hide()
    for name in ("甲", "乙"):
        page = book.add_worksheet(name)
        page.write_row(0, 0, [name, "b"])
        page.write_row(1, 0, ["1", "2"])
    book.close()
    table = read_table(path)
    assert (table.sheet, [other.sheet for other in table.others]) == ("甲", ["乙"])


def test_values_without_a_heading_are_named(tmp_path: Path) -> None:
    path = write_sheet(tmp_path / "a.csv", [["a", "b", ""], ["1", "2", "3"]])
    assert "column C has values but no heading" in refusal(path)


def test_what_is_not_there_or_no_file(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "none.xlsx")
    (tmp_path / "folder").mkdir()
    assert "cannot be read" in refusal(tmp_path / "folder")


@pytest.mark.parametrize("content", [b"", b"\n\n", b",,\n", b"\xef\xbb\xbf", b"   "])
def test_empty_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert "is empty" in refusal(path)


def test_an_empty_workbook(tmp_path: Path) -> None:
    assert "is empty" in refusal(write_sheet(tmp_path / "a.xlsx", []))


def test_no_text_and_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    assert "it is a picture" in refusal(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    assert "an old workbook (.xls or .et)" in refusal(path)
    path.write_bytes(b"PK\x03\x04" + b"\0" * 100)
    assert "damaged" in refusal(path)


def test_a_zip_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("content.xml", "<x/>")
    assert "a sheet of another program" in refusal(path)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_workbook(tmp_path: Path, part: float) -> None:
    path = write_sheet(tmp_path / "a.xlsx", ROWS)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    assert "damaged" in refusal(path)


def test_broken_quotation_marks_are_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('ref,reason\n1,"open\n2,x\n', "utf-8")
    assert "is not CSV" in refusal(path)


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_sheet(tmp_path / "a.csv", [["a", "b"], *([["1", "2"]] * 30)])
    monkeypatch.setattr(spreadsheet, "ROWS_MAX", 10)
    assert "more than 10 rows: split it" in refusal(path)
    monkeypatch.setattr(spreadsheet, "FILE_BYTES_MAX", 50)
    assert "split it into several files" in refusal(path)


def test_wide_tables_and_huge_cells(tmp_path: Path) -> None:
    path = write_sheet(tmp_path / "a.csv", [[f"c{at}" for at in range(201)]])
    assert "more than 200 columns" in refusal(path)
    assert "more than 200 columns" not in str(write_sheet(path, [[f"c{at}" for at in range(200)]]))
    read_table(path)
    assert "1,001 columns" in refusal(write_sheet(path, [["a", "b"], [""] * 1001]))
    assert "more than 32,767 characters" in refusal(write_sheet(path, [["a", "b"], ["x" * 32_768]]))
    assert "is not CSV" in refusal(write_sheet(path, [["a", "b"], ["x" * 200_000]]))


@pytest.mark.parametrize(
    ("row", "column"), [(0, 250), (0, 16_383), (210_000, 0), (1_048_575, 16_383)]
)
def test_a_cell_far_out_does_not_eat_the_memory(tmp_path: Path, row: int, column: int) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    page.write_row(0, 0, ["a", "b"])
    page.write(row, column, "stray")
    book.close()
    assert "delete what is not part of the table" in refusal(path)


def test_formats_far_out_are_no_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    page.write_row(0, 0, ["a", "b"])
    page.write_blank(300_000, 300, None, book.add_format({"bold": True}))
    book.close()
    assert read_table(path).header == ("a", "b")


def test_a_workbook_that_unpacks_to_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_sheet(tmp_path / "a.xlsx", [["a", "b"], *([["x" * 50, "y"]] * 3000)])
    monkeypatch.setattr(workbook, "UNPACKED_BYTES_MAX", 100_000)
    assert "unpacks to more than" in refusal(path)


def test_a_header_that_lies_about_its_size_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", "<workbook/>")
        package.writestr("xl/worksheets/sheet1.xml", b"0" * 5_000_000)
    data = path.read_bytes().replace((5_000_000).to_bytes(4, "little"), (9).to_bytes(4, "little"))
    path.write_bytes(data)
    monkeypatch.setattr(workbook, "UNPACKED_BYTES_MAX", 1_000_000)
    assert refusal(path)
