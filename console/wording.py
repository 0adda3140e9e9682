"""How the command line says things in the reader's language (措辞).

English sentences are keys of the catalogue (`domain.kernel.sentences`), which `make texts` brings
up to date. A sentence stands whole in `_` or `ngettext`, with named places.
"""

import gettext as catalogues
import os
from collections.abc import Iterable
from functools import lru_cache
from gettext import gettext as _
from gettext import ngettext

from domain.kernel.sentences import DOMAIN, LOCALE_DIR, SOURCE

__all__ = [
    "_",
    "heads",
    "listed",
    "ngettext",
    "speak",
    "step_word",
    "word",
    "yes",
]

# Where gettext looks first.
_CHOSEN = "LANGUAGE"


def speak(language: str) -> None:
    """Let `_`, `ngettext` and what Typer itself says be in a language from now on."""
    catalogues.bindtextdomain(DOMAIN, str(LOCALE_DIR))
    catalogues.textdomain(DOMAIN)
    os.environ[_CHOSEN] = language


def word(group: str, code: object) -> str:
    """A code as people read it: what the texts' catalogue calls it, and in English itself."""
    text, language = "" if code is None else str(code), os.environ.get(_CHOSEN, SOURCE)
    return text if language == SOURCE else _labels(group, language).get(text, text)


def step_word(step: str) -> str:
    """A step of the cycle; reminders go by their number: `remind_2`."""
    kind, _line, number = step.partition("_")
    return word("steps", kind) + number if word("steps", kind) != kind else step


@lru_cache
def _labels(group: str, language: str) -> dict[str, str]:
    from notifications.texts.catalogue import LOCALES, load_texts  # lazy: start

    names = load_texts(language).catalogue[group] if language in LOCALES else {}
    return {str(code): str(name) for code, name in names.items()}


def heads(*names: str) -> tuple[str, ...]:
    """The headings of a table; `make texts` takes them from the calls."""
    return tuple(map(_, names))


def listed(words: Iterable[str]) -> str:
    """Words one after the other."""
    return _(", ").join(words)


def yes(fact: object) -> str:
    """A fact in a table, where what is not so stays empty."""
    return _("yes") if fact else ""
