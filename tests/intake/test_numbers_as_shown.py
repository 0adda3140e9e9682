"""A cell means what it shows: padded codes, long numbers, tails of reckoning, percentages."""

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from domain.intake.cells import BadCell, Text, Whole, points
from domain.intake.fitting import fit, words_of
from domain.intake.parsed import Parsed, as_json, parse
from domain.kernel.quoting import Shown
from domain.sheets.number_formats import format_of
from domain.sheets.reading import read_table

CODE, PHONE = Text(64, code=True), Text(32, digits=True)


def parsed(kind: str, path: Path) -> Parsed:
    return parse(kind, fit(kind, read_table(path, words_of(kind))))


def book(path: Path, rows: list[list[Any]]) -> Path:
    """A workbook; a cell that is a pair is a number with its format."""
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        for line, row in enumerate(rows):
            for at, cell in enumerate(row):
                if isinstance(cell, tuple):
                    number, code = cell
                    page.write_number(line, at, number, book.add_format({"num_format": code}))
                else:
                    page.write(line, at, cell)
    return path


@pytest.mark.parametrize(
    ("code", "number", "text"),
    [
        ("000", 7, "007"),
        ('"H"000', 12, "H012"),
        ("\\H0000", 5, "H0005"),
        ("0", 7, "7"),
        ("000-000", 12345, "012-345"),
        ('0000"-"00"-"00', 20260305, "2026-03-05"),
        ("0.00", 1.1, "1.10"),
        ("0%", 0.75, "75%"),
        ("0_ ", 8, "8"),
        ('0"分"', 8, "8分"),
        ("0_);[Red]\\(0\\)", 3, "3"),
        ("00000;-00000", 5, "00005"),
        ("0.0#", 1.25, "1.25"),
        ("00000000", 1, "00000001"),
        ("0户", 3, "3户"),
        ("0.0", 0.25, "0.3"),
        ("000", 1234, "1234"),
        ("000", -7, "-007"),
    ],
)
def test_formats(code: str, number: float, text: str) -> None:
    form = format_of(code)
    assert form is not None
    assert form(float(number)) == text


@pytest.mark.parametrize(
    "code",
    ["General", "", "@", "#,##0", "yyyy-mm-dd", "0.00E+00", "[DBNum1]0", '"a', "h:mm", "0/0.0"],
)
def test_formats_that_are_left_alone(code: str) -> None:
    assert format_of(code) is None


def test_padded_codes_are_as_in_the_cell(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["户号", "户主", "电话", "参与人数"],
        [(7, "000"), "王", (13800000001, "0"), (2, "0")],
        ["008", "李", "13800000002", 3],
        [(9, '"H"000'), "张", (2351234567, "0000-0000000"), (2.6, "0")],
    ]
    found = parsed("households", book(tmp_path / "a.xlsx", rows))
    assert found.texts("household") == ["007", "008", "H009"]
    assert found.texts("phone") == ["13800000001", "13800000002", "0235-1234567"]
    assert {at: fault.why.code for at, fault in found.faults.items()} == {2: "shown_otherwise"}
    assert found.content(0)["户号"] == "007"


@pytest.mark.parametrize(
    "cell",
    [
        5.0010220000101e17,
        2.02603010000001e16,
        10**15,
        1234567890123456.0,
        "5.00102E+17",
        "1.23E+10",
        "５.００１０２Ｅ＋１７",
        -(10**17),
    ],
)
def test_long_numbers_have_lost_digits(cell: Any) -> None:
    for parser in (CODE, PHONE):
        with pytest.raises(BadCell) as caught:
            parser(cell)
        assert caught.value.why.code == "digits_lost"
        whole = parser.whole(("A1", cell))
        assert whole is None
    kept = as_json(cell)
    with pytest.raises(BadCell):
        CODE(kept)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("500102200001010016", "500102200001010016"),
        (13812345678.0, "13812345678"),
        ("3E2", "3E2"),
        (99999999999999.0, "99999999999999"),
        (1.2000000000000002, "1.2"),
        (12.0, "12"),
        ("E+1", "E+1"),
        (500102001001003.0, "500102001001003"),
        (999999999999999.0, "999999999999999"),
        (Shown(500102001001003.0, "5001020-01001003"), "5001020-01001003"),
    ],
)
def test_other_codes_are_as_written(cell: Any, text: str) -> None:
    assert CODE(cell) == text


@pytest.mark.parametrize(
    ("cell", "hundredths"),
    [
        (0.1 + 0.2, 30),
        (2.4 * 3, 720),
        (1.1 * 1.1, 121),
        (0.57 * 100 / 100, 57),
        (1.005 - 0.005, 100),
        ("0.30000000000000004", 30),
        ("7.199999999999999", 720),
        (-0.1 - 0.2, -30),
        (4.35 * 100, 43500),
        (Shown(7.0, "7.00"), 700),
        (Shown(8.0, "8分"), 800),
        (Shown(-3.0, "-3.0"), -300),
        ("８．５", 850),
        ("８分", 800),
        ("１，２３４", 123400),
    ],
)
def test_tails_of_reckoning_are_no_points(cell: Any, hundredths: int) -> None:
    assert points(cell) == str(hundredths)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (Shown(0.75, "75%"), "percent"),
        ("75%", "percent"),
        ("７５％", "percent"),
        (25 / 3, "not_points"),
        (0.301, "not_points"),
        (Shown(7.4, "7"), "shown_otherwise"),
        (Shown(8.333, "8.33"), "shown_otherwise"),
        ("0.3000001", "not_points"),
        ("9/10", "not_points"),
        ("3²", "not_points"),
    ],
)
def test_unclear_points(cell: Any, code: str) -> None:
    with pytest.raises(BadCell) as caught:
        points(cell)
    assert caught.value.why.code == code
    with pytest.raises(BadCell):
        points(as_json(cell))


def test_whole_numbers_with_a_tail() -> None:
    assert (
        Whole(1, 9)(2.9999999999999996)
        == Whole(1, 9)("３")
        == Whole(1, 9)(Shown(3.0, "003"))
        == "3"
    )


def test_a_padded_number_and_the_same_number_are_two_codes(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["户号", "户主"], [(7, "000"), "王"], [7, "李"], [(7, "0000"), "张"]]
    assert parsed("households", book(tmp_path / "a.xlsx", rows)).texts("household") == [
        "007",
        "7",
        "0007",
    ]
