"""Points (积分) as integer hundredths: exact, at most two decimals, never a float.

Everywhere below `domain`, a value in points is an `int` of hundredths; text and JSON
meet it only here.
"""

import re
from decimal import Decimal

from domain.kernel.errors import BadInput
from domain.kernel.reasons import reason

HUNDREDTHS = 100
# Far above any scheme's total, far below what a 64-bit sum of a million households overflows.
POINTS_MAX = 10_000_000 * HUNDREDTHS

_POINTS = re.compile(r"[+-]?\d{1,9}(\.\d{0,2}0*)?")
# A comma sets off thousands and nothing else: “1，5” may be a decimal comma, or two numbers.
_THOUSANDS = re.compile(r"(?<=\d)[,，](?=\d{3}(?!\d))")


# What reckoning in binary leaves over: a spreadsheet shows 0.30000000000000004 as 0.3.
_TAIL = 1e-9
_TAILED = re.compile(r"[+-]?\d{1,9}\.\d{10,20}")


def settled(value: float) -> float:
    """A number that reckoning has left a hair off its hundredths, as those hundredths."""
    if not abs(value) < POINTS_MAX:  # also not a number
        return value
    near = round(value * HUNDREDTHS) / HUNDREDTHS
    return near if abs(near - value) <= _TAIL else value


def parse_points(value: object) -> int:
    """Hundredths from `3`, `"3.5"`, `"-0.25"` or a spreadsheet's 3.0; BadInput otherwise."""
    if isinstance(value, bool):
        raise BadInput(reason("points_no_number", value=value))
    text = _THOUSANDS.sub("", str(value).strip().removesuffix("分"))
    if isinstance(value, float) or _TAILED.fullmatch(text):
        text = format(Decimal(repr(settled(float(text)))), "f")
    if not _POINTS.fullmatch(text):
        raise BadInput(reason("not_points", value=value))
    hundredths = int(Decimal(text) * HUNDREDTHS)
    if abs(hundredths) > POINTS_MAX:
        raise BadInput(reason("points_far", value=value))
    return hundredths


def format_points(hundredths: int) -> str:
    """`"12.5"` from 1250: at most two decimals, no trailing zeros."""
    sign = "-" if hundredths < 0 else ""
    whole, rest = divmod(abs(hundredths), HUNDREDTHS)
    return f"{sign}{whole}" + (f".{rest:02d}".rstrip("0") if rest else "")


def json_points(hundredths: int) -> int | float:
    """The JSON number with at most two decimals; a whole number stays whole."""
    whole, rest = divmod(hundredths, HUNDREDTHS)
    return whole if rest == 0 else float(Decimal(hundredths) / HUNDREDTHS)
