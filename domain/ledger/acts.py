"""Acts (记账事由): what a journal is posted for. A community's ledger has each act once."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel.period import Period
from domain.store.tables.ledger import Journal
from domain.store.tables.people import Community


def audit_act(period: Period) -> str:
    """The act under which a month's audit is posted."""
    return f"audit:{period}"


def has_act(session: Session, community: Community, act: str) -> bool:
    """Whether a community's ledger has a journal for this act."""
    query = select(Journal.id).where(Journal.community_id == community.id, Journal.act == act)
    return session.scalar(query) is not None
