"""Documents (文书): what a function answers to a door is a frozen value; here it becomes JSON.

Points stay integer hundredths and moments stay moments until `document`, and nothing that it wrote
is reckoned with again.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, TypeVar

from pydantic import Field, PlainSerializer, TypeAdapter

from domain.kernel.local_time import local_iso
from domain.kernel.points import json_points

Value = TypeVar("Value")


class Absent(Enum):
    """A field that there is not in this scheme: it is left out, where None would be null."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT
# Points, percent, yuan: whatever is counted in hundredths.
Hundredths = Annotated[int, PlainSerializer(json_points, when_used="json")]
Moment = Annotated[datetime, PlainSerializer(local_iso, when_used="json")]
IfAny = Annotated[Value | Absent, Field(exclude_if=lambda value: value is ABSENT)]
_FORMS: dict[type, TypeAdapter[Any]] = {}


def document(answer: Any) -> Any:
    """The answer as JSON has it: keys in the order of its fields, points with two decimals."""
    kind = type(answer)
    if kind not in _FORMS:
        _FORMS[kind] = TypeAdapter(kind)
    return _FORMS[kind].dump_python(answer, mode="json")


def documents(answers: Iterable[Any]) -> list[Any]:
    """Several answers, each as `document` has it."""
    return [document(answer) for answer in answers]
