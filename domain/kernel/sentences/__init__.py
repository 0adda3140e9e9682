"""The catalogue of sentences (语句): by code, in Chinese and in English.

`{names}` are filled in, never spliced. A name may stand for another sentence of the catalogue.
"""

from domain.kernel.sentences.acts import ACTS
from domain.kernel.sentences.casework import CASEWORK
from domain.kernel.sentences.commands import COMMANDS
from domain.kernel.sentences.engine import ENGINE
from domain.kernel.sentences.faults import FAULTS
from domain.kernel.sentences.files import FILES
from domain.kernel.sentences.findings import FINDINGS
from domain.kernel.sentences.installation import INSTALLATION
from domain.kernel.sentences.linting import LINTING
from domain.kernel.sentences.linting_process import LINTING_PROCESS
from domain.kernel.sentences.overlays import OVERLAYS
from domain.kernel.sentences.probes import PROBES
from domain.kernel.sentences.register import REGISTER
from domain.kernel.sentences.rulesets import RULESETS
from domain.kernel.sentences.runs import RUNS
from domain.kernel.sentences.safety import SAFETY
from domain.kernel.sentences.settings import SETTINGS
from domain.kernel.sentences.sheets import SHEETS
from domain.kernel.sentences.shop import SHOP
from domain.kernel.sentences.steps import STEPS
from domain.kernel.sentences.surveys import SURVEYS
from domain.kernel.sentences.texts import TEXTS
from domain.kernel.sentences.values import VALUES

LANGUAGES = ("zh_CN", "en")
SUBJECTS = (
    SHEETS,
    FILES,
    ACTS,
    SHOP,
    STEPS,
    SAFETY,
    ENGINE,
    INSTALLATION,
    RULESETS,
    REGISTER,
    VALUES,
    COMMANDS,
    SETTINGS,
    FINDINGS,
    FAULTS,
    SURVEYS,
    RUNS,
    LINTING,
    LINTING_PROCESS,
    OVERLAYS,
    CASEWORK,
    PROBES,
    TEXTS,
)
SENTENCES = {"said": ("{text}", "{text}")}
for _subject in SUBJECTS:
    SENTENCES |= _subject
