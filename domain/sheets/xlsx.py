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
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import python_calamine as calamine

from domain.kernel.errors import BadSheet
from domain.kernel.reasons import reason
from domain.sheets.file_kinds import kind_of_package
from domain.sheets.number_formats import Format
from domain.sheets.protected_text import unprotected
from domain.sheets.xlsx_cells import Lists, Watch, apply_extras, column_number, elements, forms_of
from domain.sheets.xlsx_size import CELLS_MAX, MERGED_ROWS_MAX, SheetSize, merged_rows
from domain.sheets.xlsx_text import CELL_MAX, CellTexts, SharedTexts, TooLong, TooMany

UNPACKED_BYTES_MAX = 512 * 1024 * 1024
ROWS_MAX, COLUMNS_MAX = 200_000, 200
SHEETS_MAX = 100
_CHUNK = 4 * 1024 * 1024
_BOOK, _STYLES, _RELS = "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"
_SHARED = "xl/sharedstrings.xml"
_PART_BYTES_MAX = 16 * 1024 * 1024  # of a part that is read whole
# What zipfile and its decompressors raise on damaged or odd packages.
_UNPACKING = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    ValueError,
    RuntimeError,
    OSError,
    EOFError,
    KeyError,
    NotImplementedError,
)
# References past row 199,999: rare, and so cheap to look for.
_FAR_ROW = re.compile(rb'r="[A-Za-z]*+(?:[2-9][0-9]{5}|[0-9]{7})')
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Za-z]+)([0-9]+)"[^>]*(?<!/)>')
_LONG = re.compile(rb'r="[A-Za-z0-9]{7}')  # any reference to so far a row is so long, and more
_TAG_BYTES_MAX = 1024 * 1024  # of a tag with the text behind it


class _Look(NamedTuple):
    """What was seen before the sheets are laid out.

    `forms` is how styles show numbers, `odd` has by the sheet's name the parts that have what
    calamine leaves out, and `protected` says that texts may be as `unprotected` knows them.
    """

    forms: dict[int, Format]
    odd: dict[str, str]
    protected: bool


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
    look = _check_package(data, name)
    found = Book()
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        titles: list[str] = []
        for sheet in book.sheets_metadata:
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet:
                seen = sheet.visible == calamine.SheetVisibleEnum.Visible
                (titles if seen else found.hidden).append(sheet.name)
        for title in titles:
            read = book.get_sheet_by_name(title)
            rows: Lists = read.to_python(skip_empty_area=False)
            hidden: set[int] = set()
            if look.protected:
                _unprotect(rows)
            if part := look.odd.get(title):
                with zipfile.ZipFile(io.BytesIO(data)) as package, package.open(part) as xml:
                    hidden = apply_extras(xml, look.forms, rows)
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


def _unprotect(rows: Lists) -> None:
    for row in rows:
        row[:] = [unprotected(cell) if isinstance(cell, str) else cell for cell in row]


def _unreadable(name: str) -> BadSheet:
    return BadSheet(reason("file_damaged", file=name))


