"""The points shop's year: market days, what was handed out, and what could not be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random

from tests.samples.diary import Diary, at, written_moment
from tests.samples.paper import Cell, Row
from tests.samples.reviewing import approved_at


@dataclass(frozen=True)
class Ware:
    """Goods at a posted price; `stock` None where the shop keeps no count."""

    name: str
    points: float
    stock: int | None
    source: str

    def row(self) -> Row:
        return {
            "goods": self.name,
            "points": self.points,
            "stock": self.stock,
            "source": self.source,
        }


@dataclass
class Purse:
    """What households surely have: points of the ledger by then, less what they redeemed.

    `worth` is what a claim of an item surely brings; a scheme's caps may leave less than the sum,
    so no more than `share` of it is spent.
    """

    diary: Diary
    worth: dict[str, float]
    base: float = 0
    share: float = 0.8
    never: frozenset[str] = frozenset()
    spent: dict[str, float] = field(default_factory=dict)

    def free(self, home: str, moment: datetime) -> float:
        """What the household can spend for sure."""
        if home in self.never:
            return 0
        gained = self.base
        for entry in self.diary.entries:
            posted = approved_at(self.diary, entry) if entry.home == home else None
            if posted is not None and posted <= moment:
                gained += self.worth.get(entry.item, 0) * (entry.quantity or 1)
        return gained * self.share - self.spent.get(home, 0)


@dataclass
class Shop:
    """Keeps count of stock, so that what the sample hands out is there."""

    rng: Random
    wares: Sequence[Ware]
    pattern: str
    rows: list[Row] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.left = {ware.name: ware.stock for ware in self.wares if ware.stock is not None}

    def ware(self, name: str) -> Ware:
        """Goods by name."""
        return next(ware for ware in self.wares if ware.name == name)

    def hand_out(self, home: str, name: str, count: int, when: datetime) -> None:
        """A row for goods that are there."""
        if name in self.left:
            if self.left[name] < count:
                raise ValueError(f"the sample hands out more {name} than there are")
            self.left[name] -= count
        self.write(home, when, goods=name, count=count)

    def write(
        self,
        home: str,
        when: datetime,
        *,
        goods: str = "",
        count: int | None = None,
        points: float | None = None,
    ) -> str:
        """A row of the sheet, as it stands; the answer is its number."""
        ref = self.pattern.format(number=len(self.rows) + 1)
        cells: dict[str, Cell] = {
            "ref": ref,
            "household": home,
            "points": points,
            "goods": goods,
            "count": count,
            "redeemed_at": written_moment(when, self.rng),
        }
        self.rows.append(cells)
        return ref

    def market(
        self,
        purse: Purse,
        day: date,
        homes: Sequence[str],
        count: int,
        fits: Callable[[Ware], bool] = lambda ware: True,
    ) -> None:
        """A market day: so many households take what they can pay for."""
        for home in self.rng.sample(list(homes), len(homes)):
            if count <= 0:
                return
            when = at(day, self.rng.randrange(9, 17), self.rng.choice((0, 10, 25, 40)))
            free = purse.free(home, when)
            able = [
                ware
                for ware in self.wares
                if ware.points <= free and self.left.get(ware.name, 1) > 0 and fits(ware)
            ]
            if not able:
                continue
            count -= 1
            ware = self.rng.choice(able)
            if self.rng.random() < 0.08 and free >= 3:
                purse.spent[home] = purse.spent.get(home, 0) + 3
                self.write(home, when, points=3)
                continue
            most = min(int(free // ware.points), self.left.get(ware.name, 9), 3)
            number = self.rng.randrange(1, most + 1)
            purse.spent[home] = purse.spent.get(home, 0) + number * ware.points
            self.hand_out(home, ware.name, number, when)
