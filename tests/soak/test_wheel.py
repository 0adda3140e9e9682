"""The wheel in an environment of its own, on nothing but the locked packages: it does the demo."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not os.environ.get("JIFEN_SOAK"), reason="set JIFEN_SOAK=1"),
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
    done(tmp_path / "run/bin/jifen", "init")
    done(tmp_path / "run/bin/jifen", "ruleset", "cases")
    done(tmp_path / "run/bin/jifen", "demo")
    assert (tmp_path / "var/demo/out/summary.html").exists()
    assert "Traceback" not in done(tmp_path / "run/bin/python", "-m", "console.web", "--help")
