"""A year's standing (年度排名) as the ledger has it now; its rules are in `rules.standing`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from domain.community.participation import takes_part
from domain.community.registry import member_counts
from domain.ledger.accounts import household_sums
from domain.ledger.entries import of_entries
from domain.rules.schema import Ruleset
from domain.rules.standing import Place, Score, rank
from domain.store.tables.ledger import Entry, EntryKind
from domain.store.tables.people import Community, Household


class Placed(NamedTuple):
    """A household's place in its community, and what it has to spend."""

    community: int
    place: Place
    balance: int


def standing_now(
    session: Session,
    communities: Sequence[Community],
    year: int,
    ruleset: Ruleset,
) -> list[Placed]:
    """The year's standing as the ledger has it now, community by community.

    Ranked are those who take part at the year's end.
    """
    ids = [community.id for community in communities]
    rows = _read(session, ids, _scores(ids, year, ruleset))
    bases = _bases(session, ids, year, ruleset)
    members: dict[int, int] = {}
    if ruleset.standing.by == "average":
        for each in communities:
            members |= member_counts(session, each)
    placed = []
    for community, group in groupby(rows, key=itemgetter(0)):
        households = list(group)
        scores = [
            Score(key, int(score), bases.get(key, 0), members.get(key, 0))
            for _, key, score, _ in households
        ]
        places = rank(scores, ruleset.standing)
        placed += [
            Placed(community, place, int(balance))
            for place, (_, _, _, balance) in zip(places, households, strict=True)
        ]
    return placed


def standing_by(
    session: Session, community: Community, on: date, scores: Mapping[int, int], ruleset: Ruleset
) -> list[Place]:
    """The places of those who take part `on` a day, by these scores (household id → points).

    For a notice: honours are for the settled year, and these places know no base for them.
    """
    query = select(Household.id).where(*takes_part([community.id], on, ruleset.participants))
    averaged = ruleset.standing.by == "average"
    members = member_counts(session, community) if averaged else {}
    return rank(
        [
            Score(key, scores.get(key, 0), members=members.get(key, 0))
            for key in session.scalars(query.order_by(Household.id))
        ],
        ruleset.standing,
    )


def _read(
    session: Session, communities: Sequence[int], query: Select[Any]
) -> Iterable[tuple[int, int, int, int]]:
    """The query's rows; of many communities by frames, which a single one's would only load."""
    if len(communities) == 1:
        return session.execute(query).tuples()
    import polars as pl  # lazy: start

    from domain.store.frames import read_frame  # lazy: start

    names = ("community", "household", "score", "balance")
    return read_frame(session, query, dict.fromkeys(names, pl.Int64)).iter_rows()


def _scores(communities: list[int], year: int, ruleset: Ruleset) -> Select[Any]:
    """The score and balance of every household that takes part, 0 where it has no entries."""
    lifetime = ruleset.standing.span == "lifetime"
    sums = household_sums(communities, year, earlier_too=lifetime)
    return (
        select(
            Household.community_id,
            Household.id,
            func.coalesce(sums.c.score, 0),
            func.coalesce(sums.c.balance, 0),
        )
        .outerjoin(sums, sums.c.household_id == Household.id)
        .where(*takes_part(communities, date(year, 12, 31), ruleset.participants))
        .order_by(Household.community_id, Household.id)
    )


def _bases(session: Session, communities: list[int], year: int, ruleset: Ruleset) -> dict[int, int]:
    """By household the base points of the year, which an honour may ask a score to reach."""
    if not any(honour.at_least_base for honour in ruleset.standing.honours):
        return {}
    query = (
        of_entries(communities, Entry.household_id, func.sum(Entry.points))
        .where(Entry.year == year, Entry.kind == EntryKind.BASE)
        .group_by(Entry.household_id)
    )
    return {household: int(points) for household, points in session.execute(query).tuples()}


def members_unknown(session: Session, community: Community, year: int, ruleset: Ruleset) -> int:
    """How many households an average cannot be made for: nobody is known to take part."""
    if ruleset.standing.by != "average":
        return 0
    counts = member_counts(session, community)
    ranked = select(Household.id).where(
        *takes_part([community.id], date(year, 12, 31), ruleset.participants)
    )
    return sum(1 for household in session.scalars(ranked) if not counts.get(household))
