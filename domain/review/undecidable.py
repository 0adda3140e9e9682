"""Claims that no registered person may decide (无人可评议), and stages with too few people.

Nobody waits for nobody: a claim needs as many votes as its stage's quorum, from people who sit at
the stage and are not barred from the household (ruling 21). Read for many communities at once.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.community.outlines import among, outlines_on
from domain.kernel.reasons import Reason, reason
from domain.review.awaited import Decider, seated
from domain.review.claims import undecided_in
from domain.rules.outline import Outline
from domain.rules.schema import Stage
from domain.store.tables.claims import Claim
from domain.store.tables.people import Household, Kin, Person


class Undecidable(NamedTuple):
    """What a community's stage lacks: `claims` wait there for nobody (0 where none has come yet),
    and why."""

    community: int
    stage: str
    claims: int
    why: Reason


def undecidable(
    session: Session, day: date, ids: Collection[int] | None = None
) -> list[Undecidable]:
    """By community and stage, the claims that cannot be decided by those who are registered.

    A stage with fewer people than its quorum is named before a claim comes, too, where the
    community has households.
    """
    rulesets = outlines_on(session, day, ids)
    people = seated(session, ids)
    waiting = _waiting(session, ids)
    barred = _barred(session, ids)
    peopled = set(
        session.scalars(
            select(Household.community_id).where(among(Household.community_id, ids)).distinct()
        )
    )
    found = []
    for community, ruleset in rulesets.items():
        for number, stage in enumerate(ruleset.review.stages):
            at = [each for each in people[community] if each.sits(ruleset, stage)]
            stuck = _stuck(ruleset, stage, at, waiting[community, number], barred)
            if len(at) < stage.quorum:
                if stuck or community in peopled:
                    why = reason(
                        "stage_understaffed", stage=stage.name, needed=stage.quorum, seated=len(at)
                    )
                    found.append(Undecidable(community, stage.id, stuck, why))
            elif stuck:
                why = reason("all_barred", stage=stage.name, needed=stage.quorum)
                found.append(Undecidable(community, stage.id, stuck, why))
    return found


class _Claims(NamedTuple):
    """The claims that wait at a stage, by the household's group (area)."""

    area: str
    ids: list[int]


def _stuck(
    ruleset: Outline,
    stage: Stage,
    at: list[Decider],
    waiting: list[_Claims],
    barred: dict[int, set[int]],
) -> int:
    """How many of the claims have fewer people than the quorum who may vote on them."""
    count = 0
    for area, claims in waiting:
        crosswise = ruleset.review.crosswise and area
        free = {each.id for each in at if not (crosswise and each.area == area)}
        count += sum(len(free - barred.get(claim, set())) < stage.quorum for claim in claims)
    return count


def _waiting(
    session: Session, ids: Collection[int] | None
) -> defaultdict[tuple[int, int], list[_Claims]]:
    """By community and stage's number, the undecided claims."""
    query = (
        select(Claim.community_id, Claim.stage, Household.area, Claim.id)
        .join(Household, Household.id == Claim.household_id)
        .where(undecided_in(ids))
    )
    by_area: dict[tuple[int, int, str], list[int]] = defaultdict(list)
    for community, number, area, claim in session.execute(query).tuples():
        by_area[community, number, area].append(claim)
    found: defaultdict[tuple[int, int], list[_Claims]] = defaultdict(list)
    for (community, number, area), claims in by_area.items():
        found[community, number].append(_Claims(area, claims))
    return found


def _barred(session: Session, ids: Collection[int] | None) -> dict[int, set[int]]:
    """By claim, the people whose own household it is, or their kin's."""
    pending = undecided_in(ids)
    own = select(Claim.id, Person.id).join(Person, Person.household_id == Claim.household_id)
    kin = (
        select(Claim.id, Person.id)
        .join(Kin, Kin.kin_id == Claim.household_id)
        .join(Person, Person.household_id == Kin.household_id)
    )
    found: dict[int, set[int]] = defaultdict(set)
    for query in (own, kin):
        for claim, person in session.execute(query.where(pending)).tuples():
            found[claim].add(person)
    return found
