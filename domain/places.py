"""The year's places (名次), household by household: as settled, else as the ledger has them now."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Subquery, select
from sqlalchemy.orm import Session

from domain.community import households_of
from domain.gate import members_unknown, year_ruleset
from domain.ledger.accounts import household_sums
from domain.lists import Colour, on_list
from domain.points import json_points
from domain.rules.schema import Ruleset
from domain.standings import standing_now
from domain.store.tables.people import Community, Household
from domain.store.tables.settlement import Standing


def standings(
    session: Session, community: Community, year: int, ruleset: Ruleset
) -> list[dict[str, Any]]:
    """Every household's score, balance, rank and honours: settled, or as things stand now."""
    places = _settled(session, community, year) or _current(session, community, year, ruleset)
    scores = dict(_sums(session, household_sums([community.id], year), "score"))
    until_now = household_sums([community.id], year, earlier_too=True)
    balances = dict(_sums(session, until_now, "balance"))
    names = {honour.id: honour.name for honour in ruleset.standing.honours}
    rows = []
    for household in households_of(session, community):
        rank, honours, ranked_by = places.get(household.id, (None, "", None))
        row = {
            "household": household.code,
            "score": json_points(scores.get(household.id, 0)),
            "balance": json_points(balances.get(household.id, 0)),
            "rank": rank,
            "honours": [names[honour] for honour in honours.split(",") if honour],
        }
        if ruleset.standing.by == "average" and ranked_by is not None:
            row["average"] = json_points(ranked_by)
        rows.append(row)
    return rows


def rank_of(
    session: Session, community: Community, household: Household, year: int, ruleset: Ruleset
) -> int | None:
    """A household's rank, settled or as things stand now; None where it is not ranked."""
    settled = session.get(Standing, (community.id, year, household.id))
    if settled is not None:
        return settled.rank
    place = _current(session, community, year, ruleset).get(household.id)
    return place[0] if place else None


def internal_standing(session: Session, community: Community, year: int) -> list[dict[str, Any]]:
    """The standing with the households to be helped (重点帮教) and those on the red and the black
    list (红黑榜): not for publication."""
    ruleset = year_ruleset(session, community, year)
    supported = set(
        session.scalars(
            select(Household.code)
            .join(Standing, Standing.household_id == Household.id)
            .where(Standing.community_id == community.id, Standing.year == year, Standing.support)
        )
    )
    lists = _lists(session, community, year)
    rows = [
        {
            **row,
            "support": row["household"] in supported,
            "lists": [colour for colour, codes in lists.items() if row["household"] in codes],
        }
        for row in standings(session, community, year, ruleset)
    ]
    return sorted(rows, key=lambda row: (row["rank"] or len(rows) + 1, row["household"]))


def _lists(session: Session, community: Community, year: int) -> dict[str, set[str]]:
    """The codes of the households on each of the year's lists."""
    codes = {household.id: household.code for household in households_of(session, community)}
    end = date(year, 12, 31)
    colours: tuple[Colour, ...] = ("red", "black")
    return {
        colour: {codes[household] for household in on_list(session, community, colour, end)}
        for colour in colours
    }


def _sums(session: Session, sums: Subquery, which: str) -> Iterator[tuple[int, int]]:
    for household, points in session.execute(select(sums.c.household_id, sums.c[which])):
        yield household, int(points)


def _settled(session: Session, community: Community, year: int) -> dict[int, tuple[int, str, int]]:
    rows = session.scalars(
        select(Standing).where(Standing.community_id == community.id, Standing.year == year)
    )
    return {row.household_id: (row.rank, row.honours, row.ranked_by) for row in rows}


def _current(
    session: Session, community: Community, year: int, ruleset: Ruleset
) -> dict[int, tuple[int, str, int]]:
    if members_unknown(session, community, year, ruleset):
        return {}
    places = (each.place for each in standing_now(session, [community], year, ruleset))
    return {place.household: (place.rank, place.honours, place.ranked_by) for place in places}
