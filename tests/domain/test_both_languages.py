"""Refusals are sentences of the catalogue, in both languages: found in the source, by its syntax.

What a clerk or an operator meets is a `reason(code, …)`; an English sentence in a `raise` would
be English under every language.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.kernel.sentences import LANGUAGES, SENTENCES, SUBJECTS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("config", "console", "domain", "flows", "notifications")
REFUSALS = {"JifenError", "Refused", "BadInput", "BadSheet"}
SOURCES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
CHINESE = re.compile("[\u4e00-\u9fff]")


def calls(tree: ast.AST, names: set[str]) -> Iterator[ast.Call]:
    """The calls of functions and classes of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in names:
                yield node


def literals(node: ast.AST) -> Iterator[ast.AST]:
    """The texts written out in an expression, but for those that a call is given."""
    if isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    ):
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
def test_a_literal_is_found(source: str, found: list[int]) -> None:
    assert one_language(source) == found


def test_no_refusal_is_in_one_language() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in SOURCES
        for line in one_language(path.read_text("utf-8"))
    ]
    assert not found, "say it in domain/sentences, in both languages"


def places(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


def test_every_reason_is_given_what_its_sentences_name() -> None:
    """A name that is missing would be an error where the message should be."""
    faults = []
    for path in SOURCES:
        for call in calls(ast.parse(path.read_text("utf-8")), {"reason", "worded"}):
            code = call.args[0] if call.args else None
            if (
                not isinstance(code, ast.Constant)
                or not isinstance(code.value, str)
                or None in {each.arg for each in call.keywords}
            ):
                continue
            where = f"{path.relative_to(ROOT)}:{call.lineno}: {code.value}"
            if code.value not in SENTENCES:
                faults.append(f"{where} is not in the catalogue")
                continue
            named = set().union(*map(places, SENTENCES[code.value]))
            faults += [f"{where}: {each}" for each in named - {one.arg for one in call.keywords}]
    assert not faults


def test_every_code_stands_once_and_in_both_languages() -> None:
    codes = Counter(code for subject in SUBJECTS for code in subject)
    assert [code for code, times in codes.items() if times > 1] == []
    for code, wordings in SENTENCES.items():
        chinese, english = (re.sub(r"\{\w+\}", "", each) for each in wordings)
        assert len(wordings) == len(LANGUAGES)
        assert bool(wordings[0]) == bool(wordings[1]), code
        assert CHINESE.search(chinese) or not re.search("[A-Za-z]", english), code


def test_no_english_sentence_counts_in_the_plural() -> None:
    """“1 claims” is no English: a count stands behind its noun."""
    plural = re.compile(r"\{(count|households|more|needed|seated)\} (more )?[a-z]+s\b(?! to)")
    assert [code for code, (_, english) in SENTENCES.items() if plural.search(english)] == []
