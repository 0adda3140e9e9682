"""What a town lets its communities change (一社区一方案), as dotted paths in `allows`.

    items.add                    add items, of any category; items.add.减分项: of this one
    items.drop · items.points    drop items, re-value them; items.points.P1: this one
    bases.add                    add items that give base points
    shared_caps.add · groups.add · exclusions.add
    review.stages.group.quorum   a part of a section, and all that is below it

What no path leads to stays as the town has it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from domain.rules.schema import Item, Ruleset, Strict

Path = tuple[str, ...]

# What an overlay may restate, as far as its parent lets it.
SECTIONS = (
    "participants",
    "review",
    "audit",
    "publicity",
    "objections",
    "redemption",
    "value",
    "standing",
    "closing",
)
ADDITIONS = ("items.add", "bases.add", "shared_caps.add", "groups.add", "exclusions.add")
_OF_SOME_ITEMS = ("add", "drop", "points")
_UNCOUNTED = ("source", "reason")  # what is changed says itself who decided so


def permits(allows: Iterable[str], path: Path) -> bool:
    """Whether some allowed path leads to this one, or to something that it is in."""
    return any(path[: len(allowed)] == allowed for allowed in map(path_of, allows))


def path_of(text: str) -> Path:
    """The steps of a dotted path; an item's code, or a category, may hold dots itself."""
    return tuple(text.split(".", 2) if text.startswith("items.") else text.split("."))


def adding(item: Item) -> Path:
    """What a parent has to allow where this item is added."""
    return ("bases", "add") if item.kind == "base" else ("items", "add", item.category)


def changes(before: Any, after: Any, at: Path) -> Iterator[Path]:
    """The paths at which a restated section says something else than the parent's."""
    if before == after:
        return
    if isinstance(before, Strict) and isinstance(after, Strict):
        for name in type(before).model_fields:
            if name not in _UNCOUNTED:
                yield from changes(getattr(before, name), getattr(after, name), (*at, name))
    elif _are_named(before) and _are_named(after):
        was, now = ({one.id: one for one in each} for each in (before, after))
        for name in dict.fromkeys([*was, *now]):
            yield from changes(was.get(name), now.get(name), (*at, name))
        if [name for name in was if name in now] != [name for name in now if name in was]:
            yield at
    else:
        yield at


def value_at(ruleset: Ruleset, path: Path) -> Any:
    """What a ruleset has at a path within a section; LookupError where the path leads nowhere."""
    value: Any = ruleset
    for step in path:
        if isinstance(value, Strict) and step in type(value).model_fields:
            value = getattr(value, step)
        elif _are_named(value) and any(one.id == step for one in value):
            value = next(one for one in value if one.id == step)
        else:
            raise LookupError(step)
    return value


def leads_somewhere(ruleset: Ruleset, text: str) -> bool:
    """Whether an allowed path names something that an overlay could change."""
    if text in ADDITIONS:
        return True
    path = path_of(text)
    if path[0] == "items" and len(path) > 1:
        act, some = path[1], path[2:]
        codes = [item.code for item in ruleset.items]
        return act in _OF_SOME_ITEMS and {*some} <= {
            *(ruleset.categories if act == "add" else codes)
        }
    try:
        value_at(ruleset, path)
    except LookupError:
        return False
    return path[0] in SECTIONS and path[-1] not in _UNCOUNTED


def _are_named(value: Any) -> bool:
    return isinstance(value, tuple) and all(hasattr(one, "id") for one in value)
