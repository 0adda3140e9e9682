"""A community's own ruleset over its town's (一社区一方案), within what the town allows."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from pydantic import Field

from domain.kernel.reasons import Reason, reason
from domain.rules.allows import SECTIONS, Path, adding, changes, permits, value_at
from domain.rules.faults import FaultyRuleset
from domain.rules.parts import part, the
from domain.rules.schema import (
    Audit,
    Cap,
    Clause,
    Closing,
    Exclusion,
    HonourGroup,
    Item,
    Objections,
    Participants,
    Points,
    Publicity,
    Redemption,
    Revalued,
    Review,
    Ruleset,
    Ruling,
    Sourced,
    Standing,
    Strict,
    Value,
)


class NewValue(Sourced):
    """The points that a community gives for one of its town's items; `source` names its decision,
    quoted among the overlay's own clauses."""

    points: Points


class Overlay(Strict):
    """A community's own ruleset over a parent's.

    What it adds or re-values carries its own source. A section is restated whole; where it says
    something else than the parent's, the parent's `allows` must have a path that leads there.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    version: str = "1"
    extends: str
    title: str
    document: str
    issuer: str
    effective_from: date
    example: bool = False
    note: str = ""
    # Categories that it adds to its parent's, for the items that it adds.
    categories: tuple[str, ...] = ()
    add_items: tuple[Item, ...] = ()
    drop_items: tuple[str, ...] = ()
    revalue_items: dict[str, NewValue] = Field(default_factory=dict)
    add_shared_caps: tuple[Cap, ...] = ()
    add_groups: tuple[HonourGroup, ...] = ()
    add_exclusions: tuple[Exclusion, ...] = ()
    participants: Participants | None = None
    review: Review | None = None
    audit: Audit | None = None
    publicity: Publicity | None = None
    objections: Objections | None = None
    redemption: Redemption | None = None
    value: Value | None = None
    standing: Standing | None = None
    closing: Closing | None = None
    rulings: tuple[Ruling, ...] = ()
    clauses: tuple[Clause, ...] = ()


def merge(overlay: Overlay, parent: Ruleset, where: str) -> Ruleset:
    """The parent with the overlay's changes; FaultyRuleset names each that is not allowed."""
    if found := [*_refusals(overlay, parent)]:
        raise FaultyRuleset([reason("fault_in_file", file=where, why=each) for each in found])
    return parent.model_copy(
        update={
            "id": overlay.id,
            "version": overlay.version,
            "extends": parent.id,
            "title": overlay.title,
            "document": overlay.document,
            "issuer": overlay.issuer,
            "effective_from": overlay.effective_from,
            "example": overlay.example,
            "note": overlay.note,
            "categories": (
                *parent.categories,
                *(each for each in overlay.categories if each not in parent.categories),
            ),
            "items": (*_kept_items(overlay, parent), *overlay.add_items),
            "shared_caps": parent.shared_caps + overlay.add_shared_caps,
            "groups": parent.groups + overlay.add_groups,
            "exclusions": parent.exclusions + overlay.add_exclusions,
            "rulings": parent.rulings + overlay.rulings,
            "clauses": parent.clauses + overlay.clauses,
            **_restated(overlay),
        }
    )


def with_own_clauses(data: dict[str, Any], parent: Ruleset) -> dict[str, Any]:
    """An overlay's file, its clauses told apart from the town's that bear the same number.

    A village numbers its decision from 1, and so does the town. Where the overlay says `source: 1`
    and quotes a clause 1, that one is meant; it is known as `<the overlay's id>:1`.
    """
    taken = {clause.id for clause in parent.clauses}
    own = {str(clause["id"]) for clause in data.get("clauses") or ()}
    names = {each: f"{data['id']}:{each}" for each in own & taken}
    if not names:
        return data
    renamed: dict[str, Any] = _cited_as(names, data)
    for clause in renamed["clauses"]:
        clause["id"] = names.get(clause["id"], clause["id"])
    return renamed


