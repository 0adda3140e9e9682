"""Codes and names that people give (编号与名称): short, on one line, never blank."""

import re
import shlex

from domain.kernel.errors import BadInput
from domain.kernel.reasons import reason

CODE_MAX, NAME_MAX = 64, 100
# What a shell, an address and a file name all take as it is. Not with a dash or a dot first: that
# would be an option, or a file that nobody sees.
_SAFE = re.compile(r"\w[\w./-]*")
# What no shell reads as anything but itself, in any script.
_PASTED = re.compile(r"[\w@%+=:,./-]+")
# A community's code is the name of its folder among the web part's own pages, those to come too.
RESERVED = frozenset(
    """
        api board card cards desk health healthz help login logout metrics office shop
        static status verify
    """.split()
)


def require_short(what: str, text: str, limit: int = CODE_MAX) -> None:
    """Refuse (BadInput) a text that cannot be a code or a name; `what` is what the catalogue of
    sentences calls it by."""
    if not text.strip() or not text.isprintable() or len(text) > limit:
        raise BadInput(reason("name_unfit", what=reason(what), limit=limit))


def require_who_and_why(lacking: str, by: str, why: str) -> None:
    """Refuse (BadInput) an act that nobody answers for: `lacking` is the sentence that says what it
    wants."""
    if not by.strip() or not why.strip():
        raise BadInput(reason(lacking))
    require_short("name_of_person", by, NAME_MAX)


def require_code(what: str, text: str) -> None:
    """Refuse (BadInput) a text that cannot be a code which people paste into commands: letters of
    any script, digits, `_`, `.`, `/` and `-`."""
    require_short(what, text)
    if not _SAFE.fullmatch(text):
        raise BadInput(reason("code_unsafe", value=text))


def require_community_code(text: str) -> None:
    """Refuse (BadInput) what cannot be a community's code, also because a page has that name."""
    require_code("code_of_community", text)
    if text.casefold() in RESERVED:
        raise BadInput(reason("code_reserved", value=text))


def pasted(word: str) -> str:
    """A word as it stands in a command that people paste: quoted where a shell would read it as
    more than a word."""
    return word if _PASTED.fullmatch(word) else shlex.quote(word)
