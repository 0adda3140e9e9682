"""The clock (时钟): rings when a step falls due, claims it and hands it to the engine.

The database is the truth; APScheduler is only the alarm, and a sweep finds what it missed. One
clock works at a time (a lease); a second one waits and takes over.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.cycle.due import RETRY_BLOCKED, Batch, Share, claim_due, give_back, next_due, note_run
from domain.cycle.occurrences import keep_open
from domain.kernel import local_time as real
from domain.kernel.local_time import SKEW_MAX
from domain.kernel.reasons import kept, reason
from domain.operations.leases import CLOCK, CLOCK_LEASE, drop_lease, take_lease
from domain.operations.outages import ENGINE, away, tell
from domain.store.database import database_now, reading, writing
from flows.clock.engine_works import PrefectWorks, Works
from flows.clock.reaper import reap
from flows.clock.timekeeper import Timekeeper, running

log = logging.getLogger("jifen.clock")

# How often is looked whether the machine's time has jumped.
MIND_EVERY_S = 5.0
# A county's year has a hundred thousand steps. A sweep writes them for so long, and so many
# communities at once.
OPENING_S, OPENED_AT_ONCE = 10.0, 20


@dataclass(frozen=True)
class Pace:
    """How often the clock looks, and how long it waits before it takes something for dead."""

    sweep: timedelta = timedelta(seconds=30)
    # While a step is overdue behind another that is being done: catching up after an outage.
    hurry: timedelta = timedelta(seconds=2)
    lease: timedelta = CLOCK_LEASE
    silent: timedelta = timedelta(minutes=5)
    retry_blocked: timedelta = RETRY_BLOCKED
    share: Share = field(default_factory=Share)


class Clock:
    """One clock of an installation; `holder` is its name in the lease.

    `moment` tells by what time steps fall due where a year is replayed: that time is believed.
    Else it is the database's, as far as the timekeeper believes it.
    """

    def __init__(
        self,
        engine: Engine,
        holder: str,
        moment: Callable[[], datetime] | None = None,
        pace: Pace | None = None,
        works: Works | None = None,
        timekeeper: Timekeeper | None = None,
    ) -> None:
        self.engine = engine
        self.holder = holder
        self._replayed = moment
        self.timekeeper = timekeeper or Timekeeper(socket.gethostname())
        self._now = real.now()
        self.pace = pace or Pace()
        self.works = works or PrefectWorks(engine)
        self._busy = threading.Lock()
        self._ending = threading.Event()
        self._minder = threading.Thread(target=self._mind_the_time, name="time", daemon=True)
        self._engine_is_away = False
        self._works: bool | None = None
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Sweep now, then every half minute, and when the next step falls due."""
        self._scheduler.add_job(
            self._ring,
            IntervalTrigger(seconds=self.pace.sweep.total_seconds()),
            id="sweep",
            next_run_time=real.now(),
        )
        self._scheduler.start()
        self._minder.start()

    @property
    def moment(self) -> datetime:
        """By what time steps fall due."""
        return self._replayed() if self._replayed else self._now

    def _mind_the_time(self) -> None:
        """Set the alarms anew where the machine's time has jumped: they are set by it, and one
        set while it was wrong would ring too late by as much."""
        offset = real.now() - running()
        while not self._ending.wait(MIND_EVERY_S):
            moved = real.now() - running() - offset
            if abs(moved) > SKEW_MAX:
                offset += moved
                self._scheduler.modify_job("sweep", next_run_time=real.now())

    def stop(self) -> None:
        """End, and let another clock take over at once."""
        self._ending.set()
        self._scheduler.shutdown(wait=True)
        with writing(self.engine) as session:
            drop_lease(session, CLOCK, self.holder)

    def _ring(self) -> None:
        """A sweep that outlives whatever goes wrong: what it did not come to is still due."""
        try:
            self.sweep()
        except Exception as error:
            tell(log, "the sweep", error)

    def sweep(self) -> list[Batch]:
        """Claim and submit what is due; look after what was submitted; set the alarm."""
        with self._busy:
            # Alone, and first: whatever hangs after it, this clock stays the one that works.
            with writing(self.engine) as session:
                works = self._may_work(session)
            if works != self._works:
                log.info("%s %s", self.holder, "is the clock" if works else "stands by")
                self._works = works
            if not works:
                return []
            batches: list[Batch] = []
            self._try("opening the year", self._open)
            # One that hangs would hold up every part for longer than the lease lasts.
            self._engine_is_away = False
            self._try("asking the engine", self.works.ask)
            for name, part in (
                ("putting back what was deleted in Prefect", self.works.keep_up),
                ("looking after the runs", self._reap),
                ("handing on what is due", lambda: batches.extend(self._hand_on())),
                ("showing what is coming", lambda: self.works.show(self.moment)),
            ):
                if not self._engine_is_away:
                    self._try(name, part)
            self._try("setting the alarm", self._set_alarm)
            return batches

    def _try(self, name: str, part: Callable[[], object]) -> None:
        """Do a part of the sweep, which the others outlive."""
        try:
            part()
        except Exception as error:
            tell(log, name, error)
            self._engine_is_away |= away(error) == ENGINE

    def _may_work(self, session: Session) -> bool:
        """Whether this clock believes the time, and is the one that works."""
        now = database_now(session) if self._replayed else self.timekeeper.look(session)
        if now is None:
            # Another machine's clock may know better.
            drop_lease(session, CLOCK, self.holder)
            return False
        self._now = now
        return take_lease(session, CLOCK, self.holder, now, self.pace.lease)

    def _open(self) -> None:
        """A few communities in each transaction, for which everybody else waits on SQLite; those
        that this sweep does not come to are the next one's."""
        until = time.monotonic() + OPENING_S
        opened = 1
        while opened:
            with writing(self.engine) as session:
                opened = keep_open(session, self.moment, OPENED_AT_ONCE)
            if time.monotonic() > until:
                return

    def _reap(self) -> None:
        reap(self.engine, self._now - self.pace.silent, self.works.ended)

    def _hand_on(self) -> list[Batch]:
        with writing(self.engine) as session:
            batches = claim_due(
                session, self.moment, self._now, self.pace.share, self.pace.retry_blocked
            )
        for batch in batches:
            self._submit(batch)
        return batches

    def _submit(self, batch: Batch) -> None:
        if self._engine_is_away:
            self._give_back(batch)
            return
        as_of = self.moment if self._replayed else None
        try:
            run = self.works.submit(batch, as_of)
        except Exception as error:
            # Whatever keeps the engine from taking it: the step is simply still due.
            tell(log, f"handing {batch.key} to the engine", error)
            self._engine_is_away = away(error) == ENGINE
            self._give_back(batch)
            return
        log.info("%s is with the engine", batch.key)
        with writing(self.engine) as session:
            note_run(session, batch, run)

    def _give_back(self, batch: Batch) -> None:
        with writing(self.engine) as session:
            give_back(session, batch.occurrences, kept(reason("engine_took_nothing")))

    def _set_alarm(self) -> None:
        """Ring when the next step falls due; soon, where one waits for another to be done.

        An engine that is away is asked again at the next sweep, and not before.
        """
        if self._engine_is_away:
            return
        with reading(self.engine) as session:
            due = next_due(session)
        if due is None or not self._scheduler.running:
            return
        wait = max(due - self.moment, self.pace.hurry)
        self._scheduler.add_job(
            self._ring, DateTrigger(real.now() + wait), id="alarm", replace_existing=True
        )
