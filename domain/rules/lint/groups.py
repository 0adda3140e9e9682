"""Groups (就高不就低) and exclusions: how items bear on each other."""

from collections import Counter
from collections.abc import Iterator

from domain.rules.lint.shared import EARNING, items_known, parent_of, the
from domain.rules.schema import Ruleset


def _groups(ruleset: Ruleset) -> Iterator[str]:
    """就高不就低 chooses among at least two items (ruling 4)."""
    ids = {group.id for group in ruleset.groups}
    parent = parent_of(ruleset)
    inherited = {group.id for group in parent.groups} if parent else set()
    sizes = Counter(item.highest_of for item in ruleset.items)
    for item in ruleset.items:
        if item.highest_of is not None and item.highest_of not in ids:
            yield (
                f"{the(item)}: `highest_of` names group “{item.highest_of}”, which does not"
                " exist; add it under `groups`, or correct the name"
            )
    for group in ruleset.groups:
        if sizes[group.id] < 2 and group.id not in inherited:
            yield (
                f"group {group.id}: {sizes[group.id]} item(s) belong to it, so there is nothing"
                " to choose from; write `highest_of` on at least two items, or remove the group"
            )


def _exclusions(ruleset: Ruleset) -> Iterator[str]:
    """An exclusion names items that exist, never itself, and earns its keep (rulings 7 and 8)."""
    items = {item.code: item for item in items_known(ruleset)}
    for exclusion in ruleset.exclusions:
        label = f"exclusion {exclusion.id}"
        if not exclusion.items or not exclusion.by:
            yield f"{label}: it lacks `items` or `by`; list item codes under both"
        for code in dict.fromkeys((*exclusion.items, *exclusion.by)):
            if code not in items:
                yield f"{label}: it names item {code}, which does not exist; correct the code"
        for code in sorted({*exclusion.items} & {*exclusion.by}):
            yield f"{label}: item {code} excludes itself; remove it from `items` or from `by`"
        for code in exclusion.items:
            if code in items and items[code].kind not in EARNING:
                yield (
                    f"{label}: item {code} earns nothing by claims that could be excluded; list"
                    " awards or graded items under `items`"
                )


def _mutual_exclusions(ruleset: Ruleset) -> Iterator[str]:
    """Two items that exclude each other would both earn nothing."""
    pairs = {
        (by, code)
        for exclusion in ruleset.exclusions
        for by in exclusion.by
        for code in exclusion.items
    }
    for by, code in sorted(pairs):
        if by < code and (code, by) in pairs:
            yield (
                f"exclusion of item {code} by item {by}: they exclude each other, so that both"
                " earn nothing; keep only one direction"
            )


CHECKS = (_groups, _exclusions, _mutual_exclusions)
