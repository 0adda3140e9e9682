"""The catalogue of sentences (语句): all that the program says, in every language.

It is a gettext catalogue: `locale/LANGUAGE/LC_MESSAGES/jifen.po`, which `make texts` compiles.
A sentence is found in one of two ways:

- by its code, in the context `reason`. The database may keep the code. `locale/en` has the English;
- by its English, where the command line says it at once (`console.wording`).

`{names}` are filled in, never spliced. A name may stand for another sentence of the catalogue.
"""

from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path

DOMAIN = "jifen"
LOCALE_DIR = Path(__file__).parent / "locale"
# What an installation speaks unless it says otherwise, and what a sentence is first written in.
DEFAULT, SOURCE = "zh_CN", "en"
_CODED = "reason"


def _compiled() -> tuple[str, ...]:
    """The languages that have a compiled catalogue, the default first."""
    found = (path.parts[-3] for path in LOCALE_DIR.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))
    return tuple(sorted(found, key=lambda language: (language != DEFAULT, language)))


LANGUAGES = _compiled()


class _Missing(NullTranslations):
    """What is asked for what no catalogue has; gettext itself would give the code back."""

    def pgettext(self, context: str, message: str) -> str:
        raise KeyError(message)

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        raise KeyError(msgid1)


@cache
def _catalogue(language: str) -> NullTranslations:
    """A language's sentences, with the English ones for what it lacks; read when first needed."""
    found = translation(DOMAIN, LOCALE_DIR, [language])
    found.add_fallback(_Missing() if language == SOURCE else _catalogue(SOURCE))
    return found


def sentence(code: str, language: str, number: int = 1) -> str:
    """The sentence of a code, its names still open; where it counts, in the form for `number`.

    KeyError where the catalogue has no such code.
    """
    catalogue = _catalogue(language)
    try:
        return catalogue.npgettext(_CODED, code, code, number)
    except KeyError:  # it does not count
        return catalogue.pgettext(_CODED, code)


@cache
def is_code(code: str) -> bool:
    """Whether the catalogue has a sentence of this code."""
    try:
        sentence(code, SOURCE)
    except KeyError:
        return False
    return True
