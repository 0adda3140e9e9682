"""Community-years under faults (模拟): two villages of a town, two clocks, workers, people, post.

Everything is chosen by dice of one seed, and happens one thing after the other, but for faults
that let others act in the middle of a turn: the same seed is the same year.
"""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import OperationalError

from domain.community.registry import find_community
from domain.cycle.due import Share, next_due
from domain.kernel.errors import JifenError
from domain.kernel.local_time import LOCAL, local_text
from domain.store.database import reading, writing
from domain.store.tables.cycle import Occurrence
from domain.store.tables.people import Community
from flows.clock.clock import Clock, Pace
from flows.clock.timekeeper import Timekeeper
from flows.steps import runtime
from notifications.outbox import deliverer as delivery
from notifications.outbox.deliverer import Deliverer, Manner
from tests.soak.faults import Faults
from tests.soak.hanging import Hanging
from tests.soak.machines import Machines
from tests.soak.operators import Operator
from tests.soak.people import Act, People, SimulatedVillage, settle_down
from tests.soak.postroom import Arrivals, FakeCourier
from tests.soak.timely import Timely
from tests.soak.workshop import Workshop

CODES = ("ma", "an")
# On the first two there is a clock and a worker each; a third is a worker's alone.
MACHINES = ["one", "two", "three"]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PACE = Pace(silent=timedelta(minutes=10), share=Share(least=1, most=2, at_once=1))
# The year ends here: settled, cleared, and its notices out.
YEAR_ENDS = (2, 15)
REMEMBERED = 40


