"""Faults (故障) at every point at which a process touches what is outside it, by seeded dice.

Whoever acts (a clock, a worker, a person) has a turn. A turn may be planned a fault, which
strikes at one of its points: a statement, before or after a commit, when the engine is asked or
has answered, when a letter is handed over.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from signal import SIGTERM

from prefect.exceptions import TerminationSignal
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import PoolProxiedConnection

# By fault, where it can strike.
COMMITS = ("before a commit", "after a commit")
FAULTS = {
    "killed at a commit": COMMITS,
    "killed at a statement": ("statement",),
    "killed beside the engine": ("asked", "answered"),
    "killed beside a service": ("letter out", "letter in"),
    "database gone": ("statement", "before a commit"),
    "commit's answer lost": ("after a commit",),
    "engine gone": ("asked",),
    "engine's answer lost": ("answered",),
    "told to end": ("statement",),
    "others meanwhile": ("after a commit", "answered", "letter in"),
}
WEIGHTS = (5, 3, 2, 2, 4, 4, 2, 2, 1, 5)
# So many statements in a row find the database gone, at most.
GONE_MAX = 12
NESTED_MAX = 2


class Killed(BaseException):
    """The process was killed: no handler of its own runs, only the database's rollback."""


@dataclass
class Turn:
    """What one process does at a stretch, and the fault that is planned for it."""

    who: str
    fault: str = ""
    at: int = 0
    gone: int = 0
    points: Counter[str] = field(default_factory=Counter)


@dataclass
class Faults:
    """Plans faults and strikes; `meanwhile` lets others act in the middle of a turn."""

    dice: Random
    rate: float = 0.35
    active: bool = False
    meanwhile: Callable[[], None] = lambda: None
    counts: Counter[str] = field(default_factory=Counter)
    _turns: list[Turn] = field(default_factory=list)
    # How many points of a kind a turn of somebody has had lately: a fault strikes at any of them.
    _usual: dict[tuple[str, str], int] = field(default_factory=dict)

    def watch(self, engine: Engine) -> None:
        """Strike at this database's statements and commits."""
        event.listen(engine, "before_cursor_execute", lambda *_: self.point("statement"))
        commit = engine.dialect.do_commit

        def do_commit(dbapi_connection: PoolProxiedConnection) -> None:
            self.point("before a commit")
            commit(dbapi_connection)
            self.point("after a commit")

        engine.dialect.do_commit = do_commit  # type: ignore[method-assign]

    def turn(self, who: str, act: Callable[[], object]) -> str:
        """Let somebody act: done, killed, or failed for what may go away by itself."""
        turn = self._plan(who)
        self._turns.append(turn)
        try:
            act()
        except (Killed, TerminationSignal):
            return "killed"
        except (OperationalError, ConnectionError):
            return "failed"
        else:
            return "done"
        finally:
            self._turns.pop()
            for point, count in turn.points.items():
                known = self._usual.get((who, point), 0)
                self._usual[who, point] = max(count, known - 1)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What the simulation itself asks strikes nobody."""
        self._turns.append(Turn("the simulation"))
        try:
            yield
        finally:
            self._turns.pop()

    @contextmanager
    def calm(self) -> Iterator[None]:
        """Without faults."""
        was, self.active = self.active, False
        try:
            yield
        finally:
            self.active = was

    def _plan(self, who: str) -> Turn:
        if not self.active or self.dice.random() >= self.rate:
            return Turn(who)
        (fault,) = self.dice.choices(list(FAULTS), WEIGHTS)
        usual = sum(self._usual.get((who, point), 0) for point in FAULTS[fault])
        return Turn(who, fault, self.dice.randint(1, max(1, usual)))

    def point(self, name: str) -> None:
        """A process touches what is outside it."""
        if not self._turns:
            return
        turn = self._turns[-1]
        turn.points[name] += 1
        if turn.gone and name in FAULTS["database gone"]:
            turn.gone -= 1
            raise self._gone()
        if not turn.fault or name not in FAULTS[turn.fault]:
            return
        turn.at -= 1
        if turn.at:
            return
        fault, turn.fault = turn.fault, ""
        self.counts[fault] += 1
        self._strike(turn, fault)

    def _strike(self, turn: Turn, fault: str) -> None:
        if fault.startswith("killed"):
            raise Killed
        if fault == "told to end":
            # A worker's run gives back what it has not done; whatever else ends at once.
            raise TerminationSignal(SIGTERM) if turn.who == "worker" else Killed
        if fault.startswith("engine"):
            raise ConnectionError(fault)
        if fault == "others meanwhile":
            if len(self._turns) <= NESTED_MAX:
                self.meanwhile()
            return
        if fault == "database gone":
            turn.gone = self.dice.randint(0, GONE_MAX)
        raise self._gone()

    def _gone(self) -> OperationalError:
        return OperationalError("", None, ConnectionError("the database is gone"))
