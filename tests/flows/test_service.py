"""The whole service, as a village starts it: it does what is due, mends itself, ends cleanly."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest
from sqlalchemy import Engine, select

from config.database import upgrade
from domain.community.adoption import add_community
from domain.community.registry import add_person
from domain.kernel.local_time import local_date, now
from domain.rules.load import shipped
from domain.store.database import open_engine, reading, writing
from domain.store.tables.cycle import Occurrence
from domain.store.tables.ledger import Journal
from domain.store.tables.people import Household
from tests.selection import drawn

# Not in Prefect's group: the machine's other core has nothing else to do meanwhile.
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("service")]
READY_S, DONE_S, ENDED_S = 180, 180, 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(what: Callable[[], object], within_s: float) -> object:
    """What it answers once that is true."""
    deadline = time.monotonic() + within_s
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.5)
    return found


def _forget(lines: IO[str]) -> None:
    with lines:
        for _ in lines:
            pass


def is_alive(pid: int) -> bool:
    """Whether a process runs: one that has ended may stay listed until it is asked for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


class Service:
    """`jifen up` in a folder of its own, and a second clock and worker beside it."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.port, self.web_port = free_port(), free_port()
        self.environment = {
            **os.environ,
            "JIFEN_DATABASE_URL": database,
            "JIFEN_VAR_DIR": str(folder / "var"),
            "JIFEN_SWEEP_SECONDS": "2",
            "JIFEN_REAP_AFTER_SECONDS": "60",
        }
        self.said: list[str] = []
        self.up = self._start("up", "--port", str(self.port), "--web-port", str(self.web_port))
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.others: list[subprocess.Popen[str]] = []

    def _start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "console.main", *words],
            cwd=self.folder,
            text=True,
            env=self.environment,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def _listen(self) -> None:
        assert self.up.stderr
        with self.up.stderr as lines:
            self.said.extend(lines)

    def is_ready(self) -> bool:
        assert self.up.poll() is None, "".join(self.said)
        return any(line.startswith("ready after") for line in self.said)

    def stand_by(self) -> None:
        """Another clock and another worker, as on a second machine."""
        self.environment["JIFEN_PREFECT_API_URL"] = f"http://127.0.0.1:{self.port}/api"
        self.others = [self._start("clock"), self._start("worker")]
        for process in self.others:
            threading.Thread(target=_forget, args=(process.stderr,), daemon=True).start()

    def says(self, *words: str, code: int) -> str:
        """What another command of the same folder says, and ends with."""
        process = self._start(*words)
        said = process.communicate(timeout=READY_S)[1]
        assert process.returncode == code, said
        return said

    def parts(self) -> dict[str, int]:
        """The process of each part that runs, by the words that start it."""
        listed = subprocess.run(
            ["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        mine = [line.split(None, 2) for line in listed]
        return {
            next(
                (word for word in ("server", "worker", "clock", "web") if word in args), args
            ): int(pid)
            for pid, parent, args in mine
            if int(parent) == self.up.pid
        }

    def page(self, path: str) -> str:
        token = (self.folder / "var" / "web.token").read_text("ascii").strip()
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.web_port}{path}", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(asked, timeout=10) as got:
            page: bytes = got.read()
        return page.decode()

    def end(self) -> int:
        for process in (self.up, *self.others):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.others:
            process.wait(ENDED_S)
        return self.up.wait(ENDED_S)


@pytest.fixture
def service(blank_engine: Engine, tmp_path: Path) -> Iterator[Service]:
    url = blank_engine.url.render_as_string(hide_password=False)
    blank_engine.dispose()
    found = Service(tmp_path, url)
    yield found
    parts = found.parts()
    found.end()
    eventually(lambda: not any(map(is_alive, parts.values())), ENDED_S)


def _is_closed_to_strangers(service: Service) -> None:
    api = f"http://127.0.0.1:{service.port}/api"
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        urllib.request.urlopen(f"{api}/flows/count", timeout=10)
    refused.value.close()
    evil = urllib.request.Request(f"{api}/health", headers={"Origin": "http://evil.example"})
    with urllib.request.urlopen(evil, timeout=10) as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers
    secret = (service.folder / "var/prefect/auth").read_text().strip()
    assert secret not in "".join(service.said)
    for log in (service.folder / "var/prefect").glob("*.log"):
        assert secret not in log.read_text("utf-8", errors="replace"), log


def _is_alone_in_its_folder(service: Service) -> None:
    home = service.folder / "var/prefect"
    address, log = (home / "address").read_text(), (home / "server.log").stat().st_size
    ports = ("--port", str(free_port()), "--web-port", str(free_port()))
    refusal = service.says("up", *ports, code=1)
    assert refusal.strip().endswith(f"already runs in this folder: http://127.0.0.1:{service.port}")
    assert (home / "address").read_text() == address
    assert (home / "server.log").stat().st_size >= log
    # A one-off command finds the one that runs: it asks its server, past any proxy.
    nobody = "http://127.0.0.1:9"
    service.environment |= {"http_proxy": nobody, "HTTP_PROXY": nobody, "all_proxy": "socks5://x:9"}
    assert "status/town" in service.says("deploy", code=0)


@pytest.mark.parametrize("blank_url", drawn(["sqlite", "postgresql"]), indirect=True)
def test_it_does_what_is_due_mends_itself_and_ends(service: Service) -> None:
    url = service.environment["JIFEN_DATABASE_URL"]
    engine = open_engine(url)
    eventually(service.is_ready, READY_S)
    _is_closed_to_strangers(service)
    _is_alone_in_its_folder(service)
    upgrade(engine)  # a second time: it changes nothing
    today = local_date(now())
    with writing(engine) as session:
        community = add_community(
            session,
            "ma",
            "马鞍社区",
            "马鞍街道",
            shipped("fuling-maan-2022"),
            today.replace(month=1, day=1),
            now(),
        )
        session.add(
            Household(community_id=community.id, code="H1", head="王小明", enrolled_on=today)
        )
        add_person(session, community, "r1", "李四", ["reviewer"])
    service.stand_by()

    def opened() -> bool:
        with reading(engine) as session:
            query = select(Occurrence.state).where(Occurrence.step == "open")
            return session.scalar(query) == "done"

    eventually(opened, DONE_S)
    assert service.page("/healthz")
    assert "jifen" in service.page("/metrics")
    before = service.parts()
    assert set(before) == {"server", "worker", "clock", "web"}
    for name in ("worker", "clock"):
        os.kill(before[name], signal.SIGKILL)
    eventually(lambda: {"worker", "clock"} <= set(service.parts()), DONE_S)
    assert all(service.parts()[name] != before[name] for name in ("worker", "clock"))
    with reading(engine) as session:
        journals = session.scalars(select(Journal.act)).all()
        assert len(journals) == len(set(journals))
    engine.dispose()
    if service.environment["JIFEN_DATABASE_URL"].startswith("sqlite"):
        assert service.end() == 0
    else:
        # However it ends, nothing of it stays behind.
        parts = service.parts()
        service.up.kill()
        eventually(lambda: not any(map(is_alive, parts.values())), ENDED_S)
