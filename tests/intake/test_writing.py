"""Writing spreadsheets: texts stay texts, numbers numbers, and a file is whole or not there."""

import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from domain.kernel.errors import BadInput
from domain.kernel.local_time import LOCAL
from domain.sheets import writing as spreadsheet_writing
from domain.sheets.reading import Sheet, read_table, write_csv, write_xlsx

FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "http://x.cn"]


def only_page(path: Path) -> Worksheet:
    page = openpyxl.load_workbook(path).active
    assert isinstance(page, Worksheet)
    return page


def test_no_text_becomes_a_formula_or_link(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_xlsx(path, [Sheet("一", FORMULAS, [FORMULAS])])
    page = only_page(path)
    for row in page.iter_rows():
        assert [cell.data_type for cell in row] == ["s"] * len(FORMULAS)
        assert all(cell.hyperlink is None for cell in row)
    assert list(read_table(path).rows[0][1][:4]) == FORMULAS[:4]


def test_kinds_of_values(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    row = [
        3,
        1.5,
        Decimal("2.25"),
        True,
        date(2026, 3, 5),
        datetime(2026, 3, 5, 10, 30, tzinfo=LOCAL),
        None,
        "",
        10**17,
        float("nan"),
        date(1800, 1, 1),
    ]
    write_xlsx(path, [Sheet("一", list("abcdefghijk"), [row])])
    assert read_table(path).rows[0][1] == (
        3,
        1.5,
        2.25,
        True,
        date(2026, 3, 5),
        datetime(2026, 3, 5, 10, 30),  # noqa: DTZ001
        "",
        "",
        "100000000000000000",
        "nan",
        "1800-01-01",
    )


def test_headers_are_bold_and_frozen_and_columns_wide_enough(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_xlsx(path, [Sheet("一", ["原因", "n"], [["村民积极参加村庄清洁行动", 1]])])
    page = only_page(path)
    assert page.freeze_panes == "A2"
    assert page["A1"].font.bold
    assert page.column_dimensions["A"].width >= 24
    assert page.column_dimensions["B"].width < 10


def test_names_of_sheets(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    names = ["a/b:c", "x" * 40, "X" * 40, "", "'", "历史"]
    write_xlsx(path, [Sheet(name, ["h"], []) for name in names])
    found = openpyxl.load_workbook(path).sheetnames
    assert found == ["a b c", "x" * 31, "X" * 27 + " (2)", "Sheet", "Sheet (2)", "历史"]


def test_a_long_sheet_goes_on_on_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet_writing, "_SHEET_ROWS_MAX", 3)
    path = tmp_path / "a.xlsx"
    write_xlsx(path, [Sheet("帐", ["n"], ([n] for n in range(7)))])
    book = openpyxl.load_workbook(path)
    assert [page.max_row for page in book] == [4, 4, 2]


def test_odd_characters_do_not_break_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_xlsx(path, [Sheet("一", ["a", "b"], [["\ud800x\uffff\x01", "y" * 40_000]])])
    assert len(str(read_table(path).rows[0][1][1])) == 32_767


def test_csv_keeps_numbers_and_guards_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [[-3, Decimal("-2.5"), "-2.5", "=1+1", "@x", "\tx", "王", None, date(2026, 3, 5)]]
    write_csv(path, list("abcdefghi"), rows)
    assert path.read_text("utf-8") == (
        "a,b,c,d,e,f,g,h,i\n-3,-2.5,-2.5,'=1+1,'@x,'\tx,王,,2026-03-05\n"
    )
    write_csv(path, ["a"], [], bom=True)
    assert path.read_bytes() == b"\xef\xbb\xbfa\n"


def test_csv_to_a_stream() -> None:
    stream = io.StringIO()
    write_csv(stream, ["时间"], [[datetime(2026, 3, 5, 10, tzinfo=LOCAL)]])
    assert stream.getvalue() == "时间\n2026-03-05 10:00:00\n"


def broken() -> Iterator[list[int]]:
    yield [1]
    raise RuntimeError("the database went away")


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_text("before")
    with pytest.raises(RuntimeError):
        write_csv(path, ["a"], broken())
    with pytest.raises(RuntimeError):
        write_xlsx(path, [Sheet("一", ["a"], broken())])
    assert path.read_text() == "before"
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    for path in (tmp_path / "no" / "a.xlsx", tmp_path / ("x" * 300)):
        with pytest.raises(BadInput, match="cannot be written"):
            write_xlsx(path, [])
    with pytest.raises(BadInput, match="cannot be written"):
        write_csv(tmp_path, ["a"], [])


def test_a_workbook_prints_on_a4_with_its_header_on_every_page(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    narrow = Sheet("窄", ["户号", "户主"], [("H001", "王**")])
    wide = Sheet("宽", [f"很宽的一列{number}" for number in range(12)], [])
    write_xlsx(path, [narrow, wide])
    book = openpyxl.load_workbook(path)
    for sheet, orientation in zip(book, ("portrait", "landscape"), strict=True):
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.sheet_properties.pageSetUpPr is not None
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.page_setup.orientation == orientation
