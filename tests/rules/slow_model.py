"""The rulings once more, slowly: what `domain.rules.evaluate` must agree with.

Plain loops over dicts, one ruling at a time, each as SCHEMES.md words it. It shares nothing with
the evaluator but the ruleset's objects; that it takes a minute for what the evaluator does in a
millisecond is the point.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol

from domain.rules.schema import Cap, Item, Ruleset

Claim = dict[str, Any]
Base = dict[str, Any]
Key = tuple[Any, ...]

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12, "once": 12}
WIDTH = ("event", "day", "month", "quarter", "half_year", "year")


class InForce(Protocol):
    """A ruleset and the first day on which it is in force."""

    @property
    def starts_on(self) -> date: ...
    @property
    def ruleset(self) -> Ruleset: ...


@dataclass
class Scored:
    """One claim on its way through the rules: what each took, and what is left."""

    claim: Claim
    ruleset: Ruleset
    item: Item
    raw: int
    took: dict[str, int] = field(default_factory=dict)
    points: int = 0

    def take(self, rule: str, amount: int) -> None:
        self.took[rule] = self.took.get(rule, 0) + amount
        self.points -= amount


def score(
    claims: Iterable[Claim],
    bases: Sequence[Base],
    versions: Sequence[InForce],
    once_before: Iterable[Key] = (),
) -> dict[int, Scored]:
    """Every claim's award, by claim."""
    scored = [taken_up(claim, versions) for claim in sorted(claims, key=canonical)]
    void(scored)
    exclude(scored)
    limit_frequency(scored, set(once_before))
    keep_highest(scored)
    cap(scored)
    zero(scored, bases)
    return {row.claim["claim"]: row for row in scored}


def canonical(claim: Claim) -> Key:
    """Ruling 1: by `occurred_on`, then `submitted_at`, then `ref`, within a household."""
    return (claim["household"], claim["occurred_on"], claim["submitted_at"], claim["ref"])


def in_force(versions: Sequence[InForce], day: date) -> Ruleset:
    """The version that scores a claim: the one in force on its `occurred_on`."""
    started = [version for version in versions if version.starts_on <= day]
    return max(started, key=lambda version: version.starts_on).ruleset


def taken_up(claim: Claim, versions: Sequence[InForce]) -> Scored:
    """A claim with its item, and what the item gives before any rule."""
    ruleset = in_force(versions, claim["occurred_on"])
    item = ruleset.item(claim["item"])
    assert item is not None
    raw = 0
    if item.kind in ("award", "deduction"):
        assert item.points is not None
        raw = item.points * claim["quantity"]
    elif item.kind == "graded":
        raw = claim["score"] or 0
    return Scored(claim, ruleset, item, raw, points=raw)


def same_household(one: Scored, other: Scored) -> bool:
    return bool(one.claim["household"] == other.claim["household"])


def same_person(one: Scored, other: Scored) -> bool:
    """Ruling 35: whether two claims are of one household and, if both are a member's, of one."""
    if one.item.of == "member" and other.item.of == "member":
        return same_household(one, other) and one.claim["member"] == other.claim["member"]
    return same_household(one, other)


def matter(row: Scored) -> str:
    return row.claim["matter"] or ""


def period(kind: str, day: date) -> int:
    """Which month, quarter, … of the year a day is in."""
    return (day.month - 1) // MONTHS[kind]


def void(scored: list[Scored]) -> None:
    """Ruling 6: all positive awards of the named items in that year become 0."""
    for accident in scored:
        if accident.item.kind != "voiding":
            continue
        for row in scored:
            named = row.claim["item"] in accident.item.voids
            if named and same_person(row, accident) and row.points > 0:
                row.take("void", row.points)


def exclude(scored: list[Scored]) -> None:
    """Rulings 7 and 8: an approved claim of one item makes others earn nothing."""
    for cause in scored:
        for exclusion in cause.ruleset.exclusions:
            if cause.claim["item"] not in exclusion.by:
                continue
            for row in scored:
                near = exclusion.within == "year" or matter(row) == matter(cause)
                named = row.claim["item"] in exclusion.items
                if named and near and same_person(row, cause) and row.points > 0:
                    row.take("exclusion", row.points)


def limit_frequency(scored: list[Scored], once_before: set[Key]) -> None:
    """Ruling 3: at most one award per household (or member), item and period."""
    # What was voided or excluded does not use up a period; a sheet that is graded 0 does.
    standing = [row for row in scored if not row.took.get("void") and not row.took.get("exclusion")]
    awarded: list[Scored] = []
    for row in standing:
        repeated = row.item.per is not None and (
            any(counts_against(row, before) for before in awarded)
            or (row.item.per == "once" and earned_before(row, once_before))
        )
        if repeated:
            row.take("frequency", row.points)
        else:
            awarded.append(row)


def counts_against(row: Scored, before: Scored) -> bool:
    """Whether an earlier award is of the same household (member), item and period."""
    assert row.item.per is not None
    return (
        same_household(row, before)
        and row.claim["item"] == before.claim["item"]
        and (row.item.of == "household" or row.claim["member"] == before.claim["member"])
        and same_occasion(row.item.per, row, before)
    )


