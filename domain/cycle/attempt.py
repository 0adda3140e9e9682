"""One attempt at a step (办理次数): its signs of life, giving back, and whether another attempt has
taken over from it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from domain.kernel.errors import BadInput
from domain.kernel.reasons import reason
from domain.store.tables.cycle import Occurrence, StepState
from domain.store.tables.people import Community

# What is said of a claimed step whose run an operator has suspended.
SUSPENDED = "run_is_suspended"


def said_of_runs(session: Session) -> Sequence[tuple[str, str]]:
    """Runs that have claimed steps, with what is said of each step."""
    query = select(Occurrence.run, Occurrence.outcome).where(
        Occurrence.state == StepState.CLAIMED, Occurrence.run != ""
    )
    return [(run, said) for run, said in session.execute(query.distinct()).tuples()]


@dataclass(frozen=True)
class Attempt:
    """The `number`th attempt at a step of a period; 0 is by hand, and holds no claim."""

    process: str
    period: str
    step: str
    number: int

    def require(self, session: Session, communities: Collection[str]) -> None:
        """Refuse a number that no attempt at the step has had: somebody has typed it into a form.

        Of a step that no cycle has, something else is said.
        """
        latest = session.scalar(
            select(func.max(Occurrence.attempt))
            .join(Community, Community.id == Occurrence.community_id)
            .where(Community.code.in_(communities), self._is_meant)
        )
        if self.number < 0 or (latest is not None and self.number > latest):
            raise BadInput(reason("attempt_unknown", attempt=self.number, latest=latest or 0))

    def keep(self, session: Session, communities: Sequence[str], now: datetime) -> None:
        """A sign of life for communities that the run has not come to yet. What is held by a
        transaction, its own or another's, is passed over."""
        self._change(session, communities, claimed_at=now)

    def give_back(self, session: Session, communities: Sequence[str], why: str) -> None:
        """What it has claimed and not done is due again."""
        self._change(session, communities, state=StepState.DUE, outcome=why)

    def is_taken_over(self, session: Session, community: str) -> bool:
        """Whether it has no say any more: another attempt has the step, or an operator."""
        row = session.execute(
            select(Occurrence.state, Occurrence.attempt)
            .join(Community, Community.id == Occurrence.community_id)
            .where(Community.code == community, self._is_meant)
        ).first()
        return row is not None and (
            row.attempt != self.number or row.state in (StepState.HELD, StepState.DROPPED)
        )

    @property
    def _is_meant(self) -> ColumnElement[bool]:
        return and_(
            Occurrence.process == self.process,
            Occurrence.period == self.period,
            Occurrence.step == self.step,
        )

    def _change(self, session: Session, communities: Sequence[str], **values: object) -> None:
        mine = (
            select(Occurrence.id)
            .join(Community, Community.id == Occurrence.community_id)
            .where(
                Community.code.in_(communities),
                self._is_meant,
                Occurrence.state == StepState.CLAIMED,
                Occurrence.attempt == self.number,
            )
            .order_by(Occurrence.id)
            .with_for_update(skip_locked=True, of=Occurrence)
        )
        session.execute(
            update(Occurrence)
            .where(Occurrence.id.in_(mine.scalar_subquery()))
            .values(**values)
            .execution_options(synchronize_session=False)
        )
