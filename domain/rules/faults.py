"""Faults in a file, in sentences: the file, the place in it, and what to write instead."""

import difflib
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from domain.kernel.errors import Refused
from domain.kernel.reasons import Reason, reason

FINDINGS_MAX = 20
# How alike a key and the one that was meant are: `categroy` is, `at_least` for another is not.
SLIP_ALIKE = 0.8


class FaultyRuleset(Refused):
    """A ruleset that can be read, but not used: one finding for each fault."""

    def __init__(self, findings: Sequence[Reason]) -> None:
        self.whys = tuple(findings)
        super().__init__(reason("all_of", all=self.whys))
        self.findings = self.told("en")

    def told(self, language: str) -> tuple[str, ...]:
        """The findings as sentences, a line each."""
        return tuple(one_line(why.text(language)) for why in self.whys)


class Unfit(ValueError):
    """A value that a model refuses, and why in both languages."""

    def __init__(self, why: Reason) -> None:
        self.why = why
        super().__init__(why.text("en"))


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
) -> list[Reason]:
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
        reason("fault_at", place=_place(fault["loc"], data), why=_advice(fault, model, written))
        for fault in faults[:FINDINGS_MAX]
    ]
    left = len(faults) - len(found)
    return [*found, reason("faults_more", count=left)] if left else found


def _is_within(inner: Place, outer: Place) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _place(loc: tuple[int | str, ...], data: Any) -> str | Reason:
    """Keys, joined by dots; of a list what the element is called: its code, id or name."""
    names = []
    for step in loc:
        data = _within(data, step)
        called = _called(data) if isinstance(step, int) else None
        names.append(str(step) if called is None else f"“{called}”")
    return ".".join(names) or reason("fault_whole_file")


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
    "tuple_type": "fault_list",
    "list_type": "fault_list",
    "too_short": "fault_empty",
    "model_type": "fault_mapping",
    "model_attributes_type": "fault_mapping",
    "dict_type": "fault_mapping",
    "bool_type": "fault_flag",
    "bool_parsing": "fault_flag",
    "int_type": "fault_whole",
    "int_parsing": "fault_whole",
    "int_from_float": "fault_whole",
    "string_type": "fault_text",
}
_BOUNDS = {
    "greater_than": "fault_above",
    "greater_than_equal": "fault_at_least",
    "less_than": "fault_below",
    "less_than_equal": "fault_at_most",
    "too_long": "fault_too_long",
    "float_type": "fault_number",
    "float_parsing": "fault_number",
    "finite_number": "fault_number",
    "invalid_key": "fault_key_text",
}
_PATTERNS = {
    r"^\d\d-\d\d$": "fault_month_day",
    r"^[a-z0-9][a-z0-9-]*$": "fault_id",
}


def _advice(fault: Any, model: type[BaseModel], written: Written) -> Reason:
    """What is wrong, and what to write instead."""
    kind, place = fault["type"], fault["loc"]
    key = place[-1] if place else ""
    stands: str | Reason | None = written(place)
    if stands is None:
        stands = _short(fault["input"])
    if kind == "extra_forbidden":
        return _unknown_key(str(key), fault["input"], _keys(_type_at(model, place[:-1])))
    if kind == "missing":
        return reason("fault_no_source" if key == "source" else "fault_missing")
    if kind == "literal_error":
        expected = fault["ctx"]["expected"]
        choices = tuple(re.findall("'([^']*)'", expected))
        return reason("fault_word", stands=_cut(stands), choices=choices, expected=expected)
    if kind == "string_type" and isinstance(fault["input"], bool | int | float | date):
        return reason("fault_unquoted", stands=stands)
    if kind == "value_error":
        why: Reason = fault["ctx"]["error"].why
        return why
    return reason("fault_stands", why=_said(kind, fault), stands=_cut(stands))


def _cut(stands: str | Reason) -> str | Reason:
    return stands if isinstance(stands, Reason) else stands[:40]


def _said(kind: str, fault: Any) -> Reason:
    """The fault itself, in plain words."""
    if kind == "string_pattern_mismatch":
        return reason(_PATTERNS[fault["ctx"]["pattern"]])
    if kind.startswith(("date_", "datetime_", "timezone_")):
        return reason("fault_date")
    if kind in _PLAIN:
        return reason(_PLAIN[kind])
    message = str(fault["msg"]).replace("Input should be", "it must be", 1)
    message = f"{message[:1].lower()}{message[1:]}"
    bounds = {name: value for name, value in (fault.get("ctx") or {}).items() if name != "error"}
    return reason(_BOUNDS.get(kind, "fault_unfit"), message=message, **bounds)


def _unknown_key(key: str, value: object, known: Sequence[str]) -> Reason:
    """What may have been meant: a key of this very place, one slip of the pen away."""
    if value is None and " " in key:
        return reason("fault_key_of_text")
    meant = [each for each in known if _is_slip(key, each)]
    if meant:
        return reason("fault_key_slip", meant=meant[0])
    if not known:
        return reason("fault_key_unknown")
    return reason("fault_key_of_these", known=tuple(known))


def _is_slip(key: str, known: str) -> bool:
    """Whether one was typed for the other: letters changed places, or few are missing or wrong."""
    key = key.lower().replace("-", "_")
    alike = difflib.SequenceMatcher(None, key, known).ratio()
    return alike >= SLIP_ALIKE or sorted(key) == sorted(known)


def _short(value: Any) -> str | Reason:
    if isinstance(value, dict | list):
        return reason("fault_a_list" if isinstance(value, list) else "fault_keys")
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
