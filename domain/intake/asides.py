"""What stands on a sheet beside its rows (合计、落款、重复表头、示例): it is not taken as a row.

A heading that is repeated further down is passed over. A total, a signature line or an example
is refused and says so. A row whose code (户号、编号、物品) is an ordinary one is always a row,
whatever its other cells say.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.intake.columns import COLUMNS, EXTRA
from domain.intake.fitting import Fit
from domain.intake.parsed import Fault, Parsed
from domain.kernel.quoting import whole
from domain.kernel.reasons import reason
from domain.sheets.headings import is_filled, known_heading, normal_heading

# The columns that say what a row is about, the most telling first.
_KEYS = ("household", "ref", "goods", "member", "reviewer", "head")
_NAMES = ("name", "group")
_HEADING_MAX, _ASIDE_MAX = 40, 200
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

_UNIT = "(?:户|人|名|口|条|件|项|次|分|元|个|天|张)?"
_AMOUNT = rf"[\d.,]+{_UNIT}"
_REST = rf"(?:[(\[]?{_UNIT}[)\]]?)[:,]?(?:[(\[,;:]?{_AMOUNT}[)\]]?)*"
_SUMS = (
    "合计|总计|小计|共计|累计|总和|总数|总分|总户数|总人数|合计数"
    "|平均|平均数|平均值|平均分|均值|户均|人均"
)
# The rows under the scores of an inspection, and what a sum is said to be part of.
_MARKS = (
    "最高|最低|最高分|最低分|满分|标准分|中位数|得分率|及格率|优秀率"
    "|(?:总|参与|参加|农)?户数|总?人数"
)
_TOTAL = re.compile(
    rf"(?:.{{0,12}}(?:{_SUMS}){_REST}|(?:{_MARKS}){_REST}"
    # `其中：党员户`; without a colon only what counts is named so (王其中 is a person)
    rf"|其中(?:[:,、].*|(?:.{{0,10}}(?:户|户数|人|人数))?{_REST})"
    rf"|(?:以上)?(?:总共|一共|共有|共|计)[:]?{_AMOUNT}(?:[,;]?共?{_AMOUNT})*"
    r"|(?:grand|sub|page)?-?(?:totals?|sum|average|avg|mean)[:.\d]*)",
    re.IGNORECASE,
)
_COUNT = re.compile(_AMOUNT)
_SIGNERS = (
    "填表人|填报人|制表人|制表|制单人|制单|审核人|审核|复核人|复核|审批人|审批|批准人|负责人|经办人|经手人"
    "|承办人|统计人|统计员|登记人|记录人|核对人|校对人|监督人|报送人|组长|签字|签名|签章|盖章|公章"
    "|填表日期|填报日期|制表日期|报送日期|填表时间|填报时间|制表时间|填报单位|填表单位|报送单位|制表单位"
)
_LABELS = (
    rf"{_SIGNERS}|意见|日期|时间|联系人|电话|联系电话|监督电话|举报电话|备注|说明|注|附|附注|附件"
    r"|公示时间|公示期|注意事项"
)
_PAGE = r"[\d一二三四五六七八九十]{0,4}"
_SIGNATURE = re.compile(
    # `填表人：王五`, `村委会负责人（签字）：`, `注1：…`, or the label alone, its name beside it
    rf"(?:(?:.{{0,10}}?(?:{_LABELS})|.{{1,10}}?单位)\d?(?:\([^)]*\))?:.*"
    rf"|(?:{_SIGNERS}|备注|说明|填表说明|填报说明|.{{0,10}}意见)(?:\([^)]*\))?"
    rf"|(?:单位|负责人|村|社区|村委会|居委会)?\((?:签字|签名|签章|盖章|公章)\)"
    r"|\(?-*以下(?:空白|无正文|无内容)-*\)?"
    rf"|-?第{_PAGE}页(?:[,、/]?共{_PAGE}页)?-?|-?共{_PAGE}页(?:[,、/]?第{_PAGE}页)?-?"
    r"|page\d+(?:(?:of|/)\d+)?"
    r"|\d{0,4}年\d{0,2}月\d{0,2}日)",
    re.DOTALL | re.IGNORECASE,
)
# `单位：马鞍社区` alone is a footer, and `单位:供销社` beside a head is the code of a household.
_WEAK = re.compile(r"单位(?:\([^)]*\))?:.*", re.DOTALL)
# A row's only cell is a section's title (`二、新增农户`) or a footer, unless it may be a code.
_CODE_LIKE = re.compile(
    r"(?!第|共|[(\[]?[一二三四五六七八九十]+[)\]]?[、.:])(?:.*\d|[A-Za-z].{0,15})"
)
_NAME_LIKE = re.compile(r"[^\W\d_]{1,4}")
# Kinds in whose sheets a row may well say no more than which household it is of.
_ONE_CELL_ROWS = frozenset(("inspection", "survey"))
_EXAMPLE = re.compile(
    r"\(?(?:填写|填表)?(?:例|示例|样例|举例|范例)(?:\d{0,3}\)?|\)?[:].*)|\(?例如[:]?.*"
    r"|\(?(?:example|sample)\)?[:\d]*.*",
    re.IGNORECASE | re.DOTALL,
)

_FORMS = {"aside_total": _TOTAL, "aside_signature": _SIGNATURE, "aside_example": _EXAMPLE}


def without_headings(fit: Fit) -> Fit:
    """The sheet without those rows that only repeat its headings."""
    names = {
        fit.places[column.code]: set(map(normal_heading, (column.code, *column.aliases)))
        for column in COLUMNS[fit.kind]
        if column.code in fit.places
    }
    cells = fit.table.cells
    # Of a required column few cells are its heading or blank: only those rows are looked at.
    required = [column.code for column in COLUMNS[fit.kind] if column.required]
    place = next((fit.places[code] for code in reversed(required) if code in fit.places), None)
    if place is None:
        return fit
    column = [row[place] for row in cells]
    likely = {cell for cell in set(column) if _may_head(cell, names[place])}
    rows = (at for at, cell in enumerate(column) if cell in likely)
    repeated = {at for at in rows if _repeats(cells[at], names)}
    if not repeated:
        return fit
    kept = [at for at in range(len(cells)) if at not in repeated]
    numbers = [fit.table.numbers[at] for at in kept]
    return replace(fit, table=replace(fit.table, numbers=numbers, cells=[cells[at] for at in kept]))


def _may_head(cell: Any, known: set[str]) -> bool:
    is_text = isinstance(cell, str)
    return cell is None or (is_text and (not cell or known_heading(cell, known) is not None))


def _repeats(row: Sequence[Any], names: Mapping[int, set[str]]) -> bool:
    """Whether a row's filled cells all are the headings of their own columns."""
    filled = 0
    for place, known in names.items():
        cell = row[place]
        if cell in ("", None):
            continue
        # No heading ends with a digit, and most codes do.
        if not isinstance(cell, str) or len(cell) > _HEADING_MAX or cell[-1].isdigit():
            return False
        if known_heading(cell, known) is None:
            return False
        filled += 1
    return filled >= min(2, len(names)) > 0


