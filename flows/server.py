"""A local Prefect server (PARTS.md: never rely on the temporary one a flow run would start)."""

import fcntl
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from domain.errors import Refused

# The first start migrates Prefect's own database; that took 8 to 23 s on two cores.
START_TIMEOUT_S = 180
STOP_TIMEOUT_S = 15
POLL_S = 0.1
DRAIN_TIMEOUT_S = 10
HOST = "127.0.0.1"
# Where `jifen up` leaves its server's address for other commands to find.
ADDRESS = "address"

# No telemetry, no advertisements, no calls home; leases that survive a restart.
SERVER_SETTINGS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
        "prefect.server.concurrency.lease_storage.filesystem"
    ),
    # What task runs report is written down together, not each in a transaction of its own: that
    # was half of the server's work.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    # Events repeat what the runs' states say, three for each task run: to keep them was half of the
    # server's work on the 5th. Automations still see them pass.
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
}
# In a process that runs flows itself: nothing on the terminal, and no heartbeat thread, whose
# end would cost every flow run a second. Logs still reach the server, where operators look.
CLIENT_SETTINGS = {
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}


@contextmanager
def prefect_server(api_url: str | None, home: Path) -> Iterator[str]:
    """The API of the server that `api_url` names or that `jifen up` runs, else of one started here
    and ended after."""
    running = api_url or running_server(home)
    if running:
        yield running
        return
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home / "lock"), _started(home) as url:
        yield url


def running_server(home: Path) -> str | None:
    """The API of the server that `jifen up` has running in this home, if it answers."""
    try:
        url = (home / ADDRESS).read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return url if answers(f"{url}/health") else None


def wait_for(url: str) -> None:
    """Wait until a Prefect server that is starting answers; Refused where it does not."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not answers(f"{url}/health"):
        if time.monotonic() > deadline:
            raise Refused("the Prefect server does not answer: see JIFEN_PREFECT_API_URL")
        time.sleep(POLL_S)


def answers(url: str) -> bool:
    """Whether something answers at a loopback address."""
    try:
        with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - loopback
            return True
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two servers must not share one SQLite database: the second waits for the first to end."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)


@contextmanager
def _started(home: Path) -> Iterator[str]:
    port = _free_port()
    url = f"http://{HOST}:{port}/api"
    # Nothing of Prefect's from outside: a town's variables would lead this server to its database.
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
        **SERVER_SETTINGS,
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_API_HOST": HOST,
        "PREFECT_SERVER_API_PORT": str(port),
        # Our flows use no blocks; the service's server has them, for what operators may add.
        "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
    }
    command = [sys.executable, "-m", "prefect", "server", "start", "--no-ui"]
    log_path = home / "server.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own words
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True, cwd=home,  # where no prefect.toml of another project lies
        )  # fmt: skip
        try:
            _wait_until_healthy(process, url, log_path)
            yield url
        finally:
            _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if answers(f"{url}/health"):
            return
        time.sleep(POLL_S)
    raise Refused(f"the local Prefect server did not start: see {log}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def connected(api_url: str, home: Path) -> Iterator[None]:
    """Let this process's flow runs report to `api_url`."""
    _set_environment({**CLIENT_SETTINGS, "PREFECT_HOME": str(home)})
    # After the environment is set.
    from prefect.context import SyncClientContext  # noqa: PLC0415
    from prefect.settings import (  # noqa: PLC0415
        PREFECT_API_TLS_INSECURE_SKIP_VERIFY,
        PREFECT_API_URL,
        PREFECT_CLIENT_CSRF_SUPPORT_ENABLED,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        temporary_settings,
    )

    updates: dict[Any, Any] = {
        PREFECT_API_URL: api_url,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
    }
    if api_url.startswith(f"http://{HOST}:"):
        # Nothing is encrypted on the loopback, and no browser is there to be deceived.
        updates[PREFECT_API_TLS_INSECURE_SKIP_VERIFY] = True
        updates[PREFECT_CLIENT_CSRF_SUPPORT_ENABLED] = False
    with ExitStack() as stack:
        stack.enter_context(temporary_settings(updates))
        try:
            # One client for all runs: each would open its own, and read all certificates for it.
            stack.enter_context(SyncClientContext.get_or_create())
        except RuntimeError as error:  # all that Prefect says where its API cannot be reached
            raise Refused(
                "the Prefect server does not answer: start it, or correct JIFEN_PREFECT_API_URL"
            ) from error
        stack.callback(_send_what_waits)
        yield


def _send_what_waits() -> None:
    """Logs and events go out in batches: the last must reach the server before it ends."""
    from prefect.events.worker import EventsWorker  # noqa: PLC0415
    from prefect.logging.handlers import APILogWorker  # noqa: PLC0415

    for worker in (APILogWorker, EventsWorker):
        worker.drain_all(timeout=DRAIN_TIMEOUT_S)


def _set_environment(values: Mapping[str, str]) -> None:
    for name, value in values.items():
        os.environ.setdefault(name, value)
