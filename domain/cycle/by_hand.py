"""Steps started by hand (手工办理): only what the cycle has, not before its time, and with who and
why kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from domain.community.rehearsals import is_rehearsal
from domain.cycle.catalogue import find_kind
from domain.cycle.occurrences import find_occurrence, planned
from domain.kernel.errors import Refused
from domain.kernel.local_time import after_day, local_text, start_of_day
from domain.kernel.names import require_who_and_why
from domain.kernel.period import Period
from domain.kernel.reasons import reason
from domain.store.tables.cycle import Intervention, StepAct
from domain.store.tables.people import Community


@dataclass(frozen=True)
class Starter:
    """Who starts a step by hand, and why."""

    by: str = ""
    why: str = ""

    def require(self) -> None:
        """Refuse (BadInput) a start of which nothing would be known."""
        require_who_and_why("by_hand_lacks", self.by, self.why)

    def keep(
        self,
        session: Session,
        community: Community,
        process: str,
        period: Period,
        step: str,
        at: datetime,
    ) -> None:
        """Keep with a step that was done who started it, where somebody is named."""
        occurrence = find_occurrence(session, community, process, period, step)
        if occurrence is not None and self.by.strip():
            session.add(
                StepAct(
                    occurrence_id=occurrence.id,
                    act=Intervention.BY_HAND,
                    by=self.by.strip(),
                    why=self.why.strip(),
                    at=at,
                )
            )
            session.flush()


def require_time(
    session: Session, community: Community, process: str, period: Period, step: str, at: datetime
) -> None:
    """Refuse a step that a community's cycle does not have, and one whose time has not come.

    Earlier than due are only done: claims collected from the period's beginning on, a report drawn
    up, and a month audited or a year settled once it is over, as far as their own rules let it. A
    rehearsal follows its sheets.
    """
    if is_rehearsal(session):
        return
    due_at = _due_at(session, community, process, period, step)
    if due_at is None:
        named = f"{process} {step} {period}"
        raise Refused(reason("step_not_written", community=community.code, step=named))
    begins = min(due_at, _earliest(process, period, step, due_at))
    if at < begins:
        raise Refused(reason("step_early", moment=local_text(due_at)))


def _due_at(
    session: Session, community: Community, process: str, period: Period, step: str
) -> datetime | None:
    """When a step is due: as the cycle has written it, else as it would."""
    occurrence = find_occurrence(session, community, process, period, step)
    if occurrence is not None:
        return occurrence.due_at
    if process == "report":
        return start_of_day(period.start)  # also where the scheme asks for none
    named = process, period, step
    steps = planned(session, community, period.year)
    return next(
        (each.due_at for each in steps if (each.process, each.period, each.step) == named), None
    )


def _earliest(process: str, period: Period, step: str, due_at: datetime) -> datetime:
    """From when on a step may be started by hand, as the catalogue says."""
    kind = find_kind(process, step)
    if kind is None or kind.by_hand == "due":
        return due_at
    return start_of_day(period.start) if kind.by_hand == "begun" else after_day(period.end)
