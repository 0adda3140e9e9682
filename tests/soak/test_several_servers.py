"""Two Prefect servers over one PostgreSQL and a real Redis: one is killed, and the runs go on."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from signal import SIGKILL
from urllib.request import urlopen

import pytest
from sqlalchemy import make_url

from config.database import upgrade
from tests.conftest import Postgres, opened
from tests.console.test_proxies import free_ports

ROOT = Path(__file__).resolve().parents[2]
SECRET = "jifen:of-two-servers"
RUNS, KILLED_AFTER = 6, 2
PROXY = """
daemon off; pid {place}/nginx.pid; error_log {place}/nginx.log; {user}
events {{}}
http {{
    access_log off; client_body_temp_path {place}/body; proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/f; uwsgi_temp_path {place}/u; scgi_temp_path {place}/s;
    upstream engine {{ server 127.0.0.1:{one} max_fails=1; server 127.0.0.1:{other} max_fails=1; }}
    map $http_upgrade $with {{ default upgrade; "" ""; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://engine; proxy_http_version 1.1;
            proxy_next_upstream error timeout http_502 non_idempotent;
            proxy_set_header Host $host; proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $with;
        }}
    }}
}}
"""
pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(
        not all(map(shutil.which, ("redis-server", "nginx"))),
        reason="apt-get install redis-server nginx",
    ),
    pytest.mark.timeout(900),
]


@contextmanager
def part(
    place: Path, name: str, *command: str, **environment: str
) -> Iterator["subprocess.Popen[bytes]"]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("JIFEN_", "PREFECT_"))}
    home = place / name
    home.mkdir()
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**clean, "PYTHONPATH": str(ROOT), "JIFEN_VAR_DIR": str(home), **environment},
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answering(url: str) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        try:
            with closing(urlopen(url, timeout=5)):
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"{url} does not answer")


def test_one_of_two_servers_is_killed_and_the_runs_go_on(
    postgres: Postgres, tmp_path: Path
) -> None:
    redis, one, other, port = free_ports(4)
    jifen = (sys.executable, "-m", "console.main")
    domain, engine = postgres.create(), postgres.create()
    with opened(domain) as database:
        upgrade(database)
    known = {
        "JIFEN_DATABASE_URL": domain,
        "PREFECT_API_AUTH_STRING": SECRET,
        "JIFEN_PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
    }
    serving = {
        "PREFECT_SERVER_API_AUTH_STRING": SECRET,
        "JIFEN_REDIS_URL": f"redis://127.0.0.1:{redis}/0",
        "PREFECT_API_DATABASE_CONNECTION_URL": make_url(engine)
        .set(drivername="postgresql+asyncpg")
        .render_as_string(hide_password=False),
    }
    site = PROXY.format(
        place=tmp_path,
        one=one,
        other=other,
        port=port,
        user="user root;" if os.geteuid() == 0 else "",
    )
    (tmp_path / "nginx.conf").write_text(site)
    try:
        with ExitStack() as running:

            def start(name: str, *command: str, **more: str) -> "subprocess.Popen[bytes]":
                return running.enter_context(part(tmp_path, name, *command, **more))

            start(
                "redis",
                "redis-server",
                "--port",
                str(redis),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
            )
            first = start("one", *jifen, "server", "--port", str(one), **serving)
            answering(f"http://127.0.0.1:{one}/api/health")
            start("other", *jifen, "server", "--port", str(other), **serving)
            answering(f"http://127.0.0.1:{other}/api/health")
            start("nginx", "nginx", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"))
            answering(f"http://127.0.0.1:{port}/api/health")
            with part(tmp_path, "deploy", *jifen, "deploy", **known) as deploying:
                assert deploying.wait(120) == 0
            start("worker", *jifen, "worker", "--limit", "1", **known)
            states = watched_runs(f"http://{SECRET}@127.0.0.1:{port}/api", tmp_path, first)
            assert states == ["COMPLETED"] * RUNS
    finally:
        for url in (domain, engine):
            postgres.drop(url)


def watched_runs(api: str, home: Path, victim: "subprocess.Popen[bytes]") -> list[str]:
    """How the runs ended, the victim having died in their midst."""
    from prefect.client.orchestration import get_client  # lazy: settings
    from prefect.exceptions import PrefectHTTPStatusError  # lazy: settings

    from flows.engine.server import connected  # lazy: settings

    with connected(api, home), get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("status/town")
        runs = [client.create_flow_run_from_deployment(deployment.id).id for _ in range(RUNS)]
        deadline = time.monotonic() + 420
        is_alive = True
        while time.monotonic() < deadline:
            try:
                states = [client.read_flow_run(each).state_type for each in runs]
            except PrefectHTTPStatusError:
                continue
            names = [str(each.value) if each else "" for each in states]
            if is_alive and names.count("COMPLETED") >= KILLED_AFTER:
                victim.send_signal(SIGKILL)
                victim.wait()
                is_alive = False
            if all(name in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED") for name in names):
                assert not is_alive
                return names
            time.sleep(1)
    raise AssertionError(f"not ended: {names}")
