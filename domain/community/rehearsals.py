"""Databases of rehearsals (演练): a trial never touches an installation's record."""

from datetime import datetime

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from domain.kernel.errors import Refused
from domain.kernel.local_time import SKEW_MAX, local_text
from domain.kernel.reasons import reason
from domain.store.tables.people import Community


def is_rehearsal(session: Session) -> bool:
    """Whether this is a rehearsal's database: it has communities, and a rehearsal made them all.

    Only there may a time later than now stand in for now.
    """
    count = select(func.count()).select_from(Community)
    made = session.scalar(count.where(Community.rehearsed)) or 0
    return made > 0 and made == session.scalar(count)


def require_rehearsal(session: Session) -> None:
    """Refuse a database that has communities which no rehearsal made, or whose release could not
    tell."""
    columns = inspect(session.connection()).get_columns(Community.__tablename__)
    if Community.rehearsed.key not in {column["name"] for column in columns}:
        raise Refused(reason("not_a_rehearsals_file"))
    query = select(Community.code).where(~Community.rehearsed).order_by(Community.code).limit(1)
    code = session.scalar(query)
    if code is not None:
        raise Refused(reason("not_a_rehearsal", community=code))


def require_no_later(session: Session, moment: datetime, now: datetime) -> None:
    """Refuse a time later than now that would stand in for now, but in a rehearsal's database.

    What is posted, published or settled ahead of its time cannot be taken back.
    """
    if moment > now + SKEW_MAX and not is_rehearsal(session):
        raise Refused(reason("later_than_now", moment=local_text(moment), now=local_text(now)))
