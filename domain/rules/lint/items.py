"""Items: values, periods, and what zeroing and voiding hit."""

from collections.abc import Iterator

from domain.points import format_points
from domain.rules.lint.shared import EARNING, items_known, the
from domain.rules.schema import Ruleset


def _values(ruleset: Ruleset) -> Iterator[str]:
    """The sign of the points is the kind's; an award or deduction may await its value (null)."""
    for item in ruleset.items:
        points = item.points
        if item.kind == "award" and points is not None and points <= 0:
            yield (
                f"{the(item)}: an award gives {format_points(points)} points; write a positive"
                " value, or `kind: deduction`"
            )
        if item.kind == "deduction" and points is not None and points >= 0:
            yield (
                f"{the(item)}: a deduction gives {format_points(points)} points; write a"
                " negative value, or `kind: award`"
            )
        if item.kind in ("graded", "base") and (points is None or points <= 0):
            yield f"{the(item)}: {item.kind} needs its points; write a positive value"
        if item.kind in ("zeroing", "voiding", "record") and points:
            yield (
                f"{the(item)}: {item.kind} has no points of its own, but"
                f" {format_points(points)} are written; write `points: null`"
            )


def _base_periods(ruleset: Ruleset) -> Iterator[str]:
    """Base is posted when a year or a quarter opens (ruling 10), without any claim."""
    for item in ruleset.items:
        if item.kind != "base":
            continue
        if item.per not in ("year", "quarter"):
            yield f"{the(item)}: base belongs to a period; write `per: year` or `per: quarter`"
        if item.of == "member":
            yield f"{the(item)}: base is a household's; write `of: household`"


def _targets(ruleset: Ruleset) -> Iterator[str]:
    """Zeroing and voiding say what they hit, and it can be hit (rulings 5 and 6)."""
    items = {item.code: item for item in items_known(ruleset)}
    for item in ruleset.items:
        if item.kind == "zeroing" and not item.zeroes:
            yield f"{the(item)}: zeroing names no class; write `zeroes: [base, contribution]`"
        if item.kind == "voiding" and not item.voids:
            yield f"{the(item)}: voiding names no item to void; list item codes under `voids`"
        for code in item.voids:
            if code not in items:
                yield f"{the(item)}: `voids` names item {code}, which does not exist; correct it"
            elif items[code].kind not in EARNING:
                yield (
                    f"{the(item)}: `voids` names item {code}, which earns nothing by claims;"
                    " name awards or graded items"
                )


def _idle_fields(ruleset: Ruleset) -> Iterator[str]:
    """A rule written on the wrong kind of item would be silent."""
    for item in ruleset.items:
        idle = {
            "zeroes": item.zeroes and item.kind != "zeroing",
            "voids": item.voids and item.kind != "voiding",
            "lists": item.lists and item.kind != "record",
            "highest_of": item.highest_of and item.kind not in EARNING,
        }
        for field, does_nothing in idle.items():
            if does_nothing:
                yield (
                    f"{the(item)}: `{field}` does nothing on kind {item.kind}; remove it, or"
                    " change the kind"
                )
        if item.kind == "record" and not item.lists:
            yield f"{the(item)}: a record names no list; write `lists: red` or `lists: black`"


def _members(ruleset: Ruleset) -> Iterator[str]:
    """Members' points and averages need members' accounts."""
    if ruleset.participants.members:
        return
    for item in ruleset.items:
        if item.of == "member":
            yield (
                f"{the(item)}: it is a member's, but the scheme keeps no members' accounts; write"
                " `of: household`, or `participants: {members: true}`"
            )
    if ruleset.standing.by == "average":
        yield (
            "standing: `by: average` is per member, but the scheme keeps no members' accounts;"
            " write `by: score`, or `participants: {members: true}`"
        )


CHECKS = (_values, _base_periods, _targets, _idle_fields, _members)
