"""Whose decisions are waited for (等谁评议): undecided claims by stage, in many communities.

`review.queue` answers the same for one person, claim by claim; here a few sums answer it for a
county. A claim's stage is named by the version that is in force on the day of asking.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from domain.community.outlines import among, outlines_on
from domain.kernel.reasons import Reason, reason
from domain.review.claims import undecided_in
from domain.review.reviewers import DECIDING, sits_at
from domain.rules.outline import Outline
from domain.rules.schema import Stage
from domain.store.tables.claims import Claim, Decision
from domain.store.tables.people import Household, Kin, Person, Role, RoleName

Sums = dict[tuple[int, int], int]  # claims by community and stage's number


@dataclass(frozen=True)
class Awaited:
    """Whose decisions are waited for: claims at a stage, and the codes of those who may decide."""

    stage: str
    claims: int
    people: tuple[str, ...]
    more: int = 0  # people who are not named

    @property
    def told(self) -> Reason:
        """The same in words."""
        people = self.people or reason("awaited_nobody")
        code = "awaited_more" if self.more else "awaited"
        return reason(code, stage=self.stage, people=people, count=self.more, claims=self.claims)


def undecided_by_stage(
    session: Session, day: date, ids: Collection[int] | None = None, before: str = "9999"
) -> dict[tuple[int, str], int]:
    """Undecided claims of audits before a month, by community's id and stage."""
    rulesets = outlines_on(session, day, ids)
    found: dict[tuple[int, str], int] = defaultdict(int)
    for (community, number), claims in _undecided(session, ids, before).items():
        if community in rulesets:
            found[community, _stage(rulesets[community], number).id] += claims
    return dict(found)


def awaited(
    session: Session, day: date, ids: Collection[int] | None, before: str
) -> dict[int, tuple[Awaited, ...]]:
    """Who is waited for in each community: those of a stage's people who have work left."""
    rulesets = outlines_on(session, day, ids)
    claims = {
        key: count for key, count in _undecided(session, ids, before).items() if key[0] in rulesets
    }
    if not claims:
        return {}
    work = _Work(session, ids, before, rulesets)
    found: dict[int, list[Awaited]] = defaultdict(list)
    for (community, number), count in sorted(claims.items()):
        stage = _stage(rulesets[community], number)
        people = tuple(
            person.code
            for person in work.people[community]
            if person.sits(rulesets[community], stage)
            and work.left(person, community, number, stage, count) > 0
        )
        found[community].append(Awaited(stage.id, count, people))
    return {community: tuple(stages) for community, stages in found.items()}


@dataclass(frozen=True)
class Decider:
    """A person who may decide: `seats` are their roles with the stage of each."""

    id: int
    code: str
    area: str
    seats: frozenset[tuple[RoleName, str]]  # role, stage

    def sits(self, rules: Outline, stage: Stage) -> bool:
        """As `Reviewers.at`: without a stage at the first; the town at the town's."""
        first = rules.review.stages[0].id
        return any(sits_at(stage, role, seat or first) for role, seat in self.seats)


class _Work:
    """The sums that say how many of a stage's claims a person can still decide."""

    def __init__(
        self,
        session: Session,
        ids: Collection[int] | None,
        before: str,
        rulesets: dict[int, Outline],
    ) -> None:
        self.people = seated(session, ids)
        self.crosswise = {key for key, each in rulesets.items() if each.review.crosswise}
        waiting = _waiting(ids, before)
        self.voted = _sums(
            session,
            select(Decision.person_id, Claim.stage, Decision.stage, func.count())
            .join(Claim, Claim.id == Decision.claim_id)
            .where(waiting, Decision.person_id.is_not(None))
            .group_by(Decision.person_id, Claim.stage, Decision.stage),
        )
        # By person, stage, and whether the household is of the person's own area.
        same = Household.area == Person.area
        shape = (Person.id, Claim.stage, same, func.count())
        home = Household.id == Claim.household_id
        own = Claim.household_id == Person.household_id
        kin = Claim.household_id == Kin.kin_id
        groups = (Person.id, Claim.stage, same)
        self.own = _sums(
            session,
            select(*shape).join(Claim, own).join(Household, home).where(waiting).group_by(*groups),
        )
        self.kin = _sums(
            session,
            select(*shape)
            .join(Kin, Kin.household_id == Person.household_id)
            .join(Claim, kin)
            .join(Household, home)
            .where(waiting)
            .group_by(*groups),
        )
        self.area: dict[Any, int] = {}
        if self.crosswise:
            self.area = _sums(
                session,
                select(Claim.community_id, Claim.stage, Household.area, func.count())
                .join(Household, home)
                .where(_waiting(self.crosswise, before))
                .group_by(Claim.community_id, Claim.stage, Household.area),
            )

    def left(self, person: Decider, community: int, number: int, stage: Stage, claims: int) -> int:
        """How many of a stage's claims the person has neither voted on nor is barred from."""
        across = community in self.crosswise and bool(person.area)
        barred = sum(
            sums.get((person.id, number, same), 0)
            for sums in (self.own, self.kin)
            for same in (True, False)
            if not (across and same)  # the area's sum holds those
        )
        if across:
            barred += self.area.get((community, number, person.area), 0)
        return claims - self.voted.get((person.id, number, stage.id), 0) - barred


def seated(session: Session, ids: Collection[int] | None) -> dict[int, list[Decider]]:
    rows = session.execute(
        select(Person.community_id, Person.id, Person.code, Person.area, Role.role, Role.stage)
        .join(Role, Role.person_id == Person.id)
        .where(Role.role.in_(DECIDING), among(Person.community_id, ids))
        .order_by(Person.code)
    ).tuples()
    seats: dict[tuple[int, int, str, str], set[tuple[RoleName, str]]] = defaultdict(set)
    for community, key, code, area, role, stage in rows:
        seats[community, key, code, area].add((role, stage))
    people: dict[int, list[Decider]] = defaultdict(list)
    for (community, key, code, area), held in seats.items():
        people[community].append(Decider(key, code, area, frozenset(held)))
    return people


def _undecided(session: Session, ids: Collection[int] | None, before: str) -> Sums:
    return _sums(
        session,
        select(Claim.community_id, Claim.stage, func.count())
        .where(_waiting(ids, before))
        .group_by(Claim.community_id, Claim.stage),
    )


def _waiting(ids: Collection[int] | None, before: str) -> ColumnElement[bool]:
    """Undecided claims; `before` a month, those of audits whose month has ended."""
    return undecided_in(ids) & (Claim.audit < before)


def _sums(session: Session, query: Select[Any]) -> dict[Any, int]:
    """By all columns but the last, that."""
    return {tuple(row[:-1]): row[-1] for row in session.execute(query)}


def _stage(rules: Outline, number: int) -> Stage:
    stages = rules.review.stages
    return stages[min(number, len(stages) - 1)]
