"""The order in which caps apply: from the narrowest to the widest.

Caps that touch the same item are nested (`lint` refuses others), so going through all caps in
this order, once, clips every award under all of its caps.
"""

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


def caps_depth(ruleset: Ruleset) -> int:
    """The most caps that any item is under."""
    return max((len(caps_on(ruleset, item)) for item in ruleset.items), default=0)


def _width(cap: Cap) -> tuple[int, int, str]:
    return PERIODS.index(cap.per), len(cap.items), cap.id
