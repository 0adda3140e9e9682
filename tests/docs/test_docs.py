"""All documentation: what it quotes is there, its links lead somewhere, its pictures are true."""

import re
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from console import help as usage
from console.main import application
from console.wording import speak
from tests.docs.drawing import pages
from tests.docs.house import ROOT, TOPS, exists
from tests.docs.quoted import PAGES, Typed, commands, make_targets, page_name, spans

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
_DOTTED = re.compile(rf"(?:{'|'.join(TOPS)})(?:\.\w+)+")
_PATH = re.compile(r"(?:\.?\w[\w-]*/)+(?:[\w.-]+)?")
OUR_FOLDERS = (*TOPS, "rulesets", "docs", "tests")
# A folder of an installation's, where its own texts lie.
THEIRS = "config/templates"
every_page = pytest.mark.parametrize("page", PAGES, ids=page_name)


@cache
def program() -> Any:
    speak("en")
    return usage.built(application(""))


@every_page
def test_commands_are_as_the_program_takes_them(page: Path) -> None:
    faults = {
        line: found
        for line, is_whole in commands(page.read_text("utf-8"))
        if (found := list(Typed(line, is_whole).faults(program())))
    }
    assert not faults


@every_page
def test_targets_of_make_are_there(page: Path) -> None:
    for target in make_targets(page.read_text("utf-8")):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target


@every_page
def test_what_is_named_of_the_code_is_there(page: Path) -> None:
    named = set(spans(page.read_text("utf-8")))
    modules = {each for each in named if _DOTTED.fullmatch(each)}
    assert not {each for each in modules if not exists(each)}
    paths = {each for each in named if _PATH.fullmatch(each) and each.split("/")[0] in OUR_FOLDERS}
    paths = {each for each in paths if not each.startswith(THEIRS)}
    assert not {each for each in paths if not (ROOT / each).exists()}


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#?([^)\s]*)\)", text):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        other = (page.parent / target).resolve() if target else page
        assert other.exists(), target
        if anchor and other.suffix == ".md":
            assert anchor in anchors(other.read_text("utf-8")), f"{target}#{anchor}"


def anchors(text: str) -> set[str]:
    """What can be linked to in a page: its headings as they are named in links, and marks."""
    heads = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    plain = (re.sub(r"<[^>]+>", "", head).strip().lower() for head in heads)
    named = {re.sub(r"[^\w\- ]", "", head).replace(" ", "-") for head in plain}
    return named | set(re.findall(r'<a id="([^"]+)">', text))


@pytest.mark.parametrize("path", sorted(pages()), ids=page_name)
def test_the_map_is_as_the_code_is(path: Path) -> None:
    assert path.read_text("utf-8") == pages()[path], "make map"


def test_a_newcomer_finds_each_room() -> None:
    """Issue 14's question: each is answered in the first table."""
    table = (ROOT / "docs" / "README.md").read_text("utf-8")
    for question in (
        "happens on the 5th",
        "cap on volunteering",
        "a reminder is worded",
        "objection's deadline is computed",
        "a clearing posts",
    ):
        (row,) = (line for line in table.splitlines() if question in line)
        assert re.search(r"`(domain|flows|rulesets|notifications)[./]", row), row


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text("utf-8")
    for path in folder.glob("*.md"):
        if path.name != "README.md":
            assert f"]({path.name})" in index, path.name


def test_every_document_is_reached_from_the_first_page() -> None:
    docs = ROOT / "docs"
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md" or not page.is_file():
            continue
        seen.add(page)
        links = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
        waiting += [(page.parent / each).resolve() for each in links if "://" not in each]
        waiting += [folder / "README.md" for folder in waiting if folder.is_dir()]
    assert set(docs.rglob("*.md")) <= seen


def test_every_term_of_the_glossary_says_what_it_is_in_both_languages_and_where() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    rows = [re.split(r" *\| *", line)[1:-1] for line in text.splitlines() if line.startswith("| ")]
    terms = [row for row in rows if row[0] != "term"]
    assert len(terms) > 80
    for term, chinese, meaning, where in terms:
        assert re.search(r"[\u4e00-\u9fff]|分/", chinese), term
        assert meaning, term
        places = re.findall(r"`([^`]+)`", where)
        assert places, term
        for place in places:
            assert exists(place) or (ROOT / place).exists(), (term, place)
    assert len({term for term, *_ in terms}) == len(terms)


def test_each_part_of_the_changelog_says_what_it_means_for_periods_and_areas() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## {re.escape(version('jifen'))}\b", text, re.MULTILINE)
    for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        title, periods, areas, *_ = part.splitlines()
        assert re.fullmatch(r"- \*Impacted periods:\* .+\.", periods), title
        assert re.fullmatch(r"- \*Impacted areas:\* .+\.", areas), title
