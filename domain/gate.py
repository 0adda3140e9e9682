"""The settlement gate (结算前检查): what keeps a year from being settled (ruling 20)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.audit import is_closed
from domain.calendar import audit_period
from domain.clock import local_text
from domain.community import member_counts, versions_of
from domain.period import Period
from domain.rules.evaluate import version_on
from domain.rules.schema import Ruleset
from domain.store.tables import Claim, Community, Notice, Objection, Settlement


@dataclass(frozen=True)
class Blocker:
    """What keeps a year from being settled, and how many (ruling 20)."""

    what: str
    count: int
    advice: str


def year_ruleset(session: Session, community: Community, year: int) -> Ruleset:
    """The version in force on the year's last day: it settles the year."""
    return version_on(versions_of(session, community), date(year, 12, 31)).ruleset


def settlement_of(session: Session, community: Community, year: int) -> Settlement | None:
    """The settled year's record, or None."""
    return session.get(Settlement, (community.id, year))


def blockers(session: Session, community: Community, year: int, as_of: datetime) -> list[Blocker]:
    """Everything that keeps the year from being settled; empty where nothing does."""
    ruleset = year_ruleset(session, community, year)
    last_audit = audit_period(ruleset, date(year, 12, 31))
    quarter = Period.of("quarter", date(year, 12, 31))
    notice = session.scalar(
        select(Notice).where(
            Notice.community_id == community.id, Notice.kind == "quarter",
            Notice.key == str(quarter),
        )
    )  # fmt: skip
    found = [
        Blocker("undecided_claims", _undecided(session, community, year),
                "decide them: `jifen review list`"),
        Blocker("open_objections", _objections(session, community, year),
                "resolve them: `jifen objection list`"),
        Blocker("audit_open", int(not is_closed(session, community, last_audit)),
                f"close the audit of {last_audit}: `jifen audit`"),
        Blocker("not_published", int(notice is None),
                f"publish {quarter}: `jifen publicity`"),
    ]  # fmt: skip
    if notice is not None and notice.closes_at is not None and as_of < notice.closes_at:
        found.append(
            Blocker("publicity_open", 1, f"the notice is open until {local_text(notice.closes_at)}")
        )
    if ruleset.standing.by == "average":
        unknown = sum(1 for count in member_counts(session, community).values() if not count)
        found.append(Blocker("members_unknown", unknown, "fill in 参与人数 or import the members"))
    return [blocker for blocker in found if blocker.count]


def _undecided(session: Session, community: Community, year: int) -> int:
    query = select(func.count()).where(
        Claim.community_id == community.id,
        Claim.status == "pending",
        Claim.occurred_on >= date(year, 1, 1),
        Claim.occurred_on <= date(year, 12, 31),
    )
    return session.scalar(query) or 0


def _objections(session: Session, community: Community, year: int) -> int:
    query = (
        select(func.count())
        .join(Claim, Claim.id == Objection.claim_id)
        .where(
            Objection.community_id == community.id,
            Objection.status == "open",
            Claim.occurred_on >= date(year, 1, 1),
            Claim.occurred_on <= date(year, 12, 31),
        )
    )
    return session.scalar(query) or 0
