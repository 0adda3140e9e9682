"""Opening an XLSX workbook (工作簿) that someone else made, without trusting its size.

calamine lays out a sheet as one rectangle from its first to its last cell, so one stray cell in
the last corner would ask for more memory than there is: bounds are checked before it is called.
"""

import html
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import python_calamine as calamine

from domain.errors import BadInput

UNPACKED_BYTES_MAX = 512 * 1024 * 1024
ROWS_MAX, COLUMNS_MAX = 200_000, 200
SHEETS_MAX = 100
_CHUNK = 4 * 1024 * 1024
_BOOK = "xl/workbook.xml"
# What zipfile and its decompressors raise on damaged or odd packages.
_UNPACKING = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, ValueError, RuntimeError,
    OSError, EOFError, KeyError, NotImplementedError,
)  # fmt: skip
# References past column GR, the 200th, and past row 199,999: rare, and so cheap to look for.
_FAR_COLUMN = re.compile(rb'r="(?:[A-Z]{3}|G[S-Z]|[H-Z][A-Z])[0-9]')
_FAR_ROW = re.compile(rb'r="[A-Z]*+(?:[2-9][0-9]{5}|[0-9]{7})')
_ERROR = b't="e"'
_ERROR_CELL = re.compile(
    rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>(.{0,9999}?)</(?:\w+:)?c>',
    re.DOTALL,
)
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]{1,20})</")
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,4})([0-9]{1,9})"[^>]*(?<!/)>')
# A reference that is cut by the end of a chunk is seen whole with the next one.
_OVERLAP = 256

Lists = list[list[Any]]


def sheets_of(data: bytes, name: str) -> Iterator[tuple[str, Lists]]:
    """The visible sheets that hold anything: name and rows from A1, merged cells filled down.

    BadInput, which names the file, where it is not a workbook that can be read.
    """
    errors = _check_package(data, name)
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
            _name_errors(rows, errors.get(title, []))
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


def _check_package(data: bytes, name: str) -> dict[str, list[bytes]]:
    """Refuse what is no XLSX, unpacks to too much, or has cells too far out.

    The answer is the XML of the sheets, by name, in which formulas have failed.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            if _BOOK not in package.namelist():
                raise BadInput(f"{name} is not an .xlsx workbook: save it as .xlsx or as CSV")
            left = UNPACKED_BYTES_MAX
            failed = []
            for part in package.namelist():
                sheet = part.startswith("xl/worksheets/") and part.endswith(".xml")
                size, errors = _check_part(package, part, left, name, sheet)
                left -= size
                failed += [part] if errors else []
            return _named(package, failed) if failed else {}
    except BadInput:
        raise
    except _UNPACKING as error:
        raise _unreadable(name) from error


def _check_part(
    package: zipfile.ZipFile, part: str, left: int, name: str, sheet: bool
) -> tuple[int, bool]:
    """Unpack one part in pieces, never more than is `left`: its size, and if formulas failed."""
    size, tail, errors = 0, b"", False
    with package.open(part) as stream:
        while piece := stream.read(_CHUNK):
            size += len(piece)
            if size > left:
                raise BadInput(
                    f"{name} unpacks to more than {UNPACKED_BYTES_MAX >> 20} MiB:"
                    " split it into several files"
                )
            if sheet:
                for text in (tail + piece[:_OVERLAP], piece):
                    errors = errors or _ERROR in text
                    if _FAR_COLUMN.search(text) or _FAR_ROW.search(text):
                        _check_bounds(text, name)
                tail = piece[-_OVERLAP:]
    return size, errors


def _named(package: zipfile.ZipFile, parts: list[str]) -> dict[str, list[bytes]]:
    """These parts' XML by the name of their sheet, as the workbook lists them."""
    targets = {
        one.get("Id", ""): one.get("Target", "").lstrip("/")
        for one in _elements(package.read("xl/_rels/workbook.xml.rels"), b"Relationship")
    }
    found: dict[str, list[bytes]] = {}
    for sheet in _elements(package.read(_BOOK), b"sheet"):
        target = targets.get(sheet.get("id", ""), "")
        for part in parts:
            if part in (target, f"xl/{target}"):
                found.setdefault(sheet.get("name", ""), []).append(package.read(part))
    return found


def _elements(xml: bytes, tag: bytes) -> Iterator[dict[str, str]]:
    """The attributes of a flat list's elements, without their prefixes."""
    for element in re.finditer(rb"<(?:\w+:)?%b\s([^<>]*)>" % tag, xml):
        pairs = re.findall(rb"""(?:\w+:)?(\w+)\s*=\s*["']([^"']*)["']""", element[1])
        yield {name.decode(): html.unescape(value.decode("utf-8")) for name, value in pairs}


def _name_errors(rows: Lists, parts: list[bytes]) -> None:
    """calamine leaves a cell blank whose formula failed (#REF!): here it says so, to be refused."""
    for xml in parts:
        for match in _ERROR_CELL.finditer(xml):
            column, row = _column_number(match[1]) - 1, int(match[2]) - 1
            value = _VALUE.search(match[3])
            if row < len(rows) and column < len(rows[row]):
                rows[row][column] = value[1].decode("utf-8", "replace") if value else "#ERROR!"


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
