"""All points cards of a community (积分卡册): `card.card` for every household, in a few queries.

Each entry also has what a person needs to understand it: the item's name, and for whatever took
points away the clause that says so.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.card import worth_in_yuan
from domain.clock import local_iso
from domain.community import find_household, households_of, versions_of
from domain.ledger.accounts import SCORE_KINDS, Line, lines, totals
from domain.points import json_points
from domain.rules.versions import Version, version_on
from domain.standings import standing_now
from domain.store.tables.people import Community, Household
from domain.store.tables.settlement import Standing

# Kinds that take points away because a rule says so: these cite it.
CITING_KINDS = ("deduction", "zeroing", "correction")


def card_book(
    session: Session, community: Community, year: int, household: str | None = None
) -> list[dict[str, Any]]:
    """The cards of a year, by household number: of those who took part, or of one household.

    A card has the keys of `card.card`, and `head` and `area`; an entry also has `name` (None
    where it is no item's) and `clause` (`{"id", "text"}`, None where it cites none).
    """
    home = find_household(session, community, household) if household else None
    homes = [home] if home else households_of(session, community)
    posted: dict[str, list[Line]] = defaultdict(list)
    for line in lines(session, community.id, home, year):
        posted[line.household].append(line)
    versions = versions_of(session, community)
    ranks = _ranks(session, community, year, versions)
    balances = _balances(session, community)
    names, clauses = _names(versions), _clauses(versions)
    return [
        _card(each, year, posted[each.code], ranks.get(each.id), names, clauses)
        | _to_redeem(versions, year, max(0, balances.get(each.id, 0)))
        for each in homes
        if each is home or each.code in posted or _takes_part(each, year)
    ]  # fmt: skip


def _takes_part(household: Household, year: int) -> bool:
    left_before = household.left_on is not None and household.left_on < date(year, 1, 1)
    joined = household.enrolled_on is not None and household.enrolled_on <= date(year, 12, 31)
    return joined and not left_before


def _card(
    household: Household,
    year: int,
    posted: Sequence[Line],
    rank: int | None,
    names: dict[str, str],
    clauses: dict[str, str],
) -> dict[str, Any]:
    return {
        "household": household.code,
        "head": household.head,
        "area": household.area,
        "year": year,
        "score": json_points(sum(line.points for line in posted if line.kind in SCORE_KINDS)),
        "balance": json_points(sum(line.points for line in posted)),
        "rank": rank,
        "entries": [_entry(line, names, clauses) for line in posted],
    }


def _to_redeem(versions: Sequence[Version], year: int, points: int) -> dict[str, Any]:
    return {"available": json_points(points), "worth": worth_in_yuan(versions, year, points)}


def _entry(line: Line, names: dict[str, str], clauses: dict[str, str]) -> dict[str, Any]:
    cites = line.points < 0 and line.kind in CITING_KINDS and line.reason
    return {
        "seq": line.seq,
        "posted_at": local_iso(line.posted_at),
        "period": line.period,
        "kind": line.kind,
        "item": line.item,
        "name": names.get(line.item) if line.item else None,
        "ref": line.ref,
        "points": json_points(line.points),
        "reason": line.reason,
        "clause": {"id": line.reason, "text": clauses.get(line.reason, "")} if cites else None,
    }


def _ranks(
    session: Session, community: Community, year: int, versions: list[Version]
) -> dict[int, int]:
    """The settled ranks, else the present ones, by household id."""
    settled = session.execute(
        select(Standing.household_id, Standing.rank).where(
            Standing.community_id == community.id, Standing.year == year
        )
    ).tuples()
    ranks = dict(settled.all())
    if ranks:
        return ranks
    ruleset = version_on(versions, max(version.starts_on for version in versions)).ruleset
    now = standing_now(session, [community], year, ruleset)
    return {each.place.household: each.place.rank for each in now}


def _balances(session: Session, community: Community) -> dict[int, int]:
    """What each household holds over all years."""
    sums = totals(session, [community.id]).group_by("household").sum()
    return dict(sums.select("household", "balance").iter_rows())


def _names(versions: list[Version]) -> dict[str, str]:
    """Items by code, as the latest version that has them calls them."""
    return {item.code: item.name for version in versions for item in version.ruleset.items}


def _clauses(versions: list[Version]) -> dict[str, str]:
    """The clauses' own words by their ids."""
    return {clause.id: clause.text for version in versions for clause in version.ruleset.clauses}
