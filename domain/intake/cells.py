"""Cells (单元格) as clerks fill them in, to one normal text each; `BadCell` says why not.

The normal text of a cell is what is stored, compared and hashed: a day is `2026-03-05`, a moment
is UTC to the microsecond, points are hundredths, yes and no are `yes` and `no`. Blank is "".
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from domain.intake.dates import YEAR_MAX, YEAR_MIN, BadDate, written_moment
from domain.intake.soundness import fault_of, fault_of_name, looks_sound
from domain.kernel.errors import BadInput
from domain.kernel.local_time import LOCAL
from domain.kernel.points import parse_points, settled
from domain.kernel.quoting import Shown, shown, whole
from domain.kernel.reasons import Reason, reason
from domain.sheets.number_formats import plain
from domain.sheets.private_use import without_private_use
from domain.sheets.xlsx_cells import UNCOMPUTED

Parser = Callable[[Any], str]


class BadCell(Exception):
    """A cell that cannot be taken; `why` is its reason."""

    def __init__(self, why: Reason) -> None:
        self.why = why


_BREAKS = re.compile(r"[\t\n\r]+")
# A number of more than the 15 digits that a spreadsheet keeps is not what was typed.
_LONG = 10**15
_LONG_TEXT = re.compile(r"[+-]?\d(?:\.\d+)?[Ee]\+\d{1,3}")
# A cell that names nothing: signs alone, or a word that stands for a blank one or for a sum. Signs
# are told from characters by their plane as well: Python may not know the newest ones.
_WORDS = """
    无 没有 暂无 空 同上 合计 合计数 总计 小计 共计 累计 备注 附注 总户数 总人数 填表人 填报人
    制表人 审核人 N/A n/a NULL null None
