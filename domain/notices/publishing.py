"""Publication (发布): how a community publishes on the web, and receipts of where its notices stand
for the public, since when."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, defer

from domain.kernel.errors import BadInput
from domain.kernel.names import require_short
from domain.kernel.reasons import reason
from domain.store.tables.notices import Notice, NoticeKind, Publication
from domain.store.tables.people import Community, WebList

PUBLIC_DAYS_MAX, COMPLAINTS_MAX = 3650, 200
# The kinds of notices that are for everybody: a report is for the town.
PUBLIC_KINDS = (NoticeKind.QUARTER, NoticeKind.YEAR, NoticeKind.CORRECTION, NoticeKind.REDEMPTION)


def set_publication(
    community: Community,
    *,
    web_list: str | None = None,
    public_days: int | None = None,
    complaints: str | None = None,
) -> None:
    """Set how a community publishes; what is None stays. `complaints` "" means the town.

    The public folder follows at the next publication.
    """
    if web_list is not None:
        if web_list not in set(WebList):
            raise BadInput(reason("web_list_unknown", value=web_list, choices=tuple(WebList)))
        community.web_list = WebList(web_list)
    if public_days is not None:
        if not 1 <= public_days <= PUBLIC_DAYS_MAX:
            raise BadInput(reason("days_range", value=public_days, limit=PUBLIC_DAYS_MAX))
        community.public_days = public_days
    if complaints is not None:
        if complaints:
            require_short("where_to_complain", complaints, COMPLAINTS_MAX)
        community.complaints = complaints


def complaints_go_to(community: Community) -> str:
    """Where villagers can complain (监督投诉): what the community set, else its town."""
    return community.complaints or community.town


def leaves_at(notice: Notice, community: Community) -> datetime:
    """When a notice leaves the public folder: so many days after its window, or where it has none,
    after its publication. The record in the database stays."""
    return (notice.closes_at or notice.published_at) + timedelta(days=community.public_days)


def receipts_of(session: Session, notices: Sequence[Notice]) -> dict[int, list[Publication]]:
    """The receipts of notices, by the notices' ids."""
    found: dict[int, list[Publication]] = {notice.id: [] for notice in notices}
    query = select(Publication).where(Publication.notice_id.in_(list(found)))
    for receipt in session.scalars(query.order_by(Publication.id)):
        found[receipt.notice_id].append(receipt)
    return found


def unpublished(session: Session, before: datetime, at: datetime) -> list[tuple[str, datetime]]:
    """Public notices that were published before a moment, are within their term at `at`, and stand
    nowhere: the community's code, and since when each should."""
    receipt = exists().where(Publication.notice_id == Notice.id)
    query = (
        select(Notice, Community)
        .join(Community, Community.id == Notice.community_id)
        .where(Notice.kind.in_(PUBLIC_KINDS), Notice.published_at <= before, ~receipt)
        .order_by(Notice.published_at, Notice.id)
        # Of a county's years, all of them: what they say would fill the memory.
        .options(defer(Notice.content))
    )
    return [
        (community.code, notice.published_at)
        for notice, community in session.execute(query).tuples()
        if leaves_at(notice, community) > at
    ]
