"""A community's year in figures (年度概况), as `jifen rehearse --json` prints it."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.audit.scoring import awards
from domain.community.years import year_ruleset
from domain.intake.refused import refused_rows
from domain.kernel.local_time import now
from domain.ledger.accounts import SCORE_KINDS, last_posting
from domain.ledger.entries import of_entries
from domain.ledger.verify import verify
from domain.notices.notice import notices_of
from domain.review.claims import of_year, registered
from domain.standing.table import HouseholdStanding, standings
from domain.store.tables.claims import Claim, ClaimStatus
from domain.store.tables.ledger import Entry, Journal, LedgerHead
from domain.store.tables.outbox import Message
from domain.store.tables.people import Community


@dataclass(frozen=True)
class ClaimFigures:
    """Rows that were taken in or refused, and what became of the accepted ones."""

    accepted: int
    refused: int
    approved: int
    rejected: int
    undecided: int
    awarded: int


@dataclass(frozen=True)
class NoticeKept:
    """A notice of the year."""

    kind: str
    period: str
    key: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class YearSummary:
    """What a year left (INTERFACE.md)."""

    community: str
    ruleset: str
    year: int
    claims: ClaimFigures
    journals: int
    notices: tuple[NoticeKept, ...]
    households: tuple[HouseholdStanding, ...]
    reminders: int
    seal: str
    ledger_ok: bool


def summary(session: Session, community: Community, year: int) -> YearSummary:
    """What the year left: claims, journals, notices, households, seal (INTERFACE.md)."""
    ruleset = year_ruleset(session, community, year)
    head = session.get(LedgerHead, community.id)
    return YearSummary(
        community=community.code,
        ruleset=ruleset.id,
        year=year,
        claims=claim_figures(session, community, year),
        journals=_journals(session, community, year),
        notices=tuple(
            NoticeKept(notice.kind, notice.period, notice.key, notice.digest)
            for notice in notices_of(session, community, year)
        ),
        households=tuple(standings(session, community, year, ruleset)),
        reminders=_reminders(session, community, year),
        seal=head.digest if head else "",
        ledger_ok=not verify(session, community),
    )


def claim_figures(session: Session, community: Community, year: int) -> ClaimFigures:
    """Accepted and refused rows, and what became of the accepted ones."""
    in_year = (
        Claim.community_id == community.id,
        of_year(year),
    )
    counts = dict(
        session.execute(select(Claim.status, func.count()).where(*in_year).group_by(Claim.status))
        .tuples()
        .all()
    )
    refused = refused_rows(session, community, year)
    at = last_posting(session, community.id) or now()
    scored = awards(session, community, year, at, registered())
    return ClaimFigures(
        accepted=sum(counts.values()),
        refused=sum(row.kind in ("claims", "inspection") for row in refused),
        approved=counts.get(ClaimStatus.APPROVED, 0),
        rejected=counts.get(ClaimStatus.REJECTED, 0) + counts.get(ClaimStatus.ANNULLED, 0),
        undecided=counts.get(ClaimStatus.PENDING, 0),
        awarded=int((scored["points"] > 0).sum()),
    )


def _journals(session: Session, community: Community, year: int) -> int:
    """How many journals are of the year or of a period in it."""
    query = select(func.count()).where(
        Journal.community_id == community.id, Journal.period.startswith(f"{year:04d}")
    )
    return session.scalar(query) or 0


def _reminders(session: Session, community: Community, year: int) -> int:
    """How many reminders went out for the year's audits."""
    query = select(func.count()).where(
        Message.community_id == community.id,
        Message.template == "reminder",
        Message.occasion.startswith(f"audit:{year:04d}"),
    )
    return session.scalar(query) or 0


def score_by_month(session: Session, community: Community, year: int) -> list[tuple[str, int]]:
    """Points that the score gained, by the period of the journals: for the summary's chart."""
    query = (
        of_entries(community.id, Journal.period, func.sum(Entry.points))
        .where(
            Entry.year == year,
            Entry.kind.in_(SCORE_KINDS),
        )
        .group_by(Journal.period)
        .order_by(Journal.period)
    )
    return [(period, int(points)) for period, points in session.execute(query).tuples()]
