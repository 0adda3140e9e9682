"""Items: values, periods, and what zeroing and voiding hit."""

from collections.abc import Iterator

from domain.kernel.points import format_points
from domain.kernel.reasons import Reason, reason
from domain.rules.lint.shared import EARNING, items_known
from domain.rules.parts import the
from domain.rules.schema import Ruleset


def _values(ruleset: Ruleset) -> Iterator[Reason]:
    """The sign of the points is the kind's; an award or deduction may await its value (null)."""
    for item in ruleset.items:
        points = item.points
        if item.kind == "award" and points is not None and points <= 0:
            yield reason("lint_award_value", part=the(item), points=format_points(points))
        if item.kind == "deduction" and points is not None and points >= 0:
            yield reason("lint_deduction_value", part=the(item), points=format_points(points))
        if item.kind in ("graded", "base") and (points is None or points <= 0):
            yield reason("lint_value_missing", part=the(item), kind=item.kind)
        if item.kind in ("zeroing", "voiding", "record") and points:
            shown = format_points(points)
            yield reason("lint_value_idle", part=the(item), kind=item.kind, points=shown)


def _base_periods(ruleset: Ruleset) -> Iterator[Reason]:
    """Base is posted when a year or a quarter opens (ruling 10), without any claim."""
    for item in ruleset.items:
        if item.kind != "base":
            continue
        if item.per not in ("year", "quarter"):
            yield reason("lint_base_period", part=the(item))
        if item.of == "member":
            yield reason("lint_base_member", part=the(item))


def _targets(ruleset: Ruleset) -> Iterator[Reason]:
    """Zeroing and voiding say what they hit, and it can be hit (rulings 5 and 6)."""
    items = {item.code: item for item in items_known(ruleset)}
    for item in ruleset.items:
        if item.kind == "zeroing" and not item.zeroes:
            yield reason("lint_zeroes_nothing", part=the(item))
        if item.kind == "voiding" and not item.voids:
            yield reason("lint_voids_nothing", part=the(item))
        for code in item.voids:
            if code not in items:
                yield reason("lint_voids_unknown", part=the(item), code=code)
            elif items[code].kind not in EARNING:
                yield reason("lint_voids_idle", part=the(item), code=code)


def _idle_fields(ruleset: Ruleset) -> Iterator[Reason]:
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
                yield reason("lint_field_idle", part=the(item), field=field, kind=item.kind)
        if item.kind == "record" and not item.lists:
            yield reason("lint_record_listless", part=the(item))


def _members(ruleset: Ruleset) -> Iterator[Reason]:
    """Members' points and averages need members' accounts."""
    if ruleset.participants.members:
        return
    for item in ruleset.items:
        if item.of == "member":
            yield reason("lint_member_item", part=the(item))
    if ruleset.standing.by == "average":
        yield reason("lint_member_average")


CHECKS = (_values, _base_periods, _targets, _idle_fields, _members)