def _cited_as(names: dict[str, str], value: Any) -> Any:
    """The same data with every `source` by its new name."""
    if isinstance(value, dict):
        return {
            key: names.get(each, each)
            if key == "source" and isinstance(each, str)
            else _cited_as(names, each)
            for key, each in value.items()
        }
    return [_cited_as(names, each) for each in value] if isinstance(value, list) else value


def _kept_items(overlay: Overlay, parent: Ruleset) -> Iterator[Item]:
    """The parent's items but the dropped ones; of a re-valued one also what it was worth."""
    for item in parent.items:
        new = overlay.revalue_items.get(item.code)
        if item.code in overlay.drop_items:
            continue
        if new is None:
            yield item
        else:
            # Points that were read are hundredths already: to validate is to read them once more.
            revalued = Revalued.model_construct(
                points=item.points, source=new.source, reason=new.reason
            )
            yield item.model_copy(update={"points": new.points, "revalued": revalued})


def _restated(overlay: Overlay) -> dict[str, Any]:
    sections = {name: getattr(overlay, name) for name in SECTIONS}
    return {name: section for name, section in sections.items() if section is not None}


def _refusals(overlay: Overlay, parent: Ruleset) -> Iterator[Reason]:
    """Each change that the parent does not allow: the key, and what to write instead."""
    if overlay.effective_from < parent.effective_from:
        yield reason("laid_early", parent=parent.id, day=parent.effective_from)
    for key, this, path in _made(overlay):
        if not permits(parent.allows, path):
            yield reason(
                "laid_not_allowed",
                key=key,
                part=this,
                parent=parent.id,
                path=".".join(path),
                allowed=_what_is_allowed(parent, path[0]),
            )
    yield from _unknown_items(overlay, parent)
    for name, section in _restated(overlay).items():
        for path in changes(getattr(parent, name), section, (name,)):
            if not permits(parent.allows, path):
                yield reason(
                    "laid_changed",
                    path=".".join(path),
                    parent=parent.id,
                    instead=_as_it_was(parent, path),
                    allowed=_what_is_allowed(parent, name),
                )


def _made(overlay: Overlay) -> Iterator[tuple[str, Reason, Path]]:
    """What an overlay adds, drops and re-values: its key, the part, and the path to be allowed."""
    for item in overlay.add_items:
        yield "add_items", the(item), adding(item)
    for code in overlay.drop_items:
        yield "drop_items", part("item", code), ("items", "drop", code)
    for code in overlay.revalue_items:
        yield "revalue_items", part("item", code), ("items", "points", code)
    for cap in overlay.add_shared_caps:
        yield "add_shared_caps", part("cap", cap.id), ("shared_caps", "add")
    for group in overlay.add_groups:
        yield "add_groups", part("group", group.id), ("groups", "add")
    for exclusion in overlay.add_exclusions:
        yield "add_exclusions", part("exclusion", exclusion.id), ("exclusions", "add")


def _unknown_items(overlay: Overlay, parent: Ruleset) -> Iterator[Reason]:
    codes = {item.code for item in parent.items}
    for key in ("drop_items", "revalue_items"):
        for code in getattr(overlay, key):
            if code not in codes:
                this = part("item", code)
                yield reason("laid_unknown_item", key=key, part=this, parent=parent.id)
    for code in overlay.revalue_items:
        if code in overlay.drop_items:
            yield reason("laid_dropped_and_revalued", part=part("item", code))


def _as_it_was(parent: Ruleset, path: Path) -> Reason:
    """What to write instead: the parent's own value, where it fits into a sentence."""
    try:
        owner, value = value_at(parent, path[:-1]), value_at(parent, path)
    except LookupError:
        return reason("laid_remove")
    if isinstance(value, Strict | tuple) or not isinstance(owner, Strict):
        return reason("laid_restate", parent=parent.id)
    written = owner.model_dump(mode="json")[path[-1]]
    return reason("laid_write", value=json.dumps(written, ensure_ascii=False))


def _what_is_allowed(parent: Ruleset, key: str) -> Reason:
    """What the parent does let a community change near that key."""
    near = tuple(allowed for allowed in parent.allows if allowed.split(".")[0] == key)
    if near:
        return reason("laid_allowed", key=key, paths=near)
    return reason("laid_none_allowed", key=key)
