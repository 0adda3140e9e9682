"""Why something is refused (原因): one catalogue, in the clerk's language and in English.

A reason is a code with named values; the sentence is made only where someone reads it.
"""

from typing import Any, NamedTuple

from domain.sentences import LANGUAGES, SENTENCES

CLIP = 60  # characters of a cell that a sentence repeats
_JOINED_BY = {"zh_CN": "、", "en": ", "}


class Reason(NamedTuple):
    """A code of the catalogue and what it names. A tuple of names is listed."""

    code: str
    values: dict[str, object]

    def text(self, language: str = "zh_CN") -> str:
        """The sentence; `language` is `zh_CN` or `en`."""
        named = {name: _worded(value, language) for name, value in self.values.items()}
        return SENTENCES[self.code][LANGUAGES.index(language)].format_map(named)


def reason(code: str, **values: object) -> Reason:
    """A reason of the catalogue; a misspelt code is an error here, not at the clerk's."""
    assert code in SENTENCES, code
    return Reason(code, values)


def said(text: str) -> Reason:
    """A sentence of which there is one wording."""
    return Reason("said", {"text": text})


def whole(cell: Any) -> Any:
    """A number as a sheet shows it: 3.0 as 3; any other cell as it is."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**15:
        return int(cell)
    return cell


def shown(cell: object, limit: int = CLIP) -> str:
    """A cell as a sentence repeats it: on one line, not too long."""
    text = " ".join(str(whole(cell))[: 10 * limit].replace("\0", "\ufffd").split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _worded(value: object, language: str) -> str:
    if isinstance(value, Reason):
        return value.text(language)
    if isinstance(value, tuple):
        return _JOINED_BY[language].join(map(str, value))
    return str(value)