""".split()
_SPACED = "|".join("[ \u3000]*".join(map(re.escape, word)) for word in _WORDS)
_NAMELESS = re.compile(
    rf"^(?:(?:[^\w\n\U00020000-\U0003ffff]|_)+|(?:{_SPACED})[:：]?)$", re.MULTILINE
)
# Letters, digits and signs of full width, as ASCII.
_HALF_WIDTH = {0xFF01 + at: 0x21 + at for at in range(94)} | {0x3000: 0x20}
# What spreadsheets show for a formula that failed.
FORMULA_ERRORS = frozenset(
    """
    #DIV/0! #N/A #NAME? #NULL! #NUM! #REF! #VALUE! #SPILL! #CALC! #GETTING_DATA #ERROR!
    """.split()
)
# Numbers of days since 30 December 1899, as spreadsheets count: 1950 to 2099.
_SERIAL_MIN, _SERIAL_MAX = 18_264, 73_051
_SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a clerk's date has no zone yet
_SHANGHAI, _PLAIN_YEAR_MIN = timedelta(hours=8), 1992
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,9})?")
_DIGITS = re.compile(r"[^\d.-]")  # all but what a number is written with
_TAIL = 1e-9  # what is left over from reckoning in binary
_WHOLE = re.compile(r"[+-]?\d{1,9}(\.0*)?")


def half_width(text: str) -> str:
    """Full-width letters, digits and signs as the usual ones: ２０２６－３－５ as 2026-3-5."""
    return text if text.isascii() else text.translate(_HALF_WIDTH)


def refuse_formula(cell: Any) -> None:
    """Refuse a formula that failed, or whose value the file does not hold."""
    if not isinstance(cell, str) or not cell.lstrip().startswith("#"):
        return
    text = cell.strip()
    if text in FORMULA_ERRORS:
        raise BadCell(reason("formula_error", value=text))
    if text.startswith(UNCOMPUTED):
        formula = shown(text.removeprefix(UNCOMPUTED).strip())
        raise BadCell(reason("formula_unsaved", formula=formula))


@dataclass(frozen=True)
class Text:
    """Free text up to `limit` characters; a `code` has no invisible characters either.

    What consists of `digits` (a code, a telephone number) is refused where the spreadsheet has
    cut the last ones off. A `name` (or a code of this kind) says which one is meant: 无, — and
    合计 do not. The name of a `person` has no sign in the place of a character that was lost.
    """

    limit: int
    code: bool = False
    digits: bool = False
    name: bool = False
    person: bool = False

    def __call__(self, cell: Any) -> str:
        if not isinstance(cell, str):
            cell = self._as_text(cell)
        text = unicodedata.normalize("NFC", without_private_use(_BREAKS.sub(" ", cell).strip()))
        if fault := fault_of(text):
            raise BadCell(fault)
        refuse_formula(text)
        if self.code and not text.isprintable():
            raise BadCell(reason("invisible"))
        if (self.code or self.digits) and _LONG_TEXT.fullmatch(half_width(text)):
            raise BadCell(reason("digits_lost", value=shown(text)))
        if self.person and (fault := fault_of_name(text)):
            raise BadCell(fault)
        if self.name and _NAMELESS.fullmatch(text):
            raise BadCell(reason("no_code" if self.code else "no_name", value=shown(text)))
        if len(text) > self.limit:
            raise BadCell(reason("too_long", limit=self.limit, length=len(text)))
        return text

    def _as_text(self, cell: Any) -> str:
        if isinstance(cell, bool):
            return "TRUE" if cell else "FALSE"
        if isinstance(cell, date) and self.code:
            raise BadCell(reason("became_date", value=cell))
        if not isinstance(cell, int | float):
            return str(cell)
        if (self.code or self.digits) and abs(cell) >= _LONG:
            raise BadCell(reason("digits_lost", value=shown(cell)))
        return cell.text if isinstance(cell, Shown) else plain(float(cell))

    def whole(self, column: tuple[Any, ...]) -> list[str] | None:
        """All texts of a column at once, where none of them needs a closer look."""
        try:
            joined = " ".join(column)
        except TypeError:
            return None
        if not looks_sound(joined) or (self.code and not joined.isprintable()):
            return None
        if "#" in joined or not unicodedata.is_normalized("NFC", joined):
            return None
        is_cut = (self.code or self.digits) and ("+" in joined or "＋" in joined)
        if is_cut or (self.person and fault_of_name(joined)):
            return None
        texts = list(map(str.strip, column))
        if self.name and _NAMELESS.search("\n".join(texts)):
            return None
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


def choice(**words: Sequence[str]) -> Choice:
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
        require_clear(cell)
        text = _plain(settled(cell) if isinstance(cell, float) else cell)
        if isinstance(cell, bool) or not _WHOLE.fullmatch(text):
            raise BadCell(reason("not_integer", value=shown(cell)))
        number = int(text.partition(".")[0])
        if not self.low <= number <= self.high:
            raise BadCell(reason("out_of_range", value=shown(cell), low=self.low, high=self.high))
        return str(number)


def points(cell: Any) -> str:
    """Points in hundredths; at most two decimals."""
    require_clear(cell)
    if isinstance(cell, str):
        cell = half_width(cell.strip())
        if cell.endswith("%"):
            raise BadCell(reason("percent", value=shown(cell)))
    try:
        return str(parse_points(cell))
    except BadInput as error:
        raise BadCell(reason("not_points", value=shown(cell))) from error


def require_clear(cell: Any) -> None:
    """Refuse a number that its cell shows as another one: 7.4 as 7, or 0.75 as 75%."""
    if not isinstance(cell, Shown):
        return
    if "%" in cell.text:
        raise BadCell(reason("percent", value=cell.text))
    seen = _DIGITS.sub("", cell.text)
    if not _NUMBER.fullmatch(seen.lstrip("-")) or abs(float(seen) - cell) > _TAIL:
        raise BadCell(reason("shown_otherwise", text=cell.text, value=shown(cell)))


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
        if min(filled).year < _PLAIN_YEAR_MIN or max(filled).year > YEAR_MAX:
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
        found = _written_moment(cell, code)
    if not YEAR_MIN <= found.year <= YEAR_MAX:
        raise BadCell(reason(code, value=shown(cell)))
    return found


def _written_moment(cell: Any, code: str) -> datetime:
    text = _plain(cell)
    # A day whose cell has lost its format; a CSV has it as digits.
    if _NUMBER.fullmatch(text) and _SERIAL_MIN <= float(text) < _SERIAL_MAX:
        return _SERIAL_ZERO + timedelta(days=float(text))
    try:
        return written_moment(text)
    except BadDate as error:
        why = "not_time" if code == "not_time" and error.code == "not_date" else error.code
        raise BadCell(reason(why, value=shown(cell), **error.values)) from error


def _plain(cell: Any) -> str:
    """A cell as short text of usual width; a whole number without its `.0`."""
    return half_width(str(whole(cell))).strip()
