"""Writing spreadsheets: nothing written can be taken for a formula by what opens it."""

import csv
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from domain.kernel.errors import BadInput, machine_fault
from domain.kernel.local_time import LOCAL
from domain.kernel.reasons import reason
from domain.kernel.whole_files import replacing
from domain.kernel.widths import width_of

_CELL_MAX = 32_767  # characters: what Excel itself holds in a cell
_SHEET_ROWS_MAX = 1_000_000  # Excel's own limit is 1,048,576
_WIDTH_MIN, _WIDTH_MAX = 6, 60
_PAPER_A4, _PORTRAIT_WIDTH_MAX = 9, 90  # xlsxwriter's number; columns that can still be read
_MOMENT_FORMAT, _DATE_FORMAT = "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd"
# XML has no place for these; calamine and Excel would refuse the file.
_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Sheet:
    """A sheet to write: a bold, frozen header above rows of values, under a title where it has
    one."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[object]]
    title: str = ""


def write_xlsx(path: str | os.PathLike[str], sheets: Iterable[Sheet]) -> None:
    """Write a workbook, all of it or nothing; texts stay texts, whatever they begin with.

    Points go in as Decimal, int or float; a sheet of more than a million rows is continued on
    further sheets.
    """
    with (
        _writing(Path(path)) as part,
        xlsxwriter.Workbook(str(part), {"constant_memory": True}) as book,
    ):
        # The same content is the same file: no time of writing in it.
        book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "title": book.add_format({"bold": True, "font_size": 14}),
            "date": book.add_format({"num_format": _DATE_FORMAT}),
            "moment": book.add_format({"num_format": _MOMENT_FORMAT}),
        }
        taken: set[str] = set()
        for sheet in sheets:
            _write_sheets(book, formats, sheet, taken)
        if not taken:
            book.add_worksheet()


def _write_sheets(book: Any, formats: dict[str, Any], sheet: Sheet, taken: set[str]) -> None:
    """A sheet, continued on further ones; written even if it is empty, to say "nothing"."""
    rows = iter(sheet.rows)
    while _write_page(book, formats, _sheet_name(sheet.name, taken), sheet, rows):
        pass


def _write_page(
    book: Any, formats: dict[str, Any], name: str, sheet: Sheet, rows: Iterator[Sequence[object]]
) -> bool:
    """Write up to a million rows; whether there are more."""
    page = book.add_worksheet(name)
    top = 1 if sheet.title else 0
    page.freeze_panes(top + 1, 0)
    # Printed, it stands on A4, as wide as the page, its header on each of them, numbered.
    page.set_paper(_PAPER_A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0, top)
    page.set_footer("&C&P / &N")
    if sheet.title:
        page.write_string(0, 0, _xml_text(sheet.title), formats["title"])
    widths = [_width(str(head)) for head in sheet.header]
    for at, head in enumerate(sheet.header):
        page.write_string(top, at, _xml_text(str(head)), formats["head"])
    line = top
    for line, row in enumerate(rows, top + 1):
        for at, value in enumerate(row):
            _write_cell(page, line, at, value, formats)
            if line <= 1_000:
                widths.extend([0] * (at + 1 - len(widths)))
                widths[at] = max(widths[at], _width(_shown(value)))
        if line == _SHEET_ROWS_MAX:
            break
    if sum(widths) > _PORTRAIT_WIDTH_MAX:
        page.set_landscape()
    for at, width in enumerate(widths):
        page.set_column(at, at, min(max(width + 2, _WIDTH_MIN), _WIDTH_MAX))
    return line == _SHEET_ROWS_MAX


def _write_cell(page: Any, line: int, at: int, value: object, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        page.write_boolean(line, at, value)
    elif isinstance(value, int | float | Decimal) and -(10**15) < value < 10**15:
        page.write_number(line, at, value)
    elif isinstance(value, datetime) and value.year >= 1900:
        page.write_datetime(line, at, _local(value), formats["moment"])
    elif isinstance(value, date) and not isinstance(value, datetime) and value.year >= 1900:
        page.write_datetime(line, at, value, formats["date"])
    else:
        page.write_string(line, at, _xml_text(str(value)))


def _local(value: datetime) -> datetime:
    """Excel knows no zones: people's time, without one."""
    return value.astimezone(LOCAL).replace(tzinfo=None) if value.tzinfo else value


def _xml_text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)[:_CELL_MAX]


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return _MOMENT_FORMAT
    return _DATE_FORMAT if isinstance(value, date) else str(value if value is not None else "")


def _width(text: str) -> int:
    return int(width_of(text[:_WIDTH_MAX]))


def _sheet_name(name: str, taken: set[str]) -> str:
    """A name that Excel allows: 31 characters, none of `[]:*?/\\`, unlike the others."""
    plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", _xml_text(name)).strip(" '") or "Sheet"
    chosen, count = plain[:31], 1
    while chosen.casefold() in taken:
        count += 1
        chosen = f"{plain[: 31 - len(str(count)) - 3]} ({count})"
    taken.add(chosen.casefold())
    return chosen


def write_csv(
    target: str | os.PathLike[str] | TextIO,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    bom: bool = False,
) -> None:
    """Write CSV in UTF-8 to a file (all of it or nothing) or an open text stream.

    A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay
    numbers. `bom` lets Excel open the file by double click; programs rather do without.
    """
    if not isinstance(target, str | os.PathLike):
        _write_lines(target, header, rows)
        return
    with _writing(Path(target)) as part:
        encoding = "utf-8-sig" if bom else "utf-8"
        with part.open("w", encoding=encoding, errors="replace", newline="") as stream:
            _write_lines(stream, header, rows)


def _write_lines(stream: TextIO, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    for row in chain([header], rows):
        writer.writerow([_csv_cell(value) for value in row])


def _csv_cell(value: object) -> object:
    if isinstance(value, datetime):
        return _local(value).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return value if _PLAIN_NUMBER.fullmatch(value) else "'" + value
    return value


@contextmanager
def _writing(path: Path) -> Iterator[Path]:
    """A new file that takes the place of `path` at the end; BadInput where it cannot be written."""
    try:
        with replacing(path) as part:
            yield part
    except (OSError, XlsxWriterException) as error:
        raise BadInput(reason("file_unwritable", file=path, why=machine_fault(error))) from error
