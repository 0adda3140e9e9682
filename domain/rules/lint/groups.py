"""Groups (就高不就低) and exclusions: how items bear on each other."""

from collections import Counter
from collections.abc import Iterator

from domain.kernel.reasons import Reason, reason
from domain.rules.lint.shared import EARNING, items_known, parent_of
from domain.rules.parts import part, the
from domain.rules.schema import Ruleset


def _groups(ruleset: Ruleset) -> Iterator[Reason]:
    """就高不就低 chooses among at least two items (ruling 4)."""
    ids = {group.id for group in ruleset.groups}
    parent = parent_of(ruleset)
    inherited = {group.id for group in parent.groups} if parent else set()
    sizes = Counter(item.highest_of for item in ruleset.items)
    for item in ruleset.items:
        if item.highest_of is not None and item.highest_of not in ids:
            yield reason("lint_group_unknown", part=the(item), group=item.highest_of)
    for group in ruleset.groups:
        if sizes[group.id] < 2 and group.id not in inherited:
            count = sizes[group.id]
            yield reason("lint_group_small", part=part("group", group.id), count=count)


def _exclusions(ruleset: Ruleset) -> Iterator[Reason]:
    """An exclusion names items that exist, never itself, and earns its keep (rulings 7 and 8)."""
    items = {item.code: item for item in items_known(ruleset)}
    for exclusion in ruleset.exclusions:
        this = part("exclusion", exclusion.id)
        if not exclusion.items or not exclusion.by:
            yield reason("lint_exclusion_lacks", part=this)
        for code in dict.fromkeys((*exclusion.items, *exclusion.by)):
            if code not in items:
                yield reason("lint_item_unknown", part=this, code=code)
        for code in sorted({*exclusion.items} & {*exclusion.by}):
            yield reason("lint_exclusion_itself", part=this, code=code)
        for code in exclusion.items:
            if code in items and items[code].kind not in EARNING:
                yield reason("lint_exclusion_idle", part=this, code=code)


def _mutual_exclusions(ruleset: Ruleset) -> Iterator[Reason]:
    """Two items that exclude each other would both earn nothing."""
    pairs = {
        (by, code)
        for exclusion in ruleset.exclusions
        for by in exclusion.by
        for code in exclusion.items
    }
    for by, code in sorted(pairs):
        if by < code and (code, by) in pairs:
            yield reason("lint_exclusion_mutual", code=code, by=by)


CHECKS = (_groups, _exclusions, _mutual_exclusions)
