"""Assessment groups (评议小组): how large they are, and who is in none.

A scheme may limit a group's households, and may have groups assess each other's areas crosswise
(交叉考察评议, 龙雨庄): whoever is in no group cannot be kept apart.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.community.participation import takes_part
from domain.rules.outline import Outline
from domain.rules.schema import Participants
from domain.store.tables.people import Household, Person, Role, RoleName


class Groups(NamedTuple):
    """How many groups of a community are too large, and how many households and assessors are in
    none although it assesses crosswise."""

    community: int
    too_large: int
    in_none: int


def groups(session: Session, rulesets: Mapping[int, Outline], day: date) -> Iterator[Groups]:
    """The communities whose groups are not on a day as their ruleset in force wants them."""
    limits = {
        key: ruleset.review.area_households_max
        for key, ruleset in rulesets.items()
        if ruleset.review.crosswise or ruleset.review.area_households_max is not None
    }
    if not limits:
        return
    sizes = _sizes(session, {key: rulesets[key].participants for key in limits}, day)
    assessors = _assessors_in_none(session, limits)
    for community, limit in limits.items():
        areas = sizes.get(community, {})
        too_large = sum(limit is not None and size > limit for area, size in areas.items() if area)
        in_none = 0
        if rulesets[community].review.crosswise:
            in_none = areas.get("", 0) + assessors.get(community, 0)
        if too_large or in_none:
            yield Groups(community, too_large, in_none)


def _sizes(
    session: Session, communities: Mapping[int, Participants], day: date
) -> dict[int, dict[str, int]]:
    """By community and group, the households that take part."""
    alike: dict[Participants, list[int]] = {}
    for community, who in communities.items():
        alike.setdefault(who, []).append(community)
    found: dict[int, dict[str, int]] = {}
    for who, ids in alike.items():
        query = (
            select(Household.community_id, Household.area, func.count())
            .where(*takes_part(ids, day, who))
            .group_by(Household.community_id, Household.area)
        )
        for community, area, count in session.execute(query).tuples():
            found.setdefault(community, {})[area] = count
    return found


def _assessors_in_none(session: Session, communities: Mapping[int, object]) -> dict[int, int]:
    query = (
        select(Person.community_id, func.count(Person.id.distinct()))
        .join(Role, Role.person_id == Person.id)
        .where(
            Person.community_id.in_(list(communities)),
            Role.role == RoleName.REVIEWER,
            Person.area == "",
        )
        .group_by(Person.community_id)
    )
    return dict(session.execute(query).tuples().all())
