"""The process that sends (投递员): one message at a time, each within a bounded time.

Apprise's time-outs count from byte to byte, so that a service which answers a byte every other
second holds a sender for ever; only an alarm ends that, and only a process's main thread gets
one. Started by `couriers`; a line of JSON on stdin is a message (or an address to be checked, where
it has no body), one on stdout how it went.
"""

import json
import logging
import os
import signal
import sys
from types import FrameType

from apprise import Apprise
from apprise.common import NotifyFormat

from notifications.channels.addresses import without_secrets
from notifications.channels.answers import TEXT_MAX, ServiceAnswer
from notifications.channels.robots import Robot, checked, install, plugin_of

# A service that says “too fast” (429) is left alone for so long.
TOO_FAST_S = 60.0


class Overdue(BaseException):
    """The time is up; not an Exception, so that no plugin takes it for one of its own."""


class _Heard(logging.Handler):
    """What Apprise says of a failure, while one message is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        # What an SMTP server answered is told only here.
        if record.levelno >= logging.WARNING or said.startswith("Socket Exception"):
            self.lines.append(said)

    @property
    def text(self) -> str:
        """All of it on one line."""
        return " ".join(" ".join(self.lines).split())


def main() -> None:
    """Send until stdin ends."""
    # Whatever a plugin prints must not be taken for an answer.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    signal.signal(signal.SIGALRM, _ring)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the deliverer, which ends us
    first = json.loads(sys.stdin.readline())
    deliverer = os.getppid()
    install(first["gateways"])
    logging.getLogger("apprise").setLevel(logging.DEBUG)
    sender = Apprise()
    for line in sys.stdin:
        if os.getppid() != deliverer:
            return  # it was killed: what it left ready is not marked by anybody
        message = json.loads(line)
        if message["body"]:
            answer = send(
                sender, message["address"], message["title"], message["body"], first["limit_s"]
            )
        else:
            answer = checked(message["address"])
        answers.write(json.dumps(vars(answer)) + "\n")
        answers.flush()


def _ring(_number: int, _frame: FrameType | None) -> None:
    raise Overdue


def send(sender: Apprise, address: str, title: str, body: str, limit_s: float) -> ServiceAnswer:
    """Send one message to one address; the answer holds no secret."""
    heard = _Heard()
    logger = logging.getLogger("apprise")
    logger.addHandler(heard)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        answer = _sent(sender, address, title, body, heard)
    except Overdue:
        answer = ServiceAnswer(False, f"no whole answer within {limit_s:g} seconds")
    except Exception as error:  # a plugin's own fault is this message's failure, not ours
        answer = ServiceAnswer(False, f"the plugin failed: {type(error).__name__}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        logger.removeHandler(heard)
    return ServiceAnswer(answer.ok, without_secrets(answer.text, address)[:TEXT_MAX], answer.hold_s)


def _sent(sender: Apprise, address: str, title: str, body: str, heard: _Heard) -> ServiceAnswer:
    plugin = plugin_of(address)
    if plugin is None:
        return ServiceAnswer(False, "Apprise does not know this address")
    sender.clear()
    sender.add(plugin)
    # True, False, or None where nothing matched: only True is success.
    delivered = sender.notify(body=body, title=title, body_format=NotifyFormat.TEXT) is True
    if isinstance(plugin, Robot) and plugin.answer is not None:
        return ServiceAnswer(
            delivered and plugin.answer.ok, plugin.answer.text, plugin.answer.hold_s
        )
    if delivered:
        return ServiceAnswer(True, "accepted")
    return ServiceAnswer(
        False, heard.text or "refused", TOO_FAST_S if "error=429" in heard.text else 0.0
    )


if __name__ == "__main__":
    main()
