"""What findings call the parts of a ruleset, in either language."""

from domain.kernel.reasons import Reason, reason
from domain.rules.schema import Item


def the(item: Item) -> Reason:
    """An item: `item 7 (志愿服务)`."""
    return reason("part_item_named", code=item.code, name=item.name)


def part(kind: str, id_: object) -> Reason:
    """Any other part, by its kind and id: `cap river-year`."""
    return reason("part", kind=reason(f"part_{kind}"), id=id_)
