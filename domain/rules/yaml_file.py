"""Reading YAML that a stranger wrote: bounded, without surprises, and never a traceback."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from domain.kernel.errors import BadInput, machine_fault
from domain.kernel.reasons import Reason, reason, said

# The longest scheme that ships has 60 KB, 4,000 values and is 6 levels deep.
BYTES_MAX = 2_000_000
VALUES_MAX = 200_000
DEPTH_MAX = 30


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file; BadInput where it cannot be read, in one line.

    Refused are also a key that is written twice, and anchors (`&x`, `*x`) that stand within
    themselves or multiply into more than any ruleset could hold.
    """
    text = _text(path)
    try:
        _refuse_monsters(text, path)
        data = yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        why = yaml_fault(error)
        raise BadInput(reason("yaml_broken", file=path, why=why, hint=_hint(text))) from error
    if not isinstance(data, dict):
        raise BadInput(reason("yaml_no_mapping", file=path, hint=_hint(text)))
    return data


def written(path: Path) -> Callable[[tuple[int | str, ...]], str | None]:
    """What stands in a file, letter by letter, at a place in what was read from it.

    YAML reads 1.10 as the number 1.1, and `no` as a truth value: advice quotes what was written.
    """
    root = yaml.compose(_text(path), Loader=_Loader)

    def at(place: tuple[int | str, ...]) -> str | None:
        node = root
        for step in place:
            if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
                node = node.value[step] if step < len(node.value) else None
            elif isinstance(node, yaml.MappingNode):
                found = (value for key, value in node.value if key.value == str(step))
                node = next(found, None)
            else:
                return None
        return str(node.value) if isinstance(node, yaml.ScalarNode) else None

    return at


# A colon, or a dash and a space, as an input method for Chinese types it.
_FULL_WIDTH = re.compile(r"^\s*(?:-\s*)?[\w.\u4e00-\u9fff]+\s*：")


def _hint(text: str) -> Reason:
    """What an editor or an input method did to the file that may be why it cannot be read."""
    for number, line in enumerate(text.splitlines(), start=1):
        if _FULL_WIDTH.match(line):
            return reason("yaml_full_width", line=number)
        if "\t" in line[: len(line) - len(line.lstrip())]:
            return reason("yaml_tab", line=number)
    return said("")


def _text(path: Path) -> str:
    if path.is_dir():
        raise BadInput(reason("yaml_directory", file=path))
    try:
        with path.open("rb") as file:
            content = file.read(BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        raise BadInput(reason("file_unreadable", file=path, why=machine_fault(error))) from error
    if len(content) > BYTES_MAX:
        raise BadInput(reason("yaml_too_large", file=path, limit=BYTES_MAX // 1_000_000))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(reason("yaml_no_utf8", file=path, line=line)) from error


def _refuse_monsters(text: str, path: Path) -> None:
    """Count levels and values, each alias as all that it stands for, before anything is built."""
    sizes: dict[str, int] = {}
    # Of each open collection: its anchor, and how many values it holds up to now.
    opened: list[tuple[str | None, int]] = [(None, 0)]
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) and event.anchor not in sizes:
            raise BadInput(reason("yaml_anchor", file=path, line=line, anchor=event.anchor))
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, 1))
            if len(opened) > DEPTH_MAX:
                raise BadInput(reason("yaml_too_deep", file=path, line=line, limit=DEPTH_MAX))
            if event.anchor is not None:
                sizes.pop(event.anchor, None)
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, size = opened.pop()
        elif isinstance(event, yaml.ScalarEvent):
            anchor, size = event.anchor, 1
        elif isinstance(event, yaml.AliasEvent):
            anchor, size = None, sizes[event.anchor or ""]
        else:
            continue
        if anchor is not None:
            sizes[anchor] = size
        outer, held = opened.pop()
        opened.append((outer, held + size))
        if held + size > VALUES_MAX:
            raise BadInput(reason("yaml_too_many", file=path, line=line, limit=VALUES_MAX))


def yaml_fault(error: Exception) -> Reason:
    """What is wrong, and where, without the library's name for the text."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return _in_plain_words(str(error))
    words = " ".join(part for part in (error.context, error.problem) if part)
    what = error.why if isinstance(error, _Fault) else _in_plain_words(words)
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return what
    return reason("yaml_broken_at", what=what, line=mark.line + 1, column=mark.column + 1)


def _in_plain_words(words: str) -> Reason:
    """The library's words; in Chinese what they mean, by the part that is always the same."""
    words = " ".join(words.split())
    code = next((code for part, code in _PROBLEMS.items() if part in words), "yaml_unfit")
    return reason(code, words=words)


# What PyYAML and libyaml say; of two that fit, the first is meant.
_PROBLEMS = {
    "cannot start any token": "yaml_token",
    "mapping values are not allowed": "yaml_colon_within",
    "block sequence entries are not allowed": "yaml_dash_within",
    "could not find expected ':'": "yaml_no_colon",
    "',' or ']'": "yaml_bracket",
    "',' or '}'": "yaml_brace",
    "end of stream": "yaml_open_end",
    "<block end>": "yaml_indent",
    "expected key": "yaml_indent",
    "expected '-' indicator": "yaml_indent",
    "unknown escape character": "yaml_escape",
    "hexdecimal": "yaml_escape",
    "hexadecimal": "yaml_escape",
    "another document": "yaml_two_documents",
    "document start": "yaml_two_documents",
    "document indicator": "yaml_two_documents",
    "could not determine a constructor": "yaml_tag",
    "undefined tag handle": "yaml_tag",
    "control characters": "yaml_control",
    "special characters": "yaml_control",
    "alphabetic or numeric": "yaml_no_name",
    "comment or line break": "yaml_block",
    "node content": "yaml_alone",
    "directive": "yaml_directive",
    "tab character": "yaml_tab_within",
    "codec can't decode": "yaml_encoding",
    "duplicate anchor": "yaml_anchor_twice",
    "unhashable key": "yaml_key_no_word",
    "merging": "yaml_merge",
}


class _Fault(yaml.constructor.ConstructorError):
    """A fault that we find ourselves, at a node."""

    def __init__(self, why: Reason, node: yaml.Node) -> None:
        super().__init__(None, None, str(why), node.start_mark)
        self.why = why


# The C loader is fifteen times as fast; wheels of PyYAML have it.
if TYPE_CHECKING:
    _Loader = yaml.SafeLoader
else:
    _Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeyLoader(_Loader):
    """A key written twice is a mistake, not an override; and every fault has its place."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()  # `!!map [1]`
        for key_node, _ in pairs:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                raise _Fault(reason("yaml_key_no_word"), key_node)
            key = self.construct_object(key_node, deep=deep)
            if key in seen:
                raise _Fault(reason("yaml_key_twice", key=key_node.value), key_node)
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, AttributeError, KeyError) as error:
            # A 30 February, a number of five thousand digits, or `!!bool x`.
            value = f"{node.value!s:.30}"
            why = reason("yaml_no_such_value", words=error)
            raise _Fault(reason("yaml_value_impossible", value=value, why=why), node) from error
