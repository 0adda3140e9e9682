"""Commands as they are typed at an office: in this process, or in one of their own."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from console.main import run

ROOT = Path(__file__).resolve().parents[2]
# What an office's community is founded with, and the command that founds it.
FOUNDED = (
    "--name",
    "马鞍社区",
    "--town",
    "马鞍街道",
    "--ruleset",
    "fuling-maan-2022",
    "--from",
    "2026-01-01",
)
COMMUNITY = ("community", "add", "ma", *FOUNDED)


class Said(NamedTuple):
    """What a command answered."""

    code: int
    stdout: str
    stderr: str

    def checked(self, code: int | None) -> "Said":
        """The same, where it ended as it should (None: as it may); never with a traceback."""
        assert code in (None, self.code), (self.code, self.stdout[-2000:], self.stderr[-2000:])
        assert "Traceback" not in self.stdout + self.stderr
        return self


def jifen(*words: str, cwd: Path, code: int | None = 0, **environment: str) -> Said:
    """Give a command in this process: it loads nothing anew, which is most of a command's time."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(cwd)
        for name in _ours():
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        ended = run(list(words))
    return Said(ended, out.getvalue(), err.getvalue()).checked(code)


def jifen_process(*words: str, cwd: Path, code: int | None = 0, **environment: str) -> Said:
    """Give a command in a process of its own: what runs flows must not meet this one's Prefect."""
    kept = {name: value for name, value in os.environ.items() if name not in _ours()}
    done = subprocess.run(
        [sys.executable, "-m", "console.main", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
    )
    return Said(done.returncode, done.stdout, done.stderr).checked(code)


def _ours() -> list[str]:
    return [name for name in os.environ if name.startswith(("JIFEN_", "PREFECT_"))]