def same_occasion(per: str, row: Scored, before: Scored) -> bool:
    """Whether two claims are in the same period, or of the same matter that both name."""
    if per == "matter":
        return matter(row) != "" and matter(row) == matter(before)
    return period(per, row.claim["occurred_on"]) == period(per, before.claim["occurred_on"])


def earned_before(row: Scored, once_before: set[Key]) -> bool:
    """Whether an earlier year gave the household (member) this item."""
    return any(
        household == row.claim["household"]
        and item == row.claim["item"]
        and (row.item.of == "household" or member == row.claim["member"])
        for household, member, item in once_before
    )


def keep_highest(scored: list[Scored]) -> None:
    """Ruling 4: of one household, group and matter only the highest award stands."""
    highest: dict[Key, Scored] = {}
    rivals = [row for row in scored if row.item.highest_of is not None and row.points > 0]
    for row in rivals:
        # Only a higher one replaces: on a tie the earlier stands.
        if row.points > highest.setdefault(honour(row), row).points:
            highest[honour(row)] = row
    for row in rivals:
        if row is not highest[honour(row)]:
            row.take("highest_of", row.points)


def honour(row: Scored) -> Key:
    """What may be rewarded once; a blank matter means the group itself."""
    group = row.item.highest_of
    kinds = {item.of for item in row.ruleset.items if item.highest_of == group}
    member = row.claim["member"] if kinds == {"member"} else None
    return (row.claim["household"], member, group, matter(row) or group)


def caps_of(ruleset: Ruleset, code: str) -> list[tuple[Cap, set[str]]]:
    """The caps on an item with the items that they are on, narrowest first."""
    caps = [(one, set(one.items)) for one in ruleset.shared_caps if code in one.items]
    caps += [(one, {code}) for item in ruleset.items if item.code == code for one in item.caps]
    return sorted(caps, key=lambda one: (WIDTH.index(one[0].per), len(one[1])))


def cap(scored: list[Scored]) -> None:
    """Ruling 2: a cap reduces an award to what is left under it; it counts positive awards."""
    awarded: list[Scored] = []
    for row in scored:
        if row.points <= 0:
            continue
        for limit, codes in caps_of(row.ruleset, row.claim["item"]):
            used = sum(
                before.points
                for before in awarded
                if before.claim["item"] in codes and shares_cap(limit, codes, row, before)
            )
            left = max(limit.max - used, 0)
            if row.points > left:
                row.take(limit.id, row.points - left)
        awarded.append(row)


def shares_cap(limit: Cap, codes: set[str], row: Scored, before: Scored) -> bool:
    """Whether two claims are of the same household and of the cap's same period or event; of the
    same member too, where only members' items are under the cap (ruling 35)."""
    one, other = row.claim["occurred_on"], before.claim["occurred_on"]
    if not same_household(row, before):
        return False
    kinds = {item.of for item in row.ruleset.items if item.code in codes}
    if kinds == {"member"} and row.claim["member"] != before.claim["member"]:
        return False
    if limit.per == "event":
        return bool(one == other and matter(row) == matter(before))
    if limit.per == "day":
        return bool(one == other)
    return period(limit.per, one) == period(limit.per, other)


def zero(scored: list[Scored], bases: Sequence[Base]) -> None:
    """Ruling 5: what was gained until a negative event and not yet taken becomes 0, but never is
    more taken than the score of that moment."""
    changes = [("base", base["household"], base["gained_on"], base["points"]) for base in bases] + [
        (row.item.part, row.claim["household"], row.claim["occurred_on"], row.points)
        for row in scored
        if row.item.kind != "zeroing"
    ]
    before: list[Scored] = []
    for event in [row for row in scored if row.item.kind == "zeroing"]:
        earlier = [other for other in before if same_household(other, event)]
        until = [
            (part, on, points)
            for part, household, on, points in changes
            if household == event.claim["household"] and on <= event.claim["occurred_on"]
        ]
        left = [
            points
            for part, on, points in until
            if points > 0
            and part in event.item.zeroes
            and not any(
                part in other.item.zeroes and on <= other.claim["occurred_on"] for other in earlier
            )
        ]
        total = sum(points for _, _, points in until) + sum(other.points for other in earlier)
        event.points = -min(sum(left), max(0, total))
        before.append(event)


def base_points(
    households: Sequence[dict[str, Any]], versions: Sequence[InForce], year: int, as_of: date
) -> dict[Key, Key]:
    """Ruling 10: (household, item, period) → (gained on, points); day by day, literally."""
    gained: dict[Key, Key] = {}
    day = date(year, 1, 1)
    while day <= min(as_of, date(year, 12, 31)):
        if any(version.starts_on <= day for version in versions):
            for item in in_force(versions, day).items:
                if item.kind != "base" or item.per is None or item.points is None:
                    continue
                for household in households:
                    until = household["eligible_until"]
                    if household["eligible_from"] <= day and (until is None or day <= until):
                        key = (household["household"], item.code, name_of(item.per, day))
                        gained.setdefault(key, (day, item.points))
        day += timedelta(days=1)
    return gained


def name_of(kind: str, day: date) -> str:
    """The period's name as the schemes write it."""
    number = period(kind, day) + 1
    return {
        "month": f"{day.year}-{number:02d}",
        "quarter": f"{day.year}-Q{number}",
        "half_year": f"{day.year}-H{number}",
        "year": f"{day.year}",
    }[kind]
