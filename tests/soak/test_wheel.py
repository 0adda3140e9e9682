"""The wheel in an environment of its own, on nothing but the locked packages: it does the demo, and
its service runs, beside packages of other people that go by the names of our folders."""

import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.kernel.local_time import now
from tests.config.test_one_name import FOREIGN, NAMES
from tests.soak.cluster import free_port

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
]


def test_the_wheel_alone_does_the_demonstration(tmp_path: Path) -> None:
    clean = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("JIFEN_", "PREFECT_", "PYTHONPATH"))
    }

    def done(*words: str | Path) -> str:
        said = subprocess.run(
            [str(each) for each in words],
            cwd=tmp_path,
            env=clean,
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.returncode == 0, said.stdout[-2000:] + said.stderr[-2000:]
        return said.stdout

    tree = tmp_path / "tree"
    done("git", "clone", "--quiet", ROOT, tree)
    done("make", "-C", tree, "wheel", f"PYTHON={sys.executable}")
    (wheel,) = (tree / "dist").glob("jifen-*.whl")
    done(sys.executable, "-m", "venv", tmp_path / "run")
    pip = (
        tmp_path / "run/bin/pip",
        "--quiet",
        "--disable-pip-version-check",
        "install",
        "--no-deps",
    )
    done(*pip, "--require-hashes", "-r", tree / "requirements.lock")
    done(*pip, "--no-index", wheel)
    installed = done(tmp_path / "run/bin/pip", "list", "--format", "freeze").lower()
    assert "pytest" not in installed
    assert "ruff" not in installed
    files = re.findall(r"^  (\S+)", done(tmp_path / "run/bin/pip", "show", "-f", "jifen"), re.M)
    tops = {each.split("/")[0] for each in files if not each.startswith("../")}
    assert {each.partition("-")[0] for each in tops} == {"jifen"}
    for name in NAMES:
        done(*pip, "--no-index", foreign(tmp_path, name))
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(FOREIGN)
    jifen = tmp_path / "run/bin/jifen"
    done(jifen, "init")
    done(jifen, "ruleset", "cases")
    done(jifen, "demo")
    assert (tmp_path / "var/demo/out/summary.html").exists()
    assert "Traceback" not in done(jifen, "web", "--help")
    serves(jifen, tmp_path, clean, done)


def foreign(folder: Path, name: str) -> Path:
    """A wheel of somebody else's package that goes by a name of ours."""
    made = folder / f"{name}-1.0-py3-none-any.whl"
    about = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr(f"{name}/__init__.py", FOREIGN)
        packed.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        packed.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        packed.writestr(f"{about}/RECORD", "")
    return made


def serves(
    jifen: Path, folder: Path, environment: dict[str, str], done: Callable[..., str]
) -> None:
    """`jifen up` starts all parts, and its worker does what is due."""
    ports = ("--port", str(free_port()), "--web-port", str(free_port()))
    with (folder / "up.log").open("wb") as log:
        up = subprocess.Popen([jifen, "up", *ports], cwd=folder, env=environment, stderr=log)
    try:
        wait_until(lambda: "Ctrl-C" in (folder / "up.log").read_text(), 240)
        named = ("ma", "--name", "马鞍社区", "--town", "马鞍街道")
        done(jifen, "community", "add", *named, "--ruleset", "fuling-maan-2022")
        year = now().year
        asked = (jifen, "calendar", "-c", "ma", "--until", f"{year}-12-31", "--json")
        wait_until(lambda: '"done"' in done(*asked), 240)
        done(jifen, "doctor")
    finally:
        up.terminate()
        assert up.wait(60) == 0
    assert "somebody else" not in (folder / "up.log").read_text()
    for part in ("clock", "worker", "web", "server"):
        text = (folder / f"var/prefect/{part}.log").read_text()
        assert "somebody else" not in text, part


def wait_until(is_so: Callable[[], bool], within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(1)
