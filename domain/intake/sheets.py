"""A file's sheets (工作表) that hold a kind of rows: all of them are taken, the others named."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.intake.columns import COLUMNS, TITLES
from domain.intake.fitting import Fit, fit, words_of
from domain.kernel.errors import BadSheet
from domain.kernel.period import Period
from domain.kernel.quoting import shown
from domain.kernel.reasons import Reason, reason
from domain.sheets.headings import bare_heading, normal_heading
from domain.sheets.reading import Table

_MONTH = re.compile(r"(?:(20\d\d)[年./-]?)?(0?[1-9]|1[0-2])月.*|(20\d\d)[-.](0[1-9]|1[0-2])")
_QUARTER = re.compile(r"(?:(20\d\d)[年-]?)?(?:第?([一二三四1-4])季度?|[Qq]([1-4])).*")
_FILE_MAX = 255
_NUMERALS = {"一": "1", "二": "2", "三": "3", "四": "4"}


@dataclass(frozen=True)
class Sheets:
    """The sheets of a file that hold a kind of rows, and what was passed over."""

    fits: tuple[Fit, ...]
    passed: tuple[Reason, ...]


def sheets_of(kind: str, table: Table, period: Period | None = None) -> Sheets:
    """The sheets of a file with this kind of rows; BadSheet says what is wrong with one.

    A sheet of another kind is passed over, and so is one of an inspection of another `period`.
    """
    tables = (replace(table, others=(), passed=()), *table.others)
    if len(tables) == 1:
        return Sheets((fit(kind, tables[0]),), table.passed)
    passed = list(table.passed)
    mine = []
    for each in tables:
        if kind == "inspection" and period and _is_of_other_period(each.sheet, period):
            passed.append(
                reason("sheet_of_other_period", sheet=shown(each.sheet), period=str(period))
            )
        elif not _is_of(kind, each):
            passed.append(reason("sheet_of_other", sheet=shown(each.sheet)))
        else:
            mine.append(each)
    if not mine:
        return Sheets((fit(kind, tables[0]),), table.passed)
    fits = [fit(kind, each) for each in mine]
    if len(fits) > 1:
        # Rows are kept under the name of their file: here their sheet's name is added to it.
        fits = [replace(each, table=_labelled(each.table)) for each in fits]
    return Sheets(tuple(fits), tuple(passed))


def overlooked(kind: str, table: Table, period: Period | None = None) -> list[Reason]:
    """What is said of a file before its rows are taken: sheets passed over, and hidden rows."""
    sheets = sheets_of(kind, table, period)
    several = len(sheets.fits) > 1
    return [*sheets.passed] + [
        rows_hidden(table.file, fit.table.sheet if several else "", sorted(fit.table.hidden))
        for fit in sheets.fits
        if fit.table.hidden
    ]


def rows_hidden(file: str, sheet: str, numbers: Sequence[int]) -> Reason:
    """That hidden rows of a sheet were taken in as well."""
    where = reason("in_sheet" if sheet else "in_file", file=file, sheet=shown(sheet))
    return reason("rows_hidden", where=where, count=len(numbers), rows=tuple(map(str, numbers)))


def _labelled(table: Table) -> Table:
    return replace(table, file=f"{table.file} {table.sheet}"[:_FILE_MAX])


def _is_of(kind: str, table: Table) -> bool:
    """Whether a sheet of a workbook holds this kind of rows rather than another, or none."""
    if table.sheet in TITLES.values():
        return table.sheet == TITLES[kind]
    heads = {name(head) for head in table.header for name in (normal_heading, bare_heading)}
    if kind == "inspection":
        return bool(heads & words_of(kind)) and not any(
            _fits(other, table) for other in COLUMNS if other != kind
        )
    required = [column for column in COLUMNS[kind] if column.required]
    found = sum(
        any(normal_heading(name) in heads for name in (column.code, *column.aliases))
        for column in required
    )
    others = max(len(heads & words_of(other)) for other in COLUMNS if other != kind)
    return 2 * found > len(required) and len(heads & words_of(kind)) >= others


def _fits(kind: str, table: Table) -> bool:
    try:
        fit(kind, table)
    except BadSheet:
        return False
    return True


def _is_of_other_period(title: str, period: Period) -> bool:
    """Whether a sheet's name says another month or quarter: 3月, 2026年3月, 一季度."""
    plain = "".join(unicodedata.normalize("NFKC", title).split())
    if found := _MONTH.fullmatch(plain):
        year, month = found[1] or found[3] or period.start.year, int(found[2] or found[4])
        return str(period) != f"{year}-{month:02}"
    if found := _QUARTER.fullmatch(plain):
        number = found[2] or found[3]
        year = found[1] or period.start.year
        return str(period) != f"{year}-Q{_NUMERALS.get(number, number)}"
    return False
