"""How much text a workbook's cells hold (文字量), counted in its XML before anything is copied.

A text that many cells share stands in the file once, and in memory once for each of them. What is
counted are bytes of XML, which are never fewer than a text's characters.
"""

import html
import re

from domain.sheets.protected_text import may_be_protected_in_xml

CELL_MAX = 32_767  # characters of a cell: what Excel itself holds
SHARED_MAX = 2_000_000
# Of all cells together: a large village's year takes a tenth, and a machine with 1 GiB holds it.
TEXT_BYTES_MAX = 96 * 1024 * 1024

_WINDOW = 1_024
_ONE_CELL_MAX = 16 * CELL_MAX  # bytes of XML of one text, marks of its writing included
_SHARING_BYTES = len('<c t="s"><v>0</v></c>')  # of a cell that shares its text, at least
# So many cells may look unread because an end of the piece has cut them.
_CUT = 2
_SHARED_BEGIN = re.compile(rb"<(?:\w+:)?si\b")
_SHARED_END = re.compile(rb"</(?:\w+:)?si\s*>|<(?:\w+:)?si\s*/>")
_TEXT = re.compile(rb"<(?:\w+:)?t\b[^>]*(?<!/)>([^<]*)")
# A cell with a shared text as nearly every program writes it, and as it may be written.
_USUAL = re.compile(rb't="s"><v>(\d{1,9})<')
_IS_SHARED = re.compile(rb"""\bt\s*=\s*["']s["']""")
_SHARED = re.compile(rb"""\bt\s*=\s*["']s["'][^<>]*>\s*<(?:\w+:)?v\b[^<>]*>\s*(\d{1,9})\s*</""")
_RUN = re.compile(rb">([^<]{24,})")
_CDATA = b"<![CDATA["  # text in which marks are none


class TooLong(Exception):
    """A cell has more characters than any spreadsheet holds."""


class TooMany(Exception):
    """There are more texts, or more text, than can be laid out."""


class SharedTexts:
    """The sizes of the texts that cells share, read piece by piece."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.may_be_protected = False
        self._rest, self._begun = b"", False

    @property
    def largest(self) -> int:
        return max(self.sizes, default=0)

    def look(self, piece: bytes) -> None:
        """Measure the texts that end in a piece."""
        if not self._begun and (first := _SHARED_BEGIN.search(piece)):
            piece = piece[first.start() :]  # the file's head is no text
            self._begun = True
        whole = self._rest + piece
        self.may_be_protected = self.may_be_protected or may_be_protected_in_xml(whole)
        *texts, self._rest = _SHARED_END.split(whole)
        sizes = list(map(len, texts))
        if max(sizes, default=0) > CELL_MAX:
            for text in texts:
                if len(text) > CELL_MAX:
                    _refuse_long(b"".join(_TEXT.findall(text)))
        self.sizes += sizes
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
        """Guess a sheet's piece from above, and refuse a cell that is too long.

        Text that stands in the piece itself is at most all of its bytes; a cell that shares its
        text has some of them too, in which there is none.
        """
        self.may_be_protected = self.may_be_protected or may_be_protected_in_xml(piece)
        self._most += len(piece) + _shares(piece) * max(0, self._largest - _SHARING_BYTES)
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
        self._exact += self._shared(piece)
        if _CDATA in piece:
            self._exact += len(piece)
        else:
            self._exact += sum(len(match[1]) for match in _RUN.finditer(piece))
        if self._exact > TEXT_BYTES_MAX:
            raise TooMany

    def _shared(self, piece: bytes) -> int:
        found, cells = _USUAL.findall(piece), _shares(piece)
        if cells > len(found) + _CUT:
            found, cells = _SHARED.findall(piece), len(_IS_SHARED.findall(piece))
        known = len(self._sizes)
        size = sum(self._sizes[at] for at in map(int, found) if at < known)
        return size + max(0, cells - len(found)) * self._largest


def _shares(piece: bytes) -> int:
    """At least as many as there are cells that say `t="s"`."""
    return piece.count(b'"s"') + piece.count(b"'s'")


def _refuse_long(text: bytes) -> None:
    if len(html.unescape(text.decode("utf-8", "replace"))) > CELL_MAX:
        raise TooLong
