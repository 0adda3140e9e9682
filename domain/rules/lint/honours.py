"""Honours: under a condition, within reach, and never for the lowest."""

import re
from collections.abc import Iterator
from itertools import combinations

from domain.rules.schema import Honour, Ruleset

# An honour's list is public, and says the ranks: it must not reach down to the lowest.
PERCENT_MAX = 50
_LOWEST = re.compile(r"倒数|末位|末尾|末名|靠后|最差|最后|最低|垫底|落后|后进")
_LOWEST_WORD = re.compile(r"(?<![a-z])(?:last|lowest|worst|bottom)(?![a-z])", re.IGNORECASE)


def _honours(ruleset: Ruleset) -> Iterator[str]:
    """An honour honours: under a condition, and never the last ones, who stay unnamed."""
    for honour in ruleset.standing.honours:
        label = f"honour {honour.id} ({honour.name})"
        if _LOWEST.search(honour.name) or _LOWEST_WORD.search(f"{honour.id} {honour.name}"):
            yield (
                f"{label}: it makes the lowest-ranked public; remove it, and write"
                " `standing.support` for those whom the community should help"
            )
        if not _conditions(honour):
            yield (
                f"{label}: it has no condition, so that everybody gets it; write rank_max,"
                " percent_max, at_least_base or above_average"
            )
        if honour.rank_max is not None and honour.rank_max < 1:
            yield f"{label}: rank_max {honour.rank_max} reaches nobody; write 1 or more"
        if honour.percent_max is not None and not 1 <= honour.percent_max <= 100:
            yield f"{label}: percent_max {honour.percent_max} is no share; write 1 to 100"
        elif honour.percent_max is not None and honour.percent_max > PERCENT_MAX:
            yield (
                f"{label}: percent_max {honour.percent_max} would rank the lower half in public,"
                f" down to the last; write {PERCENT_MAX} or less"
            )
        if honour.doubles and ruleset.redemption.every == "none":
            yield f"{label}: there is no redemption that it could double; remove `doubles`"


def _series(ruleset: Ruleset) -> Iterator[str]:
    """Of a series a household gets the first that fits, so the narrowest comes first."""
    for first, second in combinations(ruleset.standing.honours, 2):
        if first.series and first.series == second.series and _reaches(first, second):
            yield (
                f"honour {second.id} ({second.name}): nobody can get it, because honour"
                f" {first.id} of the same series comes first and is as wide; write the narrower"
                " one first"
            )


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
