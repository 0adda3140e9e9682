"""What clerks get wrong in a sheet of claims: a few dozen rows, refused or seen through.

A spoilt row stands beside the good one that it came from. Rows that are refused have numbers of
their own, except where the mistake is that a number comes twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.samples.paper import Cell

Cells = dict[str, Cell]
WIDE = str.maketrans("0123456789HMLTS", "０１２３４５６７８９ＨＭＬＴＳ")


@dataclass
class Spoiler:
    """Spoils a sheet; `pick` takes good rows that nothing else has been done to."""

    rng: Random
    rows: list[Cells]
    pattern: str
    usable: Sequence[int]
    refused: list[str] = field(default_factory=list)
    _beside: dict[int, list[Cells]] = field(default_factory=dict)
    _used: set[int] = field(default_factory=set)

    def pick(self) -> int:
        """A good row that is still untouched."""
        at = self.rng.choice([at for at in self.usable if at not in self._used])
        self._used.add(at)
        return at

    def number(self) -> Any:
        """A number that no good row has."""
        ref = self.pattern.format(number=len(self.refused) + 1)
        self.refused.append(ref)
        return ref

    def wrong(self, **cells: Cell) -> None:
        """A copy of a good row that is refused for these cells."""
        at = self.pick()
        self._beside.setdefault(at, []).append({**self.rows[at], "ref": self.number(), **cells})

    def again(self, **cells: Cell) -> None:
        """A good row once more under its own number; with other `cells` it is refused."""
        at = self.pick()
        self._beside.setdefault(at, []).append({**self.rows[at], **cells})

    def blank(self, count: int) -> None:
        """Blank lines, which are skipped."""
        for _ in range(count):
            self._beside.setdefault(self.pick(), []).append({})

    def untidy(self, count: int) -> None:
        """Spaces around cells and full-width digits in dates: seen through."""
        for _ in range(count):
            row = self.rows[self.pick()]
            row["household"] = f"{row['household']} "
            row["place"] = f" {row['place']}　"
            if isinstance(row["occurred_on"], str):
                row["occurred_on"] = row["occurred_on"].translate(WIDE)

    def add(self, **cells: Cell) -> None:
        """A row that is refused for what it says, under a number of its own."""
        at = self.pick()
        copy = {**self.rows[at], "submitted_at": None, "matter": "", "quantity": None, **cells}
        self._beside.setdefault(at, []).append({**copy, "ref": self.number()})

    def result(self) -> list[Cells]:
        """The spoilt sheet: each mistake right after the row that it was made from."""
        return [
            row for at, good in enumerate(self.rows) for row in [good, *self._beside.get(at, [])]
        ]


def usual(spoiler: Spoiler, typos: Sequence[str], unknown: Sequence[str]) -> None:
    """The mistakes that every village makes, some twenty-five of them refused."""
    for _ in range(4):
        spoiler.again()
    spoiler.again(reason="（重新誊写）事由以此为准")
    spoiler.again(place="地点写错，改为社区广场")
    spoiler.again(household=unknown[0])
    for _ in range(3):
        spoiler.wrong()
    for typo in typos:
        spoiler.wrong(item=typo)
    for household in unknown:
        spoiler.wrong(household=household)
    spoiler.wrong(occurred_on="2025-12-28", submitted_at=None)
    spoiler.wrong(occurred_on="2025/3/5", submitted_at=None)
    spoiler.wrong(occurred_on="2026-02-30", submitted_at=None)
    spoiler.wrong(occurred_on="2026年6月31日", submitted_at=None)
    spoiler.wrong(occurred_on="2026/13/5", submitted_at=None)
    spoiler.wrong(occurred_on="上个月底", submitted_at=None)
    spoiler.wrong(place="")
    spoiler.wrong(reason="")
    spoiler.wrong(household="")
    spoiler.wrong(occurred_on=None, submitted_at=None)
    spoiler.wrong(channel="微信")
    spoiler.wrong(channel="")
    spoiler.wrong(quantity="两次")
    spoiler.wrong(submitted_at="2025-11-30 10:00")
    spoiler.blank(6)
    spoiler.untidy(9)
