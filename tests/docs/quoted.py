"""What the documentation quotes: commands as they would be typed, names, paths, links."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from tests.docs.house import ROOT

# The changelog tells of commands as they were.
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "rulesets/*.md", "config/**/*.md", "tests/*.md")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md"
)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
# Where a line of a block, or a span, begins with the program; what stands before it is the shell's.
_PROGRAM = re.compile(r"^(?:\$ )?(?:sudo -u \w+ )?(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?jifen (?=\S)")
_SHELL = re.compile(r"\s(?:\||&&|;|>|<|&) .*$")
ELLIPSIS = "…"


def outside_blocks(text: str) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", text)


def blocks(text: str, *languages: str) -> list[str]:
    """A page's fenced blocks in some languages."""
    return [body for language, body in _FENCE.findall(text) if language in languages]


def spans(text: str) -> list[str]:
    """What stands between backquotes, on one line each."""
    return _SPAN.findall(outside_blocks(text))


def commands(text: str) -> Iterator[tuple[str, bool]]:
    """Each command of `jifen` on a page; whether it is whole (a line of a block), or only named."""
    for block in blocks(text, "sh", "text", ""):
        for line in re.sub(r"\\\n\s*", "", block).splitlines():
            if _PROGRAM.match(line.strip()):
                yield _PROGRAM.sub("", line.strip()), True
    for span in spans(text):
        if _PROGRAM.match(span):
            yield from ((each, False) for each in _each_of(_PROGRAM.sub("", span)))


def _each_of(line: str) -> Iterator[str]:
    """`step hold · release` names two commands of one group."""
    first, *others = line.split(" · ")
    yield first
    group = first.rpartition(" ")[0]
    yield from (f"{group} {other}".strip() for other in others)


@dataclass
class Typed:
    """A command line as it is quoted, tried on the program's commands."""

    line: str
    is_whole: bool

    def faults(self, command: Any) -> Iterator[str]:
        """What the program would not take."""
        line = re.sub(r"\s+#\s.*$", "", self.line)
        line = re.sub(r"[（(][^()（）]*[)）]", "", _SHELL.sub("", line))
        words = shlex.split(line)
        while commands := getattr(command, "commands", None):
            if not words or words[0].startswith(ELLIPSIS):
                return
            if words[0].startswith("-"):
                break
            command, name = commands.get(words[0]), words.pop(0)
            if command is None:
                yield f"no command {name}"
                return
        yield from self._faults_of(command, words)

    def _faults_of(self, command: Any, words: list[str]) -> Iterator[str]:
        options = {
            name: each
            for each in command.params
            if each.param_type_name == "option"
            for name in (*each.opts, *each.secondary_opts)
        }
        places = [each for each in command.params if each.param_type_name == "argument"]
        given: set[str] = {"--help"}
        values: list[str] = []
        while words:
            word = words.pop(0)
            name = word.partition("=")[0]
            if not word.startswith("-") or word == "-":
                values.append(word)
            elif name not in (*options, "--help"):
                yield f"no option {word}"
            elif name in options:
                given |= {*options[name].opts, *options[name].secondary_opts}
                if "=" not in word and not getattr(options[name], "is_flag", False):
                    yield from _value(options[name], words.pop(0) if words else ELLIPSIS)
        is_open = any(ELLIPSIS in value for value in values) or ELLIPSIS in self.line
        many = any(place.nargs != 1 for place in places)
        if len(values) > len(places) and not many and not is_open:
            yield f"too many words: {values}"
        for place, value in zip(places, values, strict=False):
            if place.nargs == 1:
                yield from _value(place, value)
        if self.is_whole and not is_open and "--help" not in self.line:
            needed = [each for each in places if each.required]
            if len(values) < len(needed):
                yield f"too few words: {values}"
            for each in command.params:
                if each.param_type_name == "option" and each.required and not given & {*each.opts}:
                    yield f"{each.opts[0]} is left out"


def _value(parameter: Any, value: str) -> Iterator[str]:
    """Whether a value is one of those that there are; a placeholder stands for any."""
    choices = get_args(parameter.type_descriptor.annotation)
    is_word = value.islower() and value.isascii()
    if (
        is_word
        and all(isinstance(each, str) for each in choices)
        and value not in (choices or (value,))
    ):
        yield f"{value} is none of {', '.join(choices)}"


def make_targets(text: str) -> set[str]:
    """The targets of `make` that a page names."""
    lines = [*spans(text), *(each for block in blocks(text, "sh") for each in block.splitlines())]
    found = (re.match(r"(?:\$ )?make ([a-z-]+)(?:\s|$)", line.strip()) for line in lines)
    return {each[1] for each in found if each}


def page_name(path: Path) -> str:
    """A page as a test calls it."""
    return str(path.relative_to(ROOT))
