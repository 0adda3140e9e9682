"""Number formats (数字格式) of a workbook: what a cell shows where it is not the plain value.

A code that is kept as the number 7 and shown as `007` is `007` for the clerk. Only formats of
digits, fixed texts and a percent sign are applied; for any other the value stands.
"""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from domain.kernel.quoting import Shown

# Formats that a workbook names by their number alone (ECMA-376, 18.8.30).
BUILT_IN = {1: "0", 2: "0.00", 9: "0%", 10: "0.00%"}
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.'
    r"|\[(?:(?i:black|blue|cyan|green|magenta|red|white|yellow|color\s*\d+)|\$-[0-9A-Fa-f]+)\]"
    r"|(?P<digits>[0#?]+(?:\.[0#?]+)?)|(?P<fixed>[-+/(): !&'~{}<>=%]|[^\x00-\x7f])"
)
_SECTION = re.compile(r'(?:"[^"]*"|\\.|[^;"\\])*')
_DECIMALS_MAX = 10
_VALUE_MAX = 10**15  # a spreadsheet keeps 15 digits: as codes, longer numbers are refused

Format = Callable[[float], str]


class _Part(NamedTuple):
    """A piece of a format: a text that stands as it is, or places for digits."""

    text: str
    digits: bool


def plain(value: float) -> str:
    """A number as a cell without a format shows it: 3.0 as 3, and no more than 15 digits."""
    if value.is_integer() and abs(value) < _VALUE_MAX:
        return str(int(value))
    return format(value, ".15g")


def as_shown(value: float, form: Format) -> float:
    """The number, as `Shown` where the format shows it otherwise than plainly."""
    if not abs(value) < _VALUE_MAX:
        return value
    text = form(value)
    return value if text == plain(value) else Shown(value, text)


def format_of(code: str) -> Format | None:
    """How a format code shows a number; None where the plain value is to be taken."""
    first = _SECTION.match(code)
    parts = _parts(first[0]) if first else None
    if parts is None:
        return None
    places = [part.text for part in parts if part.digits]
    decimals = sum("." in text for text in places)
    if not places or (decimals and len(places) > 1) or len(places[-1]) > _DECIMALS_MAX + 15:
        return None
    percent = any("%" in part.text for part in parts if not part.digits)
    own_negative = first is not None and first.end() < len(code)

    def form(value: float) -> str:
        if value < 0 and own_negative:
            return plain(value)
        return ("-" if value < 0 else "") + _filled(parts, abs(value) * (100 if percent else 1))

    return form


def _parts(section: str) -> list[_Part] | None:
    """The pieces of a section; None where one of them is not understood."""
    parts: list[_Part] = []
    at = 0
    while at < len(section):
        token = _TOKEN.match(section, at)
        if token is None:
            return None
        if token["digits"] is not None:
            parts.append(_Part(token["digits"], digits=True))
        else:
            text = next((found for found in token.groups() if found is not None), "")
            parts.append(_Part(text, digits=False))
        at = token.end()
    return parts


def _filled(parts: list[_Part], value: float) -> str:
    """The parts with the digits of a number in their places, the last ones at the right."""
    places = [part.text for part in parts if part.digits]
    decimals = places[-1].partition(".")[2]
    exact = Decimal(format(value, ".15g"))
    rounded = exact.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    integer, _, fraction = format(rounded, "f").partition(".")
    least = sum(text.partition(".")[0].count("0") for text in places)
    integer = integer.lstrip("0").rjust(least, "0")
    spare = len(fraction.rstrip("0"))
    fraction = fraction[: max(spare, decimals.count("0"))]
    texts: list[str] = []
    for part in reversed(parts):
        if not part.digits:
            texts.append(part.text)
            continue
        width = len(part.text.partition(".")[0])
        places.pop()
        taken = integer if not places else integer[max(0, len(integer) - width) :]
        integer = integer[: len(integer) - len(taken)]
        texts.append(f"{taken}.{fraction}" if fraction else taken)
    return "".join(reversed(texts))
