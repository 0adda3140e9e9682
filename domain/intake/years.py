"""Dates without a year (11月5日): they are of the month under audit's year, where that is sure.

The sheet's own title, its file's name or the period that is given say the year; else it follows
from the day of the import. A date that may be of two years is left as it is, and so refused.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from domain.intake.fitting import Fit
from domain.sheets.reading import Table

# When something was done; since when a household lives here may be any year.
_COLUMNS = ("occurred_on", "submitted_at", "decided_at", "filed_at", "redeemed_at")
_NO_YEAR = re.compile(r"\s*(0?[1-9]|1[0-2])\s*月\s*(0?[1-9]|[12]\d|3[01])\s*[日号].*", re.DOTALL)
_YEAR_MONTH = re.compile(
    r"(?<!\d)(20\d\d)(?:\s*年(?:\s*(1[0-2]|0?[1-9])\s*月)?|[-._](1[0-2]|0[1-9])(?!\d)"
    r"|(1[0-2]|0[1-9])(?:[0-3]\d)?(?!\d)|(?!\d))"
)
_NEAR_MONTHS = 6


@dataclass(frozen=True)
class Years:
    """What is known of the year of a sheet's dates: that of a replay or period, or today."""

    today: date
    year: int | None = None

    def of(self, table: Table, month: int, of_month: int) -> int | None:
        """The year of a day; None where it may be another."""
        if self.year is not None:
            return self.year
        usual = self._usual(month, of_month)
        said = _said(table)
        if not said:
            return usual
        years = {year for year, _ in said}
        if len(years) > 1 or any(_is_far(at, month) for _, at in said):
            return None
        (year,) = years
        likely = (usual,) if usual else (self.today.year - 1, self.today.year)
        return year if year in likely else None

    def _usual(self, month: int, of_month: int) -> int | None:
        """By today alone. In January, December may be under audit: then both years may be meant."""
        if self.today.month > 1:
            return self.today.year
        ahead = (month, of_month) > (self.today.month, self.today.day)
        return self.today.year - 1 if ahead else None


def _said(table: Table) -> set[tuple[int, int]]:
    """The years, and months or 0, that stand in a sheet's title, its name or its file's."""
    texts = (table.titles, f"{table.sheet} {table.file}")
    found = set()
    for text in texts:
        for match in _YEAR_MONTH.finditer(unicodedata.normalize("NFKC", text)):
            found.add((int(match[1]), int(match[2] or match[3] or match[4] or 0)))
        if found:
            break
    return found


def _is_far(audited: int, month: int) -> bool:
    """Whether a month lies so far from the month under audit that its year is not sure."""
    return bool(audited) and abs(audited - month) > _NEAR_MONTHS


def with_years(fit: Fit, years: Years) -> Fit:
    """The sheet with the years of its dates written out, where they are sure."""
    places = [fit.places[code] for code in _COLUMNS if code in fit.places]
    changed: dict[int, list[Any]] = {}
    for place in places:
        column = [row[place] for row in fit.table.cells]
        if str not in set(map(type, column)):
            continue
        for at, cell in enumerate(column):
            if isinstance(cell, str) and "月" in cell and (full := _full(fit.table, cell, years)):
                changed.setdefault(at, list(fit.table.cells[at]))[place] = full
    if not changed:
        return fit
    cells: Sequence[Sequence[Any]] = [
        changed.get(at, row) for at, row in enumerate(fit.table.cells)
    ]
    return replace(fit, table=replace(fit.table, cells=cells))


def _full(table: Table, cell: str, years: Years) -> str | None:
    text = unicodedata.normalize("NFKC", cell)
    match = _NO_YEAR.fullmatch(text)
    if not match:
        return None
    year = years.of(table, int(match[1]), int(match[2]))
    return None if year is None else f"{year}年{text.strip()}"
