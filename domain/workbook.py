"""Opening an XLSX workbook (工作簿) that someone else made, without trusting its size.

calamine lays out a sheet as one rectangle from its first to its last cell, so one stray cell in
the last corner would ask for more memory than there is: bounds are checked before it is called.
"""

import io
import lzma
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass, field

import python_calamine as calamine

from domain.errors import BadSheet
from domain.file_kinds import kind_of_package
from domain.number_formats import Format
from domain.reasons import reason
from domain.sheet_size import MERGED_ROWS_MAX, SheetSize, merged_rows
from domain.workbook_cells import (
    Lists,
    Watch,
    apply_extras,
    column_number,
    elements,
    forms_of,
)

UNPACKED_BYTES_MAX = 512 * 1024 * 1024
ROWS_MAX, COLUMNS_MAX = 200_000, 200
SHEETS_MAX = 100
_CHUNK = 4 * 1024 * 1024
_BOOK, _STYLES = "xl/workbook.xml", "xl/styles.xml"
_STYLES_BYTES_MAX = 16 * 1024 * 1024
# What zipfile and its decompressors raise on damaged or odd packages.
_UNPACKING = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, ValueError, RuntimeError,
    OSError, EOFError, KeyError, NotImplementedError,
)  # fmt: skip
# References past column GR, the 200th, and past row 199,999: rare, and so cheap to look for.
_FAR_COLUMN = re.compile(rb'r="(?:[A-Z]{3}|G[S-Z]|[H-Z][A-Z])[0-9]')
_FAR_ROW = re.compile(rb'r="[A-Z]*+(?:[2-9][0-9]{5}|[0-9]{7})')
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,4})([0-9]{1,9})"[^>]*(?<!/)>')
# A reference that is cut by the end of a chunk is seen whole with the next one.
_OVERLAP = 256


@dataclass(frozen=True)
class BookSheet:
    """A sheet of a workbook: rows from A1, merged cells filled down.

    `hidden` are the numbers of the rows that a filter or a person has hidden.
    """

    name: str
    rows: Lists
    hidden: frozenset[int] = frozenset()


@dataclass
class Book:
    """A workbook's visible sheets that hold anything, and the names of the hidden ones."""

    sheets: list[BookSheet] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)


def read_book(data: bytes, name: str) -> Book:
    """The sheets of an XLSX file; BadSheet, which names the file, where it cannot be read."""
    forms, odd = _check_package(data, name)
    found = Book()
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        titles: list[str] = []
        for sheet in book.sheets_metadata:
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet:
                seen = sheet.visible == calamine.SheetVisibleEnum.Visible
                (titles if seen else found.hidden).append(sheet.name)
        for title in titles[:SHEETS_MAX]:
            read = book.get_sheet_by_name(title)
            rows: Lists = read.to_python(skip_empty_area=False)
            hidden: set[int] = set()
            if title in odd:
                with zipfile.ZipFile(io.BytesIO(data)) as package, package.open(odd[title]) as xml:
                    hidden = apply_extras(xml, forms, rows)
            merged = read.merged_cell_ranges or []
            if merged_rows(merged, len(rows)) > MERGED_ROWS_MAX:
                raise BadSheet(reason("file_cells", file=name))
            _fill_merged(rows, merged)
            if rows:
                found.sheets.append(BookSheet(title, rows, frozenset(hidden)))
    except BadSheet:
        raise
    except BaseException as error:
        # A panic of the Rust library is no Exception, but only this workbook's fault.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise _unreadable(name) from error
        raise
    return found


def _unreadable(name: str) -> BadSheet:
    return BadSheet(reason("file_damaged", file=name))


def _check_package(data: bytes, name: str) -> tuple[dict[int, Format], dict[str, str]]:
    """Refuse what is no XLSX, unpacks to too much, or has cells too far out.

    The answer is how styles show numbers, and by the name of their sheet the parts that have
    what calamine leaves out.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.namelist()
            if _BOOK not in parts:
                raise BadSheet(reason("file_is", file=name, what=reason(kind_of_package(parts))))
            forms = _forms(package, parts)
            left = UNPACKED_BYTES_MAX
            odd = []
            for part in parts:
                sheet = part.startswith("xl/worksheets/") and part.endswith(".xml")
                watch = Watch(forms) if sheet else None
                left -= _check_part(package, part, left, name, watch)
                odd += [part] if watch and watch.found else []
            return forms, _named(package, odd) if odd else {}
    except BadSheet:
        raise
    except _UNPACKING as error:
        raise _unreadable(name) from error


def _forms(package: zipfile.ZipFile, parts: list[str]) -> dict[int, Format]:
    if _STYLES not in parts:
        return {}
    with package.open(_STYLES) as stream:
        return forms_of(stream.read(_STYLES_BYTES_MAX))


def _check_part(
    package: zipfile.ZipFile, part: str, left: int, name: str, watch: Watch | None
) -> int:
    """Unpack one part in pieces, never more than is `left`; the answer is its size."""
    size, tail, extent = 0, b"", SheetSize()
    with package.open(part) as stream:
        while piece := stream.read(_CHUNK):
            size += len(piece)
            if size > left:
                raise BadSheet(reason("file_unpacks", file=name, limit=UNPACKED_BYTES_MAX >> 20))
            if watch:
                for text in (tail + piece[:_OVERLAP], piece):
                    watch.look(text)
                    if _FAR_COLUMN.search(text) or _FAR_ROW.search(text):
                        _check_bounds(text, name)
                extent.look(piece)
                if extent.is_too_large or extent.unnamed_columns > COLUMNS_MAX:
                    raise BadSheet(reason("file_cells", file=name))
                tail = piece[-_OVERLAP:]
    return size


def _named(package: zipfile.ZipFile, parts: list[str]) -> dict[str, str]:
    """These parts by the name of their sheet in the workbook."""
    targets = {
        one.get("Id", ""): one.get("Target", "").lstrip("/")
        for one in elements(package.read("xl/_rels/workbook.xml.rels"), b"Relationship")
    }
    found = {}
    for sheet in elements(package.read(_BOOK), b"sheet"):
        target = targets.get(sheet.get("id", ""), "")
        for part in parts:
            if part in (target, f"xl/{target}"):
                found[sheet.get("name", "")] = part
    return found


def _check_bounds(piece: bytes, name: str) -> None:
    for match in _CELL.finditer(piece):
        if column_number(match[1]) > COLUMNS_MAX or int(match[2]) > ROWS_MAX:
            cell = (match[1] + match[2]).decode()
            raise BadSheet(
                reason("cell_far", file=name, cell=cell, rows=ROWS_MAX, columns=COLUMNS_MAX)
            )


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
