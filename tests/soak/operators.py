"""Operators of the simulation, who press whatever button there is, by seeded dice.

Buttons of the domain (`jifen step …`, `jifen time accept`), of Prefect's pages as the clock comes
to know of them, and Prefect's forms filled in wrongly.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from prefect.states import Failed
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError

from domain.cycle import interventions as held
from domain.cycle.occurrences import OPEN
from domain.kernel.errors import JifenError
from domain.operations import timekeeping
from domain.store.database import reading, writing
from domain.store.tables.cycle import Occurrence, StepAct
from domain.store.tables.ledger import Entry, Journal
from domain.store.tables.notices import Notice
from domain.store.tables.outbox import Message
from domain.store.tables.people import Community
from domain.store.tables.settlement import Settlement
from domain.store.tables.timekeeping import ClockMark
from tests.soak.machines import Machines
from tests.soak.workshop import Run, Workshop

ACTS = {"hold": held.hold, "release": held.release, "retry": held.retry, "drop": held.drop}
BY, WHY = "值班", "试按"
# Nothing of these may come of a run that is refused.
KEPT = (Occurrence, Journal, Entry, Notice, Message, Settlement)
WRONG_PERIODS = {
    "audit": ("2026-Q1", "2026-13", "二月"),
    "collect": ("2026-02-30", "", "26-1"),
    "publicity": ("2026-03", "2026-Q5"),
    "settle": ("2026-12", "2026-H1"),
}


@dataclass
class Operator:
    """Whoever sits at Prefect's pages and at a terminal of the service."""

    engine: Engine
    workshop: Workshop
    machines: Machines
    dice: Random
    counts: Counter[str]
    codes: Sequence[str]

    def press(self) -> str:
        """Some button; what it was, and how it ended."""
        ways: tuple[tuple[int, Callable[[], str]], ...] = (
            (5, self._act),
            (4, self._press_in_prefect),
            (2, self._fill_in_wrongly),
            (1, self._hold_what_is_shown),
            (1, self._forget),
            (1, self._accept),
        )
        (way,) = self.dice.choices([way for _, way in ways], [weight for weight, _ in ways])
        return way()

    def set_right(self) -> None:
        """Release what is held, try again what has failed; and say that the time is right."""
        self.accept_time()
        for act, state in (("release", "held"), ("retry", "failed")):
            for row in self._steps(Occurrence.state == state):
                self._do(act, row)
        for run in list(self.workshop.runs.values()):
            if run.state == "suspended":
                run.state = "waiting"

    def accept_time(self) -> None:
        """Say that the time is right, where it is and a clock doubts it."""
        if self.machines.are_wrong:
            return
        with suppress(OperationalError), writing(self.engine) as session:
            if session.scalar(select(func.count()).where(ClockMark.doubt != "")):
                now = self.machines.database_now(session)
                timekeeping.accept(session, BY, "钟已对好", now)
                self.counts["button: time accept"] += 1

    def _accept(self) -> str:
        with self.workshop.faults.aside():
            self.accept_time()
        return "looks whether a clock doubts the time"

    # The domain's.

    def _act(self) -> str:
        soon = self.machines.right() + timedelta(days=40)
        rows = self._steps(
            Occurrence.state.in_((*OPEN, "dropped")),
            Occurrence.due_at.between(self.machines.right() - timedelta(days=60), soon),
        )
        if not rows:
            return "nothing to press"
        name = self.dice.choice(("hold", "hold", "release", "release", "retry", "drop"))
        fit = {"release": ("held", "dropped"), "retry": ("blocked", "failed")}.get(name)
        fitting = [row for row in rows if fit is None or row.state in fit]
        # Now and then of one that it does not fit.
        return self._do(
            name, self.dice.choice(fitting if fitting and self.dice.random() < 0.8 else rows)
        )

    def _do(self, name: str, row: Occurrence) -> str:
        said = "done"

        def do() -> None:
            nonlocal said
            try:
                with writing(self.engine) as session:
                    step = session.get_one(Occurrence, row.id)
                    at = self.machines.database_now(session)
                    said = str(ACTS[name](session, step, BY, WHY, at))
            except JifenError as error:
                said = str(error)

        outcome = self.workshop.faults.turn("operator", do)
        self.counts[f"button: step {name}"] += 1
        return f"{name} {row.process} {row.step} {row.period} {outcome} {said}"

    def _steps(self, *where: Any) -> Sequence[Occurrence]:
        with self.workshop.faults.aside(), reading(self.engine) as session:
            query = select(Occurrence).where(*where).order_by(Occurrence.due_at, Occurrence.id)
            return session.scalars(query).all()

    # Prefect's.

    def _press_in_prefect(self) -> str:
        if self.workshop.is_away or not self.workshop.runs:
            return "nothing to press"
        key = self.dice.choice(list(self.workshop.runs)[-8:])
        run = self.workshop.runs[key]
        name = self.dice.choice(("Cancel", "Cancel", "Retry", "Suspend", "Resume", "Delete"))
        if not self._press(name, key, run):
            return f"{name} cannot be pressed of {key}, {run.state}"
        self.counts[f"button: Prefect's {name}"] += 1
        return f"{name} of {key}"

    def _press(self, name: str, key: str, run: Run) -> bool:
        match name, run.state:
            case "Cancel", "waiting" | "begun" | "suspended":
                run.state = "cancelled"
            case "Suspend", "begun":
                run.state, run.since = "suspended", self.machines.right()
            case "Resume", "suspended":
                run.state = "waiting"
            case "Retry", "over" | "cancelled":
                run.state = "waiting"
            case "Delete", _:
                del self.workshop.runs[key]
            case _:
                return False
        return True

    def _hold_what_is_shown(self) -> str:
        """A preview is cancelled, moved or deleted: the step is held where it is due."""
        soon = self.machines.right(), self.machines.right() + timedelta(days=7)
        rows = self._steps(Occurrence.state == "due", Occurrence.due_at.between(*soon))
        if not rows:
            return "nothing is shown"
        row = self.dice.choice(rows)

        def do() -> None:
            with writing(self.engine) as session:
                at = self.machines.database_now(session)
                held.hold_due(
                    session, row.process, row.period, row.step, self.codes, "Prefect", WHY, at
                )

        self.counts["button: preview cancelled"] += 1
        return f"preview of {row.step} {row.period} {self.workshop.faults.turn('operator', do)}"

    def _forget(self) -> str:
        """Prefect's database is emptied."""
        self.counts["engine forgot everything"] += 1
        self.workshop.runs.clear()
        return "the engine forgets everything"

    def _fill_in_wrongly(self) -> str:
        """A form that cannot be meant: it is refused, and nothing comes of it."""
        process = self.dice.choice(list(WRONG_PERIODS))
        step = {"audit": "close", "publicity": "publish", "settle": "settle"}.get(process, process)
        right = {"publicity": "2026-Q4", "settle": "2026"}.get(process, "2026-12")
        later = timedelta(minutes=self.dice.choice((3, 600, 60_000, 600_000)))
        code = self.dice.choice(self.codes)
        wrong: dict[str, dict[str, Any]] = {
            "time to come": {"as_of": self.machines.database_now() + later},
            "period": {"period": self.dice.choice(WRONG_PERIODS[process])},
            "community": {"communities": ("nobody",)},
            "nobody": {"communities": ()},
        }
        what = self.dice.choice(list(wrong))
        form = {"period": right, "communities": (code,)} | wrong[what]
        with self.workshop.faults.calm(), self.workshop.faults.aside():
            before = self._all_that_is_kept()
            outcome = self.workshop.call("a form", process, step, **form)
            after = self._all_that_is_kept()
        state = self.workshop.last
        if outcome == "done":
            assert state is not None, what
            assert state.type == Failed().type, (what, form, state)
        assert before == after, (what, form)
        self.counts[f"form: wrong {what}"] += 1
        return f"{process} {step} by hand with a wrong {what}: {state and state.message}"

    def _all_that_is_kept(self) -> list[int | None]:
        with reading(self.engine) as session:
            return [session.scalar(select(func.count()).select_from(table)) for table in KEPT]


def held_by_somebody(engine: Engine) -> list[str]:
    """The steps that are held though nobody did so last."""
    with reading(engine) as session:
        rows = session.execute(
            select(Occurrence, Community.code)
            .join(Community, Community.id == Occurrence.community_id)
            .where(Occurrence.state == "held")
        ).tuples()
        found = []
        for row, code in rows:
            last = session.scalars(
                select(StepAct.act)
                .where(StepAct.occurrence_id == row.id)
                .order_by(StepAct.id.desc())
                .limit(1)
            ).first()
            if last != "hold":
                found.append(f"{code} {row.process} {row.step} {row.period}: {last}")
        return found
