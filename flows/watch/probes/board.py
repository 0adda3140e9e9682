"""The board (看板): the probes' latest answers, for whoever asks, within the time they have.

Each group is asked in a thread of its own, one at a time: what hangs costs one thread, however
often somebody looks, and is itself found to be silent.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.kernel.reasons import reason
from domain.operations.finding import Finding
from domain.operations.outages import tell
from domain.store.faults import fault_of
from flows.watch.probes.found import NotOurs, caused, found
from flows.watch.probes.installation import Installation

log = logging.getLogger("jifen.probes")

# What to do about one that does not answer, where that is known.
SILENT_REMEDY = {"engine": "remedy_engine_silent", "database": "remedy_database_away"}
OK, FAILED, UNKNOWN = "ok", "failed", "unknown"
# Another part of the service can say.
ELSEWHERE = "elsewhere"

Probe = Callable[[Installation], Iterable[Finding]]


@dataclass(frozen=True)
class Group:
    """Probes of one thing, asked one after the other. The first `gates` of them tell whether it
    can be asked at all: after one of them that fails, the others are not.

    An answer that is `patience_s` late is taken for none; until then the last one counts.
    """

    probes: Mapping[str, Probe]
    gates: int = 0
    # What cannot be asked after one of the others has failed, by that one.
    needing: Mapping[str, Collection[str]] = field(default_factory=dict)
    patience_s: float = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.probes)


@dataclass(frozen=True)
class Checked:
    """What a probe found: ok, failed, `unknown` where it could not be asked, `elsewhere` where it
    is another part of the service that can answer."""

    name: str
    state: str = UNKNOWN
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0

    @property
    def is_known(self) -> bool:
        """Whether it was asked."""
        return self.state in (OK, FAILED)

    @property
    def stands(self) -> bool:
        """Whether the service can go on, as far as this probe sees: nothing is at a standstill."""
        return self.is_known and all(each.what != "stalled" for each in self.findings)


@dataclass
class _Asking:
    """A group, its last answers, and the round that is under way."""

    group: Group
    answers: dict[str, Checked] = field(default_factory=dict)
    fresh: dict[str, Checked] = field(default_factory=dict)
    began_at: float = 0.0
    ended_at: float = -1e9
    under_way: bool = False


class Board:
    """The answers of all probes of an installation."""

    def __init__(self, installation: Installation, groups: Sequence[Group] | None = None) -> None:
        if groups is None:
            from flows.watch.probes.groups import GROUPS  # lazy: circle

            groups = GROUPS
        self.installation = installation
        self._asked = [_Asking(each) for each in groups]
        self._changed = threading.Condition()

    @property
    def names(self) -> tuple[str, ...]:
        """Every probe there is, in the order in which they are shown."""
        return tuple(name for each in self._asked for name in each.group.names)

    def look(
        self, wait_s: float, fresh_s: float = 0.0, names: Iterable[str] | None = None
    ) -> dict[str, Checked]:
        """What the probes (`names`, else all) find; never later than `wait_s`.

        They are asked anew where the last answers are older than `fresh_s`.
        """
        wanted = set(self.names if names is None else names)
        deadline = time.monotonic() + wait_s
        with self._changed:
            asked = [each for each in self._asked if wanted & set(each.group.names)]
            for each in asked:
                if not each.under_way and time.monotonic() - each.ended_at >= fresh_s:
                    self._begin(each)
            while any(self._is_waited_for(each, wanted) for each in asked):
                rest = deadline - time.monotonic()
                if rest <= 0 or not self._changed.wait(rest):
                    break
            return {
                name: self._answer(each, name, wait_s)
                for each in asked
                for name in each.group.names
                if name in wanted
            }

    @staticmethod
    def _is_waited_for(each: _Asking, wanted: set[str]) -> bool:
        return each.under_way and not (wanted & set(each.group.names)) <= each.fresh.keys()

    @staticmethod
    def _answer(each: _Asking, name: str, wait_s: float) -> Checked:
        if not each.under_way:
            return each.answers.get(name, Checked(name))
        if name in each.fresh:
            return each.fresh[name]
        waited = time.monotonic() - each.began_at
        if waited < each.group.patience_s and name in each.answers:
            return each.answers[name]
        pending = next(one for one in each.group.names if one not in each.fresh)
        if name != pending:
            return Checked(name)
        why = reason("probe_silent", seconds=round(max(waited, wait_s)) or 1)
        finding = caused("stalled", name, why, reason(SILENT_REMEDY.get(name, "remedy_silent")))
        return Checked(name, FAILED, (finding,), waited)

    def _begin(self, each: _Asking) -> None:
        each.under_way, each.began_at, each.fresh = True, time.monotonic(), {}
        name = f"probes: {each.group.names[0]}"
        threading.Thread(target=self._ask, args=(each,), name=name, daemon=True).start()

    def _ask(self, each: _Asking) -> None:
        unasked: set[str] = set()
        try:
            for number, (name, probe) in enumerate(each.group.probes.items(), 1):
                if name in unasked:
                    self._answered(each, Checked(name))
                    continue
                self._note(each, name, probe)
                if each.fresh[name].state != FAILED:
                    continue
                unasked.update(each.group.needing.get(name, ()))
                if number <= each.group.gates:
                    break
        finally:
            with self._changed:
                each.answers, each.under_way, each.ended_at = each.fresh, False, time.monotonic()
                self._changed.notify_all()

    def _note(self, each: _Asking, name: str, probe: Probe) -> None:
        began = time.monotonic()
        try:
            findings = tuple(probe(self.installation))
        except NotOurs:
            self._answered(each, Checked(name, ELSEWHERE))
            return
        except Exception as error:
            tell(log, f"the probe {name}", error)
            findings = (found("risk", name, "failed", fault=fault_of(error)),)
        state = FAILED if any(one.what != "waiting" for one in findings) else OK
        self._answered(each, Checked(name, state, findings, time.monotonic() - began))

    def _answered(self, each: _Asking, answer: Checked) -> None:
        with self._changed:
            each.fresh[answer.name] = answer
            self._changed.notify_all()
