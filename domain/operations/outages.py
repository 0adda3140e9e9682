"""Outages (停摆): what is away for a while is told of in one line a minute, not at every try.

Whoever finds the database or the engine away, or may open no more files, tries again by itself.
The log says so once, and then how often it was so; only what nobody expects brings a traceback. A
refusal, and what the machine says of a file, are sentences already.
"""

import errno
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from logging import Logger

from domain.kernel.errors import JifenError
from domain.store.faults import DATABASE_ERRORS, database_fault, fault_of

EVERY_S = 60.0
DATABASE, ENGINE, FILES = "database", "engine", "files"
_SAID = {
    DATABASE: "the database does not answer",
    ENGINE: "the engine does not answer",
    FILES: "this process may open no more files",
}
# The process, or the whole machine, has as many files and connections open as it may.
_USED_UP = (errno.EMFILE, errno.ENFILE)
# What speaks with Prefect's server; by name, for the domain knows no engine.
_SPEAKING = ("httpx", "httpcore", "websockets")
_ANSWERED_BADLY = "PrefectHTTPStatusError"
_SERVERS_FAULT = 500


def away(error: BaseException) -> str:
    """What is missing: the database, the engine, or files to open; empty for anything else."""
    if any(isinstance(each, OSError) and each.errno in _USED_UP for each in _causes(error)):
        return FILES
    for each in _causes(error):
        if isinstance(each, DATABASE_ERRORS):
            return DATABASE
        kind = type(each)
        if kind.__module__.partition(".")[0] in _SPEAKING and not _is_answer(each):
            return ENGINE
        if isinstance(each, ConnectionError | TimeoutError) or (
            kind.__name__ == _ANSWERED_BADLY and not _is_answer(each)
        ):
            return ENGINE
    return ""


def in_short(cause: str, error: BaseException) -> str:
    """What is missing, and the kind of error that showed it: for a line without a traceback."""
    return f"{_SAID[cause]}: {type(error).__name__}"


def _is_answer(error: BaseException) -> bool:
    """Whether a server has answered, and not of a fault of its own."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return isinstance(status, int) and status < _SERVERS_FAULT


def _causes(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    seen: set[int] = set()
    while found is not None and id(found) not in seen:
        yield found
        seen.add(id(found))
        found = found.__cause__ or found.__context__


@dataclass
class Outages:
    """Tells a process's log of what came to nothing."""

    every_s: float = EVERY_S
    clock: Callable[[], float] = time.monotonic
    _said: dict[str, float] = field(default_factory=dict)
    _unsaid: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def forget(self) -> None:
        """As if nothing had been said yet."""
        with self._lock:
            self._said.clear()
            self._unsaid.clear()

    def admit(self, key: str) -> str | None:
        """None where this was said less than a minute ago; else how often it was not."""
        with self._lock:
            now = self.clock()
            if now - self._said.get(key, -self.every_s) < self.every_s:
                self._unsaid[key] = self._unsaid.get(key, 0) + 1
                return None
            self._said[key], more = now, self._unsaid.pop(key, 0)
        return f" ({more} more tries like it since this was last said)" if more else ""

    def tell(self, log: Logger, what: str, error: BaseException) -> None:
        """Say that `what` came to nothing, at most once a minute for one cause."""
        cause = away(error)
        since = self.admit(cause or f"{log.name} {type(error).__name__}")
        if since is None:
            return
        if cause == DATABASE:
            database = next(each for each in _causes(error) if isinstance(each, DATABASE_ERRORS))
            why = database_fault(database).text("en")
        elif cause:
            why = in_short(cause, error)
        elif isinstance(error, JifenError) or (isinstance(error, OSError) and error.strerror):
            why = fault_of(error).text("en")
        else:
            log.error("%s came to nothing; it is tried again%s", what, since, exc_info=error)
            return
        log.warning("%s waits: %s%s", what, why, since)


OUTAGES = Outages()
tell = OUTAGES.tell
