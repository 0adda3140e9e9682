"""Faults in a file, in sentences: the file, the place in it, and what to write instead."""

import difflib
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from domain.errors import Refused

FINDINGS_MAX = 20
_NO_SOURCE = (
    "it does not say where it comes from; write the id of a clause, or `source: null` with a"
    " `reason`"
)


class FaultyRuleset(Refused):
    """A ruleset that can be read, but not used: one finding for each fault."""

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__("; ".join(findings))
        self.findings = tuple(findings)


def one_line(finding: str) -> str:
    """A finding is a line, whatever it quotes."""
    return " ".join(finding.splitlines())


def findings(error: ValidationError, data: dict[str, Any], model: type[BaseModel]) -> list[str]:
    """One sentence per fault of the data that a model refused: the place, and the advice."""
    faults = error.errors(include_url=False)
    found = [
        one_line(f"{_place(fault['loc'], data)}: {_advice(fault, model)}")
        for fault in faults[:FINDINGS_MAX]
    ]
    left = len(faults) - len(found)
    return [*found, f"the file: {left} more faults; correct these first"] if left else found


def _place(loc: tuple[int | str, ...], data: Any) -> str:
    """Keys, joined by dots; of a list what the element is called: its code, id or name."""
    names = []
    for step in loc:
        data = _within(data, step)
        called = _called(data) if isinstance(step, int) else None
        names.append(str(step) if called is None else f"“{called}”")
    return ".".join(names) or "the file"


def _within(data: Any, step: int | str) -> Any:
    try:
        return data[step]
    except (LookupError, TypeError):
        return None


def _called(data: Any) -> str | None:
    named = (
        (data.get(key) for key in ("code", "id", "ref", "name")) if isinstance(data, dict) else ()
    )
    return next((str(name) for name in named if isinstance(name, str | int)), None)


def _advice(fault: Any, model: type[BaseModel]) -> str:
    """What is wrong, and what to write instead."""
    kind, key = fault["type"], fault["loc"][-1] if fault["loc"] else ""
    if kind == "extra_forbidden":
        known = sorted(_keys(model))
        meant = difflib.get_close_matches(str(key), known, n=1)
        return "the key is unknown; " + (
            f"write `{meant[0]}`, or remove it" if meant else "remove it, or correct its spelling"
        )
    if kind == "missing":
        return _NO_SOURCE if key == "source" else "it is missing; write it"
    if kind == "literal_error":
        return (
            f"“{_short(fault['input'])}” is not one of its words; write {fault['ctx']['expected']}"
        )
    message = str(fault["msg"]).removeprefix("Value error, ")
    if kind == "string_type" and isinstance(fault["input"], int | float):
        return f'it must be text; write "{fault["input"]}" in quotation marks'
    if kind in ("value_error", "assertion_error"):
        return message
    return f"{message[:1].lower()}{message[1:]}; “{_short(fault['input'])}” stands there"


def _short(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "keys and values"
    return f"{value!s:.40}"


def _keys(model: type[BaseModel]) -> set[str]:
    """All keys that occur anywhere in files of this model."""
    schema = model.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return {key for part in parts for key in part.get("properties", ())}
