"""Objections (异议办理): those who investigate are reminded, the office hears of what is overdue.

An answer, with all that follows from it, is `publicity.answering`'s; an appeal `objections.cases`'.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.cycle.reminding import objection_occasions
from domain.kernel.period import Period
from domain.kernel.reasons import Reason, reason
from domain.ledger.disputes import objections_of
from domain.notices.notice import find_notice
from domain.occasions.occasion import Tell, WindowEnding
from domain.steps.work import Skip, tell_all
from domain.store.tables.notices import NoticeKind
from domain.store.tables.people import Community


def remind(
    session: Session, community: Community, _period: Period, as_of: datetime, tell: Tell
) -> Reason:
    """Remind of the day's answers that are due: those who may investigate; of overdue ones the
    clerk and the town. After an appeal, those of the second level."""
    occasions = objection_occasions(session, [community.id], as_of)
    return tell_all(session, community, occasions.get(community.id, ()), as_of, tell)


def window(
    session: Session, community: Community, period: Period, as_of: datetime, tell: Tell
) -> Reason:
    """Remind the clerk and the supervisors that a notice's window closes soon.

    Of a notice that is published late, the publication lets this be due again.
    """
    notice = find_notice(session, community, NoticeKind.QUARTER, str(period))
    if notice is None:
        raise Skip(reason("quarter_not_published", period=period))
    if notice.closes_at is None or as_of >= notice.closes_at:
        raise Skip(reason("window_is_over"))
    waiting = len(objections_of(session, community, only_open=True))
    return tell_all(session, community, [WindowEnding(notice, waiting)], as_of, tell)


ACTS = {"remind": remind, "window": window}
