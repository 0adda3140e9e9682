"""The three layers of tests (测试分层), and that each test keeps to its own.

`unit` touches nothing outside its process: no database, no connection, no other process.
`integration` has a database, or connections within its own process; it starts no process.
`e2e` starts what an installation starts: commands, parts of the service, a Prefect server.

A test has the layer that its file or itself is marked with; else what its fixtures need decides.
A test that goes beyond its layer fails.
"""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

LAYERS = ("unit", "integration", "e2e")
# What a folder's tests are, at the least. A command that is given in this process does what it does
# in one of its own.
FOLDERS = {
    "bench": "e2e",
    "console": "e2e",
    "soak": "e2e",
    "transcripts": "e2e",
    "store": "integration",
}
E2E_FIXTURES = {"prefect_api"}
INTEGRATION_FIXTURES = {
    "sqlite_template",
    "postgres",
    "database_url",
    "blank_url",
    "engine",
    "session",
}
_PROCESS = ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "os.exec")
_OUTSIDE = (*_PROCESS, "sqlite3.connect", "socket.connect")
BEYOND = {"unit": frozenset(_OUTSIDE), "integration": frozenset(_PROCESS), "e2e": frozenset[str]()}

_NOTHING = frozenset[str]()
_watched = _NOTHING
_beyond: list[str] = []


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test the mark of its layer, before `-m` chooses by it."""
    for item in items:
        if not _marked(item):
            item.add_marker(_layer_by_fixtures(item))


def _marked(item: pytest.Item) -> list[str]:
    return [name for name in LAYERS if item.get_closest_marker(name)]


def _layer_by_fixtures(item: pytest.Item) -> str:
    needed = set(getattr(item, "fixturenames", ()))
    if needed & E2E_FIXTURES:
        return "e2e"
    folder = item.path.relative_to(item.config.rootpath / "tests").parts[0]
    usual = FOLDERS.get(folder, "unit")
    return "integration" if usual == "unit" and needed & INTEGRATION_FIXTURES else usual


def _look(event: str, arguments: tuple[Any, ...]) -> None:
    # Threads that an earlier test's client has left behind are not this one's, and what measures
    # the coverage writes into a database of its own.
    if event in _watched and threading.current_thread() is threading.main_thread():
        if event == "sqlite3.connect" and "coverage" in Path(str(arguments[0])).name:
            return
        _beyond.append(f"{event} {arguments[:1]}")


sys.addaudithook(_look)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Watch what a test does, from its fixtures on."""
    global _watched  # noqa: PLW0603 - an audit hook has no other way to be told
    layers = _marked(item)
    _beyond.clear()
    _watched = BEYOND[layers[0]] if len(layers) == 1 else _NOTHING
    try:
        return (yield)
    finally:
        _watched = _NOTHING


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test that has no layer of its own, or went beyond it."""
    found = yield
    layers = _marked(item)
    if len(layers) != 1:
        pytest.fail(f"a test has one layer, this one has {layers}")
    if _beyond:
        pytest.fail(f"this test is marked {layers[0]}, and it went beyond: {_beyond[:3]}")
    return found
