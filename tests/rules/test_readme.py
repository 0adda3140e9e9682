"""What rulesets/README.md tells a community to write is right, word for word."""

import re
from pathlib import Path

import pytest

from domain.rules.casebook import load_book
from domain.rules.lint import check
from domain.rules.load import RULESETS_DIR, load_file, ruleset_ids, shipped
from domain.worked.coverage import run_all, untried
from domain.worked.years import run_year

TEXT = (RULESETS_DIR / "README.md").read_text("utf-8")
GENERAL, OWN = TEXT.split("## Your own community's rules")


def blocks(text: str) -> list[str]:
    """The YAML that a part of the page shows."""
    return re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ruleset, cases = blocks(OWN)
    (tmp_path / "ruleset.yaml").write_text(ruleset, "utf-8")
    (tmp_path / "cases.yaml").write_text(cases, "utf-8")
    return tmp_path


def test_a_communitys_own_rules_have_nothing_to_object_to(folder: Path) -> None:
    ruleset = load_file(folder / "ruleset.yaml")
    assert check(ruleset, "ruleset.yaml") == []
    assert (ruleset.publicity.open_days, ruleset.review.due.day) == (10, 5)


def test_its_cases_hold_and_leave_nothing_untried(folder: Path) -> None:
    ruleset = load_file(folder / "ruleset.yaml")
    results = run_all(ruleset, folder / "cases.yaml")
    assert [result.differences for result in results] == [(), ()]
    assert untried(ruleset, folder / "cases.yaml") == []


def test_what_it_does_not_try_of_its_own_is_named(folder: Path) -> None:
    cases = folder / "cases.yaml"
    text = cases.read_text("utf-8")
    cases.write_text(text[: text.index("  - name: 助人为乐")], "utf-8")
    (why,) = untried(load_file(folder / "ruleset.yaml"), cases)
    assert why.text("en") == "no case tries item:12"


@pytest.mark.integration
def test_the_year_that_is_shown_holds(tmp_path: Path) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text(f"cases: []\n{blocks(GENERAL)[1]}", "utf-8")
    (year,) = load_book(path).years
    assert run_year(shipped("fuling-maan-2022"), year).differences == ()


def test_every_scheme_and_allowed_change_is_named() -> None:
    schemes = [each for each in ruleset_ids() if shipped(each).extends is None]
    assert all(f"| `{scheme}` |" in GENERAL for scheme in schemes)
    for path in (
        "items.add",
        "items.drop",
        "items.points",
        "bases.add",
        "shared_caps.add",
        "groups.add",
        "exclusions.add",
    ):
        assert f"`{path}`" in OWN
