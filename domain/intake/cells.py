"""Cells (单元格) as clerks fill them in, to one normal text each; `BadCell` says why not.

The normal text of a cell is what is stored, compared and hashed: a day is `2026-03-05`, a moment
is UTC to the microsecond, points are hundredths, yes and no are `yes` and `no`. Blank is "".
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from domain.clock import LOCAL
from domain.errors import BadInput
from domain.points import parse_points
from domain.reasons import Reason, reason, shown, whole

Parser = Callable[[Any], str]


class BadCell(Exception):
    """A cell that cannot be taken; `why` is its reason."""

    def __init__(self, why: Reason) -> None:
        self.why = why


_BREAKS = re.compile(r"[\t\n\r]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# What spreadsheets show for a formula that failed.
FORMULA_ERRORS = frozenset(
    ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!",
     "#GETTING_DATA", "#ERROR!")
)  # fmt: skip
# Numbers of days since 30 December 1899, as spreadsheets count: 1950 to 2099.
_SERIAL_MIN, _SERIAL_MAX = 18_264, 73_051
_SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a clerk's date has no zone yet
_YEAR_MIN, _YEAR_MAX = 1900, 2199
_SHANGHAI, _PLAIN_YEAR_MIN = timedelta(hours=8), 1992
_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?|(\d{4})(\d\d)(\d\d)(?!\d)"
)
_TIME = re.compile(
    r"[T\s]*(\d{1,2})\s*[:：时点]\s*(?:(\d{1,2})(?:\s*[:：分]\s*(\d{1,2}))?)?(?:\.\d+)?\s*[分秒]?"
    r"\s*(Z|[+-]\d\d:?\d\d)?"
)
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,9})?")
_WHOLE = re.compile(r"[+-]?\d{1,9}(\.0*)?")


@dataclass(frozen=True)
class Text:
    """Free text up to `limit` characters; a `code` has no invisible characters either."""

    limit: int
    code: bool = False

    def __call__(self, cell: Any) -> str:
        if not isinstance(cell, str):
            cell = self._as_text(cell)
        text = _BREAKS.sub(" ", cell).strip()
        if CONTROL.search(text):
            raise BadCell(reason("control"))
        text = unicodedata.normalize("NFC", text)
        if text in FORMULA_ERRORS:
            raise BadCell(reason("formula_error", value=text))
        if self.code and not text.isprintable():
            raise BadCell(reason("invisible"))
        if len(text) > self.limit:
            raise BadCell(reason("too_long", limit=self.limit, length=len(text)))
        return text

    def _as_text(self, cell: Any) -> str:
        if isinstance(cell, bool):
            return "TRUE" if cell else "FALSE"
        if isinstance(cell, date) and self.code:
            raise BadCell(reason("became_date", value=cell))
        return str(whole(cell))

    def whole(self, column: tuple[Any, ...]) -> list[str] | None:
        """All texts of a column at once, where none of them needs a closer look."""
        try:
            joined = " ".join(column)
        except TypeError:
            return None
        plain = joined.isprintable() or (not self.code and not CONTROL.search(joined))
        if not plain or "#" in joined or not unicodedata.is_normalized("NFC", joined):
            return None
        texts = list(map(str.strip, column))
        return texts if max(map(len, texts), default=0) <= self.limit else None


@dataclass(frozen=True)
class Choice:
    """One of a few codes; `words` lead to it from what is written, `names` say it to people."""

    words: Mapping[str, str]
    names: Mapping[str, str]

    def __call__(self, cell: Any) -> str:
        code = self.words.get(_plain(cell).casefold())
        if code is None:
            choices = tuple(self.names.values())
            raise BadCell(reason("not_choice", value=shown(cell), choices=choices))
        return code


def choice(**words: tuple[str, ...]) -> Choice:
    """A `Choice` from codes and what else is understood, the usual Chinese word first."""
    understood = {word: code for code, known in words.items() for word in (code, *known)}
    return Choice(understood, {code: f"{known[0]} {code}" for code, known in words.items()})


_FLAGS = {
    **dict.fromkeys(("是", "yes", "y", "true", "1"), "yes"),
    **dict.fromkeys(("否", "no", "n", "false", "0"), "no"),
}


def flag(cell: Any) -> str:
    """是/否, yes/no, true/false, 1/0."""
    text = _FLAGS.get(_plain(cell).casefold())
    if text is None:
        raise BadCell(reason("not_flag", value=shown(cell)))
    return text


@dataclass(frozen=True)
class Whole:
    """A whole number from `low` to `high`; 3.0 is one."""

    low: int
    high: int

    def __call__(self, cell: Any) -> str:
        text = _plain(cell)
        if isinstance(cell, bool) or not _WHOLE.fullmatch(text):
            raise BadCell(reason("not_integer", value=shown(cell)))
        number = int(text.partition(".")[0])
        if not self.low <= number <= self.high:
            raise BadCell(reason("out_of_range", value=shown(cell), low=self.low, high=self.high))
        return str(number)


def points(cell: Any) -> str:
    """Points in hundredths; at most two decimals."""
    try:
        return str(parse_points(cell.strip() if isinstance(cell, str) else cell))
    except BadInput as error:
        raise BadCell(reason("not_points", value=shown(cell))) from error


def day(cell: Any) -> str:
    """A day, from an Excel date, its serial number, or text; a time of day is left out."""
    return _moment(cell, "not_date").date().isoformat()


class Moment:
    """A moment in UTC; without a zone it is Asia/Shanghai, a bare date its start."""

    def __call__(self, cell: Any) -> str:
        found = _moment(cell, "not_time")
        if found.microsecond:
            found = (found + timedelta(microseconds=500_000)).replace(microsecond=0)
        if found.tzinfo is None:
            found = found.replace(tzinfo=LOCAL)
        return utc_text(found)

    def whole(self, column: tuple[Any, ...]) -> list[str] | None:
        """All moments of a column of Excel times, of years when Shanghai was at UTC+8 all year."""
        filled = [cell for cell in column if cell != ""]
        if set(map(type, filled)) != {datetime}:
            return None
        if min(filled).year < _PLAIN_YEAR_MIN or max(filled).year > _YEAR_MAX:
            return None
        if any(cell.microsecond for cell in filled):
            return None
        return [
            (cell - _SHANGHAI).isoformat(" ", "microseconds") if cell != "" else ""
            for cell in column
        ]


moment = Moment()


def utc_text(when: datetime) -> str:
    """A moment as this program stores it: text that sorts like time."""
    return when.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def utc_moment(text: str) -> datetime:
    """The moment that `utc_text` wrote."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _moment(cell: Any, code: str) -> datetime:
    if isinstance(cell, datetime):
        found = cell
    elif isinstance(cell, date):
        found = datetime.combine(cell, time.min)
    elif isinstance(cell, bool):
        raise BadCell(reason(code, value=shown(cell)))
    else:
        found = _written_moment(_plain(cell), cell, code)
    if not _YEAR_MIN <= found.year <= _YEAR_MAX:
        raise BadCell(reason(code, value=shown(cell)))
    return found


