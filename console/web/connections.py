"""Connections to the web part (连接): how many there may be, and how long each may take.

uvicorn itself bounds neither: whoever sends half a request, or reads no answer, keeps a connection
for ever, until the process has no file left to open another with.
"""

import asyncio
import logging
import resource
import time
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# How long the head of a request, its body, and its answer may each take.
HEAD_S, BODY_S, ANSWER_S = 10.0, 30.0, 120.0
CONNECTIONS_MAX = 500
# How many of the system's waiting connections are taken at once; each is a file from then on.
TAKEN_AT_ONCE_MAX = 100
# Of the files that the process may open, connections take no more than these parts: the database
# and the pages need the others. What is taken at once counts several times: it takes asyncio some
# rounds to close a connection that has to give way.
_PART_OPEN, _PART_TAKEN = 3, 16
_TOLD_EVERY_S = 60.0
# What a connection is at: waiting for a request's head, or closed by us (phases with a time of
# their own are in `_now`).
_HEAD, _CUT = "head", "cut"

log = logging.getLogger("jifen.web")


def connections_max() -> int:
    """How many connections there may be at once, as far as the process may open files."""
    return _share(_PART_OPEN, CONNECTIONS_MAX)


def backlog() -> int:
    """How many connections are taken at once; as many more wait in the system."""
    return _share(_PART_TAKEN, TAKEN_AT_ONCE_MAX)


def _share(part: int, limit: int) -> int:
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return limit if files == resource.RLIM_INFINITY else max(1, min(limit, files // part))


class Bounded(H11Protocol):
    """A connection whose phases each have a time-out, and which gives way where there are too many.

    Where all are taken, the one that has kept us waiting for its request the longest is closed:
    a request that comes in one piece is served even while somebody holds all others open.
    """

    _told_at = -_TOLD_EVERY_S

    def __init__(self, *words: Any, **named: Any) -> None:
        super().__init__(*words, **named)
        self._phase = ""
        self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._look()
        if len(self.connections) > connections_max():
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def _should_upgrade(self) -> bool:
        """No socket is spoken here; uvicorn would log two lines for each who asks."""
        return False

    def _look(self) -> None:
        """Start the time of a phase as it begins."""
        phase, limit_s = self._now()
        if self._phase in (phase, _CUT):
            return
        self._phase, self._since = phase, time.monotonic()
        self._disarm()
        self._timer = self.loop.call_later(limit_s, self._cut)

    def _now(self) -> tuple[str, float]:
        if self.conn.their_state is h11.IDLE:
            return _HEAD, HEAD_S
        if self.conn.their_state is h11.SEND_BODY:
            return "body", BODY_S
        return "answer", ANSWER_S

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _cut(self) -> None:
        self._phase = _CUT
        self.transport.abort()

    def _make_room(self) -> None:
        """Close one, where there are too many beside those that are closed already: asyncio keeps
        these for another round or two, in which many more may come."""
        others = [each for each in self.connections if isinstance(each, Bounded)]
        if sum(each._phase != _CUT for each in others) <= connections_max():
            return
        waiting = [each for each in others if each._phase == _HEAD]
        min(waiting, key=lambda each: each._since, default=self)._cut()
        at = time.monotonic()
        if at - Bounded._told_at >= _TOLD_EVERY_S:
            Bounded._told_at = at
            log.warning("all %s connections are taken: the oldest gives way", connections_max())
