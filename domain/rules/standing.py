"""Standing (排名): ranks, stars, honours and the support list. Pure; rulings 13 and 16.

Competition ranking (1, 1, 3) within the community, among the households enrolled.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.kernel.errors import Refused
from domain.kernel.points import HUNDREDTHS
from domain.kernel.reasons import reason
from domain.rules.schema import Honour, Standing


class Score(NamedTuple):
    """An enrolled household's score and base of the year, in hundredths, and how many of it take
    part."""

    household: int
    score: int
    base: int = 0
    members: int = 1


class Place(NamedTuple):
    """A household's place: what ranks it, its rank, its honours (ids), and
    whether it is among those to be helped (重点帮教)."""

    household: int
    score: int
    ranked_by: int
    rank: int
    honours: tuple[str, ...]
    support: bool


class _Field(NamedTuple):
    """All that a community's households are measured against."""

    households: int
    ranked_by_sum: int


def rank(scores: Sequence[Score], standing: Standing) -> list[Place]:
    """The places of one community's households, in the order given.

    Refused where an average is needed and a household has no taking-part member.
    """
    values = [_ranked_by(each, standing) for each in scores]
    ranks = _firsts(sorted(values, reverse=True))
    from_below = _firsts(sorted(values))
    field = _Field(len(values), sum(values))
    last = _places_supported(standing, len(values))
    # Households with the same figures have the same honours: there are few different ones.
    honours: dict[tuple[int, int, int], tuple[str, ...]] = {}
    for each, value in zip(scores, values, strict=True):
        figures = each.score, each.base, value
        if figures not in honours:
            honours[figures] = _honours(each, value, ranks[value], field, standing)
    return [
        Place(
            each.household,
            each.score,
            value,
            ranks[value],
            honours[each.score, each.base, value],
            # Ties included; but never the first in the ranking.
            from_below[value] <= last and ranks[value] > 1,
        )
        for each, value in zip(scores, values, strict=True)
    ]


def average_points(points: int, members: int) -> int:
    """The average per taking-part member, to two decimals, half up (ruling 16)."""
    # Floor division rounds half up for negative sums too: −2.5 hundredths become −2.
    return (2 * points + members) // (2 * members)


def _ranked_by(score: Score, standing: Standing) -> int:
    if standing.by == "score":
        return score.score
    if score.members <= 0:
        raise Refused(reason("average_needs_members"))
    return average_points(score.score, score.members)


def _firsts(ordered: Iterable[int]) -> dict[int, int]:
    """By value, the first place that it has in this order."""
    places: dict[int, int] = {}
    for place, value in enumerate(ordered, start=1):
        places.setdefault(value, place)
    return places


def _places_supported(standing: Standing, households: int) -> int:
    """How many places from below are helped: the last percent, at least some."""
    if standing.support is None:
        return 0
    share = households * standing.support.percent // 100
    return max(share, standing.support.households_min)


def _honours(
    score: Score, value: int, place: int, field: _Field, standing: Standing
) -> tuple[str, ...]:
    """The honours that a household has earned; of one series the first only."""
    given: list[str] = []
    series: set[str] = set()
    for honour in standing.honours:
        if honour.series in series or not _earns(honour, score, value, place, field):
            continue
        given.append(honour.id)
        if honour.series is not None:
            series.add(honour.series)
    return tuple(given)


def _earns(honour: Honour, score: Score, value: int, place: int, field: _Field) -> bool:
    if honour.rank_max is not None and place > honour.rank_max:
        return False
    if honour.percent_max is not None and place * 100 > field.households * honour.percent_max:
        return False
    if honour.at_least_base and score.score < score.base:
        return False
    return not honour.above_average or value * field.households > field.ranked_by_sum


assert HUNDREDTHS == 100  # averages keep two decimals because points are hundredths
