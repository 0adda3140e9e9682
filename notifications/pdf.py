"""A page as PDF (导出 PDF), set from the same HTML that a browser would print.

The machine's own Chinese font is embedded, cut down to the characters used: the file looks the
same everywhere, and names with rare characters keep them. The same page gives the same bytes.
"""

import importlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.errors import Refused
from notifications.page import Block, Page, read_page
from notifications.typeset import Fonts, break_lines, find_fonts

MARGIN_MM, TOP_MM, BOTTOM_MM = 18.0, 18.0, 20.0
GUTTER_MM, PADDING_MM = 5.0, 0.9
HEAD = 0.88  # of a table's size
ROWS_AT_START = 6  # a table begins on a page only where so many rows fit
RED, INK, LINE = (181, 18, 27), (26, 26, 26), (110, 110, 110)
# Shares of a table's width, by its style.
_WIDTHS: dict[str, dict[int, tuple[float, ...]]] = {
    "places": {5: (12, 22, 18, 20, 36), 6: (11, 20, 16, 17, 17, 32)}
}
_POINT_MM = 25.4 / 72


def page_pdf(html: str, created: datetime, font: Path | None = None) -> bytes:
    """The PDF of a page of ours; `font` stands in for the machine's.

    Refused where the PDF library or a Chinese font is missing.
    """
    page = read_page(html)
    sheet = _Sheet(page, find_fonts(font), created)
    for at, block in enumerate(page.blocks):
        sheet.ahead = _ahead(page.blocks[at + 1 :]) if block.kind == "heading" else 0.0
        getattr(sheet, f"set_{block.kind}")(block)
    return sheet.finished()


def _ahead(blocks: Sequence[Block]) -> float:
    """How much of what follows a heading must stand on its page."""
    following = next((block.kind for block in blocks if block.kind != "plain"), "")
    return 62.0 if following == "table" else 22.0


def _library() -> Any:
    try:
        return importlib.import_module("fpdf")
    except ImportError as error:
        raise Refused(
            "PDF needs the Python package fpdf2: install it, or export html and print it"
        ) from error


