"""Honours: under a condition, within reach, and never for the lowest."""

import re
from collections.abc import Iterator
from itertools import combinations

from domain.kernel.reasons import Reason, reason
from domain.rules.schema import Honour, Ruleset

# An honour's list is public, and says the ranks: it must not reach down to the lowest.
PERCENT_MAX = 50
_LOWEST = re.compile(r"倒数|末位|末尾|末名|靠后|最差|最后|最低|垫底|落后|后进")
_LOWEST_WORD = re.compile(r"(?<![a-z])(?:last|lowest|worst|bottom)(?![a-z])", re.IGNORECASE)


def _honours(ruleset: Ruleset) -> Iterator[Reason]:
    """An honour honours: under a condition, and never the last ones, who stay unnamed."""
    for honour in ruleset.standing.honours:
        this = _the(honour)
        if _LOWEST.search(honour.name) or _LOWEST_WORD.search(f"{honour.id} {honour.name}"):
            yield reason("lint_honour_lowest", part=this)
        if not _conditions(honour):
            yield reason("lint_honour_everybody", part=this)
        if honour.rank_max is not None and honour.rank_max < 1:
            yield reason("lint_honour_rank", part=this, rank=honour.rank_max)
        if honour.percent_max is not None and not 1 <= honour.percent_max <= 100:
            yield reason("lint_honour_share", part=this, percent=honour.percent_max)
        elif honour.percent_max is not None and honour.percent_max > PERCENT_MAX:
            percent = honour.percent_max
            yield reason("lint_honour_half", part=this, percent=percent, limit=PERCENT_MAX)
        if honour.doubles and ruleset.redemption.every == "none":
            yield reason("lint_honour_doubles", part=this)


def _the(honour: Honour) -> Reason:
    return reason("part_honour_named", id=honour.id, name=honour.name)


def _series(ruleset: Ruleset) -> Iterator[Reason]:
    """Of a series a household gets the first that fits, so the narrowest comes first."""
    for first, second in combinations(ruleset.standing.honours, 2):
        if first.series and first.series == second.series and _reaches(first, second):
            yield reason("lint_honour_behind", part=_the(second), first=first.id)


def _reaches(first: Honour, second: Honour) -> bool:
    """Whether everyone who meets the second's conditions meets the first's."""

    def within(outer: int | None, inner: int | None) -> bool:
        return outer is None or (inner is not None and inner <= outer)

    return (
        within(first.rank_max, second.rank_max)
        and within(first.percent_max, second.percent_max)
        and (second.at_least_base or not first.at_least_base)
        and (second.above_average or not first.above_average)
    )


def _conditions(honour: Honour) -> bool:
    bounded = honour.rank_max is not None or honour.percent_max is not None
    return bounded or honour.at_least_base or honour.above_average


CHECKS = (_honours, _series)
