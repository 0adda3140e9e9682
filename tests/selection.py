"""Which tests a run takes (选测).

`make test` is for every change: it leaves out what is marked `slow` or `soak`, most copies on
PostgreSQL of tests that run on SQLite too, most examples of Hypothesis, and two of three of a
file's tests that start processes (`e2e`). What it takes of these is drawn by JIFEN_SEED. `make
test-all` takes every test but `soak`, with all examples; `make soak` takes those marked `soak`,
`slow` or `properties`.
"""

import os
import zlib
from collections.abc import Iterable
from itertools import starmap
from typing import Any

import pytest
from hypothesis import settings

SEED = os.environ.get("JIFEN_SEED", "")
SOAK = bool(os.environ.get("JIFEN_SOAK"))
EVERYTHING = SOAK or bool(os.environ.get("JIFEN_EVERY_TEST"))
# One in so many of the copies on PostgreSQL.
SLICE_OF = 16
# Of a file's tests that start processes, one in so many, and no fewer than that.
E2E_OF, E2E_MIN = 3, 3
# One in so many of Hypothesis's examples, and no fewer than that.
EXAMPLES_OF, EXAMPLES_MIN = 5, 5
# How many a property has that names no number: Hypothesis's own choice.
EXAMPLES = 100
SQLITE, POSTGRESQL = "sqlite", "postgresql"
# Folders that are about SQL: what `both_databases` says of a file.
ABOUT_SQL = ("store",)


def examples(count: int) -> int:
    """How many examples of a property a run tries: all, or a part of them in the daily run."""
    return count if EVERYTHING else max(EXAMPLES_MIN, count // EXAMPLES_OF)


def drawn(cases: Iterable[Any], count: int = 1) -> list[Any]:
    """Cases for `parametrize`, of which a daily run takes so many; the others are `slow`.

    The same seed draws the same from equal cases, so that what two tests draw they share.
    """
    listed = [_as_parameters(each) for each in cases]
    order = sorted(range(len(listed)), key=lambda at: _dice(str(listed[at].values)))

    def marked(at: int, case: Any) -> Any:
        is_drawn = at in order[:count]
        return case if is_drawn else case._replace(marks=(*case.marks, pytest.mark.slow))

    return list(starmap(marked, enumerate(listed)))


def _as_parameters(case: Any) -> Any:
    if isinstance(case, type(pytest.param())):
        return case
    return pytest.param(*case) if isinstance(case, tuple) else pytest.param(case)


def _dice(name: str) -> int:
    return zlib.crc32(f"{SEED}{name}".encode())


def pytest_configure(config: pytest.Config) -> None:
    """Let tests that name no number of examples have the run's."""
    settings.register_profile("run", max_examples=examples(EXAMPLES))
    settings.load_profile("run")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this run does not take, once `layers` has said which test is of which."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("properties")
    there = {item.nodeid for item in items}
    taken = [item for item in items if _is_taken(item, there)]
    spared = set() if EVERYTHING else _spared(taken)
    kept = [item for item in taken if item.nodeid not in spared]
    names = {item.nodeid for item in kept}
    left_out = [item for item in items if item.nodeid not in names]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def _is_taken(item: pytest.Item, there: set[str]) -> bool:
    if item.get_closest_marker("soak"):
        return SOAK
    if EVERYTHING:
        return True
    if item.get_closest_marker("slow"):
        return False
    return not _is_copy(item, there) or _dice(item.name) % SLICE_OF == 0


def _spared(items: Iterable[pytest.Item]) -> set[str]:
    """The tests that start processes and are not drawn, by file. One that is named is meant."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("e2e"):
            files.setdefault(str(item.path), []).append(item)
    spared: set[str] = set()
    for found in files.values():
        wanted = max(E2E_MIN, -(-len(found) // E2E_OF))
        drawn_last = sorted(found, key=lambda item: _dice(item.name))[wanted:]
        spared |= {item.nodeid for item in drawn_last}
    return spared


def _is_copy(item: pytest.Item, there: set[str]) -> bool:
    """Whether a test runs on SQLite as well, and is not about SQL (mark `both_databases`)."""
    parameters = getattr(item, "callspec", None)
    if parameters is None or POSTGRESQL not in parameters.params.values():
        return False
    folder = item.path.relative_to(item.config.rootpath / "tests").parts[0]
    if folder in ABOUT_SQL or item.get_closest_marker("both_databases"):
        return False
    return item.nodeid.replace(POSTGRESQL, SQLITE) in there
