"""How large a sheet is (工作表大小), counted in its XML before anything lays it out.

A few bytes can stand for millions of cells: cells without a reference, one cell in the last corner,
merged areas that lie on one another. Counting is a search for bytes; only what is odd is looked at
more closely.
"""

import re

from domain.sheets.xlsx_cells import column_number

# What a year of a large village takes many times over, and a machine with 1 GiB still holds.
CELLS_MAX = 4_000_000
AREA_MAX = 8_000_000
# Rows that merged areas are spread over, all areas together.
MERGED_ROWS_MAX = 2_000_000
_WIDE = re.compile(rb'r="[A-Za-z]{2,}[0-9]')
# With a value: a cell that is only formatted is laid out by nobody.
_WIDE_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Za-z]{2,})[0-9]+"[^>]*(?<!/)>')
_DEEP_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="[A-Za-z]+([0-9]{3,})"[^>]*(?<!/)>')
_ROW = re.compile(rb"<(?:\w+:)?row\b")
_CELL = re.compile(rb"<(?:\w+:)?c\b")
# A cell or a row with something in it, and where it says to stand, however that is written.
_OPENED = re.compile(rb"""<(?:\w+:)?(?:c|row)(?=\s)(?:[^<>"']|"[^"]*"|'[^']*')*(?<!/)>""")
_STANDS = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]*)([0-9]+)""")


class SheetSize:
    """Counts a sheet's cells and its extent, piece by piece; pieces end with whole tags."""

    def __init__(self) -> None:
        self.cells = 0
        self.columns = self.rows = 0
        self.unnamed_columns = self.unnamed_rows = 0

    @property
    def is_too_large(self) -> bool:
        """Whether it has more cells than can be laid out, or an extent that has."""
        area = max(self.rows * self.columns, self.unnamed_rows * self.unnamed_columns)
        return self.cells > CELLS_MAX or area > AREA_MAX

    def look(self, piece: bytes) -> None:
        """Count one piece."""
        self.cells += piece.count(b"</c>")
        unnamed = piece.count(b"<c") - piece.count(b'<c r="')
        if unnamed:
            unnamed -= piece.count(b"<col")
        if b":" in piece:  # found at once where there is none, as in nearly every piece
            self.cells += piece.count(b":c>")
            unnamed = max(unnamed, piece.count(b":c"))
        if unnamed:
            self._look_for_unusual(piece)
        # Without a wide cell even the most rows there may be are no large area.
        if self.columns or _WIDE.search(piece):
            seen = {match[1] for match in _WIDE_CELL.finditer(piece)}
            self.columns = max(self.columns, *map(column_number, seen), 0)
            deep = {match[1] for match in _DEEP_CELL.finditer(piece)} if self.columns else ()
            self.rows = max(self.rows, *map(int, deep), 0)

    def _look_for_unusual(self, piece: bytes) -> None:
        rows = _ROW.split(piece)
        self.unnamed_rows += len(rows) - 1
        self.unnamed_columns = max(self.unnamed_columns, *(len(_CELL.findall(row)) for row in rows))
        places = {place for tag in _OPENED.finditer(piece) for place in _STANDS.findall(tag[0])}
        for letters, digits in places:
            self.columns = max(self.columns, column_number(letters))
            self.rows = max(self.rows, int(digits))


def merged_rows(ranges: list[tuple[tuple[int, int], tuple[int, int]]], rows: int) -> int:
    """How many cells filling down these merged areas writes, in a sheet of so many rows."""
    return sum(max(0, min(bottom, rows - 1) - top) for (top, _), (bottom, _) in ranges)
