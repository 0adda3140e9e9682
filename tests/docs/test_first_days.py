"""docs/operating/first-days.md: what it lets people type does what it says, line by line."""

import io
import shlex
from pathlib import Path

import pytest

from domain.sheets.writing import Sheet, write_xlsx
from tests.console.office import jifen
from tests.docs.house import ROOT
from tests.docs.quoted import blocks

PAGE = ROOT / "docs" / "operating" / "first-days.md"
pytestmark = pytest.mark.e2e
ADDRESS = "json://127.0.0.1:9/somewhere"
# What wants an engine, a year that it has opened, or services outside; each has tests of its own.
ELSEWHERE = ("up", "audit", "publicity", "step hold", "notice export", "person test")


def lines_of(*headings: str) -> list[list[str]]:
    """The commands under some headings of the page, as words."""
    parts = {part.partition("\n")[0]: part for part in PAGE.read_text("utf-8").split("\n## ")}
    found = []
    for heading in headings:
        for block in blocks(parts[heading], "sh"):
            found += [shlex.split(line, comments=True) for line in block.splitlines()]
    return [words[1:] for words in found if words and words[0] == "jifen"]


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with the sheets that the page names."""
    households = ["户号,户主,组", *(f"H00{n},户主{n},一组" for n in range(1, 9))]
    claims = [
        "编号,户号,项目,发生日期,地点,事由,方式,依据",
        "C0042,H001,7,2026-03-05,村东,刷了外墙,居民自荐,照片",
        "C0043,H099,7,2026-03-05,村东,刷了外墙,居民自荐,照片",
    ]
    for name, rows in (("households", households), ("march", claims)):
        cells = [row.split(",") for row in rows]
        write_xlsx(tmp_path / f"{name}.xlsx", [Sheet(name, cells[0], cells[1:])])
    for name in ("qun", "k1"):
        (tmp_path / f"{name}.txt").write_text(f"{ADDRESS}\n", "utf-8")
    return tmp_path


def test_the_first_village_and_its_days(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jifen("init", cwd=office)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{ADDRESS}\n"))  # what is pasted
    for words in lines_of("The first village", "Day by day"):
        if not " ".join(words).startswith(ELSEWHERE):
            jifen(*words, cwd=office)
