"""Who keeps the watch (值守人): asks the probes, tells of what lasts, and finds another way where
the outbox is of no use.

It needs neither clock nor worker: the web part keeps it too. Where no clock delivers, it delivers
its own letters; where the database cannot be used, it sends them without.
"""

import os
import socket
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from domain.kernel.reasons import restored
from domain.operations.finding import CAUSES, Finding
from domain.store.faults import DATABASE_ERRORS
from flows.watch.letters import Trouble, of_probes, troubles_at, watch
from flows.watch.probes import Board, Checked
from flows.watch.probes.database import unusable

WAIT_S = 20.0
# How long something has to last before anybody is told: a part that is started again is no
# trouble, and the clock makes anew what was deleted in Prefect. By cause, else by subject.
LASTS_S: Mapping[str, float] = {
    "pool_missing": 150,
    "deployments": 150,
    "engine": 60,
    "workers": 60,
    "clock": 60,
    "database": 60,
    "version": 60,
    "pool": 30,
    "queues": 30,
    "duties": 120,
    "late": 300,
    # A wrong time makes them seem so until the clock has found it to be wrong.
    "outbox": 60,
    "notices": 60,
    "seals": 60,
    "calendar": 60,
    "backup": 60,
}
# Without these there is no outbox.
OUTBOX_NEEDS = ("database", "version")

# Sends letters about what has begun and what is over, without the database.
Direct = Callable[[Sequence[Finding], Sequence[Finding]], None]


@dataclass
class Watcher:
    """One who keeps the watch; it remembers since when it has seen what."""

    board: Board
    direct: Direct = lambda _begun, _ended: None
    # Delivers our own letters, where nobody else does.
    deliver: Callable[[], object] = lambda: None
    name: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    ticks: Callable[[], float] = time.monotonic
    _seen: dict[str, float] = field(default_factory=dict)
    _seen_directly: dict[str, float] = field(default_factory=dict)
    _direct: dict[str, Trouble] = field(default_factory=dict)

    def keep(self) -> int:
        """Look once; how many people are told."""
        checked = self.board.look(WAIT_S)
        found = [finding for each in checked.values() for finding in each.findings]
        place = self.board.installation
        if any(checked[name].state == "failed" for name in OUTBOX_NEEDS):
            self._tell_directly([each for each in found if each.subject in OUTBOX_NEEDS])
            return 0
        unknown = {name for name, each in checked.items() if not each.is_known}
        if "time" in _causes(checked):
            unknown.add("late")
        try:
            at = place.moment()
            troubles = troubles_at(place.engine, at, found, self.name)
            lasts = self._lasting(troubles, _causes(checked))
            told = watch(place.engine, at, place.manner, troubles, lasts, unknown, self.name)
        except DATABASE_ERRORS as error:
            # It is read and not written: its disk is full, for one.
            self._tell_directly([unusable(error)])
            return 0
        self._tell_directly([])
        if any(each.subject in ("clock", "outbox") for each in found):
            self.deliver()
        return told

    def _lasting(self, troubles: Sequence[Trouble], causes: Collection[str]) -> set[str]:
        """The keys of what has lasted long enough to be told."""
        now = self.ticks()
        late = [each.key for each in troubles if each.finding.what == "late"]
        self._seen = {each.key: self._seen.get(each.key, now) for each in troubles}
        if causes:
            self._seen |= dict.fromkeys(late, now)
        return {each.key for each in troubles if now - self._seen[each.key] >= _lasts_s(each)}

    def _tell_directly(self, found: Sequence[Finding]) -> None:
        """Send what has lasted and was not sent, and the end of what was."""
        now, troubles = self.ticks(), {each.key: each for each in of_probes(found)}
        self._seen_directly = {key: self._seen_directly.get(key, now) for key in troubles}
        begun = [
            each
            for key, each in troubles.items()
            if key not in self._direct and now - self._seen_directly[key] >= _lasts_s(each)
        ]
        ended = [each for key, each in self._direct.items() if key not in troubles]
        if begun or ended:
            self.direct([each.finding for each in begun], [each.finding for each in ended])
        self._direct |= {each.key: each for each in begun}
        for each in ended:
            del self._direct[each.key]


def _causes(checked: Mapping[str, Checked]) -> set[str]:
    return {name for name in CAUSES if name in checked and not checked[name].stands}


def _lasts_s(trouble: Trouble) -> float:
    finding = trouble.finding
    if finding.what == "late":
        return LASTS_S["late"]
    cause = restored(finding.said).code.removeprefix("probe_") if finding.said else ""
    return LASTS_S.get(cause, LASTS_S.get(finding.subject, 0.0))