class World:
    """A town from a month of 2026 on; the first year has as many months as are left."""

    def __init__(
        self, engine: Engine, seed: int, monkeypatch: pytest.MonkeyPatch, month: int = 1
    ) -> None:
        self.engine = engine
        self.dice = Random(seed)
        self.now = datetime(2026, month, 1, 0, 0, 30, tzinfo=LOCAL).astimezone(UTC)
        self.faults = Faults(Random(seed + 1), meanwhile=self._others_act)
        self.embedded = engine.dialect.name == "sqlite"
        trouble, counts = Random(seed + 2), self.faults.counts
        self.machines = Machines(
            MACHINES, lambda: self.now, embedded=self.embedded, dice=trouble, counts=counts
        )
        self.timely = Timely(engine, self.machines)
        self.workshop = Workshop(self.faults, self.timely, lambda: self.now)
        self.operator = Operator(engine, self.workshop, self.machines, trouble, counts, CODES)
        self.hanging = None if self.embedded else Hanging(engine, trouble, counts)
        self.trouble = trouble
        self.arrivals = Arrivals()
        self.story: deque[str] = deque(maxlen=REMEMBERED)
        self._install(monkeypatch)
        self.villages = [
            SimulatedVillage(code, self.dice.choice(("cleared", "kept"))) for code in CODES
        ]
        for village in self.villages:
            with writing(engine) as session:
                settle_down(session, village, month)
        self.processes = 0
        self.clocks: list[Clock | None] = [self._new_clock(0), self._new_clock(1)]
        self.deliverers = [self._new_deliverer(), self._new_deliverer()]
        self._delivering: list[Deliverer] = []
        self.faults.watch(engine)

    def _install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # Nobody pulls the plug here: a rollback is what a kill leaves behind.
        quick = "PRAGMA synchronous = OFF" if self.embedded else "SET synchronous_commit = off"
        event.listen(self.engine, "connect", lambda to, _: (to.execute(quick), to.commit()))
        self.engine.dispose()
        self.machines.install(monkeypatch)
        monkeypatch.setattr(delivery, "wait_for_one", lambda *_: None)
        runtime.use(self.engine)
        self.workshop.install(monkeypatch)

    def _new_clock(self, at: int) -> Clock | None:
        """A clock's process on its machine, which refuses to start where the time is wrong."""
        machine = MACHINES[at]
        if not self.machines.may_start(machine):
            self.faults.counts["clock refused to start"] += 1
            return None
        self.processes += 1
        keeper = Timekeeper(machine, self.machines.read)
        name = f"clock {self.processes}"
        return Clock(self.engine, name, None, PACE, self.workshop, keeper)

    def _new_deliverer(self) -> Deliverer:
        found = Deliverer(self.engine, Manner(), self.machines.database_now)
        found._couriers = [FakeCourier(self.faults, self.dice, self.arrivals)]  # type: ignore[list-item]
        return found

    # A year.

    def live(self, year: int) -> None:
        """A year with faults, until its end; people hurry after New Year."""
        self.faults.active = True
        until = self._end(year)
        while self.now < until:
            self._let_time_pass(until)
            for _ in range(self.dice.randint(1, 4)):
                self._something()
            if self.now.astimezone(LOCAL).year > year and self.dice.random() < 0.5:
                self._hurry()

    def come_to_rest(self, year: int) -> None:
        """No more faults: all that is still to be done is done."""
        self.faults.active = False
        self.workshop.is_away = False
        self._clocks_are_right(all_of_them=True)
        self.close()
        until = max(self.now, self._end(year)) + 12 * DAY
        while self.now < until:
            self._hurry()
            self.operator.set_right()
            self._operator_tries_again()
            self._work_off()
            for deliverer in self.deliverers:
                deliverer.deliver_due()
            self.now = min(max(self._next_due(), self.now + DAY / 4), self.now + 2 * DAY)

    def close(self) -> None:
        """Let nothing hang any longer."""
        if self.hanging:
            self.hanging.end()

    def _next_due(self) -> datetime:
        with reading(self.engine) as session:
            return next_due(session) or self.now

    @staticmethod
    def _end(year: int) -> datetime:
        return datetime(year + 1, *YEAR_ENDS, 12, tzinfo=LOCAL).astimezone(UTC)

    def _let_time_pass(self, until: datetime) -> None:
        self._clocks_are_right()
        share = self.dice.random()
        if share < 0.012:
            self._tell("forty days off")
            self.faults.counts["service off for forty days"] += 1
            self.now = min(self.now + 40 * DAY, until)
        elif share < 0.45:
            due = self._next_due()
            if self.now < due < self.now + 8 * DAY:
                self.now = due + timedelta(seconds=self.dice.choice((0, 1, 60, 4000)))
            else:
                self.now += self.dice.randint(1, 30) * HOUR
        elif share < 0.75:
            self.now += self.dice.randint(1, 4) * DAY / 2
        else:
            self.now += timedelta(minutes=self.dice.randint(0, 40))

    def _something(self) -> None:
        ways: tuple[tuple[int, Callable[[], None]], ...] = (
            (6, self._clock_sweeps),
            (7, self._worker_works),
            (6, self._people_act),
            (2, self._post_goes),
            (1, self._somebody_starts_a_step),
            (1, self._operator_tries_again),
            (4, self._trouble_comes),
        )
        (way,) = self.dice.choices([way for _, way in ways], [weight for weight, _ in ways])
        way()
        if self.hanging:
            self.hanging.go_on()
        if self.workshop.is_away and self.trouble.random() < 0.1:
            self._tell(self._engine_goes())

    def _others_act(self) -> None:
        """In the middle of somebody's turn; that one may hang for as long as it takes."""
        if self.dice.random() < 0.5:
            self.now += timedelta(minutes=self.dice.randint(0, 60))
        for _ in range(self.dice.randint(1, 4)):
            self._something()

    def _tell(self, what: str) -> None:
        self.story.append(f"{local_text(self.now)} {what}")

    # Who acts.

    def _clock_sweeps(self) -> None:
        self._sweep(self.dice.randrange(len(self.clocks)))

    def _sweep(self, at: int) -> None:
        clock = self.clocks[at] = self.clocks[at] or self._new_clock(at)
        if clock is None or clock._busy.locked():
            return  # it is at it, in a turn around this one
        with self.machines.on(MACHINES[at]):
            outcome = self.faults.turn("clock", clock.sweep)
        self._tell(f"{clock.holder} {outcome}")
        if outcome == "killed":
            self.clocks[at] = self._new_clock(at)

    def _worker_works(self) -> None:
        waiting = self.workshop.waiting()
        if waiting:
            run = self.dice.choice(waiting[:3])
            with self.machines.on(self.trouble.choice(MACHINES)):
                self.workshop.work(run)
            self._tell(f"{run.batch.key} {run.state}")
        if self.faults.active and self.workshop.runs and self.dice.random() < 0.05:
            # The same run once more, as when two workers have fetched it.
            run = self.dice.choice(list(self.workshop.runs.values())[-5:])
            self.faults.counts["run done twice"] += 1
            self.workshop.work(run)

    def _people_act(self) -> None:
        village = self.dice.choice(self.villages)
        self._act(village, *People(village, self.dice).choose(self.now))

    def _act(self, village: SimulatedVillage, what: str, act: Act) -> None:
        told: list[object] = []

        def do() -> None:
            try:
                with writing(self.engine) as session:
                    done = act(session, find_community(session, village.code), self.now)
            except JifenError as error:
                told.append(str(error))
            else:
                told.append(done)

        outcome = self.faults.turn("people", do)
        self._tell(f"{village.code}: {what} {outcome} {told[0] if told else ''}")
        if not told:
            village.unsure.append((what, act))
        elif callable(told[0]):
            told[0]()

    # What goes wrong beside the faults that strike a process.

    def _trouble_comes(self) -> None:
        ways: tuple[tuple[int, Callable[[], str]], ...] = (
            (3, self._clock_is_wrong),
            (8, self.operator.press),
            (1, self._engine_goes),
            (4, self._something_hangs),
        )
        if self.faults.active:
            (way,) = self.trouble.choices([way for _, way in ways], [each for each, _ in ways])
            self._tell(way())

    def _clock_is_wrong(self) -> str:
        said = self.machines.go_wrong()
        for at in range(len(self.clocks)):  # they look every few seconds
            self._sweep(at)
        return said

    def _clocks_are_right(self, *, all_of_them: bool = False) -> None:
        for name in self.machines.go_right(all_of_them=all_of_them):
            self._tell(f"{name} is right again")

    def _engine_goes(self) -> str:
        self.workshop.is_away = not self.workshop.is_away
        self.faults.counts["engine away for a while"] += self.workshop.is_away
        return f"the engine is {'away' if self.workshop.is_away else 'back'}"

    def _something_hangs(self) -> str:
        if self.hanging is None:
            return "an embedded database has one writer, which ends"
        return self.hanging.begin(self.now + 5 * DAY)

    def _hurry(self) -> None:
        """Whoever still has something to decide or to repeat does."""
        for village in self.villages:
            acts, village.unsure = village.unsure, []
            with suppress(OperationalError), reading(self.engine) as session:
                community = find_community(session, village.code)
                acts = [*acts, *People(village, self.dice).finish(session, community)]
            for what, act in acts:
                self._act(village, what, act)

    def _post_goes(self) -> None:
        at = self.dice.randrange(len(self.deliverers))
        deliverer = self.deliverers[at]
        if deliverer in self._delivering:
            return  # it has one thread: what happens meanwhile is done by another
        self._delivering.append(deliverer)
        outcome = self.faults.turn("post", deliverer.deliver_due)
        self._delivering.remove(deliverer)
        if outcome == "killed":
            self.deliverers[at] = self._new_deliverer()

    def _somebody_starts_a_step(self) -> None:
        """A clerk starts by hand what the clock may have in hand, in time or not."""
        code = self.dice.choice(CODES)
        with reading(self.engine) as session:
            rows = session.scalars(
                select(Occurrence)
                .join(Community, Community.id == Occurrence.community_id)
                .where(Community.code == code, Occurrence.due_at <= self.now + 3 * DAY)
                .order_by(Occurrence.due_at.desc(), Occurrence.id)
                .limit(6)
            ).all()
        if rows:
            self.faults.counts["step started by hand"] += 1
            self._by_hand(self.dice.choice(rows), code)

    def _operator_tries_again(self) -> None:
        """What has failed waits for an operator."""
        with reading(self.engine) as session:
            failed = (
                session.execute(
                    select(Occurrence, Community.code)
                    .join(Community, Community.id == Occurrence.community_id)
                    .where(Occurrence.state == "failed")
                    .order_by(Occurrence.due_at, Occurrence.id)
                )
                .tuples()
                .all()
            )
        for row, code in failed:
            self._by_hand(row, code)

    def _by_hand(self, row: Occurrence, code: str) -> None:
        outcome = self.workshop.call("by hand", row.process, row.step, row.period, (code,))
        self._tell(f"by hand {code} {row.process} {row.step} {row.period} {outcome}")

    def _work_off(self) -> None:
        while True:
            for at in range(len(self.clocks)):
                self.clocks[at] = self.clocks[at] or self._new_clock(at)
            batches = [batch for clock in self.clocks if clock for batch in clock.sweep()]
            waiting = self.workshop.waiting()
            for run in waiting:
                self.workshop.work(run)
            if not batches and not waiting:
                return
