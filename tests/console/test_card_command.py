"""`jifen card` in service: one, several or all, to read and to print."""

import json
from pathlib import Path

import pytest

from tests.console.office import COMMUNITY, jifen
from tests.notifications.test_printing import prints


@pytest.fixture
def office(tmp_path: Path) -> Path:
    jifen("init", cwd=tmp_path)
    jifen(*COMMUNITY, cwd=tmp_path)
    rows = "".join(f"H{number:03},王{number}\n" for number in range(1, 4))
    (tmp_path / "households.csv").write_text(f"户号,户主\n{rows}", "utf-8")
    jifen("import", "households", "ma", "households.csv", cwd=tmp_path)
    return tmp_path


def test_cards_come_as_text_and_as_a_page(office: Path) -> None:
    one = jifen("card", "H002", "--year", "2026", "--format", "text", cwd=office).stdout
    assert "户号：H002　户主：王2" in one
    page = jifen("card", "H002", "--year", "2026", "--format", "html", cwd=office).stdout
    assert page.startswith("<!doctype html>")
    assert page.count("<article") == 1
    several = jifen("card", "H003", "H001", "--year", "2026", "--format", "text", cwd=office)
    assert several.stdout.index("H001") < several.stdout.index("H003")
    jifen("card", "--all", "--year", "2026", "--format", "html", "--out", "cards.html", cwd=office)
    assert (office / "cards.html").read_text("utf-8").count("<article") == 3
    said = jifen(
        "card",
        "--all",
        "--year",
        "2026",
        "--format",
        "text",
        "--out",
        "cards.txt",
        "--json",
        cwd=office,
    )
    assert json.loads(said.stdout) == {"file": "cards.txt", "cards": 3}


@prints
@pytest.mark.parametrize(("form", "begins"), [("pdf", b"%PDF-"), ("png", b"\x89PNG")])
def test_cards_are_printed(office: Path, form: str, begins: bytes) -> None:
    words = ("card", "--all", "--year", "2026", "--format", form)
    said = jifen(*words, "--json", cwd=office)
    assert json.loads(said.stdout) == {"file": f"cards-ma.{form}", "cards": 3}
    content = (office / f"cards-ma.{form}").read_bytes()
    assert content.startswith(begins)
    jifen(*words, "--out", "again", cwd=office)
    assert (office / "again").read_bytes() == content


def test_without_a_format_it_is_as_before(office: Path) -> None:
    assert jifen("card", "H001", "--year", "2026", cwd=office).stdout.startswith(
        "H001 · 2026: score 0, balance 0, rank 1"
    )
    card = json.loads(jifen("card", "H001", "--year", "2026", "--json", cwd=office).stdout)
    assert {"household", "year", "score", "balance", "rank", "available", "entries"} <= set(card)
    every = json.loads(jifen("card", "--all", "--year", "2026", "--json", cwd=office).stdout)
    assert [each["household"] for each in every] == ["H001", "H002", "H003"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "--all"),
        (("H001", "--all"), "--all"),
        (("H001", "--format", "docx"), "text, html"),
        (("H001", "--out", "a.html"), "--format"),
    ],
)
def test_what_is_asked_wrongly_is_said(office: Path, words: tuple[str, ...], says: str) -> None:
    assert says in jifen("card", *words, cwd=office, code=2).stderr
