"""Codes and names that look alike (相近编号): `H201`, `h201`, `Ｈ２０１`, `H0201` and `H-201`.

Spelt so, two codes are taken for one. With O for 0 and I or l for 1 they are only where both
also have the same name beside them: codes of letters may differ in no more than that.
"""

import re
import unicodedata
from collections.abc import Iterable

_SEPARATORS = re.compile(r"(?:\W|_)+")
_NEXT_TO_A_LETTER = re.compile(r"(?<!\d)-|-(?!\d)")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_CONFUSED = str.maketrans({"l": "1", "i": "1", "o": "0"})


def spelling(code: str) -> str:
    """What all spellings of a code have in common; `1-11` and `11-1` are two codes."""
    return _joined(_plain(code))


def look(code: str) -> str:
    """What codes have in common that an eye takes for each other: also O and 0, I, l and 1."""
    return _joined(_plain(code).translate(_CONFUSED))


def _plain(code: str) -> str:
    return unicodedata.normalize("NFKC", code).casefold()


def _joined(plain: str) -> str:
    together = _NEXT_TO_A_LETTER.sub("", _SEPARATORS.sub("-", plain))
    return _LEADING_ZEROS.sub("", together)


def naming(name: str) -> str:
    """What all ways to write a name have in common: blanks, case and width aside."""
    return "".join(_plain(name).split())


class Register:
    """The codes that are taken, each with the name beside it."""

    def __init__(self, taken: Iterable[tuple[str, str]] = ()) -> None:
        self._spelt: dict[str, str] = {}
        self._seen: dict[tuple[str, str], str] = {}
        for code, name in taken:
            self.add(code, name)

    def add(self, code: str, name: str) -> None:
        """Take a code."""
        self._spelt.setdefault(spelling(code), code)
        self._seen.setdefault((look(code), naming(name)), code)

    def near(self, code: str, name: str) -> str | None:
        """The code that a new one would be taken for."""
        return self._spelt.get(spelling(code)) or self._seen.get((look(code), naming(name)))
