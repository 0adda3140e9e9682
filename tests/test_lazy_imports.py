"""An import inside a function says why it is not at the top of its module, by a reason listed here:
`from prefect import flow  # lazy: settings`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("config", "console", "domain", "flows", "jifen", "notifications", "tests")
REASONS = {
    "start": "most runs do without it, and loading it would take a part of each one's start",
    "settings": "Prefect reads its settings when it is loaded: they are not known before",
    "collector": "`console.main` sets Python's garbage collector before it loads anything large",
    "entry": "only an entry point needs it: all others are handed the settings",
    "circle": "it loads this module itself",
}
_SAID = re.compile(r"  # lazy: (\w+)$")


def lazy_imports(source: str) -> Iterator[tuple[int, str]]:
    """The line number and the text of each import inside a function."""
    lines = source.splitlines()
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield node.lineno, lines[node.lineno - 1]


def test_every_lazy_import_says_why() -> None:
    unsaid, used = [], set()
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for number, line in lazy_imports(path.read_text("utf-8")):
                said = _SAID.search(line)
                if said is None or said[1] not in REASONS:
                    unsaid.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
                else:
                    used.add(said[1])
    assert unsaid == []
    assert used == set(REASONS)