def _check_package(data: bytes, name: str) -> _Look:
    """Refuse what is no XLSX, unpacks to too much, or has cells too far out."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.namelist()
            if _BOOK not in parts:
                raise BadSheet(reason("file_is", file=name, what=reason(kind_of_package(parts))))
            _check_sheets(package, name)
            forms = _forms(package, parts)
            odd, protected = _check_parts(package, parts, forms, name)
            return _Look(forms, _named(package, odd), protected)
    except BadSheet:
        raise
    except TooLong as error:
        raise BadSheet(reason("cell_long", file=name, limit=f"{CELL_MAX:,}")) from error
    except TooMany as error:
        raise BadSheet(reason("file_cells", file=name)) from error
    except _UNPACKING as error:
        raise _unreadable(name) from error


def _check_sheets(package: zipfile.ZipFile, name: str) -> None:
    """Refuse more sheets than anybody keeps, and sheets that are the same part of the file."""
    sheets = list(elements(_read_whole(package, _BOOK), b"sheet"))
    if len(sheets) > SHEETS_MAX:
        raise BadSheet(reason("file_sheets", file=name, count=len(sheets), limit=SHEETS_MAX))
    targets = _targets(package)
    known = [targets[key] for sheet in sheets if (key := sheet.get("id", "")) in targets]
    if len(known) > len(set(known)):
        raise _unreadable(name)


def _check_parts(
    package: zipfile.ZipFile, parts: list[str], forms: dict[int, Format], name: str
) -> tuple[list[str], bool]:
    """Look at all that is packed, within bounds.

    The answer are the sheets to be read twice, and whether texts may be protected.
    """
    left = UNPACKED_BYTES_MAX
    shared = SharedTexts()
    for part in parts:
        if part.lower() == _SHARED:
            left -= _check_part(package, part, left, name, shared.look)
    texts = CellTexts(shared)
    sheets, odd, cells = [], [], 0
    for part in parts:
        if not (part.startswith("xl/worksheets/") and part.endswith(".xml")):
            left -= _check_part(package, part, left, name)
            continue
        look = _SheetLook(forms, texts, name)
        left -= _check_part(package, part, left, name, look)
        sheets.append(part)
        odd += [part] if look.watch.found else []
        cells += look.extent.cells
        if cells > CELLS_MAX:
            raise TooMany
    if texts.may_be_too_much:
        for part in sheets:
            _check_part(package, part, UNPACKED_BYTES_MAX, name, texts.count)
    return odd, texts.may_be_protected


def _read_whole(package: zipfile.ZipFile, part: str) -> bytes:
    """A small part; the rest of one that is larger is left."""
    with package.open(part) as stream:
        return stream.read(_PART_BYTES_MAX)


def _forms(package: zipfile.ZipFile, parts: list[str]) -> dict[int, Format]:
    if _STYLES not in parts:
        return {}
    return forms_of(_read_whole(package, _STYLES))


def _check_part(
    package: zipfile.ZipFile,
    part: str,
    left: int,
    name: str,
    look: Callable[[bytes], None] | None = None,
) -> int:
    """Unpack one part in pieces, never more than is `left`; the answer is its size."""
    size = 0
    with package.open(part) as stream:
        while piece := stream.read(_CHUNK):
            size += len(piece)
            if size > left:
                raise BadSheet(reason("file_unpacks", file=name, limit=UNPACKED_BYTES_MAX >> 20))
            if look:
                look(piece)
    return size


class _SheetLook:
    """Looks at a sheet's pieces, one after the other: its extent, its text, and what is odd."""

    def __init__(self, forms: dict[int, Format], texts: CellTexts, name: str) -> None:
        self.watch, self.extent = Watch(forms), SheetSize()
        self._texts, self._name, self._rest = texts, name, b""

    def __call__(self, piece: bytes) -> None:
        whole = self._rest + piece
        end = max(0, whole.rfind(b"<"))  # so that no tag is cut in two
        piece, self._rest = whole[:end], whole[end:]
        if len(self._rest) > _TAG_BYTES_MAX:
            raise TooLong
        extent = self.extent
        self.watch.look(piece)
        extent.look(piece)
        if extent.columns > COLUMNS_MAX or _is_deep(piece):
            _check_bounds(piece, self._name)
        is_wide = max(extent.columns, extent.unnamed_columns) > COLUMNS_MAX
        if extent.is_too_large or is_wide or extent.rows > ROWS_MAX:
            raise TooMany
        self._texts.look(piece)


def _is_deep(text: bytes) -> bool:
    return _LONG.search(text) is not None and _FAR_ROW.search(text) is not None


def _named(package: zipfile.ZipFile, parts: list[str]) -> dict[str, str]:
    """These parts by the name of their sheet in the workbook."""
    if not parts:
        return {}
    targets = _targets(package)
    found = {}
    for sheet in elements(_read_whole(package, _BOOK), b"sheet"):
        target = targets.get(sheet.get("id", ""), "")
        for part in parts:
            if part in (target, f"xl/{target}"):
                found[sheet.get("name", "")] = part
    return found


def _targets(package: zipfile.ZipFile) -> dict[str, str]:
    """The parts that the workbook names, by their keys."""
    if _RELS not in package.namelist():
        return {}
    return {
        one.get("Id", ""): one.get("Target", "").lstrip("/")
        for one in elements(_read_whole(package, _RELS), b"Relationship")
    }


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
