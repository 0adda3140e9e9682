"""Periods as the schemes write them: `2026-03`, `2026-Q1`, `2026-H1`, `2026`."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from domain.kernel.errors import BadInput
from domain.kernel.reasons import reason

_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_PREFIX = {"quarter": "Q", "half_year": "H"}
_PATTERN = re.compile(r"(\d{4})(?:-(?:(0[1-9]|1[0-2])|Q([1-4])|H([12])))?")


@dataclass(frozen=True, order=True)
class Period:
    """A month, quarter, half year or year; `index` counts from 1 within the year."""

    year: int
    kind: str
    index: int

    @classmethod
    def parse(cls, text: str) -> "Period":
        match = _PATTERN.fullmatch(text.strip())
        if not match or match[1] == "0000":
            raise BadInput(reason("period_wrong", value=text))
        year, month, quarter, half = match.groups()
        if month:
            return cls(int(year), "month", int(month))
        if quarter:
            return cls(int(year), "quarter", int(quarter))
        if half:
            return cls(int(year), "half_year", int(half))
        return cls(int(year), "year", 1)

    @classmethod
    def of(cls, kind: str, day: date) -> "Period":
        """The period of `kind` that contains `day`."""
        return cls(day.year, kind, (day.month - 1) // _MONTHS[kind] + 1)

    @classmethod
    def all_in(cls, kind: str, year: int) -> "list[Period]":
        """Every period of `kind` in `year`, in order."""
        return [cls(year, kind, index) for index in range(1, 12 // _MONTHS[kind] + 1)]

    @property
    def start(self) -> date:
        return date(self.year, (self.index - 1) * _MONTHS[self.kind] + 1, 1)

    @property
    def end(self) -> date:
        """The last day, inclusive."""
        return self.following().start - timedelta(days=1)

    def following(self) -> "Period":
        """The next period of the same kind."""
        if self.index * _MONTHS[self.kind] == 12:
            return Period(self.year + 1, self.kind, 1)
        return Period(self.year, self.kind, self.index + 1)

    def __str__(self) -> str:
        if self.kind == "year":
            return f"{self.year:04d}"
        if self.kind == "month":
            return f"{self.year:04d}-{self.index:02d}"
        return f"{self.year:04d}-{_PREFIX[self.kind]}{self.index}"
