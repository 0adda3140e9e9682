"""The points card (积分卡)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from domain.clock import local_date, now
from domain.community import find_household, versions_of
from domain.disputes import redeemable
from domain.errors import Refused
from domain.gate import year_ruleset
from domain.ledger.accounts import SCORE_KINDS, lines
from domain.places import rank_of
from domain.points import json_points
from domain.rules.versions import Version
from domain.store.tables.people import Community, Household

Row = dict[str, Any]


def card(session: Session, community: Community, household: str, year: int) -> dict[str, Any]:
    """A household's card of a year: score, balance, rank and every entry (INTERFACE.md)."""
    home = find_household(session, community, household)
    entries = lines(session, community.id, home, year)
    available = sum(redeemable(session, community, home, local_date(now())).values())
    return {
        "household": home.code,
        "year": year,
        "score": json_points(sum(line.points for line in entries if line.kind in SCORE_KINDS)),
        "balance": json_points(sum(line.points for line in entries)),
        "rank": _rank(session, community, home, year),
        "available": json_points(available),
        "worth": worth_in_yuan(versions_of(session, community), year, available),
        "entries": [line.told() for line in entries],
    }


def worth_in_yuan(versions: Sequence[Version], year: int, points: int) -> int | float | None:
    """What points are about worth by the year's last version; None where it gives no value."""
    known = [version for version in versions if version.starts_on <= date(year, 12, 31)]
    value = known[-1].ruleset.value if known else None
    return None if value is None else json_points(value.worth(points))


def _rank(session: Session, community: Community, household: Household, year: int) -> int | None:
    try:
        ruleset = year_ruleset(session, community, year)
    except Refused:  # no ruleset in that year
        return None
    return rank_of(session, community, household, year, ruleset)
