"""Why something is refused (原因): one catalogue, in the clerk's language and in English.

A reason is a code with named values; the sentence is made only where someone reads it.
"""

import json
from typing import Any, NamedTuple

from domain.kernel.sentences import DEFAULT, is_code, sentence

_KEPT = '{"reason": '
# The code of a text that is in nobody's language but its own.
_SAID = "said"
# The number by which a sentence that counts takes its form is the first of these that it names.
COUNTED = (
    "codes",
    "days",
    "points",
    "free",
    "price",
    "over",
    "resident",
    "communities",
    "count",
)


class Reason(NamedTuple):
    """A code of the catalogue and what it names. A tuple of names is listed."""

    code: str
    values: dict[str, object]

    def text(self, language: str = DEFAULT) -> str:
        """The sentence in one of `sentences.LANGUAGES`."""
        if self.code == _SAID:
            return str(self.values["text"])
        named = {name: _worded(value, language) for name, value in self.values.items()}
        return sentence(self.code, language, _number(self.values)).format_map(named)


def reason(code: str, /, **values: object) -> Reason:
    """A reason of the catalogue; a misspelt code is an error here, not at the clerk's."""
    assert is_code(code), code
    return Reason(code, values)


def said(text: str) -> Reason:
    """A sentence of which there is one wording."""
    return Reason(_SAID, {"text": text})


def kept(why: Reason) -> str:
    """A reason as text that the database keeps, for `told` to say in any language."""
    return why.text() if why.code == _SAID else json.dumps(_plain(why), ensure_ascii=False)


def told(text: str, language: str = DEFAULT) -> str:
    """What `kept` wrote, as a sentence; any other text as it is."""
    return restored(text).text(language)


def restored(text: str) -> Reason:
    """The reason that `kept` wrote, to be named in another one; any other text as it is."""
    if not text.startswith(_KEPT):
        return said(text)
    try:
        why: Reason = _restored(json.loads(text))
        why.text()
    except (ValueError, KeyError, TypeError):  # written by another release
        return said(text)
    return why


def _plain(value: object) -> object:
    """A reason as JSON takes it; its values as they will be said."""
    if isinstance(value, Reason):
        return {"reason": value.code, **{name: _plain(each) for name, each in value.values.items()}}
    return [_plain(each) for each in value] if isinstance(value, tuple) else str(value)


def _restored(value: Any) -> Any:
    if isinstance(value, dict):
        parts = {name: _restored(each) for name, each in value.items() if name != "reason"}
        return Reason(value["reason"], parts)
    return tuple(map(_restored, value)) if isinstance(value, list) else value


def _worded(value: object, language: str) -> str:
    if isinstance(value, Reason):
        return value.text(language)
    if isinstance(value, tuple):
        are_sentences = any(isinstance(each, Reason) for each in value)
        between = sentence("between_sentences" if are_sentences else "between_names", language)
        return between.join(_worded(each, language) for each in value)
    return str(value)


def _number(values: dict[str, object]) -> int:
    """The number by which a sentence that counts takes its form: of names, how many there are.

    A fraction takes the form of 0, which is "0.5 points" in English.
    """
    counted = next((values[name] for name in COUNTED if name in values), 0)
    try:
        return len(counted) if isinstance(counted, tuple) else int(str(counted))
    except ValueError:
        return 0
