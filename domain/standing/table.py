"""The year's places (名次), household by household: as settled, else as the ledger has them now."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import Subquery, select
from sqlalchemy.orm import Session

from domain.community.registry import households_of
from domain.community.years import year_ruleset
from domain.kernel.documents import ABSENT, Hundredths, IfAny
from domain.ledger.accounts import household_sums
from domain.rules.schema import Ruleset
from domain.standing.lists import Colour, on_list
from domain.standing.ranking import members_unknown, standing_now
from domain.standing.redeemable import redeemable
from domain.store.tables.people import Community, Household
from domain.store.tables.settlement import FinalPlace


class Stood(NamedTuple):
    """A household's place in a year: its rank, its honours (ids), the score of the
    span that ranks (the year's, or that of all years until it), and what ranked it."""

    rank: int
    honours: tuple[str, ...]
    score: int
    ranked_by: int


def places_in(
    session: Session, community: Community, year: int, ruleset: Ruleset
) -> dict[int, Stood]:
    """The year's places by household id: settled, else as things stand now; none where an average
    is asked for and nobody knows of how many."""
    return _settled(session, community, year) or _current(session, community, year, ruleset)


@dataclass(frozen=True, kw_only=True)
class HouseholdStanding:
    """A household's figures of a year; `lifetime` and `average` where these rank."""

    household: str
    score: Hundredths
    balance: Hundredths
    rank: int | None
    honours: tuple[str, ...]
    lifetime: IfAny[Hundredths]
    average: IfAny[Hundredths]


@dataclass(frozen=True, kw_only=True)
class InternalStanding(HouseholdStanding):
    """The same with what only the office may see."""

    available: Hundredths
    support: bool
    lists: tuple[Colour, ...]


def standings(
    session: Session, community: Community, year: int, ruleset: Ruleset
) -> list[HouseholdStanding]:
    """Every household's score, balance, rank and honours; where other figures rank, those too:
    `lifetime`, the score of all years until this one, and `average`.

    A year's balance is that of its own account (ruling 15). Where points are kept for life (宁河),
    there is one account: its balance is that of all years until this one.
    """
    places = places_in(session, community, year, ruleset)
    of_year = household_sums([community.id], year)
    until_now = household_sums([community.id], year, earlier_too=True)
    scores, lifetime = (_sums(session, each, "score") for each in (of_year, until_now))
    balances = _sums(session, until_now if ruleset.closing.kind == "keep" else of_year, "balance")
    names = {honour.id: honour.name for honour in ruleset.standing.honours}
    counts_all, averages = ruleset.standing.span == "lifetime", ruleset.standing.by == "average"
    rows = []
    for household in households_of(session, community):
        place = places.get(household.id)
        rows.append(
            HouseholdStanding(
                household=household.code,
                score=scores.get(household.id, 0),
                balance=balances.get(household.id, 0),
                rank=place.rank if place else None,
                honours=tuple(names[honour] for honour in place.honours) if place else (),
                lifetime=lifetime.get(household.id, 0) if counts_all else ABSENT,
                average=place.ranked_by if place and averages else ABSENT,
            )
        )
    return rows


def internal_standing(session: Session, community: Community, year: int) -> list[InternalStanding]:
    """The standing with what each household can redeem, those to be helped (重点帮教) and those on
    the red and the black list (红黑榜): not for publication."""
    ruleset = year_ruleset(session, community, year)
    supported = set(
        session.scalars(
            select(Household.code)
            .join(FinalPlace, FinalPlace.household_id == Household.id)
            .where(
                FinalPlace.community_id == community.id, FinalPlace.year == year, FinalPlace.support
            )
        )
    )
    lists = _lists(session, community, year)
    free = available(session, community)
    rows = [
        InternalStanding(
            **vars(row),
            available=free.get(row.household, 0),
            support=row.household in supported,
            lists=tuple(colour for colour, codes in lists.items() if row.household in codes),
        )
        for row in standings(session, community, year, ruleset)
    ]
    return sorted(rows, key=lambda row: (row.rank or len(rows) + 1, row.household))


def available(session: Session, community: Community, on: date | None = None) -> dict[str, int]:
    """What each household can redeem on a day, by its number."""
    free = redeemable(session, community, on)
    return {
        household.code: free[household.id].points
        for household in households_of(session, community)
        if household.id in free
    }


def _lists(session: Session, community: Community, year: int) -> dict[Colour, set[str]]:
    """The codes of the households on each of the year's lists."""
    codes = {household.id: household.code for household in households_of(session, community)}
    end = date(year, 12, 31)
    colours: tuple[Colour, ...] = ("red", "black")
    return {
        colour: {codes[household] for household in on_list(session, community, colour, end)}
        for colour in colours
    }


def _sums(session: Session, sums: Subquery, which: str) -> dict[int, int]:
    rows = session.execute(select(sums.c.household_id, sums.c[which]))
    return {household: int(points) for household, points in rows}


def _settled(session: Session, community: Community, year: int) -> dict[int, Stood]:
    rows = session.scalars(
        select(FinalPlace).where(FinalPlace.community_id == community.id, FinalPlace.year == year)
    )
    return {
        row.household_id: Stood(row.rank, row.honours, row.score, row.ranked_by) for row in rows
    }


def _current(
    session: Session, community: Community, year: int, ruleset: Ruleset
) -> dict[int, Stood]:
    if members_unknown(session, community, year, ruleset):
        return {}
    places = (each.place for each in standing_now(session, [community], year, ruleset))
    return {
        place.household: Stood(place.rank, place.honours, place.score, place.ranked_by)
        for place in places
    }
