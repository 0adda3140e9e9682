"""归零: a negative event leaves nothing of what the household gained until then (ruling 5).

At an event's date the classes that it zeroes (`base`, `contribution`) become 0: all base points
and positive awards of these classes that the household gained in the year up to and including
that date, after all other rules, as far as no earlier event took them. Two readings:

- Deductions up to that date have taken their points out of what was gained already. So an event
  never takes more than the score of that moment: 6 + 4 − 2 becomes 0, and not −2. A score that
  deductions have put below 0 stays as it is; zeroing is no pardon. What an event leaves in other
  classes stays.
- The event is about the score, which ranks. What was redeemed before stays redeemed, and is owed
  where its points are taken back (ruling 12: a balance may be negative then, not by redeeming):
  points gained later pay for it first, until the year is cleared or carried over.

Contributions dated later count again. Of two events on one day the first takes.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from domain.rules.rows import LOSSES, lower
from domain.rules.schema import Item
from domain.rules.terms import Terms

# An item's class as a number, and what an event zeroes as the sum of such numbers.
CLASSES = {"base": 1, "contribution": 2}


class _Move(NamedTuple):
    """Points that a household gained or lost on a day, or an event that zeroes some classes.

    Moves compare as they happen: on a day the events come last, in the canonical order.
    """

    household: int
    day: int
    is_event: bool
    row: int
    zeroes: int
    points: int
    part: int


def zero(rows: pl.DataFrame, terms: Terms, bases: pl.DataFrame) -> pl.DataFrame:
    """What an event takes is its own claim's `points`, below 0."""
    events = rows.filter(terms.where(lambda item: item.kind == "zeroing"))
    if events.is_empty():
        return rows
    touched = events.select("household").unique()
    moved = rows.join(touched, on="household", how="semi")
    own = moved.select(
        "household",
        pl.col("occurred_on").dt.epoch("d"),
        terms.where(lambda item: item.kind == "zeroing").alias("is_event"),
        pl.col("_row").cast(pl.Int64),
        pl.Series("zeroes", terms.of_each(_zeroes, moved)),
        "points",
        pl.Series("part", terms.of_each(lambda item: CLASSES.get(item.part, 0), moved)),
    ).rows()
    given = bases.join(touched, on="household", how="semi").select(
        "household", pl.col("gained_on").dt.epoch("d"), "points"
    )
    moves = [_Move(*move) for move in own]
    moves += [
        _Move(household, day, False, -1, 0, points, CLASSES["base"])
        for household, day, points in given.rows()
    ]
    taken = pl.DataFrame(list(_taken(sorted(moves))), schema=LOSSES, orient="row")
    return lower(rows, "points", taken)


def _zeroes(item: Item) -> int:
    return sum(CLASSES[name] for name in {*item.zeroes})


def _taken(moves: list[_Move]) -> Iterator[tuple[int, int]]:
    """Each event's row with the points that it takes; the moves in their order."""
    scores: dict[int, int] = defaultdict(int)
    gained: dict[tuple[int, int], int] = defaultdict(int)
    for move in moves:
        home = move.household
        if not move.is_event:
            scores[home] += move.points
            gained[home, move.part] += max(0, move.points)
            continue
        held = sum(gained.pop((home, one), 0) for one in CLASSES.values() if one & move.zeroes)
        points = min(held, max(0, scores[home]))
        scores[home] -= points
        yield move.row, points
