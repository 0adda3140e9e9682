"""Opening an XLSX workbook (工作簿) that someone else made, without trusting its size.

calamine lays out a sheet as one rectangle from its first to its last cell, so one stray cell in
the last corner would ask for more memory than there is: bounds are checked before it is called.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import python_calamine as calamine

from domain.errors import BadInput

UNPACKED_BYTES_MAX = 512 * 1024 * 1024
ROWS_MAX, COLUMNS_MAX = 200_000, 200
SHEETS_MAX = 100
_CHUNK = 4 * 1024 * 1024
# References past column GR, the 200th, and past row 99,999: rare, and so cheap to look for.
_FAR_COLUMN = re.compile(rb'r="(?:[A-Z]{3}|G[S-Z]|[H-Z][A-Z])[0-9]')
_FAR_ROW = re.compile(rb'r="[A-Z]*+[0-9]{6}')
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,4})([0-9]{1,9})"[^>]*(?<!/)>')
# A reference that is cut by the end of a chunk is seen whole with the next one.
_OVERLAP = 256

Lists = list[list[Any]]


def sheets_of(data: bytes, name: str) -> Iterator[tuple[str, Lists]]:
    """The visible sheets that hold anything: name and rows from A1, merged cells filled down.

    BadInput, which names the file, where it is not a workbook that can be read.
    """
    _check_package(data, name)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        visible = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet
            and sheet.visible == calamine.SheetVisibleEnum.Visible
        ]
        for title in visible[:SHEETS_MAX]:
            sheet = book.get_sheet_by_name(title)
            rows: Lists = sheet.to_python(skip_empty_area=False)
            _fill_merged(rows, sheet.merged_cell_ranges or [])
            if rows:
                yield title, rows
    except BaseException as error:
        # A panic of the Rust library is no Exception, but only this workbook's fault.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise _unreadable(name) from error
        raise


def _unreadable(name: str) -> BadInput:
    return BadInput(
        f"{name} is damaged or not an Excel workbook: open it in Excel or WPS, save it as .xlsx"
        " and try again"
    )


def _check_package(data: bytes, name: str) -> None:
    """Refuse what is no XLSX, unpacks to too much, or has cells too far out."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            if "xl/workbook.xml" not in package.namelist():
                raise BadInput(f"{name} is not an .xlsx workbook: save it as .xlsx or as CSV")
            left = UNPACKED_BYTES_MAX
            for part in package.namelist():
                sheet = part.startswith("xl/worksheets/") and part.endswith(".xml")
                left -= _check_part(package, part, left, name, sheet)
    except (zipfile.BadZipFile, ValueError, RuntimeError, OSError, EOFError, KeyError) as error:
        raise _unreadable(name) from error
    except Exception as error:
        if type(error).__name__ == "error":  # zlib.error, lzma.LZMAError have no common base
            raise _unreadable(name) from error
        raise


def _check_part(package: zipfile.ZipFile, part: str, left: int, name: str, sheet: bool) -> int:
    """Unpack one part in pieces, never more than is `left`; the answer is its size."""
    size, tail = 0, b""
    with package.open(part) as stream:
        while piece := stream.read(_CHUNK):
            size += len(piece)
            if size > left:
                raise BadInput(
                    f"{name} unpacks to more than {UNPACKED_BYTES_MAX >> 20} MiB:"
                    " split it into several files"
                )
            if sheet:
                piece = tail + piece
                if _FAR_COLUMN.search(piece) or _FAR_ROW.search(piece):
                    _check_bounds(piece, name)
                tail = piece[-_OVERLAP:]
    return size


def _check_bounds(piece: bytes, name: str) -> None:
    for match in _CELL.finditer(piece):
        if _column_number(match[1]) > COLUMNS_MAX or int(match[2]) > ROWS_MAX:
            raise BadInput(
                f"{name} has a cell {(match[1] + match[2]).decode()}, beyond {ROWS_MAX:,} rows and"
                f" {COLUMNS_MAX} columns: delete what is not part of the table, or split the file"
            )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _fill_merged(rows: Lists, ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """A cell merged over several rows stands for each of them, as the clerk sees it."""
    for (top, left), (bottom, _right) in ranges:
        if top >= bottom or top >= len(rows) or left >= len(rows[top]):
            continue
        value = rows[top][left]
        if value == "":
            continue
        for row in rows[top + 1 : bottom + 1]:
            if row[left] == "":
                row[left] = value
