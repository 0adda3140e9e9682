"""Caps (封顶): they can bind, and lie one within the other."""

from collections.abc import Iterable, Iterator
from itertools import combinations

from domain.points import format_points
from domain.rules.layers import PERIODS
from domain.rules.lint.shared import EARNING, caps_of, items_known, parent_of, repeated
from domain.rules.schema import Cap, Item, Ruleset

_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12, "once": 12}


def _cap_items(ruleset: Ruleset) -> Iterator[str]:
    """A cap stands over items that exist and earn something positive by claims (ruling 2)."""
    items = {item.code: item for item in items_known(ruleset)}
    for cap in (cap for item in ruleset.items for cap in item.caps):
        if cap.items:
            yield (
                f"cap {cap.id}: it is written on its item and lists `items` too; remove `items`,"
                " or move the cap to `shared_caps`"
            )
    for cap, codes in caps_of(ruleset):
        if cap.max <= 0:
            yield f"cap {cap.id}: its max is {format_points(cap.max)}; write a positive max"
        if not codes:
            yield f"cap {cap.id}: a shared cap lists no items; list item codes under `items`"
        for code in repeated(cap.items):
            yield f"cap {cap.id}: item {code} is listed twice; list it once"
        for code in sorted(codes):
            if code not in items:
                yield f"cap {cap.id}: it names item {code}, which does not exist; correct the code"
            elif items[code].kind not in EARNING:
                yield (
                    f"cap {cap.id}: item {code} earns nothing positive by claims, so there is"
                    " nothing to cap; remove it from the cap"
                )


def _cap_binds(ruleset: Ruleset) -> Iterator[str]:
    """A cap above all that its items can earn in its period never does anything."""
    items = {item.code: item for item in ruleset.items}
    parent = parent_of(ruleset)
    inherited = {cap for cap, _ in caps_of(parent)} if parent else set()
    for cap, codes in caps_of(ruleset):
        if cap in inherited or not codes or not codes <= items.keys():
            continue
        earned = _earned_max([items[code] for code in codes], cap.per)
        if earned is not None and cap.max > earned:
            yield (
                f"cap {cap.id}: it can never bind, because item(s) {', '.join(sorted(codes))}"
                f" earn at most {format_points(earned)} per {cap.per} and the cap is"
                f" {format_points(cap.max)}; write the source's cap, or remove it"
            )


def _earned_max(items: Iterable[Item], per: str) -> int | None:
    """The most that a household can earn by these items in one cap period; None: no limit."""
    total = 0
    for item in items:
        # Without a frequency, per member or per matter, nothing limits how often it is awarded.
        if item.per in (None, "matter") or item.of == "member" or item.points is None:
            return None
        times = max(1, _MONTHS.get(per, 0) // _MONTHS[item.per])
        total += times * max(0, item.points)
    return total


def _cap_nesting(ruleset: Ruleset) -> Iterator[str]:
    """Caps on one item lie one within the other, so that their order is never in question."""
    for (first, first_codes), (second, second_codes) in combinations(caps_of(ruleset), 2):
        shared = sorted(first_codes & second_codes)
        if not shared:
            continue
        label = f"caps {first.id} and {second.id} on item(s) {', '.join(shared)}"
        twice_shared = bool(first.items and second.items) or first_codes == second_codes
        if first.per == second.per and twice_shared:
            yield f"{label}: both are per {first.per}; keep one of them, or change its period"
            continue
        yield from _nested(label, (first, first_codes), (second, second_codes))


def _nested(
    label: str, first: tuple[Cap, frozenset[str]], second: tuple[Cap, frozenset[str]]
) -> Iterator[str]:
    """What is wrong between two caps of different reach."""
    for (inner, inner_codes), (outer, outer_codes) in ((first, second), (second, first)):
        if inner_codes <= outer_codes and _period_rank(inner) <= _period_rank(outer):
            if inner.max > outer.max:
                yield (
                    f"{label}: cap {inner.id} ({format_points(inner.max)}) can never bind under"
                    f" cap {outer.id} ({format_points(outer.max)}); lower it, or remove it"
                )
            return
    yield (
        f"{label}: they overlap, but neither lies within the other; let the one with fewer items"
        " have the shorter period, or give them different items"
    )


def _period_rank(cap: Cap) -> int:
    return PERIODS.index(cap.per)


CHECKS = (_cap_items, _cap_binds, _cap_nesting)
