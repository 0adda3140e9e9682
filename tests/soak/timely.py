"""Whether steps were done in time (时候): none before it was due by the right time."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine, select

from domain.cycle.catalogue import is_daily
from domain.kernel.local_time import after_day
from domain.kernel.period import Period
from domain.store.database import reading
from domain.store.tables.cycle import Occurrence
from domain.store.tables.people import Community
from tests.soak.machines import Machines


@dataclass
class Timely:
    """Notes what was done before its time."""

    engine: Engine
    machines: Machines
    early: list[str] = field(default_factory=list)

    def due_at(self, code: str, process: str, period: str, step: str) -> datetime | None:
        """When a step falls due, while it is open."""
        row = self._row(code, process, period, step)
        return row.due_at if row is not None and row.state != "done" else None

    def check(
        self,
        code: str,
        process: str,
        period: str,
        step: str,
        due_at: datetime | None,
        *,
        by_hand: bool,
    ) -> None:
        """A step has just been done that was due at a moment; what ends a month is due after it."""
        latest = self.machines.right() + self.machines.tolerance
        row = self._row(code, process, period, step)
        if is_daily(process, step) and row is not None and row.state == "done":
            due_at = after_day(Period.parse(period).end)
        elif by_hand:
            return  # whoever does so in time may: the domain says what is too early
        if due_at is not None and due_at > latest:
            self.early.append(f"{code} {process} {step} {period}, due {due_at}, at {latest}")

    def _row(self, code: str, process: str, period: str, step: str) -> Occurrence | None:
        with reading(self.engine) as session:
            return session.scalar(
                select(Occurrence)
                .join(Community, Community.id == Occurrence.community_id)
                .where(
                    Community.code == code,
                    Occurrence.process == process,
                    Occurrence.period == period,
                    Occurrence.step == step,
                )
            )
