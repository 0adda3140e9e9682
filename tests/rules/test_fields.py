"""Every field of the ruleset's schema is executed, or is not in the schema."""

import pytest

from tests.rules.field_reads import (
    ROOT,
    SHOWS,
    fields,
    read_by_methods,
    reads,
    sources,
)

# What a document says of itself: it is there to be shown.
SHOWN = {("Ruleset", "note"), ("Ruleset", "issuer"), ("Ruleset", "source_file")}

HEAD = "from domain.rules.schema import Item, Ruleset\n"


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return {file.relative_to(ROOT).as_posix(): file.read_text("utf-8") for file in sources()}


def test_every_field_is_read_by_what_does_what_it_says(texts: dict[str, str]) -> None:
    unread = fields() - reads(texts) - read_by_methods(texts) - SHOWN
    assert unread == set(), "only the schema and the linter read these: execute or remove them"


def test_what_is_there_to_be_shown_is_shown(texts: dict[str, str]) -> None:
    shown = {**texts, "show": SHOWS.read_text("utf-8")}
    assert fields() >= SHOWN
    assert reads(shown) >= SHOWN


@pytest.mark.parametrize(
    ("body", "read"),
    [
        # A name that something else bears too is no read.
        ("def f(other: Other) -> object:\n    return other.highest_of\n", set()),
        ("def f(item: Item) -> object:\n    return item.highest_of\n", {("Item", "highest_of")}),
        ("def f(it: Item) -> object:\n    unit = it\n    return unit.voids\n", {("Item", "voids")}),
        (
            "def f(rules: Ruleset) -> list[object]:\n"
            "    return [one.unit for one in rules.items if one.caps]\n",
            {("Ruleset", "items"), ("Item", "unit"), ("Item", "caps")},
        ),
        (
            "def g(chosen: Callable[[Item], bool]) -> None: ...\n"
            "def f() -> None:\n    g(lambda item: item.zeroes)\n",
            {("Item", "zeroes")},
        ),
        (
            "def f(rules: 'dict[int, Ruleset]') -> object:\n"
            "    for key, each in rules.items():\n        yield each.closing.reason\n",
            {("Ruleset", "closing"), ("Sourced", "reason")},
        ),
        # To write a field, or to speak of one, is not to read it.
        ("def f(item: Item) -> str:\n    return 'item.objectionable'\n", set()),
    ],
)
def test_a_read_is_found_by_its_type(body: str, read: set[tuple[str, str]]) -> None:
    assert reads({"made up": HEAD + body}) == read


@pytest.mark.slow
def test_a_field_that_loses_its_reader_is_found(texts: dict[str, str]) -> None:
    alone = {name: text for name, text in texts.items() if name != "domain/community/groups.py"}
    assert fields() - reads(alone) - read_by_methods(alone) - SHOWN == {
        ("Review", "area_households_max")
    }
