"""Final results (公示结果上报): a quarter's, once its window is over and no objection is open."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.community.registry import ruleset_on
from domain.kernel.period import Period
from domain.ledger.disputes import objections_of
from domain.occasions.occasion import ResultFinal, Tell
from domain.store.tables.notices import Notice, NoticeKind
from domain.store.tables.people import Community

# A result that objections held up is submitted when they end, if that is within this time.
SUBMITTED_WITHIN = timedelta(days=180)


def submit_results(session: Session, community: Community, as_of: datetime, tell: Tell) -> int:
    """Submit the results that are final now to the town (无异议后上报), where the scheme asks for
    it; how many letters that is. What was submitted before is not again."""
    if objections_of(session, community, only_open=True):
        return 0
    over = session.scalars(
        select(Notice)
        .where(
            Notice.community_id == community.id,
            Notice.kind == NoticeKind.QUARTER,
            Notice.closes_at > as_of - SUBMITTED_WITHIN,
            Notice.closes_at <= as_of,
        )
        .order_by(Notice.closes_at)
    )
    return sum(
        tell(session, community, ResultFinal(notice), as_of)
        for notice in over
        if ruleset_on(session, community, Period.parse(notice.period).end).publicity.submit
    )
