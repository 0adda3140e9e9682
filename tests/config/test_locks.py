"""The locks: what runs is installed apart from what tests and builds, each package by its hash."""

import ast
import re
import sys
import tomllib
from importlib.metadata import distribution, packages_distributions
from pathlib import Path, PurePath

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
OURS = ("config", "console", "domain", "flows", "notifications", "rulesets")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = (ROOT / "requirements.lock", *sorted(ROOT.glob("config/locks/*.lock")))
EXTRAS = PROJECT["project"]["optional-dependencies"]
GROUPS = PROJECT["dependency-groups"]


def locked(name: str) -> set[str]:
    """The packages of a lock."""
    text = next(each for each in LOCKS if each.stem == name).read_text("utf-8")
    return set(re.findall(r"^([a-z0-9][a-z0-9.-]*)==", text, re.MULTILINE))


def needed(requirements: list[str], extra: str = "") -> set[str]:
    """What must be installed here for these, with all that they need in their turn."""
    found: set[str] = set()
    waiting = [(Requirement(each), extra) for each in requirements]
    while waiting:
        requirement, wanted = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": wanted}):
            continue
        name = canonicalize_name(requirement.name)
        if name in found and not requirement.extras:
            continue
        found.add(name)
        for each in distribution(name).requires or ():
            waiting += [(Requirement(each), of) for of in ("", *requirement.extras)]
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda each: each.name)
def test_every_package_is_pinned_by_its_hash_and_no_index_is_named(lock: Path) -> None:
    text = lock.read_text("utf-8")
    packages = [each for each in re.split(r"\n(?=\S)", text) if each]
    assert packages
    for package in packages:
        assert re.match(r"[a-z0-9.-]+==\S+( ; .+)? \\\n", package), package
        assert "--hash=sha256:" in package
    assert not re.search(r"://|--(extra-)?index|--find-links", text)


def test_nothing_that_tests_or_builds_is_where_it_runs() -> None:
    runs = locked("requirements")
    for name in ("dev", "redis", "build"):
        assert not runs & locked(name), name
    named = {canonicalize_name(Requirement(each).name) for each in GROUPS["dev"]}
    # Prefect itself needs this one.
    assert runs & named == {"jsonschema"}


def test_what_runs_is_whole() -> None:
    assert needed(PROJECT["project"]["dependencies"]) <= locked("requirements")


@pytest.mark.parametrize("part", [*EXTRAS, "dev"])
def test_with_an_extra_or_the_tools_it_is_whole(part: str) -> None:
    asked = EXTRAS[part] if part in EXTRAS else GROUPS[part]
    assert needed(asked) <= locked("requirements") | locked(part)


def test_all_that_the_program_imports_is_where_it_runs() -> None:
    of_module, runs = packages_distributions(), locked("requirements")
    missing = {
        f"{path.relative_to(ROOT)}: {module}"
        for folder in OURS
        for path in ROOT.joinpath(folder).rglob("*.py")
        for module in imported(path)
        if module not in sys.stdlib_module_names and module not in OURS
        if not {canonicalize_name(each) for each in of_module.get(module, ())} & runs
    }
    assert not missing


def imported(path: Path) -> set[str]:
    """The top packages that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_whatever_the_packages_hold_beside_code_is_in_the_wheel() -> None:
    """Only what an administrator sets up by hand stays out, and the translators' file."""
    data = PROJECT["tool"]["setuptools"]["package-data"]
    left_out = {
        str(path.relative_to(ROOT))
        for folder in OURS
        for path in ROOT.joinpath(folder).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
        if not any(
            is_matched(path.relative_to(ROOT / folder), each)
            for each in data.get(f"jifen.{folder}", ())
        )
    }
    assert all(
        re.match(
            r"config/(caddy|grafana|image|kubernetes|locks|nginx|postgresql|prometheus|systemd)/"
            r"|(domain/kernel|notifications)/locale/.*\.po$",
            each,
        )
        for each in left_out
    ), left_out


def is_matched(path: PurePath, pattern: str) -> bool:
    """Whether setuptools takes the file: `**` stands for any number of folders, none included."""
    plain = re.escape(pattern).replace(r"\*\*/", "(.+/)?").replace(r"\*", "[^/]*")
    return re.fullmatch(plain, str(path)) is not None
