"""The house as its code tells of itself: packages, what they say of themselves, what they use."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[2]
TOPS = ("console", "flows", "notifications", "domain", "config")
_CHINESE = re.compile(r"^([\u4e00-\u9fff]+):|[(（]([^()（）]*[\u4e00-\u9fff][^()（）]*)[)）]")


@dataclass(frozen=True)
class Room:
    """A package or a module: its name, its file, and its docstring."""

    name: str
    path: Path
    text: str

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def word(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]

    @property
    def chinese(self) -> str:
        """What the office calls it: the first Chinese term of its docstring."""
        found = _CHINESE.search(self.text)
        return (found[1] or found[2]) if found else ""

    @property
    def headline(self) -> str:
        """The docstring's first paragraph, on one line."""
        return " ".join(self.text.split("\n\n")[0].split())


def room(name: str) -> Room:
    """The room with a dotted name."""
    folder = ROOT.joinpath(*name.split("."))
    package = folder / "__init__.py"
    path = package if package.is_file() else folder.with_suffix(".py")
    return Room(name, path, ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "")


def rooms_in(name: str) -> Iterator[Room]:
    """The packages and modules that lie directly in a package, by name."""
    folder = ROOT.joinpath(*name.split("."))
    for path in sorted(folder.iterdir()):
        if path.joinpath("__init__.py").exists():
            yield room(f"{name}.{path.name}")
        elif path.suffix == ".py" and not path.name.startswith("__"):
            yield room(f"{name}.{path.stem}")


@dataclass(frozen=True)
class Vocabulary:
    """A list of words that the database keeps: an enum of the tables, with each word's Chinese."""

    name: str
    where: str
    chinese: str
    words: tuple[tuple[str, str], ...]


def vocabularies(module: Room) -> Iterator[Vocabulary]:
    """The enums of a module, in their order."""
    text = module.path.read_text("utf-8")
    for node in ast.parse(text).body:
        if not isinstance(node, ast.ClassDef) or "StrEnum" not in map(ast.unparse, node.bases):
            continue
        lines = text.splitlines()[node.lineno : node.end_lineno]
        words = (re.fullmatch(r' +[A-Z_]+ = "(\w+)"(?:  # ([^:,]+).*)?', line) for line in lines)
        chinese = _CHINESE.search(ast.get_docstring(node) or "")
        yield Vocabulary(
            node.name,
            f"{module.name}.{node.name}",
            chinese[2] if chinese else "",
            tuple((word[1], word[2] or "") for word in words if word),
        )


@cache
def imports() -> grimp.ImportGraph:
    """Who imports whom, in all of our code."""
    return grimp.build_graph(*TOPS, cache_dir=None)


def uses_among(names: list[str]) -> dict[str, set[str]]:
    """Which of these packages each of them imports something from."""
    graph = imports()
    return {
        each: {
            other
            for other in names
            if other != each
            and graph.direct_import_exists(importer=each, imported=other, as_packages=True)
        }
        for each in names
    }


def without_detours(uses: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Only the arrows that no way over another package stands for: what a picture can show."""

    @cache
    def below(name: str) -> frozenset[str]:
        return frozenset(uses[name]).union(*map(below, uses[name]))

    return {
        name: {each for each in used if not any(each in below(other) for other in used)}
        for name, used in uses.items()
    }


def names_at_top(path: Path) -> set[str]:
    """The functions, classes and constants that a module defines or names at its top."""
    found: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {each.id for each in node.targets if isinstance(each, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def exists(dotted: str) -> bool:
    """Whether there is a module of this name, or something of this name in a module."""
    parts = dotted.split(".")
    place = ROOT.joinpath(*parts)
    if place.with_suffix(".py").is_file() or place.joinpath("__init__.py").is_file():
        return True
    holder = ROOT.joinpath(*parts[:-1])
    files = holder.with_suffix(".py"), holder / "__init__.py"
    return any(file.is_file() and parts[-1] in names_at_top(file) for file in files)
