"""Which language the command line speaks (语言): the installation's, else the terminal's."""

import os
import re

from config.sources import set_locale
from domain.kernel.sentences import LANGUAGES, SOURCE

# The variables that say a terminal's language, the first that is set before the others (POSIX).
_TERMINAL = ("LC_ALL", "LC_MESSAGES", "LANG")


def spoken() -> str:
    """A language of the catalogue: what the installation has set, else the terminal's or English.

    The default of the setting `locale` is what villagers read; it says nothing of a terminal.
    """
    chosen = set_locale()
    return chosen if chosen in LANGUAGES else _of_terminal()


def _of_terminal() -> str:
    named = next((value for value in map(os.environ.get, _TERMINAL) if value), "")
    code = re.split("[^a-z]", named.casefold())[0]
    return next((each for each in LANGUAGES if each.partition("_")[0] == code), SOURCE)
