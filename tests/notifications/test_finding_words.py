"""Whatever can be found has its words: in letters, on the status page and in the command line."""

import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.kernel.reasons import kept, reason
from domain.kernel.sentences import is_code
from domain.operations.finding import _COMMANDS, ALARMING, OBJECTIONS, URGENCY, Finding
from domain.review.awaited import Awaited
from notifications.letters.troubles import finding_facts, finding_words
from notifications.texts.catalogue import LOCALES, load_texts
from tests.catalogue import findings

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 4, 10, 4, tzinfo=UTC)
NAMES = {"ma": "马鞍社区", "ly": "柳荫村"}
UI = "http://127.0.0.1:4200"
FOUND = findings()


def finding(what: str, subject: str, count: int = 2, codes: tuple[str, ...] = ("ma",)) -> Finding:
    """A finding with all that one of its kind may say."""
    is_step = subject == "step"
    return Finding(
        what,
        subject,
        codes,
        "audit" if is_step else "",
        "2026-03",
        "remind_1" if is_step else "",
        ref="O7" if subject in OBJECTIONS and count == 1 else "",
        count=count,
        since=AT,
        said=kept(reason("run_silent")),
        run="0c5f7a4e" if is_step else "",
        after=("audit", "remind_2", "2026-02") if is_step else (),
        awaits=(Awaited("group", 3, ("r1", "r2"), 4), Awaited("town", 1, ())) if is_step else (),
    )


CASES = [
    finding(what, subject, count, codes)
    for what, subject in sorted(FOUND)
    for count in (1, 2)
    for codes in ((), ("ma",), ("ma", "ly"))
]


def test_every_subject_has_its_words_in_every_table() -> None:
    subjects = {subject for _, subject in FOUND}
    assert subjects == set(_COMMANDS)
    assert all(is_code(f"about_{each}") or is_code(f"subject_{each}") for each in subjects)
    # A risk is what a probe finds, which says its cause itself.
    assert {*(what for what, _ in FOUND), "risk"} == set(URGENCY)


@pytest.mark.integration
def test_every_finding_that_the_program_makes_is_one_of_those() -> None:
    made = {
        (call.args[0].value, call.args[1].value)
        for name in ("status", "standstill")
        for call in ast.walk(ast.parse((ROOT / f"domain/operations/{name}.py").read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "Finding"
        and len(call.args) > 1
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[1], ast.Constant)
    }
    assert len(made) > 8
    assert made <= FOUND


@pytest.mark.parametrize("locale", LOCALES)
def test_every_finding_is_told_in_every_language(locale: str) -> None:
    texts = load_texts(locale)
    for each in CASES:
        about, why = finding_words(each, texts)
        assert about.strip(), each
        assert why.strip(" ;；"), each
        assert each.advised.text(locale).strip(), each
        assert each.about, each
        assert each.why, each


@pytest.mark.parametrize("locale", LOCALES)
def test_every_finding_stands_on_the_status_page(locale: str) -> None:
    texts = load_texts(locale)
    for each in CASES:
        page = texts.render(
            "status.html",
            at=AT.isoformat(),
            communities=2,
            concerned=1,
            more=3,
            counts=[(each.what, each.count)],
            urgent=ALARMING,
            findings=[finding_facts(each, NAMES, UI)],
        )
        about, _ = finding_words(each, texts)
        assert about in page, each


@pytest.mark.parametrize("locale", LOCALES)
def test_every_finding_is_told_in_a_letter_when_it_begins_and_when_it_ends(locale: str) -> None:
    texts = load_texts(locale)
    for each in CASES:
        facts = finding_facts(each, NAMES, UI)
        about, why = finding_words(each, texts)
        for begun, ended in (([facts], []), ([], [facts]), ([facts], [facts])):
            letter = texts.render("message/trouble.txt", begun=begun, ended=ended, more=1)
            assert about in letter, each
            assert (why in letter) == bool(begun), each
            assert "None" not in letter


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_status_page_shows_commands_in_a_cause_as_such(language: str) -> None:
    found = Finding(
        "blocked",
        "step",
        ("ma",),
        "publicity",
        "2026-Q1",
        "close",
        said=kept(reason("quarter_not_published", period="<2026-Q1>")),
    )
    page = load_texts(language).render(
        "status.html",
        at="2026-04-10T09:00:00+08:00",
        communities=1,
        concerned=1,
        counts=[("blocked", 1)],
        urgent=(),
        findings=[finding_facts(found, NAMES, "")],
        more=0,
        probes=[],
        clock=None,
    )
    assert "<code>jifen publicity --period &lt;2026-Q1&gt;</code>" in page
