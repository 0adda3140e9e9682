"""Fitting a sheet to its kind (对表头): which of its columns is which, and what is passed over."""

from dataclasses import dataclass, replace
from functools import cache
from itertools import compress

from domain.intake.columns import (
    COLUMNS,
    ENTRY,
    EXTRA,
    KINDS,
    Column,
)
from domain.kernel.errors import BadSheet
from domain.kernel.quoting import shown
from domain.kernel.reasons import reason
from domain.sheets.headings import is_filled, known_heading, normal_heading
from domain.sheets.reading import Table
from domain.sheets.xlsx_cells import UNCOMPUTED

# Columns that are passed over where the kind has none of this name.
_NOTES = "序号 序 顺序号 No No. № # 备注 备注说明 备考 附注 remark remarks serial".split()
_ASIDE = frozenset(map(normal_heading, (*EXTRA, *_NOTES)))
# In an inspection sheet, sums beside the scores.
_SUM_WORDS = """
    总分 总得分 总评分 总计 合计 合计得分 小计 得分 总成绩 平均分 平均 平均得分 名次 排名
    位次 等级 等次 total sum average rank
""".split()
_SUMS = frozenset(map(normal_heading, _SUM_WORDS))


def titled(kind: str, heading: str) -> str:
    """How this program heads the column that a sheet of this kind headed so."""
    column = _column_of(kind, heading)
    return column.title if column else heading


@dataclass(frozen=True)
class Fit:
    """How a table's header reads as a kind of file: for each column code, which column it is.

    `entry` is where a sheet of refused rows names the rows it came from; `items` are the columns
    of an inspection sheet that are named after items.
    """

    kind: str
    table: Table
    places: dict[str, int]
    items: dict[str, int]
    entry: int | None

    def heading(self, code: str) -> str:
        """A column as the clerk headed it, or would have: its code among codes, else our word."""
        at = self.places.get(code, self.items.get(code))
        if at is not None:
            return self.table.header[at]
        in_codes = all(self.table.header[place].isascii() for place in self.places.values())
        return code if in_codes else titled(self.kind, code)


def words_of(kind: str) -> frozenset[str]:
    """The words by which the heading of a kind of file is found."""
    _require_kind(kind)
    return frozenset(_known(kind))


def _require_kind(kind: str) -> None:
    if kind not in COLUMNS:
        raise BadSheet(reason("not_a_kind", value=shown(kind), choices=KINDS))


@cache
def _known(kind: str) -> dict[str, Column]:
    """A kind's columns by all that they may be headed."""
    return {
        normal_heading(name): column
        for column in COLUMNS[kind]
        for name in (column.code, *column.aliases)
    }


def _column_of(kind: str, head: str) -> Column | None:
    known = _known(kind)
    name = known_heading(head, known)
    return None if name is None else known[name]


def _refuse_formulas(table: Table) -> None:
    """Refuse a heading that is a formula whose value the file does not hold."""
    for head in table.header:
        if head.startswith(UNCOMPUTED):
            formula = shown(head.removeprefix(UNCOMPUTED).strip())
            raise BadSheet(
                reason("heading_formula", where=table.where, taken=table.taken, formula=formula)
            )


def fit(kind: str, table: Table) -> Fit:
    """How one sheet reads as this kind of rows; BadSheet says what is wrong with its header."""
    _require_kind(kind)
    _refuse_formulas(table)
    places: dict[str, int] = {}
    items: dict[str, int] = {}
    unknown, twice = [], []
    for at, head in enumerate(table.header):
        column = _column_of(kind, head)
        if column is None and is_passed_over(kind, head):
            continue
        if column is None and kind != "inspection":
            unknown.append(head)
            continue
        found, name = (items, head) if column is None else (places, column.code)
        if name in found:
            twice.append(head)
        found[name] = at
    _refuse(kind, table, unknown, twice, places)
    entry = next((at for at, head in enumerate(table.header) if head == ENTRY), None)
    return Fit(
        kind, _without_blank(table, [*places.values(), *items.values()]), places, items, entry
    )


def _without_blank(table: Table, places: list[int]) -> Table:
    """The table without rows that say nothing but in columns that are passed over (序号)."""
    if len(places) == len(table.header) or all(is_filled(row[places[0]]) for row in table.cells):
        return table
    kept = [any(is_filled(row[place]) for place in places) for row in table.cells]
    return replace(
        table,
        numbers=list(compress(table.numbers, kept)),
        cells=list(compress(table.cells, kept)),
    )


def is_passed_over(kind: str, head: str) -> bool:
    """Whether a column is one that sheets have for people alone (序号, 备注)."""
    names = _ASIDE | _SUMS if kind == "inspection" else _ASIDE
    return known_heading(head, names) is not None


def _refuse(
    kind: str, table: Table, unknown: list[str], twice: list[str], places: dict[str, int]
) -> None:
    columns = COLUMNS[kind]
    missing = [
        column
        for column in columns
        if column.required and column.code not in places and column.instead not in places
    ]
    at_fault = {"where": table.where, "taken": table.taken}
    if unknown:
        known = _names(columns)
        raise BadSheet(reason("unknown_columns", **at_fault, heads=_listed(unknown), **known))
    if twice:
        raise BadSheet(reason("columns_twice", **at_fault, heads=_listed(twice)))
    if missing:
        raise BadSheet(reason("columns_missing", **at_fault, **_names(missing)))


def _listed(heads: list[str]) -> tuple[str, ...]:
    listed = tuple(f"“{shown(head)}”" for head in heads[:10])
    return listed if len(heads) <= 10 else (*listed, "…")


def _names(columns: list[Column] | tuple[Column, ...]) -> dict[str, tuple[str, ...]]:
    """Columns as their readers call them: a clerk by the heading, a script by the code too."""
    return {
        "columns": tuple(column.title for column in columns),
        "codes": tuple(
            f"{column.code} ({column.aliases[0]})" if column.aliases else column.code
            for column in columns
        ),
    }
