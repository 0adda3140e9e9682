"""What is installed owns one import name, and nobody's package takes the place of ours.

The wheel is unpacked where packages of our folders' names are installed after it, and started in a
folder that has such packages too.
"""

import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.soak.cluster import free_port

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
BUILDER = ROOT / "build/venv/bin/python"
SOURCES = ("config", "console", "domain", "flows", "jifen", "notifications", "rulesets")
FILES = ("README.md", "pyproject.toml", "setup.py")
NAMES = ("config", "console", "domain", "flows", "notifications")
BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
FOREIGN = 'raise RuntimeError("a package of somebody else")\n'
# As the script does that pip makes for `jifen`.
SCRIPT = "import sys; from jifen.__main__ import main; sys.argv[0] = 'jifen'; main()"
OWN = "from jifen.__main__ import use_own_packages; use_own_packages();"
# Prefect puts the folder in which it is before all others.
LOAD = (
    "from prefect.flows import load_flow_from_entrypoint as load;"
    "print(load('flows.audit.monthly_audit').fn.__code__.co_filename)"
)
# In a process that one of ours starts, as Prefect's worker does for a run: in a new folder.
STARTS = (
    f"{OWN} import os, subprocess, sys; os.mkdir('new');"
    f"sys.exit(subprocess.call([sys.executable, '-c', {LOAD!r}], cwd='new'))"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not BUILDER.exists():
        pytest.skip("`make install` makes what builds the wheel")
    tree = tmp_path_factory.mktemp("tree")
    for folder in SOURCES:
        left_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tree / folder, ignore=left_out)
    for name in FILES:
        shutil.copy(ROOT / name, tree)
    made = tree / "dist"
    subprocess.run(
        [str(BUILDER), "-W", "ignore", "-c", BUILD, str(made)],
        cwd=tree,
        check=True,
        capture_output=True,
    )
    (found,) = made.glob("jifen-*.whl")
    return found


def strangers(folder: Path) -> None:
    for name in NAMES:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(FOREIGN)


@pytest.fixture
def place(wheel: Path, tmp_path: Path) -> Path:
    """A folder to start in; what is installed is in `site` beside it."""
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "site")
    strangers(tmp_path / "site")
    strangers(tmp_path / "place")
    return tmp_path / "place"


def environment(place: Path) -> dict[str, str]:
    ours = ("JIFEN_", "PREFECT_", "PYTHON")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**clean, "PYTHONPATH": str(place.with_name("site"))}


def said(place: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", *words],
        cwd=place,
        env=environment(place),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_one_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"jifen"}
    for folder in SOURCES:
        there = {name for name in names if name.startswith(f"jifen/{folder}/")}
        assert there or folder == "jifen", folder
    modules = {
        f"jifen/{path.relative_to(ROOT)}"
        for folder in SOURCES
        if folder != "jifen"
        for path in (ROOT / folder).rglob("*.py")
    }
    assert modules <= set(names)
    data = """
        config/prefect.yaml notifications/templates/status.html
        notifications/locale/zh_CN/LC_MESSAGES/templates.mo
        domain/kernel/locale/zh_CN/LC_MESSAGES/jifen.mo
    """
    assert {f"jifen/{name}" for name in data.split()} <= set(names)


def test_a_command_is_ours_wherever_it_is_started(place: Path) -> None:
    assert "fuling-maan-2022" in said(place, "-m", "jifen", "ruleset", "list", "--json")
    said(place, "-c", SCRIPT, "init")
    assert (place / "var/jifen.db").is_file()


@pytest.mark.parametrize("script", [f"{OWN} {LOAD}", STARTS], ids=["the clock", "a worker's run"])
def test_prefect_finds_our_flows(place: Path, script: str) -> None:
    found = said(place, "-c", script).strip()
    assert found == str(place.with_name("site") / "jifen/flows/audit.py")


def test_outside_our_processes_the_names_are_free(place: Path) -> None:
    with pytest.raises(AssertionError, match="a package of somebody else"):
        said(place, "-c", "import jifen, config")


def test_the_pages_start_there(place: Path) -> None:
    said(place, "-m", "jifen", "init")
    with web(place) as port, urlopen(f"http://127.0.0.1:{port}/livez", timeout=5) as answer:
        assert answer.status == 200


@contextmanager
def web(place: Path) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-P", "-m", "jifen", "web", "--port", str(port)]
    process = subprocess.Popen(command, cwd=place, env=environment(place))
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            try:
                urlopen(f"http://127.0.0.1:{port}/livez", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        assert process.wait(20) == 0
