"""Whole commands and their whole output in a file (对话实录), read by people and run as a test.

    # What follows shows …
    $ cat > claims.csv <<END
    …
    END
    $ jifen import claims ma claims.csv
    what it prints
    ! what it says beside (stderr)
    (1)

The last line is the exit code, where it is not 0. `# after: FILE` says whose office goes on here.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

AFTER = re.compile(r"^# after: (\S+)$", re.MULTILINE)
# What differs from day to day, or with each release: between these words stands a `…`.
_CHANGING = (
    re.compile(r"(the database is at revision )\w+()"),
    re.compile(r"(is later than now \()[-0-9: ]+(\))"),
)
_HERE = re.compile(r"^\$ cat > (\S+) <<(\S+)$")


@dataclass(frozen=True)
class Text:
    """Lines for readers, or that write a file: they stand in every record as they are."""

    lines: tuple[str, ...]
    file: str = ""
    content: str = ""


@dataclass(frozen=True)
class Command:
    """A command, with the words that follow `jifen`."""

    line: str

    @property
    def words(self) -> list[str]:
        program, *words = shlex.split(self.line.removeprefix("$ "))
        assert program == "jifen", self.line
        return words


def parsed(text: str) -> Iterator[Text | Command]:
    """A transcript's texts, files and commands in order; what commands said is left out."""
    lines = iter(text.splitlines())
    said = False
    for line in lines:
        if found := _HERE.match(line):
            content = list(_until(lines, found[2]))
            yield Text((line, *content, found[2]), found[1], "".join(f"{one}\n" for one in content))
            said = False
        elif line.startswith("$ "):
            yield Command(line)
            said = True
        elif line.startswith("# ") or line == "#":
            yield Text((line,))
            said = False
        elif not said:
            yield Text((line,))


def _until(lines: Iterator[str], end: str) -> Iterator[str]:
    for line in lines:
        if line == end:
            return
        yield line
    raise AssertionError(f"no line {end}")


def recorded(command: Command, code: int, stdout: str, stderr: str, folder: Path) -> list[str]:
    """A command and what came of it, as a transcript has it."""
    lines = [command.line, *stdout.splitlines(), *(f"! {line}" for line in stderr.splitlines())]
    if code:
        lines.append(f"({code})")
    return [_lasting(line.replace(str(folder), ".")).rstrip() for line in lines]


def _lasting(line: str) -> str:
    for changing in _CHANGING:
        line = changing.sub(r"\1…\2", line)
    return line


def before(text: str) -> str:
    """The transcript in whose office this one goes on; empty where it begins with nothing."""
    found = AFTER.search(text)
    return found[1] if found else ""
