"""Notices (公示) as they are kept: immutable, with the ledger's seal; names on them are masked
(ruling 22). `publicity`, `rounds` and `report` say what stands on them."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel.local_time import local_iso, local_text
from domain.kernel.masking import masked_name
from domain.kernel.period import Period
from domain.notices.publishing import complaints_go_to
from domain.rules.schema import Ruleset
from domain.store.tables.notices import Notice, NoticeKind
from domain.store.tables.people import Community, Household


def notices_of(session: Session, community: Community, year: int | None = None) -> Sequence[Notice]:
    """A community's notices, or those of one year, in the order in which they were published."""
    query = select(Notice).where(Notice.community_id == community.id)
    found = session.scalars(query.order_by(Notice.published_at, Notice.id)).all()
    return [notice for notice in found if year is None or year_of(notice) == year]


def year_of(notice: Notice) -> int:
    """The year that a notice is of. A correction is of the one that it corrects, and often comes in
    the January after it; older ones do not say."""
    return int(notice.content.get("year", Period.parse(notice.period).year))


def find_notice(
    session: Session, community: Community, kind: NoticeKind, key: str
) -> Notice | None:
    """A published notice."""
    return session.scalar(
        select(Notice).where(
            Notice.community_id == community.id, Notice.kind == kind, Notice.key == key
        )
    )


def publish(
    session: Session,
    community: Community,
    kind: NoticeKind,
    key: str,
    period: Period,
    as_of: datetime,
    closes_at: datetime | None,
    content: dict[str, Any],
) -> Notice:
    """Keep a notice for good."""
    notice = Notice(
        community_id=community.id,
        kind=kind,
        key=key,
        period=str(period),
        published_at=as_of,
        closes_at=closes_at,
        content=content,
        seal=content["seal"],
        digest=content_digest(content),
    )
    session.add(notice)
    session.flush()
    return notice


def content_digest(content: dict[str, Any]) -> str:
    """sha256 over a notice's canonical JSON: what the village board shows is what we keep."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def heading(
    community: Community,
    ruleset: Ruleset,
    period: Period,
    as_of: datetime,
    closes_at: datetime | None,
    seal: str,
) -> dict[str, Any]:
    """What stands at the top of every notice."""
    return {
        "community": community.name,
        "town": community.town,
        "scheme": ruleset.title,
        "document": ruleset.document,
        "period": str(period),
        "published_at": local_iso(as_of),
        "closes_at": local_iso(closes_at) if closes_at else None,
        "closes_text": local_text(closes_at) if closes_at else None,
        "objection_days": ruleset.objections.days,
        "second_level": _second_level(ruleset),
        "complaints": complaints_go_to(community),
        "seal": seal,
    }


def _second_level(ruleset: Ruleset) -> str | None:
    """Where a household can take an objection that was dismissed (长坝: the town's group)."""
    stages = {stage.id: stage.name for stage in ruleset.review.stages}
    return stages.get(ruleset.objections.second_level or "")


def named(household: Household, *, plain: bool = False) -> dict[str, str]:
    """A household as notices name it: its number, and its head masked unless `plain`."""
    return {
        "household": household.code,
        "head": household.head if plain else masked_name(household.head),
    }
