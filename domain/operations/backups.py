"""The record of copies taken (备份记录): how old the last one is."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.kernel.local_time import SKEW_MAX
from domain.store.database import database_now
from domain.store.tables.backups import Backup


def note(session: Session, file: str, size_bytes: int) -> None:
    """Record that a copy was taken, and is whole."""
    session.add(Backup(at=database_now(session), file=file[-300:], size_bytes=size_bytes))


def last_backup(session: Session) -> datetime | None:
    """When the last copy was taken; None where there was none yet. What bears a time later than
    now, as a clock that was wrong had it, tells nothing."""
    latest = database_now(session) + SKEW_MAX
    return session.scalar(select(func.max(Backup.at)).where(Backup.at <= latest))
