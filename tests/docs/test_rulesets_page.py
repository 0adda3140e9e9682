"""docs/rulesets: its examples are what ships, and no section of a ruleset is left out."""

import re
import textwrap
from pathlib import Path

import pytest

from domain.rules.load import RULESETS_DIR
from domain.rules.schema import Ruleset
from tests.docs.house import ROOT
from tests.docs.quoted import blocks

PAGES = [ROOT / "docs" / name for name in ("rulesets.md", "rulesets.zh-CN.md")]
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def stands_in(example: str, text: str) -> bool:
    """Whether a text has these lines one after the other, however far they are indented."""
    wanted, lines = example.splitlines(), text.splitlines()
    return any(
        textwrap.dedent("\n".join(lines[start : start + len(wanted)])).splitlines() == wanted
        for start, line in enumerate(lines)
        if line.strip() == wanted[0].strip()
    )


@every_page
def test_every_example_stands_in_a_ruleset_that_ships(page: Path) -> None:
    examples = blocks(page.read_text("utf-8"), "yaml")
    assert len(examples) > 15
    for example in examples:
        head, _, body = example.partition("\n")
        found = re.fullmatch(r"# (?:from|摘自) ([\w-]+)(?:/(cases\.yaml))?", head)
        assert found, head
        file = RULESETS_DIR / found[1] / (found[2] or "ruleset.yaml")
        assert stands_in(body, file.read_text("utf-8")), body


@every_page
def test_no_section_is_left_out(page: Path) -> None:
    heads = " ".join(re.findall(r"^##+ (.+)$", page.read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"`(\w+)`", heads))
    assert set(Ruleset.model_fields) - {"extends"} <= named


@every_page
def test_every_kind_of_item_and_every_frequency_is_explained(page: Path) -> None:
    text = page.read_text("utf-8")
    schema = Ruleset.model_json_schema()["$defs"]["Item"]["properties"]
    for key in ("kind", "per", "evidence"):
        terms = schema[key].get("enum") or schema[key]["anyOf"][0]["enum"]
        assert {term for term in terms if f"`{term}`" not in text} == set()
