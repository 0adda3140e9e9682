"""Settled years and open ones (已核算的年度、未核算的年度): their rulesets and records."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.community.registry import adoptions_of, hashes_on, ruleset_by_hash, versions_of
from domain.rules.schema import Ruleset
from domain.rules.versions import version_on
from domain.store.tables.people import Community
from domain.store.tables.settlement import Settlement


def year_ruleset(session: Session, community: Community, year: int) -> Ruleset:
    """The version in force on the year's last day: it settles the year."""
    return version_on(versions_of(session, community), date(year, 12, 31)).ruleset


def settlement_of(session: Session, community: Community, year: int) -> Settlement | None:
    """The settled year's record, or None."""
    return session.get(Settlement, (community.id, year))


def settlements(
    session: Session, communities: Sequence[Community], year: int
) -> dict[int, Settlement]:
    """By community id, the record of a settled year."""
    ids = [community.id for community in communities]
    rows = session.scalars(
        select(Settlement).where(Settlement.community_id.in_(ids), Settlement.year == year)
    )
    return {row.community_id: row for row in rows}


def last_settled(session: Session, community: Community) -> int | None:
    """The last settled year, or None."""
    return session.scalar(
        select(func.max(Settlement.year)).where(Settlement.community_id == community.id)
    )


def by_ruleset(
    session: Session, communities: Sequence[Community], year: int
) -> list[tuple[Ruleset, list[Community]]]:
    """Communities by the version that settles their year."""
    if not communities:
        return []
    parts: dict[str, list[Community]] = {}
    hashes = hashes_on(session, communities, date(year, 12, 31))
    for community in communities:
        parts.setdefault(hashes[community.id], []).append(community)
    return [(ruleset_by_hash(session, key), part) for key, part in parts.items()]


def open_years(session: Session, community: Community, upto: int) -> list[int]:
    """Years whose points can still change: from the first adoption, not settled, until `upto`."""
    settled = set(
        session.scalars(select(Settlement.year).where(Settlement.community_id == community.id))
    )
    first = adoptions_of(session, community)[0].starts_on.year
    return [year for year in range(first, upto + 1) if year not in settled]
