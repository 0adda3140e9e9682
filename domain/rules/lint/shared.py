"""What several checks ask of a ruleset."""

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import TypeVar

from domain.kernel.errors import BadInput
from domain.rules.load import shipped
from domain.rules.schema import Cap, Item, Ruleset

Value = TypeVar("Value", bound=Hashable)
EARNING = ("award", "graded")  # kinds that earn by claims


def repeated(values: Iterable[Value]) -> list[Value]:
    return [value for value, count in Counter(values).items() if count > 1]


def parent_of(ruleset: Ruleset) -> Ruleset | None:
    """The ruleset that an overlay was laid over; None for a scheme of its own, and for an overlay
    of a town's own file that was read back from a database."""
    if ruleset.parent is not None or ruleset.extends is None:
        return ruleset.parent
    try:
        return shipped(ruleset.extends)
    except BadInput:
        return None


def items_known(ruleset: Ruleset) -> tuple[Item, ...]:
    """The items, and those that an overlay dropped but its parent's rules still name."""
    parent = parent_of(ruleset)
    return (*parent.items, *ruleset.items) if parent else ruleset.items


def caps_of(ruleset: Ruleset) -> list[tuple[Cap, frozenset[str]]]:
    """Every cap with the codes of the items under it."""
    own = [(cap, frozenset({item.code})) for item in ruleset.items for cap in item.caps]
    return own + [(cap, frozenset(cap.items)) for cap in ruleset.shared_caps]
