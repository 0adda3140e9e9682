"""Receipts of publication (发布回执): where notices stand for the public, and since when."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.store.tables.notices import Notice, Publication


def receipts_of(session: Session, notices: Sequence[Notice]) -> dict[int, list[Publication]]:
    """The receipts of notices, by the notices' ids."""
    found: dict[int, list[Publication]] = {notice.id: [] for notice in notices}
    query = select(Publication).where(Publication.notice_id.in_(list(found)))
    for receipt in session.scalars(query.order_by(Publication.id)):
        found[receipt.notice_id].append(receipt)
    return found
