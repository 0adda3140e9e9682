"""Spreadsheets (电子表格) in and out: CSV and XLSX, as clerks make and open them.

What a file is, its content says, not its name. Nothing that is written can be taken for a
formula by the program that opens it.
"""

import csv
import gc
import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import compress
from pathlib import Path
from typing import Any

from domain.errors import BadInput
from domain.reasons import whole
from domain.spreadsheet_writing import Sheet, write_csv, write_xlsx
from domain.workbook import COLUMNS_MAX, ROWS_MAX, Lists, sheets_of

__all__ = ["Sheet", "Table", "read_table", "uncollected", "write_csv", "write_xlsx"]

FILE_BYTES_MAX = 64 * 1024 * 1024
CELL_MAX = 32_767  # characters of a cell of CSV: what Excel itself holds
_CSV_COLUMNS_MAX = 5 * COLUMNS_MAX  # blank ones beyond the table are forgiven
_HEAD_CHARS = 100_000  # of a text, where its header is looked for
_TITLE_ROWS_MAX = 10
_DELIMITERS = ",;\t"

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

    `others` are the further sheets of the same workbook that hold a table.
    """

    file: str
    sha256: str
    header: tuple[str, ...]
    numbers: Sequence[int]
    cells: Sequence[Sequence[Any]]
    sheet: str = ""
    others: "tuple[Table, ...]" = ()

    @property
    def rows(self) -> list[tuple[int, tuple[Cell, ...]]]:
        """Rows as (number as the clerk sees it, cells); a time of day alone is text."""
        rows = zip(self.numbers, self.cells, strict=True)
        return [(number, tuple(map(_cell, row))) for number, row in rows]


def _cell(cell: Any) -> Cell:
    return cell if isinstance(cell, Cell) else str(cell)


def read_table(path: str | os.PathLike[str]) -> Table:
    """The table in a CSV or XLSX file; BadInput in one sentence where it cannot be read.

    The header is the first row with more than one filled cell (a title may stand above it).
    Blank rows are skipped, and columns without heading and content left out.
    """
    with uncollected():
        return _read(Path(path))


def _read(path: Path) -> Table:
    name = (path.name or str(path)).encode("utf-8", "replace").decode()[-255:]
    data = _read_bytes(path, name)
    digest = hashlib.sha256(data).hexdigest()
    if data.startswith(b"PK"):
        sheets: Iterable[tuple[str, Lists]] = sheets_of(data, name)
    elif data.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadInput(
            f"{name} is an old .xls workbook or protected by a password: save it as .xlsx"
            " without a password"
        )
    else:
        sheets = [("", _read_csv(data, name))]
    tables, faults = [], []
    for sheet, lists in sheets:
        try:
            tables.append(_table(name, digest, sheet, lists))
        except BadInput as error:
            faults.append(error)
    if not tables:
        raise faults[0] if faults else BadInput(f"{name} is empty: it needs a header and rows")
    first, *others = tables
    return replace(first, others=tuple(others)) if others else first


def _read_bytes(path: Path, name: str) -> bytes:
    try:
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            raise BadInput(
                f"{name} has {size >> 20} MiB, and {FILE_BYTES_MAX >> 20} MiB is the most:"
                " split it into several files"
            )
        with path.open("rb") as stream:
            return stream.read(FILE_BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise BadInput(f"{name} cannot be read: {why}") from error


def _read_csv(data: bytes, name: str) -> Lists:
    text = _decoded(data, name)
    lines = text[:_HEAD_CHARS].splitlines()
    first = next((line for line in lines if any(mark in line for mark in _DELIMITERS)), "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: Lists = []
    try:
        for row in reader:
            if len(rows) > ROWS_MAX + _TITLE_ROWS_MAX:
                raise _too_long(name)
            _check_csv_row(row, reader.line_num, name)
            rows.append(row)
    except csv.Error as error:
        raise BadInput(
            f"{name}: line {reader.line_num} is not CSV ({error}): check its quotation marks"
        ) from error
    width = max(map(len, rows), default=0)
    for row in rows:
        row.extend([""] * (width - len(row)))
    return rows


def _check_csv_row(row: list[str], line: int, name: str) -> None:
    if len(row) > _CSV_COLUMNS_MAX:
        raise BadInput(f"{name}: line {line} has {len(row):,} columns: check its delimiters")
    if max(map(len, row), default=0) > CELL_MAX:
        raise BadInput(
            f"{name}: line {line} has a cell of more than {CELL_MAX:,} characters: shorten it, or"
            " close its quotation marks"
        )


def _decoded(data: bytes, name: str) -> str:
    """UTF-8 with or without BOM, else GB18030; UTF-16 where a BOM says so."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadInput(
        f"{name} is neither a spreadsheet nor text in UTF-8 or GB18030: save it as .xlsx or CSV"
    )


def _table(name: str, digest: str, sheet: str, lists: Lists) -> Table:
    where = f"{name}, sheet {sheet}" if sheet else name
    top = _header_at(lists)
    heads = [_heading(cell) for cell in lists[top]] if lists else []
    kept = [at for at, head in enumerate(heads) if head]
    if not kept:
        raise BadInput(f"{where} is empty: it needs a header and rows")
    if len(kept) > COLUMNS_MAX:
        raise BadInput(f"{where} has more than {COLUMNS_MAX} columns: delete the others")
    _refuse_headless(where, lists[top + 1 :], heads)
    numbers, rows = _filled(lists, top + 1, kept)
    if len(rows) > ROWS_MAX:
        raise _too_long(where)
    header = tuple(heads[at] for at in kept)
    return Table(name, digest, header, numbers, rows, sheet)


def _header_at(lists: Lists) -> int:
    """The first row with two filled cells, below at most a few titles; else the first filled."""
    filled = [
        (at, sum(map(_is_filled, row)))
        for at, row in enumerate(lists[: 5 * _TITLE_ROWS_MAX])
        if any(map(_is_filled, row))
    ][:_TITLE_ROWS_MAX]
    return next((at for at, count in filled if count > 1), filled[0][0] if filled else 0)


def _is_filled(cell: Any) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def _heading(cell: Any) -> str:
    return " ".join(str(whole(cell)).split())


def _refuse_headless(where: str, lists: Lists, heads: list[str]) -> None:
    for at, head in enumerate(heads):
        if not head and any(_is_filled(row[at]) for row in lists):
            raise BadInput(
                f"{where}: column {_letters(at)} has values but no heading: name or empty it"
            )


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
        filled = [any(map(_is_filled, row)) for row in lists]
        numbers, lists = list(compress(numbers, filled)), list(compress(lists, filled))
    if lists and kept != list(range(len(lists[0]))):
        lists = [[row[at] for at in kept] for row in lists]
    return numbers, lists


def _too_long(where: str) -> BadInput:
    return BadInput(f"{where} has more than {ROWS_MAX:,} rows: split it into several files")
