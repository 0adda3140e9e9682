"""Rows that a filter or a person has hidden are taken in, and said to be."""

import zipfile
from pathlib import Path

import openpyxl
import pytest

from domain.intake.fitting import words_of
from domain.intake.imports import remarks
from domain.intake.sheets import overlooked
from domain.sheets.reading import read_table
from tests.intake.desk import CLAIM, Desk


def book(path: Path, *hidden: int, flat: bool = False) -> Path:
    """Four claims in rows 3 to 6, below a title; some rows hidden, or of no height."""
    book = openpyxl.Workbook()
    page = book.create_sheet("表", 0)
    page.append(["申报表"])
    page.append(list(CLAIM))
    for at in range(4):
        page.append(
            [f"C{at}", f"H{at % 3 + 1}", "sweep", f"2026-03-0{at + 1}", "村口", "清扫", "self"]
        )
    page.auto_filter.ref = "A2:G6"
    for row in hidden:
        page.row_dimensions[row].hidden = True
    book.save(path)
    return flattened(path) if flat else path


def flattened(path: Path) -> Path:
    """The rows that are hidden have no height instead."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w") as package:
        for name, text in parts.items():
            package.writestr(name, text.replace(b'hidden="1"', b'ht="0" customHeight="1"'))
    return path


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("hidden", [(4,), (3, 6), (1, 3), (9,), ()])
def test_hidden_rows_are_known(tmp_path: Path, hidden: tuple[int, ...], flat: bool) -> None:
    table = read_table(book(tmp_path / "a.xlsx", *hidden, flat=flat), words_of("claims"))
    assert table.hidden == {row for row in hidden if 3 <= row <= 6}


def test_those_that_are_accepted_are_said_once(desk: Desk, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", 4, 5)
    table = read_table(path, words_of("claims"))
    answers = desk.hand_in("claims", path)
    assert [(answer.row, answer.outcome, answer.hidden) for answer in answers] == [
        (3, "accepted", False),
        (4, "accepted", True),
        (5, "accepted", True),
        (6, "accepted", False),
    ]
    (said,) = remarks("claims", table, answers)
    assert "2 行在表里被隐藏" in said.text()
    assert "第 4、5 行" in said.text()
    assert "hidden" in said.text("en")
    assert [note.text() for note in overlooked("claims", table)] == [said.text()]
    # What is already there was not taken in unseen.
    assert remarks("claims", table, desk.hand_in("claims", path)) == []
