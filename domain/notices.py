"""The notices that were published (公示); `publicity` makes them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.store.tables.notices import Notice
from domain.store.tables.people import Community


def notices_of(session: Session, community: Community) -> Sequence[Notice]:
    """A community's notices, in the order in which they were published."""
    query = select(Notice).where(Notice.community_id == community.id)
    return session.scalars(query.order_by(Notice.published_at, Notice.id)).all()
