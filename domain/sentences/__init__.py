"""The catalogue of sentences (语句): by code, in Chinese and in English.

`{names}` are filled in, never spliced. A name may stand for another sentence of the catalogue.
"""

from domain.sentences.acts import ACTS
from domain.sentences.casework import CASEWORK
from domain.sentences.commands import COMMANDS
from domain.sentences.engine import ENGINE
from domain.sentences.faults import FAULTS
from domain.sentences.files import FILES
from domain.sentences.findings import FINDINGS
from domain.sentences.installation import INSTALLATION
from domain.sentences.linting import LINTING
from domain.sentences.linting_process import LINTING_PROCESS
from domain.sentences.overlays import OVERLAYS
from domain.sentences.probes import PROBES
from domain.sentences.register import REGISTER
from domain.sentences.rulesets import RULESETS
from domain.sentences.runs import RUNS
from domain.sentences.safety import SAFETY
from domain.sentences.settings import SETTINGS
from domain.sentences.sheets import SHEETS
from domain.sentences.shop import SHOP
from domain.sentences.steps import STEPS
from domain.sentences.surveys import SURVEYS
from domain.sentences.texts import TEXTS
from domain.sentences.values import VALUES

LANGUAGES = ("zh_CN", "en")
SUBJECTS = (
    SHEETS, FILES, ACTS, SHOP, STEPS, SAFETY, ENGINE, INSTALLATION, RULESETS, REGISTER, VALUES,
    COMMANDS, SETTINGS, FINDINGS, FAULTS, SURVEYS, RUNS, LINTING, LINTING_PROCESS, OVERLAYS,
    CASEWORK, PROBES, TEXTS,
)  # fmt: skip
SENTENCES = {"said": ("{text}", "{text}")}
for _subject in SUBJECTS:
    SENTENCES |= _subject
