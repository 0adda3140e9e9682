"""The order in which caps apply: from the narrowest to the widest.

Caps that touch the same item are nested (`lint` refuses others), so going through all caps in
this order, once, clips every award under all of its caps. A cap that counts members lies within
one that counts the household, never about it: the wider one names all items of the narrower.
"""

from collections.abc import Iterable

from domain.rules.schema import Cap, Item, Ruleset

PERIODS = ("event", "day", "month", "quarter", "half_year", "year")


def caps_on(ruleset: Ruleset, item: Item) -> list[Cap]:
    """An item's own caps and the shared ones that name it, narrowest first.

    The first is what the evaluator's column `cap_1` speaks of for this item, and so on.
    """
    shared = [cap for cap in ruleset.shared_caps if item.code in cap.items]
    return sorted((*item.caps, *shared), key=_width)


def caps_in_order(ruleset: Ruleset) -> list[tuple[Cap, tuple[str, ...]]]:
    """Every cap of a version with the codes of its items; each before those it is nested in."""
    own = [(cap, (item.code,)) for item in ruleset.items for cap in item.caps]
    shared = [(cap, cap.items) for cap in ruleset.shared_caps]
    return sorted((*own, *shared), key=lambda one: _width(one[0]))


def counts_members(ruleset: Ruleset, codes: Iterable[str]) -> bool:
    """Whether a limit over these items counts each member by himself (ruling 35).

    A limit on an item that is a member's (`of: member`) counts that member, and one on an item
    that is a household's counts the household. A limit over items of both kinds counts the
    household: what the household itself earned belongs to no member, and every member's share of
    the limit would be a guess.
    """
    limited = {*codes}
    return all(item.of == "member" for item in ruleset.items if item.code in limited)


def caps_depth(ruleset: Ruleset) -> int:
    """The most caps that any item is under."""
    return max((len(caps_on(ruleset, item)) for item in ruleset.items), default=0)


def _width(cap: Cap) -> tuple[int, int, str]:
    return PERIODS.index(cap.per), len(cap.items), cap.id
