"""Spreadsheets (电子表格) in and out: CSV and XLSX, as clerks make and open them.

What a file is, its content says, not its name. Nothing that is written can be taken for a
formula by the program that opens it.
"""

import gc
import hashlib
import os
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import compress
from pathlib import Path
from typing import Any

from domain.kernel.errors import BadSheet, machine_fault
from domain.kernel.quoting import shown
from domain.kernel.reasons import Reason, reason
from domain.sheets.file_kinds import kind_of_file, kind_of_text
from domain.sheets.headings import Heading, find_heading, is_filled
from domain.sheets.separated_text import rows_of_text
from domain.sheets.text_decoding import decoded
from domain.sheets.writing import Sheet, write_csv, write_xlsx
from domain.sheets.xlsx import COLUMNS_MAX, ROWS_MAX, Book, BookSheet, read_book
from domain.sheets.xlsx_cells import Lists

__all__ = ["Sheet", "Table", "read_table", "uncollected", "write_csv", "write_xlsx"]

FILE_BYTES_MAX = 64 * 1024 * 1024
_LABEL = re.compile(r"[^\d:：]{1,12}[:：]")
_TITLES_MAX = 500  # characters above a heading that are kept

Cell = str | int | float | bool | date | datetime


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for garbage meanwhile: a sheet's cells are many objects, and none of it is any."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        # Into the oldest generation with them, or the next small allocation has all looked through.
        gc.freeze()
        gc.unfreeze()
        gc.enable()


@dataclass(frozen=True)
class Table:
    """A sheet as read: raw cells by row, below a header; `numbers` are the spreadsheet's own.

    `top` are the numbers of the rows that were taken for the header, `titles` what stands above
    them, `hidden` the numbers of filled rows that a filter or a person has hidden. `others` are
    the further sheets of the same workbook that hold a table, `passed` says which do not and why.
    """

    file: str
    sha256: str
    header: tuple[str, ...]
    numbers: Sequence[int]
    cells: Sequence[Sequence[Any]]
    sheet: str = ""
    others: "tuple[Table, ...]" = ()
    top: tuple[int, ...] = (1,)
    titles: str = ""
    hidden: frozenset[int] = frozenset()
    passed: tuple[Reason, ...] = ()

    @property
    def rows(self) -> list[tuple[int, tuple[Cell, ...]]]:
        """Rows as (number as the clerk sees it, cells); a time of day alone is text."""
        rows = zip(self.numbers, self.cells, strict=True)
        return [(number, tuple(map(_cell, row))) for number, row in rows]

    @property
    def where(self) -> Reason:
        """The file, and the sheet of a workbook, for a sentence."""
        return _where(self.file, self.sheet)

    @property
    def taken(self) -> Reason:
        """Which row was taken as the header, for a sentence."""
        return _taken(self.top)


def _cell(cell: Any) -> Cell:
    return cell if isinstance(cell, Cell) else str(cell)


def _where(file: str, sheet: str) -> Reason:
    if sheet:
        return reason("in_sheet", file=file, sheet=shown(sheet))
    return reason("in_file", file=file)


def _taken(top: Sequence[int]) -> Reason:
    return reason("heading_row", rows=tuple(map(str, top)))


def read_table(path: str | os.PathLike[str], words: Collection[str] = frozenset()) -> Table:
    """The table in a CSV or XLSX file; BadSheet in one sentence where it cannot be read.

    The header is the row, or two rows, with most of the `words` (see `domain.sheets.headings`).
    Blank rows are skipped, and columns without heading and content left out.
    """
    with uncollected():
        return _read(Path(path), words)


def _read(path: Path, words: Collection[str]) -> Table:
    name = (path.name or str(path)).encode("utf-8", "replace").decode()[-255:]
    data = _read_bytes(path, name)
    digest = hashlib.sha256(data).hexdigest()
    book = _book(data, name, words)
    tables, faults = [], []
    for sheet in book.sheets:
        try:
            tables.append(_table(name, digest, sheet, words))
        except BadSheet as error:
            faults.append(error)
    if not tables:
        raise faults[0] if faults else BadSheet(reason("file_empty", where=_where(name, "")))
    passed = [reason("sheet_hidden", sheet=shown(title)) for title in book.hidden]
    passed += [reason("sheet_passed", why=error.why) for error in faults]
    first, *others = tables
    return replace(first, others=tuple(others), passed=tuple(passed))


