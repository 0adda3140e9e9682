"""The machines of an installation, and their clocks (时钟), which are wrong for a while.

A database server tells one time, the right one here; an embedded database has its machine's. Each
machine also knows for how long it has been running, which never jumps.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy.orm import Session

from domain.kernel import local_time as clock
from domain.kernel.local_time import SKEW_MAX
from domain.operations.timekeeping import OFF_IN_DOUBT_MAX, Reading
from domain.store import database

# By name, how far off; some so little that nobody can tell.
ERRORS = {
    "seconds": timedelta(seconds=20),
    "a minute and more": timedelta(seconds=100),
    "hours": timedelta(hours=5),
    "days": timedelta(days=3),
    "forty days": timedelta(days=40),
}
LASTS_MIN = (2, 15, 300, 3000)


class Machines:
    """What each machine takes for now; `right` tells the right time."""

    def __init__(
        self,
        names: list[str],
        right: Callable[[], datetime],
        *,
        embedded: bool,
        dice: Random,
        counts: Counter[str],
    ) -> None:
        self.names = names
        self.right = right
        self.embedded = embedded
        self.dice, self.counts = dice, counts
        self._began = right() - timedelta(days=100)
        self._wrong: dict[str, tuple[timedelta, datetime]] = {}
        self._acting = [names[0]]

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let every module of ours ask these for the time, by whatever name it knows them."""
        instead: dict[int, Callable[..., datetime]] = {
            id(clock.now): self.now,
            id(database.database_now): self.database_now,
        }
        ours = ("domain", "flows", "notifications")
        modules = [m for name, m in sys.modules.items() if name.split(".")[0] in ours]
        for module in modules:
            for name, value in list(vars(module).items()):
                if id(value) in instead:
                    monkeypatch.setattr(module, name, instead[id(value)])

    @contextmanager
    def on(self, name: str) -> Iterator[None]:
        """What is done on a machine."""
        self._acting.append(name)
        try:
            yield
        finally:
            self._acting.pop()

    def error(self, name: str) -> timedelta:
        """How far a machine is ahead."""
        return self._wrong.get(name, (timedelta(0), self.right()))[0]

    def now(self) -> datetime:
        """As the machine has it on which somebody acts."""
        return self.right() + self.error(self._acting[-1])

    def database_now(self, _session: object = None) -> datetime:
        """As the database has it."""
        return self.right() + self.error(self.names[0]) if self.embedded else self.right()

    def read(self, session: Session) -> Reading:
        """As a timekeeper reads all clocks."""
        return Reading(self.database_now(session), self.now(), self.right() - self._began)

    def may_start(self, name: str) -> bool:
        """Whether a part starts on a machine (`config.same_time`)."""
        return self.embedded or abs(self.error(name)) <= SKEW_MAX

    @property
    def tolerance(self) -> timedelta:
        """How much too early something may be done. An embedded clock that is started while its
        machine is wrong has only its last doubt to go by."""
        return (OFF_IN_DOUBT_MAX if self.embedded else timedelta(0)) + SKEW_MAX

    @property
    def are_wrong(self) -> bool:
        return bool(self._wrong)

    def go_wrong(self) -> str:
        """One of them is wrong from now on, for a while; which."""
        name = self.names[0] if self.embedded else self.dice.choice(self.names)
        how = self.dice.choice(list(ERRORS))
        sign = self.dice.choice((1, -1))
        until = self.right() + timedelta(minutes=self.dice.choice(LASTS_MIN))
        self._wrong[name] = sign * ERRORS[how], until
        self.counts[f"clock wrong by {how}, {'ahead' if sign > 0 else 'behind'}"] += 1
        return f"{name} is wrong by {sign * ERRORS[how]}"

    def go_right(self, *, all_of_them: bool = False) -> list[str]:
        """Those that have been wrong for long enough are set right; which."""
        over = [
            name for name, (_, until) in self._wrong.items() if all_of_them or until <= self.right()
        ]
        for name in over:
            del self._wrong[name]
        return over