class _Sheet:
    """A document being set from top to bottom; all lengths are millimetres, fonts points."""

    def __init__(self, page: Page, fonts: Fonts, created: datetime) -> None:
        self.page = page
        self.pdf = _library().FPDF(format=page.paper, unit="mm")
        self.pdf.set_creation_date(created)
        self.pdf.set_title(page.title)
        self.pdf.set_lang(page.language)
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margin(0)
        self.pdf.c_margin = 0
        for name, (path, face) in vars(fonts).items():
            self.pdf.add_font(name, fname=str(path), collection_font_number=face)
        self.width = self.pdf.w - 2 * MARGIN_MM
        self.bottom = self.pdf.h - BOTTOM_MM
        self.y = TOP_MM
        self.ahead = 0.0
        self.next_page()

    def finished(self) -> bytes:
        """The document's bytes."""
        self._foot()
        return bytes(self.pdf.output())

    def next_page(self) -> None:
        """A new sheet; the one before gets its number."""
        if self.pdf.pages_count:
            self._foot()
        self.pdf.add_page()
        self.y = TOP_MM
        self.pdf.set_text_color(*INK)
        self.pdf.set_draw_color(*LINE)
        self.pdf.set_line_width(0.18)

    def _foot(self) -> None:
        self._write(f"— {self.pdf.pages_count} —", self.pdf.h - 12, 11, align="center")
        self._write(self.page.foot, self.pdf.h - 12, 7.5, align="right")

    def room(self, height: float) -> None:
        """Go to the next page unless so much is left of this one."""
        if self.y + height > self.bottom:
            self.next_page()

    def set_title(self, block: Block) -> None:
        for line in block.lines:
            for part in self._lines(line, self.width, 22, "heavy"):
                self._write(part, self.y, 22, "heavy", align="center")
                self.y += 22 * 1.5 * _POINT_MM
        self.pdf.set_draw_color(*RED)
        self.pdf.set_line_width(0.5)
        self.pdf.line(MARGIN_MM, self.y + 2, MARGIN_MM + self.width, self.y + 2)
        self.pdf.set_draw_color(*LINE)
        self.pdf.set_line_width(0.18)
        self.y += 7

    def set_heading(self, block: Block) -> None:
        self.room(self.ahead)
        self.y += 3.5
        self._paragraph(block.lines, 13.5, "hei")
        self.y += 1

    def set_text(self, block: Block) -> None:
        indent = "" if self.page.language.startswith("en") else "　　"
        self._paragraph([indent + line for line in block.lines], 13, "song")

    def set_plain(self, block: Block) -> None:
        self._paragraph(block.lines, 13, "song")

    def set_signed(self, block: Block) -> None:
        self.room(20)
        self.y += 5
        for line in block.lines:
            self._write(line, self.y, 13, align="right", inset=10)
            self.y += 13 * 1.6 * _POINT_MM

    def _paragraph(self, lines: Sequence[str], size: float, font: str) -> None:
        step = size * 1.65 * _POINT_MM
        for text in lines:
            for line in self._lines(text, self.width, size, font):
                self.room(step)
                self._write(line, self.y, size, font)
                self.y += step

    def set_facts(self, block: Block) -> None:
        """Names and what they are, in a frame."""
        step = 13 * 1.6 * _POINT_MM
        name_width = max(self._measure(row[0], 13, "hei") for row in block.rows) + 6
        width = self.width - name_width - 8
        rows = [(row[0], self._lines(row[1], width, 13, "song")) for row in block.rows]
        height = sum(len(lines) for _, lines in rows) * step + 4
        self.y += 2
        self.room(height)
        self.pdf.rect(MARGIN_MM, self.y, self.width, height)
        self.y += 2
        for name, lines in rows:
            self._write(name, self.y, 13, "hei", inset=4)
            for line in lines:
                self._write(line, self.y, 13, inset=4 + name_width)
                self.y += step
        self.y += 3.5

    def set_seal(self, block: Block) -> None:
        """The seal in a frame that is never divided."""
        lines = [
            part for line in block.lines for part in self._lines(line, self.width - 8, 10, "song")
        ]
        step = 10 * 1.6 * _POINT_MM
        height = len(lines) * step + 4
        self.room(height + 26)
        self.y += 5
        self.pdf.rect(MARGIN_MM, self.y, self.width, height)
        self.y += 2
        for line in lines:
            self._write(line, self.y, 10, inset=4)
            self.y += step
        self.y += 2

    def set_table(self, block: Block) -> None:
        """Rows in as many columns as the block asks for, its header over each of them."""
        table = _Table(self, block)
        rows = table.rows
        self.y += 1
        while rows:
            needed = table.head + sum(height for height, _ in rows[:ROWS_AT_START])
            self.room(needed)
            rows = self._fill(table, rows)
            if rows:
                self.next_page()
        self.y += 2

    def _fill(self, table: "_Table", rows: "Sequence[_Row]") -> "Sequence[_Row]":
        """Set what fits on this page; the columns of a table's last page are of one length."""
        columns = table.columns
        space = self.bottom - self.y - table.head
        even = -(-len(rows) // columns)
        if all(
            sum(height for height, _ in rows[at * even : (at + 1) * even]) <= space
            for at in range(columns)
        ):
            parts = [rows[at * even : (at + 1) * even] for at in range(columns)]
        else:
            parts, left = [], rows
            for _ in range(columns):
                count = _count_within(left, space)
                parts.append(left[:count])
                left = left[count:]
        top = self.y
        for at, part in enumerate(parts):
            if part:
                self.y = max(self.y, table.draw(at, top, part))
        return rows[sum(map(len, parts)) :]

    def _lines(self, text: str, width: float, size: float, font: str) -> list[str]:
        return break_lines(text, width, lambda part: self._measure(part, size, font))

    def _measure(self, text: str, size: float, font: str) -> float:
        self.pdf.set_font(font, size=size)
        return float(self.pdf.get_string_width(text))

    def _write(
        self, text: str, y: float, size: float, font: str = "song", *, align: str = "left",
        inset: float = 0.0, left: float = MARGIN_MM, width: float | None = None,
    ) -> None:  # fmt: skip
        """One line of text whose box begins at `y`."""
        width = self.width if width is None else width
        used = self._measure(text, size, font)
        x = {
            "left": left + inset,
            "center": left + (width - used) / 2,
            "right": left + width - inset - used,
        }[align]
        self.pdf.text(x, y + size * 1.17 * _POINT_MM, text)


_Row = tuple[float, list[list[str]]]


def _count_within(rows: Sequence[_Row], space: float) -> int:
    """How many rows fit, at least one."""
    for count, (height, _) in enumerate(rows):
        space -= height
        if space < 0:
            return max(count, 1)
    return len(rows)


class _Table:
    """A table measured for a sheet: rows are (height, lines of each cell)."""

    def __init__(self, sheet: _Sheet, block: Block) -> None:
        self.sheet, self.block = sheet, block
        self.columns = block.columns
        self.size = 10.5 if block.style == "households" else 11.0
        self.step = self.size * 1.32 * _POINT_MM
        self.width = (sheet.width - GUTTER_MM * (self.columns - 1)) / self.columns
        self.left = MARGIN_MM
        if block.style in ("goods", "changes", "counts"):
            self.width *= 0.62
            self.left += (sheet.width - self.width) / 2
        count = len(block.rows[0])
        even = (1.0,) * count
        shares = block.widths or _WIDTHS.get(block.style, {}).get(count, even)
        self.widths = [self.width * share / sum(shares) for share in shares]
        self.header, *body = [self._measured(row, at == 0) for at, row in enumerate(block.rows)]
        self.head = self.header[0]
        self.rows: Sequence[_Row] = body

    def _measured(self, row: list[str], head: bool) -> _Row:
        font, size = self._face(head)
        cells = [
            self.sheet._lines(text, width - 2 * PADDING_MM, size, font)
            for text, width in zip(row, self.widths, strict=False)
        ]
        return max(map(len, cells)) * self.step + 1.1, cells

    def _face(self, head: bool) -> tuple[str, float]:
        return ("hei", self.size * HEAD) if head else ("song", self.size)

    def draw(self, column: int, top: float, rows: Sequence[_Row]) -> float:
        """Set rows in one of the columns, below the header; the answer is where they end."""
        left = self.left + column * (self.width + GUTTER_MM)
        y = top
        for at, row in enumerate([self.header, *rows]):
            self._draw_row(left, y, row, at == 0)
            y += row[0]
        return y

    def _draw_row(self, left: float, y: float, row: _Row, head: bool) -> None:
        height, cells = row
        font, size = self._face(head)
        centred = self.block.style != "households"
        for at, (lines, width) in enumerate(zip(cells, self.widths, strict=False)):
            self.sheet.pdf.rect(left, y, width, height)
            align = "center" if centred or head else self.block.aligned[at]
            inset = (height - len(lines) * self.step) / 2
            for number, line in enumerate(lines):
                self.sheet._write(
                    line, y + inset + number * self.step, size, font,
                    align=align, inset=PADDING_MM, left=left, width=width,
                )  # fmt: skip
            left += width
