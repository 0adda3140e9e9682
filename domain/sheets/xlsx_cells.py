"""What calamine does not tell of a sheet's cells (单元格): read from the sheet's XML itself.

Formulas that failed, formulas whose value the file does not hold, numbers that are shown
otherwise than plainly, and hidden rows. Only sheets that have such things are read twice.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from domain.sheets.number_formats import BUILT_IN, Format, as_shown, format_of

Lists = list[list[Any]]
# Before the formula, in the place of the value that the file does not hold.
UNCOMPUTED = "#未计算"
ERROR = "#ERROR!"
_FORMULA_MAX = 100  # characters of a formula that are shown
_CHUNK = 4 * 1024 * 1024

# Bytes without which a sheet has none of it: to look for them costs next to nothing.
_MAYBE = (b't="e"', b"hidden=", b'ht="0"', b"<f")
# Of few writers: what they write is read in any case.
_UNUSUAL = (b":worksheet", b":row", b"='")
_HEAD_BYTES = 2_000
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_HIDDEN = re.compile(rb"""\bhidden\s*=\s*["'](?:1|true)["']|\sht\s*=\s*["']0(?:\.0*)?["']""")
_NUMBER = re.compile(rb"""\br\s*=\s*["']([0-9]{1,7})["']""")
_AT = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
_TYPE = re.compile(rb"""\bt\s*=\s*["'](\w+)["']""")
_ERROR_CELL = re.compile(
    rb"""<(?:\w+:)?c\b([^>]*?\bt=["']e["'][^>]*(?<!/))>(.{0,9999}?)</(?:\w+:)?c>""", re.DOTALL
)
_FORMULA_CELL = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)</(?:\w+:)?f\s*>)(.{0,9999}?)</(?:\w+:)?c>",
    re.DOTALL,
)
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]*)</")
_TEXT = re.compile(rb"<(?:\w+:)?[vt]\b")


class Watch:
    """Looks at a sheet's XML piece by piece, and says whether it must be read for extras."""

    def __init__(self, forms: Mapping[int, Format]) -> None:
        styles = b"|".join(b"%d" % style for style in forms)
        self._styles = re.compile(rb"""\bs=["'](?:%b)["']""" % styles) if styles else None
        self.found = self._begun = False

    def look(self, text: bytes) -> None:
        """Look at a piece; pieces end with whole tags."""
        if not self._begun:
            self.found, self._begun = any(mark in text[:_HEAD_BYTES] for mark in _UNUSUAL), True
        self.found = self.found or (
            any(mark in text for mark in _MAYBE)
            or (self._styles is not None and self._styles.search(text) is not None)
        )


def apply_extras(stream: IO[bytes], forms: Mapping[int, Format], rows: Lists) -> set[int]:
    """Put into the rows what their sheet's XML tells besides; the answer is the hidden rows.

    `forms` are how styles show numbers. Hidden rows are numbered as the clerk sees them.
    """
    hidden: set[int] = set()
    shown_cell = _cells_of_styles(forms)
    for text in _by_rows(stream):
        hidden.update(_hidden(text))
        if shown_cell:
            for match in shown_cell.finditer(text):
                _show(rows, match[1], forms[int(match[2])])
        for match in _FORMULA_CELL.finditer(text):
            if not _has_value(match):
                _put(rows, match[1], _uncomputed(match[2] or b""))
        for match in _ERROR_CELL.finditer(text):
            value = _VALUE.search(match[2])
            _put(rows, match[1], value[1].decode("utf-8", "replace")[:20] if value else ERROR)
    return hidden


def _by_rows(stream: IO[bytes]) -> Iterator[bytes]:
    """Pieces that end with a row's end."""
    rest = b""
    while piece := stream.read(_CHUNK):
        rest += piece
        end = max(rest.rfind(b"</row>"), rest.rfind(b":row>"))
        if end >= 0:
            end = rest.index(b">", end) + 1
            yield rest[:end]
            rest = rest[end:]
    if rest:
        yield rest


def _hidden(text: bytes) -> Iterator[int]:
    if b"hidden" in text or b'ht="0' in text:
        for match in _ROW.finditer(text):
            if _HIDDEN.search(match[1]) and (number := _NUMBER.search(match[1])):
                yield int(number[1])


def _cells_of_styles(forms: Mapping[int, Format]) -> "re.Pattern[bytes] | None":
    """Cells whose style shows numbers otherwise than plainly."""
    styles = b"|".join(b"%d" % style for style in forms)
    if not styles:
        return None
    return re.compile(rb"""<(?:\w+:)?c\b([^>]*?\bs=["'](%b)["'][^>]*)(?<!/)>""" % styles)


def _show(rows: Lists, attributes: bytes, form: Format) -> None:
    """Let a cell show its number as its format does."""
    at = _place(attributes)
    if at and at[0] < len(rows) and at[1] < len(rows[at[0]]):
        cell = rows[at[0]][at[1]]
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            rows[at[0]][at[1]] = as_shown(float(cell), form)


def _has_value(match: "re.Match[bytes]") -> bool:
    """Whether the file holds a formula's value. A text's may be blank: `=""` is a blank cell."""
    kind = _TYPE.search(match[1])
    if kind and kind[1] in (b"str", b"inlineStr", b"s"):
        return _TEXT.search(match[3]) is not None
    value = _VALUE.search(match[3])
    return value is not None and bool(value[1].strip())


def _uncomputed(formula: bytes) -> str:
    text = " ".join(html.unescape(formula.decode("utf-8", "replace")).split())
    return f"{UNCOMPUTED} ={text}"[:_FORMULA_MAX] if text else UNCOMPUTED


def _put(rows: Lists, attributes: bytes, text: str) -> None:
    """Put a text into a cell; calamine leaves out what is blank at a sheet's end."""
    at = _place(attributes)
    if at is None:
        return
    row, column = at
    width = max(len(rows[0]) if rows else 0, column + 1)
    if rows and len(rows[0]) < width:
        for each in rows:
            each.extend([""] * (width - len(each)))
    while len(rows) <= row:
        rows.append([""] * width)
    rows[row][column] = text


def _place(attributes: bytes) -> tuple[int, int] | None:
    at = _AT.search(attributes)
    return (int(at[2]) - 1, column_number(at[1]) - 1) if at else None


def column_number(letters: bytes) -> int:
    """1 for `A`, 27 for `AA`."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def forms_of(styles: bytes) -> dict[int, Format]:
    """By the number of a cell's style: how it shows numbers, where that is not plainly."""
    own = {
        int(one["numFmtId"]): one.get("formatCode", "")
        for one in elements(styles, b"numFmt")
        if one.get("numFmtId", "").isdecimal()
    }
    match = re.search(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", styles, re.DOTALL)
    forms = {}
    for style, one in enumerate(elements(match[0], b"xf") if match else ()):
        number = int(one["numFmtId"]) if one.get("numFmtId", "").isdecimal() else 0
        code = own.get(number, BUILT_IN.get(number, ""))
        if code and (form := format_of(code)):
            forms[style] = form
    return forms


def elements(xml: bytes, tag: bytes) -> Iterable[dict[str, str]]:
    """The attributes of a flat list's elements, without their prefixes."""
    for element in re.finditer(rb"<(?:\w+:)?%b\s((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>" % tag, xml):
        pairs = re.findall(rb"""(?:\w+:)?(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)')""", element[1])
        yield {
            name.decode(): html.unescape((double or single).decode("utf-8"))
            for name, double, single in pairs
        }
