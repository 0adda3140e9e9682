"""Every sentence that a person can see stands in the catalogue: found in the source, by its syntax.

What a clerk or an operator meets is a `reason(code, …)`, or stands in `_` on the command line; a
sentence written elsewhere would be in one language under every other.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.catalogue import ROOT, SOURCES, calls, ids, kept, messages

REFUSALS = {"JifenError", "Refused", "BadInput", "BadSheet"}
# What shows people a text; `_` and `reason` stand between.
SHOWS = {"say", "put", "conclude", "echo", "secho"}
CHINESE = re.compile("[\u4e00-\u9fff]")
WORDS = re.compile("[A-Za-z]{2,}(?![A-Za-z/])|[\u4e00-\u9fff]")  # but for the folders of a path
ENGLISH = re.compile(r"\b[A-Za-z]?[a-z']+,? [a-z']{2,},? [a-z'{]+")
# What a call of these is given is for developers and for logs, or no text for people at all.
NOT_FOR_PEOPLE = {
    "debug",
    "info",
    "warning",
    "error",
    "exception",
    "critical",
    "log",
    "warn",
    "ValueError",
    "TypeError",
    "RuntimeError",
    "AssertionError",
    "LookupError",
    "KeyError",
    "compile",
    "match",
    "fullmatch",
    "search",
    "sub",
    "findall",
    "finditer",
    "split",
    "DDL",
    "text",
    "execute",
    "exec_driver_sql",
    "op",
}
# Where such literals are meant, by file or folder, and why.
TYPED = "what clerks write in sheets, which is compared with, not said"
HEADS = "headings and names of the villages' own files, which stay Chinese (INTERFACE.md)"
DATABASE = "what the database itself says, below every language"
LIBRARY = "what a library says, which is compared with"
SAMPLE = "people and things made up for a rehearsal, a worked case or a check"
LOG = "the log is in English: what was being done when it came to nothing"
SCHEME = "the schemes' own words, which are Chinese, and what is looked for in them"
NAMES = "what a village's names are made of"
PRESS = "numbers read aloud, and characters of Chinese print"
CODE = "a code, or the language of another program, that only looks like words"
ALLOWED = {
    "config/guards.py": DATABASE,
    "config/migrations": DATABASE,
    "console/commands/objections.py": HEADS,
    "console/commands/results.py": HEADS,
    "console/commands/review.py": HEADS,
    "console/commands/shop.py": HEADS,
    "console/commands/town.py": HEADS,
    "console/exposition.py": "the help of metrics is for Prometheus, and part of its format",
    "console/web/guard.py": CODE,
    "console/web/site.py": "the options of a program that `jifen up` starts",
    "domain/audit/explanation.py": HEADS,
    "domain/intake": TYPED,
    "domain/kernel/masking.py": NAMES,
    "domain/objections/subject.py": TYPED,
    "domain/operations/outages.py": LOG,
    "domain/publicity/report.py": SCHEME,
    "domain/rules/faults.py": LIBRARY,
    "domain/rules/lint": SCHEME,
    "domain/rules/schema.py": SCHEME,
    "domain/rules/yaml_file.py": LIBRARY,
    "domain/sheets/xlsx_cells.py": TYPED,
    "domain/store/faults.py": LIBRARY,
    "domain/worked": SAMPLE,
    "flows/clock/clock.py": LOG,
    "flows/clock/deployments.py": LOG,
    "flows/clock/duties.py": "the names under which the clock notes its duties in the database",
    "flows/clock/preview.py": LOG,
    "flows/clock/reaper.py": LOG,
    "flows/engine/server.py": LIBRARY,
    "flows/engine/worker.py": LOG,
    "flows/rehearsal/folder.py": LIBRARY,
    "flows/steps/keeper.py": LOG,
    "flows/steps/outcomes.py": CODE,
    "flows/steps/running.py": CODE,
    "flows/watch/probes/board.py": LOG,
    "flows/watch/probes/service.py": "the same names of the clock's duties",
    "notifications/board/publication.py": LOG,
    "notifications/channels": "what came of sending, as the service that was asked words it",
    "notifications/letters/troubles.py": "a person's name in the register",
    "notifications/outbox/deliveries.py": "what came of sending, beside what services say",
    "notifications/paper": PRESS,
    "notifications/template_check": SAMPLE,
    "notifications/texts/speech.py": PRESS,
}


@cache
def said() -> frozenset[str]:
    """The sentences that the command line says by their English."""
    keys = (ids(each) for each in messages(kept("zh_CN")) if each.context is None)
    return frozenset(form for forms in keys for form in forms)


def in_catalogue(text: str) -> bool:
    """Whether all paragraphs of a text are in the catalogue, or show a command."""
    parts = (" ".join(part.split()) for part in text.split("\n\n"))
    return all(is_command(part) or is_said(part) for part in parts if part)


def is_command(text: str) -> bool:
    """Whether a text shows a command, which is the same in every language."""
    return text.startswith(("jifen ", "Example: "))


def is_said(text: str) -> bool:
    """Whether the catalogue has a text, whatever an f-string fills in."""
    if "{}" not in text:
        return text in said()
    form = re.escape(text).replace(r"\{\}", ".*")
    return any(re.fullmatch(form, each) for each in said())


def spoken(node: ast.AST) -> str | None:
    """The text of a literal; the places of an f-string as `{}`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        return "".join(map(str, parts))
    return None


