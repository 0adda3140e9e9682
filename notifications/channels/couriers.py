"""Couriers (投递进程): the processes that send, as their deliverer sees them."""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

from domain.errors import BadInput
from notifications.channels.addresses import masked
from notifications.channels.answers import Answer

# What one message may take from its first byte to the whole answer.
LIMIT_S = 30.0
# A courier that does not even end itself is ended after so much more.
GRACE_S = 5.0
# The first message waits for Apprise to be loaded.
START_S = 30.0
# A courier's environment: what it needs to run and to reach the network, and no secret of ours.
_SECRET_PREFIXES = ("JIFEN_", "PREFECT_")


@dataclass(frozen=True)
class Parcel:
    """A text for one address; `key` is what the deliverer knows it by."""

    key: int
    address: str
    title: str
    body: str


class Courier:
    """One process that sends; started with its first parcel, and again should it die."""

    def __init__(self, gateways: Mapping[str, str], limit_s: float = LIMIT_S) -> None:
        self._first = json.dumps({"gateways": dict(gateways), "limit_s": limit_s})
        self._limit_s = limit_s
        self._process: subprocess.Popen[str] | None = None
        self._deadline = 0.0
        self.parcel: Parcel | None = None

    def take(self, parcel: Parcel) -> None:
        """Send a parcel; `answer` tells how it went."""
        assert self.parcel is None, "a courier carries one parcel at a time"
        self.parcel = parcel
        started = self._process is None or self._process.poll() is not None
        if started:
            self._start()
        self._deadline = time.monotonic() + self._limit_s + GRACE_S + (START_S if started else 0)
        with suppress(BrokenPipeError):  # it has just died: `answer` will find out
            self._write(json.dumps(vars(parcel), ensure_ascii=False))

    def answer(self) -> Answer | None:
        """How the parcel went, or None while it is on its way; never later than its time."""
        assert self._process is not None
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], 0)
        if readable:
            line = self._process.stdout.readline()
            said = json.loads(line) if line else None
            self.parcel = None
            if said is None:
                self.close()
                return Answer(False, "the sending process died")
            return Answer(said["ok"], said["text"], said["hold_s"])
        if time.monotonic() >= self._deadline:
            self.parcel = None
            self.close()
            return Answer(False, f"no whole answer within {self._limit_s:g} seconds")
        return None

    def carry(self, parcel: Parcel) -> Answer:
        """Send a parcel and wait for the answer."""
        self.take(parcel)
        while (answer := self.answer()) is None:
            wait_for_one([self], self.remaining_s)
        return answer

    def close(self) -> None:
        """End the process, whatever it is at."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()

    @property
    def waited_on(self) -> Any:
        """What becomes readable when the answer is there."""
        assert self._process is not None
        return self._process.stdout

    @property
    def remaining_s(self) -> float:
        """How long the parcel may still take."""
        return max(0.0, self._deadline - time.monotonic())

    def _start(self) -> None:
        self.close()
        kept = {k: v for k, v in os.environ.items() if not k.startswith(_SECRET_PREFIXES)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "notifications.channels.courier"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, encoding="utf-8", env={**kept, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        with suppress(BrokenPipeError):
            self._write(self._first)

    def _write(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


def wait_for_one(couriers: Sequence[Courier], timeout_s: float) -> None:
    """Return once one of these busy couriers has an answer or is overdue, or the time is up."""
    patience = min([timeout_s, *(courier.remaining_s for courier in couriers)])
    select.select([courier.waited_on for courier in couriers], [], [], patience)


def checked_addresses(addresses: Sequence[str]) -> list[str]:
    """Addresses as they are kept: a service's own URL becomes Apprise's.

    BadInput, which never quotes an address, where Apprise does not know one or where one names
    several recipients.
    """
    kept = []
    with closing(Courier({})) as courier:
        for number, address in enumerate(addresses, 1):
            answer = courier.carry(Parcel(number, address.strip(), "", ""))
            if not answer.ok:
                raise BadInput(f"address {number}, {masked(address.strip())}, {answer.text}")
            kept.append(answer.text)
    return kept
