"""docs/operating: what the program can find is described there, in the program's own words."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from config import database, guards
from domain.kernel.sentences import LANGUAGES, SOURCE, is_code, sentence
from domain.operations import timekeeping
from domain.operations.finding import URGENCY
from domain.store import faults, roles
from flows.watch.probes import engine
from notifications.letters.troubles import URGENT_STEPS
from notifications.texts.catalogue import load_texts
from tests.catalogue import coded, findings

DOCS = Path(__file__).parents[2] / "docs" / "operating"
PICTURES = DOCS / "pictures"
PICTURES_MAX, PICTURE_BYTES_MAX = 14, 120 * 1024
PAGES = sorted(DOCS.glob("*.md"))
MANY = 2  # the form in which a sentence that counts is described


def entries() -> dict[str, str]:
    """The entries of findings.md by their name."""
    parts = re.split(r"^### ", (DOCS / "findings.md").read_text("utf-8"), flags=re.MULTILINE)
    return {part.partition("\n")[0].strip(): part.split("\n## ")[0] for part in parts[1:]}


def codes_in(*sources: Callable[..., object] | ModuleType, like: str) -> set[str]:
    """The sentences that these functions, or all of a module, answer with."""
    found = {code for each in sources for code in re.findall(r'"(\w+)"', inspect.getsource(each))}
    return {code for code in found if re.fullmatch(like, code) and is_code(code)}


def sentences_found() -> set[str]:
    """The sentences in which the installation's findings, and failed steps, say their cause."""
    return {
        *(code for code in coded(SOURCE) if code.startswith(("probe_", "failed_"))),
        *codes_in(engine._silence, like="engine_.*"),
        *codes_in(database.require_revision, database._refuse_newer, like="database_.*"),
        *codes_in(guards.refuse_unguarded, like="database_.*"),
        *codes_in(
            timekeeping.jumped, timekeeping.unlikely, timekeeping._before_all, like="time_.*"
        ),
        *codes_in(roles, faults, like="database_.*"),
    } - {"database_silent"}  # which quotes the cause that `probe_database_away` does


def left_open(text: str) -> str:
    """As the documentation writes it: what differs from case to case is left open."""
    return re.sub(r"\{\w+\}", "…", text)


def test_every_finding_has_an_entry_and_no_entry_is_of_none() -> None:
    assert set(entries()) == sentences_found() | {" ".join(each) for each in findings()}


@pytest.mark.parametrize("code", sorted(sentences_found()))
def test_an_entry_has_the_sentence_in_both_languages_and_its_remedy(code: str) -> None:
    entry = entries()[code]
    for language in LANGUAGES:
        assert f"> {left_open(sentence(code, language, MANY))}\n" in entry
    remedy = f"remedy_{code.removeprefix('probe_')}"
    advice = sentence(remedy, SOURCE, MANY) if is_code(remedy) else ""
    for command in re.findall(r"`([^`]+)`", advice):
        assert " ".join(command.split()[:2]) in entry, command


def test_an_entry_says_the_cause_what_to_do_and_how_it_looks() -> None:
    for name, entry in entries().items():
        for part in ("**Cause.** ", "**Do.** ", "**In Prefect.** "):
            assert re.search(re.escape(part) + r"\S", entry), (name, part)


def test_the_words_for_how_urgent_it_is_are_the_programs() -> None:
    page = (DOCS / "findings.md").read_text("utf-8")
    words = load_texts("zh_CN").catalogue["findings"]
    for what in URGENCY:
        assert f"| {what} | {words[what]} |" in page
    told = (DOCS / "README.md").read_text("utf-8")
    for step in URGENT_STEPS:
        assert f"`{step}`" in told


def test_pictures_are_shown_few_and_small() -> None:
    text = "".join(page.read_text("utf-8") for page in PAGES)
    shown = set(re.findall(r"pictures/([\w.-]+)", text))
    files = {each.name: each for each in PICTURES.glob("*")}
    assert shown == set(files)
    assert len(files) <= PICTURES_MAX
    assert all(each.stat().st_size <= PICTURE_BYTES_MAX for each in files.values())
