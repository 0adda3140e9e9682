"""How every notice is published (张榜): once, under the ledger's lock, and with its seal."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from domain.kernel.period import Period
from domain.ledger.post import lock_heads
from domain.notices.notice import find_notice, heading, publish
from domain.rules.schema import Ruleset
from domain.store.tables.notices import Notice, NoticeKind
from domain.store.tables.people import Community


class Draft(NamedTuple):
    """What a notice says under its heading, by which rules, and until when objections are open."""

    ruleset: Ruleset
    content: dict[str, Any]
    closes_at: datetime | None = None


def publish_once(
    session: Session,
    community: Community,
    kind: NoticeKind,
    key: str,
    period: Period,
    as_of: datetime,
    draw_up: Callable[[], Draft],
) -> Notice:
    """The notice as it was published; where it was not, it is drawn up and published now.

    Nothing is posted to the ledger in between: what the notice says is what its seal covers.
    """
    seal = lock_heads(session, [community.id])[community.id].digest
    known = find_notice(session, community, kind, key)
    if known is not None:
        return known
    ruleset, content, closes_at = draw_up()
    top = heading(community, ruleset, period, as_of, closes_at, seal)
    return publish(session, community, kind, key, period, as_of, closes_at, top | content)
