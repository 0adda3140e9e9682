"""Prefect's home (引擎目录) in an installation's folder: one server at a time works there.

Whoever runs a server there holds the lock. `jifen up` leaves its server's address beside it, for
commands to find, and a mark that it looks after all parts; a command's own server leaves none.
"""

import fcntl
import math
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from domain.kernel.errors import Refused
from domain.kernel.reasons import reason
from domain.kernel.waiting import LOOK_EVERY_S, wait_until

LOCK, ADDRESS, WHOLE = "lock", "address", "whole"
# The first start migrates Prefect's own database; that took 8 to 23 s on two cores.
START_TIMEOUT_S = 180
# One that starts refuses connections; one that takes them and says nothing for so long hangs.
HANGS_S = 15.0

# Our own parts are never asked through a proxy.
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def answers(url: str) -> bool:
    """Whether something answers at an address of ours."""
    try:
        with DIRECTLY.open(url, timeout=1):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except (OSError, ValueError):
        return False


def unanswered(url: str, within_s: float) -> OSError | None:
    """Why nothing answers at an address: nobody takes the question, or says anything to it.

    Of anything else (a certificate that only Prefect's client knows) nothing is said here.
    """
    try:
        with DIRECTLY.open(url, timeout=within_s):
            return None
    except urllib.error.HTTPError as error:
        error.close()
        return None
    except urllib.error.URLError as error:
        fault = error.reason
    except OSError as error:
        fault = error
    return fault if isinstance(fault, (TimeoutError, ConnectionError)) else None


def running_server(home: Path) -> str | None:
    """The API of the server that `jifen up` has running in this home, if it answers."""
    url = address_of_service(home)
    return url if url and answers(f"{url}/health") else None


@contextmanager
def held_by_service(
    home: Path, api_url: str, on_wait: Callable[[], None], *, whole: bool = False
) -> Iterator[None]:
    """Hold the home for `jifen up` (`whole`) or `jifen server`, whose API will be `api_url`.

    Refused where another `jifen up` holds it. A command that has a server of its own there is
    waited for, after `on_wait` has said so.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / LOCK).open("a") as lock:
        if not _taken(lock):
            _refuse_second(home)
            on_wait()
            wait_until(lambda: _taken(lock), math.inf, unless=lambda: _refuse_second(home))
        address, mark = home / ADDRESS, home / WHOLE
        mark.unlink(missing_ok=True)  # whoever was killed has left it
        address.write_text(api_url, encoding="utf-8")
        if whole:
            mark.touch()
        try:
            yield
        finally:
            address.unlink(missing_ok=True)
            mark.unlink(missing_ok=True)


@contextmanager
def held_by_command(home: Path) -> Iterator[str | None]:
    """Hold the home for a command's own server, once no other has one; or yield the API of the
    service that runs there, as soon as it answers."""
    home.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + START_TIMEOUT_S
    with (home / LOCK).open("a") as lock:
        while not _taken(lock):
            if url := running_server(home):
                yield url
                return
            url = address_of_service(home)
            if url and (time.monotonic() > deadline or _hangs(url)):
                raise Refused(reason("engine_of_service_silent", url=url, folder=home))
            time.sleep(LOOK_EVERY_S)
        # Whoever left an address without holding the lock was killed.
        (home / ADDRESS).unlink(missing_ok=True)
        yield None


def _hangs(url: str) -> bool:
    return isinstance(unanswered(f"{url}/health", HANGS_S), TimeoutError)


def _refuse_second(home: Path) -> None:
    if url := address_of_service(home):
        raise Refused(reason("service_runs_here", url=url.removesuffix("/api")))


def _taken(lock: IO[str]) -> bool:
    """Take the lock, which ends with the process that holds it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def runs_whole(home: Path) -> bool:
    """Whether `jifen up` runs there, which starts again whatever part of the service ends."""
    if not (home / WHOLE).exists():
        return False
    with (home / LOCK).open("a") as lock:
        return not _taken(lock)


def address_of_service(home: Path) -> str | None:
    """The API of the server that `jifen up` has in this home, whether it answers or not."""
    try:
        return (home / ADDRESS).read_text(encoding="utf-8").strip() or None
    except OSError:
        return None
