"""The settlement gate (结算前检查): what keeps a year from being settled (ruling 20)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from domain.community.years import year_ruleset
from domain.cycle.calendar import audit_period
from domain.kernel.local_time import local_text
from domain.kernel.period import Period
from domain.kernel.reasons import Reason, reason
from domain.ledger.acts import audit_act
from domain.review.claims import of_year
from domain.rules.schema import Ruleset
from domain.standing.ranking import members_unknown
from domain.store.tables.claims import Claim, ClaimStatus
from domain.store.tables.ledger import Journal
from domain.store.tables.notices import Notice, NoticeKind
from domain.store.tables.objections import Objection, ObjectionStatus
from domain.store.tables.people import Community


@dataclass(frozen=True)
class Blocker:
    """What keeps a year from being settled, how many, and the period or time that it is about."""

    what: str
    count: int
    about: str = ""

    @property
    def why(self) -> Reason:
        return reason(self.what, count=self.count, about=self.about)


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
            Blocker("undecided_claims", undecided.get(community.id, 0)),
            Blocker("open_objections", objections.get(community.id, 0)),
            Blocker("audit_open", int(community.id not in audited), str(last_audit)),
            Blocker("not_published", int(str(quarter) not in closing), str(quarter)),
            Blocker("publicity_open", len(still_open), last),
            Blocker("members_unknown", members_unknown(session, community, year, ruleset)),
        ]
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
            Claim.status == ClaimStatus.PENDING,
            of_year(year),
        )
        .group_by(Claim.community_id)
    )


def _objections(communities: list[int], year: int) -> Select[tuple[int, int]]:
    return (
        select(Objection.community_id, func.count())
        .where(
            Objection.community_id.in_(communities),
            Objection.status == ObjectionStatus.OPEN,
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
            Notice.kind == NoticeKind.QUARTER,
            Notice.key.in_(quarters),
        )
    ).tuples()
    windows: dict[int, dict[str, datetime]] = {}
    for community, key, closes_at in rows:
        if closes_at is not None:
            windows.setdefault(community, {})[key] = closes_at
    return windows
