"""What made a rule take points from a claim (扣分缘由): its clause, and the claims behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.kernel.documents import Hundredths
from domain.kernel.period import Period
from domain.rules.layers import caps_on, counts_members
from domain.rules.schema import Item, Ruleset, Sourced
from domain.store.tables.claims import Claim

UNRECORDED = "not recorded: posted by a version of this program that did not record it yet"


class Counted(NamedTuple):
    """A claim that counts in its household's year, with the version in force on its day and what
    rules took from it, by the evaluator's column."""

    claim: Claim
    ruleset: Ruleset
    item: Item
    taken: Mapping[str, int]

    @property
    def given(self) -> int:
        """What the item gives before any rule takes: the evaluator's `raw`."""
        if self.item.kind == "graded":
            return self.claim.score or 0
        return (self.item.points or 0) * self.claim.quantity


@dataclass(frozen=True)
class Cause:
    """A rule that applied, with its clause and its name in the source's words, and the claim that
    set it off where there is one."""

    rule: str
    ref: str | None
    source: str | None
    text: str
    name: str = ""


@dataclass(frozen=True)
class RuleEffect:
    """What a rule took from a claim, in hundredths, and all that made it apply."""

    rule: str
    points: int
    causes: tuple[Cause, ...]

    def shown(self) -> "ShownEffect":
        """The clauses in one, and each cause by itself."""
        sources = dict.fromkeys(cause.source for cause in self.causes if cause.source)
        texts = dict.fromkeys(cause.text for cause in self.causes if cause.text)
        source, text = "、".join(sources) or None, "；".join(texts)
        return ShownEffect(self.rule, -self.points, source, text, self.causes)


@dataclass(frozen=True)
class ShownEffect:
    """What a rule took from a claim, below zero, as an explanation shows it (INTERFACE.md)."""

    rule: str
    points: Hundredths
    source: str | None
    text: str
    by: tuple[Cause, ...]


def effects(one: Counted, posted: int, year: Sequence[Counted]) -> list[RuleEffect]:
    """Each rule that took something from a claim, in the order in which the rules apply; together
    they are what lies between what the item gives and what was posted.

    `year` are all claims of the household that count in the year, in the canonical order.
    """
    if one.item.kind == "zeroing":
        # What it takes back is its own entry: no other rule takes from it.
        return [
            RuleEffect("zeroing", -posted, (_cause(one.item.code, None, one.item, one.ruleset),))
        ]
    caps = {f"cap_{at}": cap for at, cap in enumerate(caps_on(one.ruleset, one.item), start=1)}
    causes = {
        "void": _voided_by(one, year),
        "exclusion": _excluded_by(one, year),
        "frequency": _repeats(one, year),
        "highest_of": _beaten_by(one, year),
        **{rule: [_cause(cap.id, None, cap, one.ruleset)] for rule, cap in caps.items()},
    }
    found = [
        RuleEffect(caps[rule].id if rule in caps else rule, one.taken[rule], tuple(named))
        for rule, named in causes.items()
        if one.taken.get(rule)
    ]
    rest = one.given - posted - sum(effect.points for effect in found)
    if rest:
        found.append(RuleEffect("unrecorded", rest, (Cause("unrecorded", None, None, UNRECORDED),)))
    return found


def zeroed_by(one: Counted, year: Sequence[Counted]) -> Cause | None:
    """The event that took back what the claim earned (归零, ruling 5), by an entry of its own."""
    for other in year:
        is_later = other.claim.occurred_on >= one.claim.occurred_on
        if other.item.kind == "zeroing" and one.item.part in other.item.zeroes and is_later:
            return _cause(
                other.item.code, other.claim.ref, other.item, other.ruleset, other.item.name
            )
    return None


def _voided_by(one: Counted, year: Sequence[Counted]) -> list[Cause]:
    """The events (事故) that void this claim's item, by the version of their own day."""
    return [
        _cause(other.item.code, other.claim.ref, other.item, other.ruleset, other.item.name)
        for other in year
        if other.item.kind == "voiding"
        and one.item.code in other.item.voids
        and _concerns(other, one)
    ]


def _excluded_by(one: Counted, year: Sequence[Counted]) -> list[Cause]:
    """The claims that exclude this one, in the year or for its matter, each by its exclusion."""
    return [
        _cause(exclusion.id, other.claim.ref, exclusion, other.ruleset)
        for other in year
        for exclusion in other.ruleset.exclusions
        if other.item.code in exclusion.by
        and one.item.code in exclusion.items
        and (exclusion.within == "year" or other.claim.matter == one.claim.matter)
        and _concerns(other, one)
    ]


def _concerns(cause: Counted, one: Counted) -> bool:
    """Whether a claim bears on another of the household: a member's on no other member's."""
    are_members = cause.item.of == one.item.of == "member"
    return not are_members or cause.claim.member_id == one.claim.member_id


def _repeats(one: Counted, year: Sequence[Counted]) -> list[Cause]:
    """The item's own limit, and the claim that was awarded in its period; none of earlier years."""
    mine = _once_per(one.item, one.claim)
    awarded = (
        other.claim.ref
        for other in year
        if other is not one
        and other.item.code == one.item.code
        and not other.taken.get("frequency")
        and _once_per(one.item, other.claim) == mine
    )
    return [_cause(one.item.code, next(awarded, None), one.item, one.ruleset)]


def _once_per(item: Item, claim: Claim) -> tuple[object, ...]:
    """What an item's limit (`per`) counts a claim by: of one such only one is awarded."""
    member = claim.member_id if item.of == "member" else None
    if item.per == "matter":
        return member, claim.matter
    if item.per is None or item.per == "once":
        return (member,)
    return member, Period.of(item.per, claim.occurred_on)


def _beaten_by(one: Counted, year: Sequence[Counted]) -> list[Cause]:
    """The group of which only the highest stands (就高不就低), and the claim that does."""
    group = next((each for each in one.ruleset.groups if each.id == one.item.highest_of), None)
    if group is None:
        return []
    standing = [
        other
        for other in year
        if other is not one
        and other.item.highest_of == group.id
        and (other.claim.matter or group.id) == (one.claim.matter or group.id)
        and _holder(other, group.id) == _holder(one, group.id)
        and not other.taken.get("highest_of")
    ]
    best = max(standing, key=lambda other: other.given, default=None)
    ref = best.claim.ref if best else None
    return [_cause(group.id, ref, group, one.ruleset, group.name)]


def _holder(one: Counted, group: str) -> int | None:
    """The member whose own the group is; None where it is the household's (ruling 35)."""
    codes = [item.code for item in one.ruleset.items if item.highest_of == group]
    return one.claim.member_id if counts_members(one.ruleset, codes) else None


def _cause(rule: str, ref: str | None, part: Sourced, ruleset: Ruleset, name: str = "") -> Cause:
    return Cause(rule, ref, part.source, ruleset.words_of(part), name)
