"""The sentences of our templates in a language (措辞), from a gettext catalogue.

A template stands once for all languages. Its sentences are in English, between the tags of
Jinja2's i18n extension, which Babel reads (`make texts`):

    {% trans period=period | period %}The notice of {{ period }} closes soon.{% endtrans %}

They are put into words when a template is read, not when it is rendered. So each value is escaped
and cleaned as anywhere else in a template, rendering takes no longer than with one language, and
`jifen template show` prints a text in its own language, to be copied and changed.
"""

import gettext
import re
from decimal import Decimal
from functools import lru_cache, partial
from gettext import NullTranslations
from itertools import chain, repeat
from pathlib import Path

DOMAIN = "templates"
LOCALE_DIR = Path(__file__).resolve().parents[1] / "locale"

# Many in every language; below it each form of each language comes up.
_MANY = 200
# Tags take the newline after them along, as with Jinja2's `trim_blocks`.
_SENTENCE = re.compile(
    r'\{%(?P<left>-?) trans(?: "(?P<context>[^"]*)")?(?P<values> [^%]+?)? (?P<opened>-?%\}\n?)'
    r"(?P<one>.*?)"
    r"(?:\{% pluralize (?P<count>\w+) %\}\n?(?P<many>.*?))?"
    r"\{% endtrans (?P<closed>-?%\}\n?|\+%\})",
    re.DOTALL,
)
_WORD = re.compile(r'\b(?:_|pgettext)\((?:"(?P<context>[^"]*)", )?"(?P<word>[^"]*)"\)')
_VALUE = re.compile(r"\{\{ (\w+) \}\}")
_PLACE = re.compile(r"%(?:\((\w+)\)s|%)")


@lru_cache
def sentences(language: str) -> NullTranslations:
    """The catalogue of a language. What it lacks is said in English, as the templates have it."""
    return gettext.translation(DOMAIN, LOCALE_DIR, [language], fallback=True)


def worded(source: str, translations: NullTranslations) -> str:
    """A template with its sentences in a language, in plain Jinja2 without translation tags."""
    source = _SENTENCE.sub(partial(_sentence, translations), source)
    return _WORD.sub(partial(_word, translations), source)


def _sentence(translations: NullTranslations, match: re.Match[str]) -> str:
    text = _text(translations, match)
    if not match["values"]:
        return text
    opening = f"{{%{match['left']} with{match['values']} {match['opened']}"
    return f"{opening}{text}{{% endwith {match['closed']}"


def _text(translations: NullTranslations, match: re.Match[str]) -> str:
    """The translation; where it differs by number, a choice between its forms."""
    context, one = match["context"], _message(match["one"])
    if match["many"] is None:
        return _template(_translated(translations, context, one))
    many, count = _message(match["many"]), match["count"]
    forms = [
        _template(
            translations.npgettext(context, one, many, number)
            if context
            else translations.ngettext(one, many, number)
        )
        for number in _numbers(translations)
    ]
    line = "\n" if match["opened"].endswith("\n") else ""
    tests = zip(chain(["if"], repeat("elif")), _tests(translations), forms, strict=False)
    choice = "".join(
        f"{{% {word} {test.format(count=count)} %}}{line}{form}" for word, test, form in tests
    )
    return f"{choice}{{% else %}}{line}{forms[-1]}{{% endif %}}{line}" if choice else forms[-1]


@lru_cache
def _numbers(translations: NullTranslations) -> tuple[int, ...]:
    """A number for each form of the plural, in their order."""
    numbers = {plural_form(translations, number): number for number in range(_MANY + 1)}
    return tuple(number for _form, number in sorted(numbers.items()))


@lru_cache
def _tests(translations: NullTranslations) -> tuple[str, ...]:
    """What a number must be for each form but the last."""
    rule = [plural_form(translations, number) for number in range(_MANY + 1)]
    if rule == list(map(_english_plural, range(_MANY + 1))):
        return ("{count} == 1",)
    return tuple(f"plural_form({{count}}) == {form}" for form in range(max(rule)))


def plural_form(translations: NullTranslations, count: float | Decimal) -> int:
    """Which form of a sentence goes with a number; one with a fraction counts as many."""
    rule = getattr(translations, "plural", _english_plural)
    return int(rule(int(count) if count == int(count) else _MANY))


def _english_plural(count: int) -> int:
    return int(count != 1)


def _word(translations: NullTranslations, match: re.Match[str]) -> str:
    text = _translated(translations, match["context"], match["word"])
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _translated(translations: NullTranslations, context: str | None, message: str) -> str:
    return translations.pgettext(context, message) if context else translations.gettext(message)


def _message(body: str) -> str:
    """A sentence as the catalogue has it: `{{ period }}` is `%(period)s`."""
    return _VALUE.sub(r"%(\1)s", body.replace("%", "%%"))


def _template(message: str) -> str:
    """A sentence of the catalogue as a template has it."""
    return _PLACE.sub(lambda match: f"{{{{ {match[1]} }}}}" if match[1] else "%", message)
