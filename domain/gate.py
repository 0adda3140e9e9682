"""The settlement gate (结算前检查): what keeps a year from being settled (ruling 20)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from domain.calendar import audit_period
from domain.claims import of_year
from domain.clock import local_text
from domain.community import hashes_on, member_counts, ruleset_by_hash, versions_of
from domain.ledger.acts import audit_act
from domain.participation import takes_part
from domain.period import Period
from domain.reasons import Reason, reason
from domain.rules.schema import Ruleset
from domain.rules.versions import version_on
from domain.store.tables.claims import Claim
from domain.store.tables.ledger import Journal
from domain.store.tables.notices import Notice
from domain.store.tables.objections import Objection
from domain.store.tables.people import Community, Household
from domain.store.tables.settlement import Settlement


@dataclass(frozen=True)
class Blocker:
    """What keeps a year from being settled, how many, what to do, and the period or time that it
    is about."""

    what: str
    count: int
    advice: str
    about: str = ""

    @property
    def why(self) -> Reason:
        return reason(self.what, count=self.count, advice=self.advice, about=self.about)


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


def blockers(session: Session, community: Community, year: int, as_of: datetime) -> list[Blocker]:
    """Everything that keeps one community's year from being settled."""
    ruleset = year_ruleset(session, community, year)
    return blockers_of(session, [community], year, as_of, ruleset)[community.id]


def blockers_of(
    session: Session,
    communities: Sequence[Community],
    year: int,
    as_of: datetime,
    ruleset: Ruleset,
) -> dict[int, list[Blocker]]:
    """The same for many communities under one ruleset, in a handful of queries."""
    ids = [community.id for community in communities]
    last_audit = audit_period(ruleset, date(year, 12, 31))
    quarter = Period.of("quarter", date(year, 12, 31))
    undecided = _counts(session, _undecided(ids, year))
    objections = open_objections(session, ids, year)
    audited = set(
        session.scalars(
            select(Journal.community_id).where(
                Journal.community_id.in_(ids), Journal.act == audit_act(last_audit)
            )
        )
    )
    windows = _windows(session, ids, year)
    found = {}
    for community in communities:
        closing = windows.get(community.id, {})
        still_open = [at for at in closing.values() if as_of < at]
        last = local_text(max(still_open)) if still_open else ""
        checks = [
            Blocker("undecided_claims", undecided.get(community.id, 0),
                    "decide them: `jifen review list`"),
            Blocker("open_objections", objections.get(community.id, 0),
                    "resolve them: `jifen objection list`"),
            Blocker("audit_open", int(community.id not in audited),
                    f"close the audit of {last_audit}: `jifen audit`", str(last_audit)),
            Blocker("not_published", int(str(quarter) not in closing),
                    f"publish {quarter}: `jifen publicity`", str(quarter)),
            Blocker("publicity_open", len(still_open), f"the notice is open until {last}", last),
            Blocker("members_unknown", members_unknown(session, community, year, ruleset),
                    "fill in 参与人数 or import the members"),
        ]  # fmt: skip
        found[community.id] = [blocker for blocker in checks if blocker.count]
    return found


def _counts(session: Session, query: Select[tuple[int, int]]) -> dict[int, int]:
    return dict(session.execute(query).tuples().all())


def open_objections(session: Session, communities: list[int], year: int) -> dict[int, int]:
    """By community id, how many objections against the year's claims are open."""
    return _counts(session, _objections(communities, year))


def _undecided(communities: list[int], year: int) -> Select[tuple[int, int]]:
    return (
        select(Claim.community_id, func.count())
        .where(
            Claim.community_id.in_(communities),
            Claim.status == "pending",
            of_year(year),
        )
        .group_by(Claim.community_id)
    )


def _objections(communities: list[int], year: int) -> Select[tuple[int, int]]:
    return (
        select(Objection.community_id, func.count())
        .where(
            Objection.community_id.in_(communities),
            Objection.status == "open",
            Objection.year == year,
        )
        .group_by(Objection.community_id)
    )


def _windows(session: Session, communities: list[int], year: int) -> dict[int, dict[str, datetime]]:
    """By community, when the window of each of the year's notices closes."""
    quarters = [str(quarter) for quarter in Period.all_in("quarter", year)]
    rows = session.execute(
        select(Notice.community_id, Notice.key, Notice.closes_at).where(
            Notice.community_id.in_(communities),
            Notice.kind == "quarter",
            Notice.key.in_(quarters),
        )
    ).tuples()
    windows: dict[int, dict[str, datetime]] = {}
    for community, key, closes_at in rows:
        if closes_at is not None:
            windows.setdefault(community, {})[key] = closes_at
    return windows


def members_unknown(session: Session, community: Community, year: int, ruleset: Ruleset) -> int:
    """How many households an average cannot be made for: nobody is known to take part."""
    if ruleset.standing.by != "average":
        return 0
    counts = member_counts(session, community)
    ranked = select(Household.id).where(
        *takes_part([community.id], date(year, 12, 31), ruleset.participants)
    )
    return sum(1 for household in session.scalars(ranked) if not counts.get(household))