def refuse_asides(parsed: Parsed) -> None:
    """Refuse totals, signature lines and examples; nothing else is said of such a row."""
    layout = _Layout.of(parsed.fit)
    what = reason(f"row_of_{parsed.kind}")
    cells = parsed.fit.table.cells
    for at in layout.doubtful(cells):
        found = layout.aside(cells[at])
        if found is not None:
            place, code = found
            column = layout.columns.get(place, parsed.fit.table.header[place])
            parsed.faults[at] = Fault(column, reason(code, what=what))
            parsed.asides.add(at)


@dataclass(frozen=True)
class _Layout:
    """Where a sheet has what tells: `keys` are the columns that say what a row is about, the
    most telling first; `words` are those in which a total may be named beside a number. `lonely`
    says that a row with one filled cell is none.
    """

    keys: tuple[int, ...]
    words: tuple[int, ...]
    all: tuple[int, ...]
    columns: Mapping[int, str]
    lonely: bool

    @classmethod
    def of(cls, fit: Fit) -> "_Layout":
        keys = tuple(fit.places[code] for code in _KEYS if code in fit.places)
        known = {*fit.places.values(), *fit.items.values()}
        heads = fit.table.header
        everything = tuple(at for at, head in enumerate(heads) if head not in EXTRA)
        passed = (at for at in everything if at not in known and at < min(keys, default=0))
        names = (fit.places[code] for code in _NAMES if code in fit.places)
        columns = {place: code for code, place in fit.places.items()}
        lonely = fit.kind not in _ONE_CELL_ROWS and len(everything) > 1
        return cls(keys, (*passed, *keys, *names), everything, columns, lonely)

    def doubtful(self, cells: Sequence[Sequence[Any]]) -> Iterable[int]:
        """The rows whose first key is not a code like H012: nearly all are, and are rows."""
        if not self.keys:
            return range(len(cells))
        column = [row[self.keys[0]] for row in cells]
        plain = {cell for cell in set(column) if _is_plain(cell)}
        return (at for at, cell in enumerate(column) if cell not in plain)

    def aside(self, row: Sequence[Any]) -> tuple[int, str] | None:
        """The cell that tells that a row is none, and what it tells; None for a row."""
        filled = [place for place in self.all if is_filled(row[place])]
        if len(filled) == 1 and self.lonely:
            return self._alone(row[filled[0]], filled[0])
        key = next((place for place in self.keys if is_filled(row[place])), None)
        if key is None:
            return self._first(row, filled[:2])
        code = _text(row[key])
        if _WEAK.fullmatch(code) and all(_told(_text(row[at])) for at in filled if at != key):
            return key, "aside_signature"
        told = _told(code)
        if told is not None and not _is_plain(row[key]):
            return key, told
        if not _COUNT.fullmatch(code):  # nor is a plain code one
            return None
        # `3户` or `9` may be a code as well as what a total counts.
        found = self._first(row, (place for place in self.words if place != key))
        return found if found and found[1] == "aside_total" else None

    def _alone(self, cell: Any, place: int) -> tuple[int, str] | None:
        """What a row's only cell tells: it is a title or a footer unless a row may begin so."""
        text = _text(cell)
        form = _NAME_LIKE if self.columns.get(place) in ("head", "name") else _CODE_LIKE
        told = _told(text) or (None if form.fullmatch(text) else "aside_signature")
        return (place, told) if told else None

    def _first(self, row: Sequence[Any], places: Iterable[int]) -> tuple[int, str] | None:
        told = ((place, _told(_text(row[place]))) for place in places)
        return next(((place, code) for place, code in told if code), None)


def _is_plain(cell: Any) -> bool:
    return isinstance(cell, str) and cell.isascii() and cell[-1:].isdigit() and cell[:1] in _PLAIN


def _text(cell: Any) -> str:
    """A cell without blanks, in plain letters and signs."""
    text = unicodedata.normalize("NFKC", str(whole(cell))[:_ASIDE_MAX])
    return "".join(text.split()).strip("—-*·.。")


def _told(text: str) -> str | None:
    """What a text tells of its row; None where it is as any other."""
    for code, form in _FORMS.items():
        if form.fullmatch(text):
            return code
    return None