def _book(data: bytes, name: str, words: Collection[str]) -> Book:
    """A workbook; text is one of a single sheet without a name."""
    if data.startswith(b"PK"):
        return read_book(data, name)
    if kind := kind_of_file(data):
        raise BadSheet(reason("file_is", file=name, what=reason(kind)))
    text = decoded(data, name)
    if kind := kind_of_text(text):
        raise BadSheet(reason("file_is", file=name, what=reason(kind)))
    return Book([BookSheet("", rows_of_text(text, name, words))])


def _read_bytes(path: Path, name: str) -> bytes:
    try:
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            raise BadSheet(
                reason("file_big", file=name, size=size >> 20, limit=FILE_BYTES_MAX >> 20)
            )
        with path.open("rb") as stream:
            return stream.read(FILE_BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        why = machine_fault(error)
        raise BadSheet(reason("file_unreadable", file=name, why=why)) from error


def _table(name: str, digest: str, sheet: BookSheet, words: Collection[str]) -> Table:
    where = _where(name, sheet.name)
    lists = sheet.rows
    heading = find_heading(lists, words)
    heads = _without_labels(heading, lists)
    kept = [at for at, head in enumerate(heads) if head]
    if not kept:
        raise BadSheet(reason("file_empty", where=where))
    if len(kept) > COLUMNS_MAX:
        raise BadSheet(reason("too_many_columns", where=where, limit=COLUMNS_MAX))
    top = tuple(at + 1 for at in heading.rows)
    above = lists[: heading.rows[0]]
    titles = " ".join(str(cell) for row in above for cell in row if is_filled(cell))
    _refuse_headless(where, top, lists[top[-1] :], heads)
    numbers, rows = _filled(lists, top[-1], kept)
    if len(rows) > ROWS_MAX:
        raise BadSheet(reason("too_many_rows", where=where, limit=f"{ROWS_MAX:,}"))
    header = tuple(heads[at] for at in kept)
    hidden = sheet.hidden.intersection(numbers) if sheet.hidden else frozenset()
    return Table(
        name, digest, header, numbers, rows, sheet.name, (), top, titles[:_TITLES_MAX], hidden
    )


def _without_labels(heading: Heading, lists: Lists) -> list[str]:
    """The headings, but for a label beside the table (单位：元) that has nothing below it."""
    below = lists[heading.rows[-1] + 1 :] if heading.rows else []

    def is_blank(at: int) -> bool:
        return not any(is_filled(row[at]) for row in below)

    labels = {
        at
        for at, head in enumerate(heading.heads)
        if _LABEL.match(head) and head[-1] not in ":：" and is_blank(at)
    }
    return ["" if at in labels else head for at, head in enumerate(heading.heads)]


def _refuse_headless(
    where: Reason, top: tuple[int, ...], lists: Lists, heads: Sequence[str]
) -> None:
    for at, head in enumerate(heads):
        if not head and any(is_filled(row[at]) and not _is_label(row[at]) for row in lists):
            raise BadSheet(
                reason("headless_column", where=where, taken=_taken(top), column=_letters(at))
            )


def _is_label(cell: Any) -> bool:
    """Whether a cell is a signature or note beside the table, such as 审核人：李四."""
    return isinstance(cell, str) and _LABEL.match(cell.strip()) is not None


def _letters(at: int) -> str:
    """`A` for 0, `AA` for 26: how a spreadsheet names its columns."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _filled(lists: Lists, top: int, kept: list[int]) -> tuple[Sequence[int], Lists]:
    """The rows that are not blank and their numbers, with the kept columns alone."""
    del lists[:top]
    numbers: Sequence[int] = range(top + 1, top + 1 + len(lists))
    anchors = [row[kept[0]] for row in lists]
    # Most tables fill their first column in every row, and need no look at the others.
    if set(map(type, anchors)) != {str} or not all(map(str.strip, anchors)):
        filled = [any(map(is_filled, row)) for row in lists]
        numbers, lists = list(compress(numbers, filled)), list(compress(lists, filled))
    if lists and kept != list(range(len(lists[0]))):
        lists = [[row[at] for at in kept] for row in lists]
    return numbers, lists
