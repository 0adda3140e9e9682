"""The service on one machine: Prefect's server, worker, clock and web pages as processes.

A part that dies is started again; ending the service ends all of them.
"""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from domain.kernel.errors import Refused
from domain.kernel.hosts import HERE
from domain.kernel.reasons import Reason, reason
from domain.kernel.waiting import wait_until
from flows.engine.home import START_TIMEOUT_S, answers
from flows.engine.part_logs import rotate
from flows.engine.server import (
    STOP_TIMEOUT_S,
    engine_command,
    engine_environment,
    why_not_started,
)

log = logging.getLogger("jifen.service")

# A part that keeps dying is started again ever more slowly, up to this.
PAUSE_MAX_S = 60.0
WATCH_EVERY_S = 0.5
# Of Linux's prctl: the signal that a process gets when the one that started it has died.
PR_SET_PDEATHSIG = 1


@dataclass
class Part:
    """A process of the service; `ready` says when it does its work."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log_path: Path
    ready: Callable[[], bool] = field(default=lambda: True)
    # Why it did not start, where more can be told than where to look; from its log and from where.
    why_not: Callable[[Path, int], Reason] | None = None
    process: "subprocess.Popen[bytes] | None" = None
    starts: int = 0
    started_at: float = field(default=0.0)
    started_bytes: int = 0  # how long the log was when the process was started

    def start(self) -> None:
        """Start the process in a group of its own, its words going to its log."""
        self.starts += 1
        self.started_at = time.monotonic()
        rotate(self.log_path)
        with self.log_path.open("ab") as output:
            self.started_bytes = output.seek(0, os.SEEK_END)
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own words
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_end_with(os.getpid()),  # noqa: PLW1509
            )

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """End the process and whatever it has started."""
        if self.process is None:
            return
        _signal_group(self.process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_TIMEOUT_S)
        _signal_group(self.process, signal.SIGKILL)
        self.process.wait()


def _end_with(service: int) -> Callable[[], None] | None:
    """Called in the new process, lets it end when the service does, even by `kill -9` (Linux)."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None) if sys.platform == "linux" else None
    if prctl is None:
        return None

    def bind() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != service:
            os._exit(1)

    return bind


def _signal_group(process: "subprocess.Popen[bytes]", number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


class Service:
    """Parts that start together, each waiting for what it needs; the first ends last."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts
        self._ending = threading.Event()

    @property
    def is_ending(self) -> bool:
        return self._ending.is_set()

    def start(self) -> None:
        """Start all parts side by side, and wait until each is ready."""
        for part in self.parts:
            part.start()
        for part in self.parts:
            self._wait_until_ready(part)

    def _wait_until_ready(self, part: Part) -> None:
        def is_over() -> bool:
            return self.is_ending or not part.is_alive()

        if wait_until(part.ready, START_TIMEOUT_S, unless=is_over) or self.is_ending:
            return
        if part.why_not:
            raise Refused(part.why_not(part.log_path, part.started_bytes))
        raise Refused(reason("part_not_started", part=part.name, log=part.log_path))

    def watch(self) -> None:
        """Start again what dies, and keep the logs small, until `end` is called."""
        while not self._ending.wait(WATCH_EVERY_S):
            for part in self.parts:
                rotate(part.log_path)
                if not part.is_alive() and self._may_restart(part):
                    log.warning("%s died and is started again; see %s", part.name, part.log_path)
                    part.start()

    def _may_restart(self, part: Part) -> bool:
        pause = min(PAUSE_MAX_S, 0.5 * 2.0 ** min(part.starts, 10))
        return time.monotonic() - part.started_at >= pause

    def end(self) -> None:
        """Let `watch` return."""
        self._ending.set()

    def stop(self) -> None:
        """End all parts, leaving nothing running."""
        self._ending.set()
        for part in reversed(self.parts):
            part.stop()


def prefect_server_part(home: Path, port: int, ui_url: str, environment: dict[str, str]) -> Part:
    """Prefect's server with its UI, on the loopback; `ui_url` is where operators open it."""
    return Part(
        "Prefect server",
        engine_command(HERE, port),
        {**environment, **engine_environment(home, HERE, port, ui_url)},
        home / "server.log",
        lambda: answers(f"http://{HERE}:{port}/api/health"),
        why_not_started,
    )
