"""A formula whose value the file does not hold is refused with its row, and never a blank cell."""

import zipfile
from pathlib import Path

import openpyxl
import pytest

from domain.intake.fitting import fit, words_of
from domain.intake.parsed import Parsed, parse
from domain.intake.refused import export_refused
from domain.sheets.reading import read_table
from domain.store.database import reading
from tests.intake.desk import CLAIM, Desk, why, write_sheet

HEADER = [*CLAIM, "quantity", "matter", "evidence", "submitted_at"]
FIRST = [*CLAIM.values(), "", "", "", ""]


def read(path: Path) -> Parsed:
    """A sheet of claims, parsed."""
    return parse("claims", fit("claims", read_table(path, words_of("claims"))))


def with_cell(path: Path, column: str, cell: str) -> Path:
    """A workbook with one claim, whose cell in row 2 is this XML."""
    write_sheet(path, [HEADER, FIRST, ["C2", "H2", *FIRST[2:]]])
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    name = "xl/worksheets/sheet1.xml"
    before, after = parts[name].split(b'<row r="2"', 1)
    head, cells = after.split(b">", 1)
    kept, rest = cells.split(b"</row>", 1)
    parts[name] = before + b'<row r="2"' + head + b">" + kept + cell.encode() + b"</row>" + rest
    with zipfile.ZipFile(path, "w") as package:
        for part, text in parts.items():
            package.writestr(part, text)
    return path


@pytest.mark.parametrize("column", ["H", "I", "J", "K"])
@pytest.mark.parametrize(
    "cell",
    [
        "<f>1+2</f>",
        "<f>1+2</f><v/>",
        "<f>1+2</f><v></v>",
        '<f t="shared" ref="X2:X9" si="0">1+2</f>',
        '<f t="shared" si="0"/>',
        '<f t="array" ref="X2">SUM(A1:A2)</f><v />',
        '<f>A1&amp;"x"</f>',
    ],
)
@pytest.mark.parametrize("kind", ["", ' t="n"', ' t="b"', ' s="0"'])
def test_no_value_is_no_blank_cell(tmp_path: Path, column: str, cell: str, kind: str) -> None:
    path = with_cell(tmp_path / "a.xlsx", column, f'<c r="{column}2"{kind}>{cell}</c>')
    faults = read(path).faults
    assert list(faults) == [0]
    assert (faults[0].column, faults[0].why.code) == (
        HEADER[ord(column) - ord("A")],
        "formula_unsaved",
    )
    assert "打开、保存" in faults[0].why.text()


@pytest.mark.parametrize(
    ("cell", "quantity"),
    [
        ('<c r="H2"><f>1+2</f><v>3</v></c>', "3"),
        ('<c r="H2" t="str"><f>""</f><v></v></c>', ""),
        ('<c r="H2" t="str"><f>IF(A1="","",1)</f><v/></c>', ""),
        ('<c r="H2" t="str"><f>"2"</f><v>2</v></c>', "2"),
        ('<c r="H2"><f t="shared" si="0"/><v>4</v></c>', "4"),
    ],
)
def test_a_value_that_the_file_holds_is_taken(tmp_path: Path, cell: str, quantity: str) -> None:
    found = read(with_cell(tmp_path / "a.xlsx", "H", cell))
    assert (found.faults, found.texts("quantity")[0]) == ({}, quantity)


def test_exported_and_imported_unchanged_it_is_refused_again(desk: Desk, tmp_path: Path) -> None:
    path = with_cell(tmp_path / "a.xlsx", "I", '<c r="I2"><f>A1&amp;B1</f></c>')
    desk.hand_in("claims", path)
    out = tmp_path / "refused.xlsx"
    with reading(desk.engine) as session:
        export_refused(session, desk.community(session), out)
    (again,) = desk.hand_in("claims", out)
    assert (why(again), again.value) == ("formula_unsaved", "#未计算 =A1&B1")


def test_in_a_column_that_is_passed_over_it_does_no_harm(desk: Desk, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.create_sheet("表", 0)
    page.append(["户号", "tidy", "总分"])
    page.append(["H1", 5, "=SUM(B2:B2)"])
    page.append(["H2", "=3+4", "=SUM(B3:B3)"])
    book.save(tmp_path / "a.xlsx")
    answers = desk.hand_in("inspection", tmp_path / "a.xlsx", period="2026-03")
    assert [why(answer) for answer in answers] == ["", "formula_unsaved"]


def test_a_formula_in_the_last_cell_of_a_sheet_is_seen(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.create_sheet("表", 0)
    page.append(["a", "b", "c"])
    page["C3"] = "=1+1"
    book.save(tmp_path / "a.xlsx")
    assert read_table(tmp_path / "a.xlsx").rows == [(3, ("", "", "#未计算 =1+1"))]
