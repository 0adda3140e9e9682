"""Faults in a file, in sentences: the file, the place in it, and what to write instead."""

import difflib
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from domain.errors import Refused

FINDINGS_MAX = 20
# How alike a key and the one that was meant are: `categroy` is, `at_least` for another is not.
SLIP_ALIKE = 0.8
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


Place = tuple[int | str, ...]
Written = Callable[[Place], str | None]


def _nothing_written(_place: Place) -> None:
    """Where no file is at hand."""


def findings(
    error: ValidationError,
    data: dict[str, Any],
    model: type[BaseModel],
    written: Written = _nothing_written,
) -> list[str]:
    """One sentence per fault of the data that a model refused: the place, and the advice.

    `written` gives what stands in the file at a place, as YAML reads some of it otherwise.
    """
    faults = error.errors(include_url=False)
    places = [fault["loc"] for fault in faults]
    # That a list is too short follows where what it lists is at fault.
    faults = [
        fault
        for fault in faults
        if fault["type"] != "too_short"
        or not any(_is_within(each, fault["loc"]) for each in places)
    ]
    found = [
        one_line(f"{_place(fault['loc'], data)}: {_advice(fault, model, written)}")
        for fault in faults[:FINDINGS_MAX]
    ]
    left = len(faults) - len(found)
    return [*found, f"the file: {left} more faults; correct these first"] if left else found


def _is_within(inner: Place, outer: Place) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


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
    return next(
        (str(name) for name in named if isinstance(name, str | int) and not isinstance(name, bool)),
        None,
    )


# Faults that the library words for programmers, in the words of who writes rules.
_PLAIN = {
    "tuple_type": "it must be a list; write it in brackets, as in `[a, b]`",
    "list_type": "it must be a list; write it in brackets, as in `[a, b]`",
    "too_short": "it is empty; list at least one",
    "model_type": "it must be keys and values",
    "model_attributes_type": "it must be keys and values",
    "dict_type": "it must be keys and values",
    "bool_type": "it must be `true` or `false`",
    "bool_parsing": "it must be `true` or `false`",
    "int_type": "it must be a whole number",
    "int_parsing": "it must be a whole number",
    "int_from_float": "it must be a whole number",
    "string_type": "it must be text",
}
_PATTERNS = {
    r"^\d\d-\d\d$": "it must be a month and a day; write for example 01-31",
    r"^[a-z0-9][a-z0-9-]*$": "write lower-case letters, digits and hyphens, as in a-village-2026",
}


def _advice(fault: Any, model: type[BaseModel], written: Written) -> str:
    """What is wrong, and what to write instead."""
    kind, place = fault["type"], fault["loc"]
    key = place[-1] if place else ""
    stands = written(place)
    if stands is None:
        stands = _short(fault["input"])
    if kind == "extra_forbidden":
        return _unknown_key(str(key), fault["input"], _keys(_type_at(model, place[:-1])))
    if kind == "missing":
        return _NO_SOURCE if key == "source" else "it is missing; write it"
    if kind == "literal_error":
        return f"“{stands:.40}” is not one of its words; write {fault['ctx']['expected']}"
    if kind == "string_type" and isinstance(fault["input"], bool | int | float | date):
        return f'it must be text; write "{stands}" in quotation marks'
    if kind in ("value_error", "assertion_error"):
        return str(fault["msg"]).removeprefix("Value error, ")
    return f"{_said(kind, fault)}; “{stands:.40}” stands there"


def _said(kind: str, fault: Any) -> str:
    """The fault itself, in plain words."""
    if kind == "string_pattern_mismatch":
        return _PATTERNS[fault["ctx"]["pattern"]]
    if kind.startswith(("date_", "datetime_", "timezone_")):
        return "it must be a date, written as 2026-01-31"
    message = str(fault["msg"]).replace("Input should be", "it must be", 1)
    return _PLAIN.get(kind, f"{message[:1].lower()}{message[1:]}")


def _unknown_key(key: str, value: object, known: Sequence[str]) -> str:
    """What may have been meant: a key of this very place, one slip of the pen away."""
    if value is None and " " in key:
        return (
            "the key is unknown; if it is the rest of a text with a comma, put the whole text in"
            " quotation marks"
        )
    meant = [each for each in known if _is_slip(key, each)]
    if meant:
        return f"the key is unknown; write `{meant[0]}`, or remove it"
    here = f"; here stand {', '.join(known)}" if known else ""
    return f"the key is unknown; remove it, or correct its spelling{here}"


def _is_slip(key: str, known: str) -> bool:
    """Whether one was typed for the other: letters changed places, or few are missing or wrong."""
    key = key.lower().replace("-", "_")
    alike = difflib.SequenceMatcher(None, key, known).ratio()
    return alike >= SLIP_ALIKE or sorted(key) == sorted(known)


def _short(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "keys and values"
    return f"{value!s:.40}"


def _type_at(model: Any, place: Place) -> Any:
    """The type of what stands at a place: a model, where keys are."""
    for step in place:
        if isinstance(step, str) and _model_in(model) is not None:
            field = _model_in(model).model_fields.get(step)
            model = field.annotation if field is not None else None
        # Of a list or a mapping the elements; the model within is found all the same.
    return model


def _model_in(value: Any) -> Any:
    """The model that a type is, or holds: `Value | None`, `tuple[Item, ...]`."""
    if isinstance(value, type) and issubclass(value, BaseModel):
        return value
    found = (_model_in(each) for each in get_args(value))
    return next((each for each in found if each is not None), None)


def _keys(value: Any) -> list[str]:
    """The keys that may stand in such a place."""
    model = _model_in(value)
    return [] if model is None else sorted(model.model_fields)