def _written_moment(text: str, cell: Any, code: str) -> datetime:
    match = _DAY.match(text)
    if match:
        year, month, of_month = (int(part) for part in match.groups() if part)
        start = _real_day(year, month, of_month, cell)
        return _with_time(start, text[match.end() :].strip(), cell, code)
    if _NUMBER.fullmatch(text) and _SERIAL_MIN <= float(text) < _SERIAL_MAX:
        return _SERIAL_ZERO + timedelta(days=float(text))
    raise BadCell(reason(code, value=shown(cell)))


def _real_day(year: int, month: int, of_month: int, cell: Any) -> datetime:
    if not 1 <= month <= 12:
        raise BadCell(reason("no_such_month", value=shown(cell), month=month))
    if not _YEAR_MIN <= year <= _YEAR_MAX:
        raise BadCell(reason("not_date", value=shown(cell)))
    days = monthrange(year, month)[1]
    if not 1 <= of_month <= days:
        raise BadCell(reason("no_such_day", value=shown(cell), year=year, month=month, days=days))
    return datetime.combine(date(year, month, of_month), time.min)


def _with_time(start: datetime, text: str, cell: Any, code: str) -> datetime:
    if not text:
        return start
    match = _TIME.fullmatch(text)
    if not match:
        raise BadCell(reason(code, value=shown(cell)))
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    if hour > 23 or minute > 59 or second > 59:
        raise BadCell(reason("not_time", value=shown(cell)))
    found = start.replace(hour=hour, minute=minute, second=second)
    if match[4] is None:
        return found
    zone = "+00:00" if match[4] == "Z" else match[4]
    try:
        return datetime.fromisoformat(found.isoformat() + zone).astimezone(LOCAL)
    except ValueError as error:
        raise BadCell(reason(code, value=shown(cell))) from error


def _plain(cell: Any) -> str:
    """A cell as short text; a whole number without its `.0`."""
    return str(whole(cell)).strip()
