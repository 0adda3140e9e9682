"""Exports keep a spreadsheet from taking a code for a number: `="5001…"` and `'5001…`."""

from pathlib import Path

import pytest

from domain.intake.fitting import words_of
from domain.sheets.protected_text import unprotected
from domain.sheets.reading import read_table
from domain.store.tables.people import Household
from tests.intake.desk import Desk, outcomes, write_sheet

CODE = "500102200001010003"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (f'="{CODE}"', CODE),
        (f"'{CODE}", CODE),
        (' ="007" ', "007"),
        ('=""', ""),
        ("'13800000001", "13800000001"),
        ("'王", "王"),
        ("'+86 1380000", "+86 1380000"),
        ("'=1+1", "=1+1"),
    ],
)
def test_what_protects_is_taken_off(cell: str, text: str) -> None:
    assert unprotected(cell) == text


@pytest.mark.parametrize(
    "cell", ["'好'", "' '", "'", "阿依'古丽", '="a" & "b"', "=A1", '"a"', '=a"b"', "2'3", "''"]
)
def test_other_cells_are_as_they_are(cell: str) -> None:
    assert unprotected(cell) == cell


@pytest.mark.parametrize("form", ['="{}"', "'{}", '"=""{}"""', "{}"])
@pytest.mark.parametrize("mark", [",", "\t"])
def test_in_a_text_file(tmp_path: Path, form: str, mark: str) -> None:
    line = mark.join(form.format(cell) for cell in (CODE, "王", "013800000001"))
    (tmp_path / "a.csv").write_text(mark.join(["户号", "户主", "电话"]) + f"\n{line}\n")
    table = read_table(tmp_path / "a.csv", words_of("households"))
    assert table.rows == [(2, (CODE, "王", "013800000001"))]


def test_headings_as_well(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('="户号",="户主"\n="007",="王"\n')
    table = read_table(tmp_path / "a.csv", words_of("households"))
    assert (table.header, table.rows) == (("户号", "户主"), [(2, ("007", "王"))])


@pytest.mark.parametrize("form", ['="{}"', "'{}"])
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_in_every_kind(desk: Desk, tmp_path: Path, form: str, suffix: str) -> None:
    def bring(kind: str, header: list[str], row: list[str]) -> None:
        path = tmp_path / f"{kind}{suffix}"
        write_sheet(path, [header, [form.format(cell) for cell in row]])
        assert outcomes(desk.hand_in(kind, path)) == {"accepted": 1}

    bring("households", ["户号", "户主", "电话"], [CODE, "王", "02312345678"])
    assert desk.count(Household, code=CODE, head="王", phone="02312345678") == 1
    bring("members", ["户号", "成员编号", "姓名"], [CODE, "001", "王一"])
    bring("goods", ["物品", "标价", "库存"], ["肥皂", "3.5", "40"])
    bring(
        "claims",
        ["编号", "户号", "项目", "发生日期", "地点", "事由", "方式"],
        ["C900", CODE, "sweep", "2026-03-05", "村口", "清扫", "自荐"],
    )
    assert desk.stored("C900").reason == "清扫"
