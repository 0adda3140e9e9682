"""What libraries say of a value or a file (库的报错): in English in their words, else in ours."""

import re
import tomllib
from typing import Any

from domain.kernel.errors import machine_fault
from domain.kernel.reasons import Reason, reason
from domain.kernel.sentences import is_code


def value_fault(problem: Any, message: str) -> Reason:
    """Why pydantic does not take a value; `message` is its English."""
    given = problem.get("ctx") or {}
    code = f"value_{problem['type']}"
    choices = tuple(re.findall("'([^']*)'", str(given.get("expected"))))
    return reason(
        code if is_code(code) else "value_unfit",
        message=message,
        choices=choices,
        least=given.get("ge"),
        most=given.get("le"),
    )


def toml_fault(error: Exception) -> Reason:
    """Why a TOML file cannot be read: its form, its encoding, or the machine."""
    words = str(error)
    if isinstance(error, UnicodeDecodeError):
        return reason("toml_encoding", words=words)
    if not isinstance(error, tomllib.TOMLDecodeError):
        return machine_fault(error)
    place = re.search(r"line (\d+), column (\d+)", words)
    if place is None:
        return reason("toml_unended", words=words)
    return reason("toml_at", words=words, line=place[1], column=place[2])
