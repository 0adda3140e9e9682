"""Caps (封顶): they can bind, and lie one within the other."""

from collections.abc import Iterable, Iterator
from itertools import combinations

from domain.kernel.points import format_points
from domain.kernel.reasons import Reason, reason
from domain.rules.layers import PERIODS
from domain.rules.lint.shared import EARNING, caps_of, items_known, parent_of, repeated
from domain.rules.parts import part
from domain.rules.schema import Cap, Item, Ruleset

_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12, "once": 12}


def _cap_items(ruleset: Ruleset) -> Iterator[Reason]:
    """A cap stands over items that exist and earn something positive by claims (ruling 2)."""
    items = {item.code: item for item in items_known(ruleset)}
    for cap in (cap for item in ruleset.items for cap in item.caps):
        if cap.items:
            yield reason("lint_cap_lists", part=part("cap", cap.id))
    for cap, codes in caps_of(ruleset):
        this = part("cap", cap.id)
        if cap.max <= 0:
            yield reason("lint_cap_max", part=this, max=format_points(cap.max))
        if not codes:
            yield reason("lint_cap_empty", part=this)
        for code in repeated(cap.items):
            yield reason("lint_cap_item_twice", part=this, code=code)
        for code in sorted(codes):
            if code not in items:
                yield reason("lint_item_unknown", part=this, code=code)
            elif items[code].kind not in EARNING:
                yield reason("lint_cap_idle", part=this, code=code)


def _cap_binds(ruleset: Ruleset) -> Iterator[Reason]:
    """A cap above all that its items can earn in its period never does anything."""
    items = {item.code: item for item in ruleset.items}
    parent = parent_of(ruleset)
    inherited = {cap for cap, _ in caps_of(parent)} if parent else set()
    for cap, codes in caps_of(ruleset):
        if cap in inherited or not codes or not codes <= items.keys():
            continue
        earned = _earned_max([items[code] for code in codes], cap.per)
        if earned is not None and cap.max > earned:
            yield reason(
                "lint_cap_above",
                part=part("cap", cap.id),
                codes=tuple(sorted(codes)),
                earned=format_points(earned),
                per=reason(f"every_{cap.per}"),
                max=format_points(cap.max),
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


def _cap_nesting(ruleset: Ruleset) -> Iterator[Reason]:
    """Caps on one item lie one within the other, so that their order is never in question."""
    for (first, first_codes), (second, second_codes) in combinations(caps_of(ruleset), 2):
        shared = sorted(first_codes & second_codes)
        if not shared:
            continue
        both = reason("part_two_caps", first=first.id, second=second.id, codes=tuple(shared))
        twice_shared = bool(first.items and second.items) or first_codes == second_codes
        if first.per == second.per and twice_shared:
            yield reason("lint_caps_alike", part=both, per=reason(f"every_{first.per}"))
            continue
        yield from _nested(both, (first, first_codes), (second, second_codes))


def _nested(
    both: Reason, first: tuple[Cap, frozenset[str]], second: tuple[Cap, frozenset[str]]
) -> Iterator[Reason]:
    """What is wrong between two caps of different reach."""
    for (inner, inner_codes), (outer, outer_codes) in ((first, second), (second, first)):
        if inner_codes <= outer_codes and _period_rank(inner) <= _period_rank(outer):
            if inner.max > outer.max:
                yield reason(
                    "lint_cap_under",
                    part=both,
                    inner=inner.id,
                    outer=outer.id,
                    inner_max=format_points(inner.max),
                    outer_max=format_points(outer.max),
                )
            return
    yield reason("lint_caps_cross", part=both)


def _period_rank(cap: Cap) -> int:
    return PERIODS.index(cap.per)


CHECKS = (_cap_items, _cap_binds, _cap_nesting)
