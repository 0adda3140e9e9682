"""What calamine does not tell of a sheet's cells (单元格): read from the sheet's XML itself.

Formulas that failed, formulas whose value the file does not hold, numbers that are shown
otherwise than plainly, and hidden rows. Only sheets that have such things are read twice.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from domain.number_formats import BUILT_IN, Format, as_shown, format_of

Lists = list[list[Any]]
# Before the formula, in the place of the value that the file does not hold.
UNCOMPUTED = "#未计算"
ERROR = "#ERROR!"
_FORMULA_MAX = 100  # characters of a formula that are shown
_CHUNK = 4 * 1024 * 1024

# Bytes without which a sheet has none of it: to look for them costs next to nothing.
_MAYBE = (
    b't="e"', b"t='e'", b"hidden=", b'ht="0"', b"<f>", b"<f ", b"<f/", b":f>", b":f ", b":f/",
)  # fmt: skip
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
_TEXT = re.compile(rb"<(?:\w+:)?(?:v|t)\b[^>]*>([^<]*)</")
_BLANK_TEXT = re.compile(rb"<(?:\w+:)?v\b")


@dataclass
class Extras:
    """What calamine leaves out of a sheet: texts for cells, forms for cells, hidden rows.

    Rows and columns count from 0, but `hidden` are the numbers that the clerk sees.
    """

    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    forms: dict[tuple[int, int], Format] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)

    def apply(self, rows: Lists) -> None:
        """Put the texts and the shown numbers into the rows."""
        for (row, column), form in self.forms.items():
            if row < len(rows) and column < len(rows[row]):
                cell = rows[row][column]
                if isinstance(cell, int | float) and not isinstance(cell, bool):
                    rows[row][column] = as_shown(float(cell), form)
        for (row, column), text in sorted(self.texts.items()):
            _make_room(rows, row, column)
            rows[row][column] = text


def _make_room(rows: Lists, row: int, column: int) -> None:
    """calamine leaves out what is blank at a sheet's end: such a row or column is put back."""
    width = max(len(rows[0]) if rows else 0, column + 1)
    if rows and len(rows[0]) < width:
        for each in rows:
            each.extend([""] * (width - len(each)))
    while len(rows) <= row:
        rows.append([""] * width)


class Watch:
    """Looks at a sheet's XML piece by piece, and says whether it must be read for extras."""

    def __init__(self, forms: Mapping[int, Format]) -> None:
        styles = b"|".join(b"%d" % style for style in forms)
        self._styles = re.compile(rb"""\bs=["'](?:%b)["']""" % styles) if styles else None
        self.found = False

    def look(self, text: bytes) -> None:
        """Look at a piece; pieces overlap by more than a tag's length."""
        self.found = self.found or (
            any(mark in text for mark in _MAYBE)
            or (self._styles is not None and self._styles.search(text) is not None)
        )


def read_extras(stream: IO[bytes], forms: Mapping[int, Format]) -> Extras:
    """Read a sheet's XML, some rows at a time."""
    extras = Extras()
    for rows in _by_rows(stream):
        _note_hidden(extras, rows)
        if forms:
            _note_forms(extras, rows, forms)
        for match in _FORMULA_CELL.finditer(rows):
            _note_formula(extras, match)
        for match in _ERROR_CELL.finditer(rows):
            if at := _place(match[1]):
                value = _VALUE.search(match[2])
                extras.texts[at] = value[1].decode("utf-8", "replace")[:20] if value else ERROR
    return extras


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


def _note_hidden(extras: Extras, rows: bytes) -> None:
    if b"hidden" not in rows and b"ht" not in rows:
        return
    for match in _ROW.finditer(rows):
        if _HIDDEN.search(match[1]) and (number := _NUMBER.search(match[1])):
            extras.hidden.add(int(number[1]))


def _note_forms(extras: Extras, rows: bytes, forms: Mapping[int, Format]) -> None:
    styles = b"|".join(b"%d" % style for style in forms)
    for match in re.finditer(
        rb"""<(?:\w+:)?c\b([^>]*?\bs=["'](%b)["'][^>]*)(?<!/)>""" % styles, rows
    ):
        if at := _place(match[1]):
            extras.forms[at] = forms[int(match[2])]


def _note_formula(extras: Extras, match: "re.Match[bytes]") -> None:
    """A formula without a value. A text's blank value is one: `=""` is a blank cell."""
    kind = _TYPE.search(match[1])
    rest = match[3]
    if kind and kind[1] in (b"str", b"inlineStr", b"s"):
        held = _BLANK_TEXT.search(rest) or _TEXT.search(rest)
    else:
        value = _VALUE.search(rest)
        held = value if value and value[1].strip() else None
    if held is None and (at := _place(match[1])):
        formula = html.unescape((match[2] or b"").decode("utf-8", "replace")).strip()
        shown = " ".join(f"{UNCOMPUTED} ={formula}".split()) if formula else UNCOMPUTED
        extras.texts[at] = shown[:_FORMULA_MAX]


def _place(attributes: bytes) -> tuple[int, int] | None:
    at = _AT.search(attributes)
    return (int(at[2]) - 1, column_number(at[1]) - 1) if at else None


def column_number(letters: bytes) -> int:
    """1 for `A`, 27 for `AA`."""
    number = 0
    for letter in letters:
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
