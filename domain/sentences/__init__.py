"""The catalogue of sentences (语句): by code, in Chinese and in English.

`{names}` are filled in, never spliced. A name may stand for another sentence of the catalogue.
"""

from domain.sentences.acts import ACTS
from domain.sentences.engine import ENGINE
from domain.sentences.files import FILES
from domain.sentences.installation import INSTALLATION
from domain.sentences.safety import SAFETY
from domain.sentences.sheets import SHEETS
from domain.sentences.steps import STEPS

LANGUAGES = ("zh_CN", "en")
SUBJECTS = (SHEETS, FILES, ACTS, STEPS, SAFETY, ENGINE, INSTALLATION)
SENTENCES = {"said": ("{text}", "{text}")}
for _subject in SUBJECTS:
    SENTENCES |= _subject
