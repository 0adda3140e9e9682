"""A local Prefect server (PARTS.md: never rely on the temporary one a flow run would start)."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from domain.kernel.errors import Refused
from domain.kernel.hosts import HERE
from domain.kernel.reasons import Reason, reason
from domain.kernel.waiting import wait_until
from flows.engine.access import (
    NAMES_VARIABLE,
    SERVER_VARIABLE,
    Access,
    access_to,
    require_access,
    server_secret,
)
from flows.engine.home import START_TIMEOUT_S, answers, held_by_command
from notifications.channels.proxies import for_couriers_only

STOP_TIMEOUT_S = 15
DRAIN_TIMEOUT_S = 10
# Names by which a machine calls itself, in requests' Host and in pages' origins.
OWN_NAMES = (HERE, "localhost")

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
    # Runs are not kept for ever: the ledger is the record, they are the operators' view.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
}
# SQLite's words for a file that is no database any more.
BROKEN = ("database disk image is malformed", "file is not a database")
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
    and ended after; with the secret in it, as `connected` takes it."""
    for_couriers_only()
    if api_url:
        yield api_url
        return
    with held_by_command(home) as running:
        if running:
            yield access_to(running, home).with_secret
            return
        with _started(home) as access:
            yield access.with_secret


def wait_for(url: str) -> None:
    """Wait until a Prefect server that is starting answers; Refused where it does not."""
    if not wait_until(lambda: answers(f"{url}/health"), START_TIMEOUT_S):
        raise Refused(reason("engine_silent"))


def engine_command(host: str, port: int) -> list[str]:
    """What starts Prefect's server."""
    where = ("--host", host, "--port", str(port))
    return [sys.executable, "-P", "-m", "flows.engine.engine_server", *where]


def engine_environment(
    home: Path, host: str, port: int, ui_url: str | None = None, names: Sequence[str] = ()
) -> dict[str, str]:
    """What Prefect's server is told: to ask for the installation's secret, to answer by its own
    names (those of this machine, of `host` and `ui_url`, and `names`), and only its own pages."""
    own = [*OWN_NAMES, "::1", "[::1]", host, *names]
    there = [f"http://{name}:{port}" for name in OWN_NAMES]
    if ui_url:
        parts = urlsplit(ui_url)
        own.append(parts.hostname or "")
        there.append(f"{parts.scheme}://{parts.netloc}")
    ui = ui_url.rstrip("/") if ui_url else there[0]
    return {
        **SERVER_SETTINGS,
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_API_HOST": host,
        "PREFECT_SERVER_API_PORT": str(port),
        SERVER_VARIABLE: server_secret(home),
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": ",".join(dict.fromkeys(there)),
        # Where the UI's page finds the API from whoever's browser it is opened in.
        "PREFECT_SERVER_UI_API_URL": f"{ui}/api",
        NAMES_VARIABLE: " ".join(dict.fromkeys(filter(None, own))),
    }


@contextmanager
def _started(home: Path) -> Iterator[Access]:
    port = _free_port()
    # Nothing of Prefect's from outside: a town's variables would lead this server to its database.
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
        **engine_environment(home, HERE, port),
        "PREFECT_SERVER_UI_ENABLED": "false",
        # Our flows use no blocks; the service's server has them, for what operators may add.
        "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
    }
    log_path = home / "server.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own words
            engine_command(HERE, port),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=home,  # where no prefect.toml of another project lies
        )
        try:
            access = Access(f"http://{HERE}:{port}/api", environment[SERVER_VARIABLE])
            _wait_until_healthy(process, access.url, log_path)
            yield access
        finally:
            _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    def is_over() -> bool:
        return process.poll() is not None

    if not wait_until(lambda: answers(f"{url}/health"), START_TIMEOUT_S, unless=is_over):
        raise Refused(why_not_started(log))


def why_not_started(log: Path, since: int = 0) -> Reason:
    """What a server's log, from byte `since` on, tells of why it did not start."""
    said = log.read_bytes()[since:].decode(errors="replace")
    if any(words in said for words in BROKEN):
        return reason("engine_database_broken", database=log.with_name("prefect.db*"))
    return reason("engine_not_started", log=log)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def connected(api_url: str, home: Path) -> Iterator[None]:
    """Let this process's flow runs report to `api_url`; Refused where its server lets us not in."""
    for_couriers_only()
    access = access_to(api_url, home)
    require_access(access)
    _set_environment({**CLIENT_SETTINGS, "PREFECT_HOME": str(home)})
    # After the environment is set.
    from prefect.context import SyncClientContext  # lazy: settings
    from prefect.settings import (  # lazy: settings
        PREFECT_API_AUTH_STRING,
        PREFECT_API_TLS_INSECURE_SKIP_VERIFY,
        PREFECT_API_URL,
        PREFECT_CLIENT_CSRF_SUPPORT_ENABLED,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        temporary_settings,
    )

    updates: dict[Any, Any] = {
        PREFECT_API_URL: access.url,
        PREFECT_API_AUTH_STRING: access.secret or None,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
    }
    if access.url.startswith(f"http://{HERE}:"):
        # Nothing is encrypted on the loopback, and a client that has the secret is no browser.
        updates[PREFECT_API_TLS_INSECURE_SKIP_VERIFY] = True
        updates[PREFECT_CLIENT_CSRF_SUPPORT_ENABLED] = False
    with ExitStack() as stack:
        stack.enter_context(temporary_settings(updates))
        try:
            # One client for all runs: each would open its own, and read all certificates for it.
            stack.enter_context(SyncClientContext.get_or_create())
        except RuntimeError as error:  # all that Prefect says where its API cannot be reached
            raise Refused(reason("engine_silent")) from error
        stack.callback(_send_what_waits)
        yield


def _send_what_waits() -> None:
    """Logs and events go out in batches: the last must reach the server before it ends."""
    from prefect.events.worker import EventsWorker  # lazy: settings
    from prefect.logging.handlers import APILogWorker  # lazy: settings

    for worker in (APILogWorker, EventsWorker):
        worker.drain_all(timeout=DRAIN_TIMEOUT_S)


def _set_environment(values: Mapping[str, str]) -> None:
    for name, value in values.items():
        os.environ.setdefault(name, value)
