"""Couriers (投递进程): the processes that send, as their deliverer sees them."""

import json
import os
import re
import select
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass

from domain.kernel.errors import BadInput
from domain.kernel.reasons import reason
from notifications.channels.addresses import shown_address
from notifications.channels.answers import ServiceAnswer
from notifications.channels.proxies import couriers_environment

# What one message may take from its first byte to the whole answer.
LIMIT_S = 30.0
# A courier that does not even end itself is ended after so much more.
GRACE_S = 5.0
# The first message waits for Apprise to be loaded.
START_S = 30.0
# So many parcels lie ready for a courier, so that it need not wait while answers are written down;
# no more than a pipe holds, so that nobody ever waits for it to read.
PARCELS_MAX = 8
BYTES_READY_MAX = 30_000
# All of the environment that a courier gets: it has no use for our secrets, and the library that
# it sends with reads through all of it for each message.
_ENVIRONMENT = re.compile(
    r"PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|LD_LIBRARY_PATH|SSL_CERT_\w+|REQUESTS_CA_BUNDLE"
    r"|CURL_CA_BUNDLE",
    re.IGNORECASE,
)


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
        self._process: subprocess.Popen[bytes] | None = None
        self._deadline = 0.0
        self._said = b""
        # The first one is being sent, the others lie ready.
        self._parcels: deque[tuple[Parcel, bytes]] = deque()

    @property
    def is_busy(self) -> bool:
        """Whether there is something to wait for."""
        return bool(self._parcels)

    @property
    def room(self) -> int:
        """How many more parcels it takes now."""
        if sum(len(line) for _, line in self._parcels) >= BYTES_READY_MAX:
            return 0
        return PARCELS_MAX - len(self._parcels)

    def take(self, parcel: Parcel) -> None:
        """Send a parcel, after those taken before; `answers` tell how it went."""
        line = json.dumps(vars(parcel), ensure_ascii=False).encode(errors="replace") + b"\n"
        self._parcels.append((parcel, line))
        if self._process is None:
            self._start()
            return
        if len(self._parcels) == 1:
            self._set_deadline()
        self._write(line)

    def answers(self) -> list[tuple[Parcel, ServiceAnswer]]:
        """How the parcels went that are done; never later than their time."""
        if not self._parcels:
            return []
        assert self._process is not None
        answers: list[tuple[Parcel, ServiceAnswer]] = []
        while select.select([self._stdout], [], [], 0)[0]:
            said = os.read(self._stdout, 65_536)
            if not said:
                return [*answers, self._fail("the sending process died")]
            answers += self._heard(said)
            if not self._parcels:
                break
        if self._parcels and time.monotonic() >= self._deadline:
            answers.append(self._fail(f"no whole answer within {self._limit_s:g} seconds"))
        return answers

    def _heard(self, said: bytes) -> list[tuple[Parcel, ServiceAnswer]]:
        *lines, self._said = (self._said + said).split(b"\n")
        answers = []
        for line in lines:
            parcel, _ = self._parcels.popleft()
            answers.append((parcel, ServiceAnswer(**json.loads(line))))
            self._set_deadline()
        return answers

    def _fail(self, why: str) -> tuple[Parcel, ServiceAnswer]:
        """End the process; what lay ready goes to the next one."""
        self._kill()
        parcel, _ = self._parcels.popleft()
        if self._parcels:
            self._start()
        return parcel, ServiceAnswer(False, why)

    def carry(self, parcel: Parcel) -> ServiceAnswer:
        """Send a parcel and wait for the answer."""
        self.take(parcel)
        while not (answers := self.answers()):
            wait_for_one([self], self.remaining_s)
        return answers[-1][1]

    def close(self) -> None:
        """End the process, whatever it is at."""
        self._kill()
        self._parcels.clear()

    @property
    def waited_on(self) -> int:
        """What becomes readable when an answer is there."""
        return self._stdout

    @property
    def remaining_s(self) -> float:
        """How long the parcel that is being sent may still take."""
        return max(0.0, self._deadline - time.monotonic())

    @property
    def _stdout(self) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def _set_deadline(self, extra_s: float = 0.0) -> None:
        self._deadline = time.monotonic() + self._limit_s + GRACE_S + extra_s

    def _start(self) -> None:
        kept = {name: os.environ[name] for name in os.environ if _ENVIRONMENT.fullmatch(name)}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "notifications.channels.courier"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                **kept,
                **couriers_environment(),
                "PYTHONPATH": os.pathsep.join(sys.path),
                "PYTHONUTF8": "1",
            },  # parcels are UTF-8, whatever the terminal is
        )
        self._said = b""
        self._set_deadline(START_S)
        self._write(b"".join((self._first.encode(), b"\n", *(line for _, line in self._parcels))))

    def _write(self, lines: bytes) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has just died: `answers` will find out
            self._process.stdin.write(lines)
            self._process.stdin.flush()

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()


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
                where = shown_address(address.strip())
                raise BadInput(
                    reason("address_refused", number=number, address=where, why=answer.text)
                )
            kept.append(answer.text)
    return kept
