"""The hooks before a commit ask what `make check` asks, with this checkout's own tools."""

import shlex
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


def hooks() -> list[dict[str, Any]]:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert repository["repo"] == "local"
    found: list[dict[str, Any]] = repository["hooks"]
    return found


def test_the_hooks_are_the_checks_of_make_check() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    asked = {each.removeprefix("\t$(BIN)/") for each in makefile.splitlines() if "$(BIN)/" in each}
    for hook in hooks():
        tool, *words = shlex.split(hook["entry"])
        command = " ".join([tool.removeprefix(".venv/bin/"), *words[:1]])
        assert any(line.startswith(command) for line in asked), command


def test_a_hook_needs_nothing_but_the_checkout() -> None:
    assert {hook["language"] for hook in hooks()} == {"system"}
    assert all(hook["entry"].startswith(".venv/bin/") for hook in hooks())
