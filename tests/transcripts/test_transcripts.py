"""Every transcript in this folder says what its commands say: see `transcript`.

`JIFEN_RECORD=1 pytest tests/transcripts` writes them again; look at the difference before you
commit it.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.console.office import Said, jifen, jifen_process
from tests.transcripts.transcript import Command, Text, before, parsed, recorded

HERE = Path(__file__).parent
NAMES = sorted(path.stem for path in HERE.glob("*.txt"))
RECORD = bool(os.environ.get("JIFEN_RECORD"))
# These run flows: in processes of their own, on the tests' Prefect server.
FLOWS = ("audit", "collect", "publicize", "settle", "report", "redemption")

pytestmark = pytest.mark.xdist_group("prefect")
Office = Callable[[str], Path]


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the office that each transcript leaves is kept."""
    return tmp_path_factory.mktemp("offices")


def told(words: list[str], folder: Path, api: str) -> Said:
    """What a command says, whatever its exit code."""
    settings = {"COLUMNS": "100"}
    if words[0] in FLOWS:
        return jifen_process(*words, cwd=folder, code=None, JIFEN_PREFECT_API_URL=api, **settings)
    return jifen(*words, cwd=folder, code=None, **settings)


def told_again(name: str, offices: Path, api: str) -> str:
    """A transcript with what its commands say now; its office stays for those that go on in it."""
    text = (HERE / f"{name}.txt").read_text("utf-8")
    office = offices / name
    if earlier := before(text):
        if not (offices / earlier).exists():
            told_again(earlier, offices, api)
        shutil.copytree(offices / earlier, office)
    else:
        office.mkdir()
    lines: list[str] = []
    for part in parsed(text):
        if isinstance(part, Text):
            lines.extend(part.lines)
            if part.file:
                (office / part.file).write_text(part.content, "utf-8")
        elif isinstance(part, Command):
            lines.extend(_said(part, office, api))
    return "\n".join(lines).rstrip() + "\n"


def _said(command: Command, office: Path, api: str) -> list[str]:
    said = told(command.words, office, api)
    return [*recorded(command, said.code, said.stdout, said.stderr, office), ""]


@pytest.mark.parametrize("name", NAMES)
def test_a_transcript_says_what_its_commands_say(
    name: str, offices: Path, prefect_api: str
) -> None:
    if (offices / name).exists():
        shutil.rmtree(offices / name)  # made for one that goes on in it
    path = HERE / f"{name}.txt"
    found = told_again(name, offices, prefect_api)
    if RECORD:
        path.write_text(found, "utf-8")
    assert found == path.read_text("utf-8")
