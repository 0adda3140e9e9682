"""What the service tells people on a morning: the day's reminders, as its steps write them."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.cycle.catalogue import StepKind, kind_of
from domain.cycle.occurrences import planned
from domain.cycle.plan import Step
from domain.kernel.errors import Refused
from domain.kernel.local_time import local_date
from domain.steps.acts import act_of
from domain.steps.work import Skip
from domain.store.tables.outbox import Message
from domain.store.tables.people import Community
from notifications.letters.messenger import tell


def morning(session: Session, community: Community, at: datetime) -> int:
    """Do the steps that only tell and are due on this day, but the audit's own reminders; how many
    letters that made."""
    year, before = local_date(at).year, _written(session)
    for step in [*planned(session, community, year - 1), *planned(session, community, year)]:
        if _is_due(kind_of(step.process, step.step), step, at):
            with suppress(Skip, Refused):
                act_of(step.process, step.step)(session, community, step.period, at, tell)
    return _written(session) - before


def _is_due(kind: StepKind, step: Step, at: datetime) -> bool:
    if kind.daily is not None:
        return kind.droppable and step.period.year == local_date(at).year
    tells = kind.name in ("remind", "window") and kind.process != "audit"
    return tells and local_date(step.due_at) == local_date(at)


def _written(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Message)) or 0