def sentences(node: ast.AST) -> Iterator[tuple[int, str]]:
    """The literals that read like a sentence, with their lines, but for docstrings and the like."""
    text = spoken(node)
    if text is not None:
        if (CHINESE.search(text) or ENGLISH.search(text)) and not in_catalogue(text):
            yield getattr(node, "lineno", 0), text
    elif not is_for_developers(node):
        for child in ast.iter_child_nodes(node):
            yield from sentences(child)


def is_for_developers(node: ast.AST) -> bool:
    """Whether nothing that stands here is shown: docstrings, assertions, logs, patterns, SQL."""
    if isinstance(node, ast.Call):
        return name_of(node) in NOT_FOR_PEOPLE
    is_docstring = isinstance(node, ast.Expr) and spoken(node.value) is not None
    return is_docstring or isinstance(node, ast.Assert)


def name_of(call: ast.Call) -> str:
    """The name of what is called, without what it belongs to."""
    called = call.func
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def literals(node: ast.AST) -> Iterator[ast.AST]:
    """The texts written out in an expression, but for those that a call is given."""
    if spoken(node) is not None:
        yield node
    elif not isinstance(node, ast.Call) or wraps_text(node.func):
        for inner in ast.iter_child_nodes(node):
            yield from literals(inner)


def wraps_text(called: ast.expr) -> bool:
    """Whether a call only passes its texts on: `", ".join(…)`, `said(…)`."""
    return isinstance(called, ast.Attribute) or getattr(called, "id", "") in ("said", "str")


def one_language(source: str) -> list[int]:
    """The lines on which a refusal is given a text of its own."""
    return [
        call.lineno
        for call in calls(ast.parse(source), REFUSALS)
        if call.args and any(literals(call.args[0]))
    ]


def shown(source: str) -> list[int]:
    """The lines on which a text that has words is shown as it is written."""
    return [
        call.lineno
        for call in calls(ast.parse(source), SHOWS)
        for argument in call.args
        if WORDS.search(spoken(argument) or "")
    ]


def is_allowed(file: str) -> bool:
    return any(file == each or file.startswith(f"{each}/") for each in ALLOWED)


def found_in(files: Sequence[Path]) -> dict[str, list[tuple[int, str]]]:
    """What reads like a sentence, by file."""
    return {
        str(path.relative_to(ROOT)): list(sentences(ast.parse(path.read_text("utf-8"))))
        for path in files
    }


def test_no_sentence_stands_outside_the_catalogue() -> None:
    found = [
        f"{file}:{line}: {text!r}"
        for file, those in found_in(SOURCES).items()
        for line, text in those
        if not is_allowed(file)
    ]
    assert not found, "give it a code, or say it in `_`; then `make texts`"


def test_no_file_is_allowed_what_it_does_not_do() -> None:
    with_sentences = [file for file, those in found_in(SOURCES).items() if those]
    for each in ALLOWED:
        assert any(file == each or file.startswith(f"{each}/") for file in with_sentences), each


def test_no_refusal_is_in_one_language() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in SOURCES
        for line in one_language(path.read_text("utf-8"))
    ]
    assert not found, "give it a code, and say it in the catalogue: `make texts`"


def test_nothing_is_shown_as_it_is_written() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in SOURCES
        for line in shown(path.read_text("utf-8"))
    ]
    assert not found, "say it in `_`; then `make texts`"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('raise Refused("no")', [1]),
        ('raise errors.BadInput(f"{x} is no")', [1]),
        ('fault = BadInput("a" + ", ".join(b))', [1]),
        ('raise Refused("; ".join(refusals))', [1]),
        ('raise Refused(worded if so else "no")', [1]),
        ('raise Refused(said(f"{x} is no"))', [1]),
        ('raise Refused(reason("code", value="x"))', []),
        ("raise Refused(error.why)", []),
        ("raise Refused(why_not(log))", []),
    ],
)
def test_a_literal_in_a_refusal_is_found(source: str, found: list[int]) -> None:
    assert one_language(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('x = "the ledger is closed"', True),
        ('x = f"{month} is not closed yet"', True),
        ('return Row(why="nobody may decide it")', True),
        ('x = "已结账"', True),
        ('def f():\n    """The ledger is closed."""', False),
        ('log.info("the ledger is closed")', False),
        ('raise ValueError("the ledger is closed")', False),
        ('x = _("every seal holds")', False),
        ('x = "jifen ledger verify --for all"', False),
        ('x = "ledger_closed"', False),
    ],
)
def test_a_sentence_is_found_wherever_it_stands(source: str, found: bool) -> None:
    assert bool(list(sentences(ast.parse(source)))) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('say("done")', [1]),
        ('put(f"{count} rows")', [1]),
        ('put("", end="")', []),
        ('say(_("done"))', []),
        ("put(text)", []),
    ],
)
def test_a_text_that_is_shown_as_it_is_written_is_found(source: str, found: list[int]) -> None:
    assert shown(source) == found
