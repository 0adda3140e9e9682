"""Monthly inspection sheets (入户检查表): a line a household, a column an item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from domain.rules.load import shipped
from tests.samples.diary import YEAR, Panel
from tests.samples.mistakes import Cells
from tests.samples.paper import Cell, Paper, Row

MONTHS = tuple(f"{YEAR}-{month:02d}" for month in range(1, 13))


@dataclass
class Rounds:
    """The year's rounds from house to house; `since` says who joined when.

    Each household has a way of its own of keeping house, and each round is a little different.
    Sheets of the `signed` months name who inspected.
    """

    rng: Random
    scheme: str
    homes: Sequence[str]
    panel: Panel
    signed: Sequence[int] = ()
    since: Mapping[str, date] = field(default_factory=dict)
    away: Sequence[tuple[int, str]] = ()
    sheets: dict[str, list[Cells]] = field(default_factory=dict)

    def inspect(self) -> None:
        """Fill in all twelve."""
        keeping = {home: 0.55 + self.rng.random() * 0.45 for home in self.homes}
        for month, period in enumerate(MONTHS, 1):
            self.sheets[period] = [
                self._line(home, month, keeping[home])
                for home in self.homes
                if self.since.get(home, date(YEAR, 1, 1)).month <= month
                and (month, home) not in self.away
            ]

    def most(self) -> dict[str, float]:
        """The points of each graded item."""
        return {
            item.code: (item.points or 0) / 100
            for item in shipped(self.scheme).items
            if item.kind == "graded"
        }

    def grade(self, most: float, keeping: float) -> float:
        """A grade in half points, seldom in tenths."""
        share = min(1.0, max(0.0, keeping + self.rng.uniform(-0.18, 0.18)))
        return round(most * share, 1) if self.rng.random() < 0.05 else round(most * share * 2) / 2

    def total(self, home: str) -> float:
        """All that a household was graded in the year."""
        lines = [
            row for rows in self.sheets.values() for row in rows if row.get("household") == home
        ]
        return sum(cell for row in lines for cell in row.values() if isinstance(cell, float))

    def set(self, month: int, home: str, **cells: Cell) -> None:
        """Write over some cells of a line; `i1_2` stands for item 1.2."""
        line = next(row for row in self.sheets[MONTHS[month - 1]] if row["household"] == home)
        line.update({_code(name): cell for name, cell in cells.items()})

    def more(self, month: int, like: str, **cells: Cell) -> None:
        """A further line, copied from a household's."""
        lines = self.sheets[MONTHS[month - 1]]
        line = next(row for row in lines if row["household"] == like)
        lines.append({**line, **{_code(name): cell for name, cell in cells.items()}})

    def papers(self, title: str, *, csv: Sequence[int] = ()) -> list[Paper]:
        """The sheets as files; headings are numbers where items are numbered."""
        papers = []
        for month, (period, lines) in enumerate(self.sheets.items(), 1):
            heads: dict[str, str | float] = {"household": "户号"}
            heads.update({code: float(code) for code in self.most()})
            if month in self.signed:
                heads["reviewer"] = "评议人"
            rows: list[Row] = list(lines)
            suffix, above = (".csv", "") if month in csv else (".xlsx", f"{title}（{month}月）")
            papers.append(Paper(f"inspection-{period}{suffix}", heads, rows, above))
        return papers

    def _line(self, home: str, month: int, keeping: float) -> Cells:
        line: Cells = {"household": home}
        if month in self.signed:
            line["reviewer"] = self.rng.choice(self.panel.able(home)).code
        for code, most in self.most().items():
            line[code] = self.grade(most, keeping)
        return line


def _code(name: str) -> str:
    return name[1:].replace("_", ".") if name[0] == "i" and name[1:2].isdigit() else name
