"""How much text a workbook's cells hold (文字量), counted in its XML before anything is copied.

A text that many cells share stands in the file once, and in memory once for each of them. What is
counted are bytes of XML, which are never fewer than a text's characters.
"""

import html
import re

from domain.protected_text import may_be_protected_in_xml

CELL_MAX = 32_767  # characters of a cell: what Excel itself holds
SHARED_MAX = 2_000_000
# Of all cells together: a large village's year takes a tenth, and a machine with 1 GiB holds it.
TEXT_BYTES_MAX = 96 * 1024 * 1024

_WINDOW = 1_024
_ONE_CELL_MAX = 16 * CELL_MAX  # bytes of XML of one text, marks of its writing included
_SHARED_END = re.compile(rb"</(?:\w+:)?si\s*>|<(?:\w+:)?si\s*/>")
_TEXT = re.compile(rb"<(?:\w+:)?t\b[^>]*(?<!/)>([^<]*)")
_IS_SHARED = re.compile(rb"""\bt\s*=\s*["']s["']""")
_SHARED = re.compile(rb"""\bt\s*=\s*["']s["'][^<>]*>\s*<(?:\w+:)?v\b[^<>]*>\s*(\d{1,9})\s*</""")
_RUN = re.compile(rb">([^<]{24,})")


class TooLong(Exception):
    """A cell has more characters than any spreadsheet holds."""


class TooMany(Exception):
    """There are more texts, or more text, than can be laid out."""


class SharedTexts:
    """The sizes of the texts that cells share, read piece by piece."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.may_be_protected = False
        self._rest = b""

    @property
    def largest(self) -> int:
        return max(self.sizes, default=0)

    def look(self, piece: bytes) -> None:
        """Measure the texts that end in a piece."""
        whole = self._rest + piece
        self.may_be_protected = self.may_be_protected or may_be_protected_in_xml(whole)
        *texts, self._rest = _SHARED_END.split(whole)
        for text in texts:
            if len(text) > CELL_MAX:
                _refuse_long(b"".join(_TEXT.findall(text)))
        self.sizes += map(len, texts)
        if len(self._rest) > _ONE_CELL_MAX:
            raise TooLong
        if len(self.sizes) > SHARED_MAX:
            raise TooMany


class CellTexts:
    """Adds up the text of all cells of all sheets; `shared` are the sizes of the shared ones."""

    def __init__(self, shared: SharedTexts) -> None:
        self._sizes, self._largest = shared.sizes, shared.largest
        self._most = self._exact = self._seen = 0
        self.may_be_protected = shared.may_be_protected

    @property
    def may_be_too_much(self) -> bool:
        """Whether a closer look (`count`) at all sheets has to say."""
        return self._most > TEXT_BYTES_MAX

    def look(self, piece: bytes) -> None:
        """Guess a sheet's piece from above, and refuse a cell that is too long."""
        self.may_be_protected = self.may_be_protected or may_be_protected_in_xml(piece)
        cells = piece.count(b"<c") + piece.count(b":c")
        self._most += cells * self._largest + len(piece)
        self._look_for_texts(piece)

    def _look_for_texts(self, piece: bytes) -> None:
        """Find what is surely text: long stretches without a mark."""
        start = 0
        while start + _WINDOW <= len(piece):
            if piece.find(b"<", start, start + _WINDOW) >= 0:
                start += _WINDOW
                continue
            begin, end = piece.rfind(b">", 0, start) + 1, piece.find(b"<", start)
            end = end if end >= 0 else len(piece)
            if end - begin > CELL_MAX:
                _refuse_long(piece[begin:end])
            self._seen += end - begin
            if self._seen > TEXT_BYTES_MAX:
                raise TooMany
            start = end

    def count(self, piece: bytes) -> None:
        """Count the text of a sheet's piece."""
        found = list(map(int, _SHARED.findall(piece)))
        known = len(self._sizes)
        self._exact += sum(self._sizes[at] for at in found if at < known)
        self._exact += (len(_IS_SHARED.findall(piece)) - len(found)) * self._largest
        self._exact += sum(len(match[1]) for match in _RUN.finditer(piece))
        if self._exact > TEXT_BYTES_MAX:
            raise TooMany


def _refuse_long(text: bytes) -> None:
    if len(html.unescape(text.decode("utf-8", "replace"))) > CELL_MAX:
        raise TooLong
