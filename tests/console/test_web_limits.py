"""The web part under clients that are slow, rude or gone: it stays up, and its log stays short."""

import asyncio
import http.client
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine
from uvicorn.server import ServerState

from config import prefect_file
from console.web import connections
from console.web.connections import Bounded
from console.web.site import Site, configured
from domain.kernel.local_time import now
from flows.watch.probes import Board, Installation
from notifications.texts.catalogue import DEFAULT_LOCALE, texts_in
from tests.console.test_desk import DESK, KEY
from tests.console.test_web import get, served

pytestmark = pytest.mark.e2e

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FILES = 160
LONG_S = 30.0


@pytest.fixture
def base(database_url: str, tmp_path: Path) -> Iterator[str]:
    with served(tmp_path, database_url, JIFEN_DESK_URL=DESK.url, JIFEN_DESK_KEY=KEY) as address:
        yield address


def opened(base: str) -> socket.socket:
    place = urlsplit(base)
    return socket.create_connection((place.hostname, place.port), timeout=30)


def lines(place: Path) -> list[str]:
    return (place / "web.log").read_text("utf-8").splitlines()


@ON_SQLITE
def test_half_sent_heads_do_not_keep_others_out(database_url: str, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, hard))
    try:
        # The limit is inherited by the web part; ours is lifted again once it runs.
        with served(tmp_path, database_url) as base:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            held = [opened(base) for _ in range(FILES + 50)]
            for each in held:
                each.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ")
            began = time.monotonic()
            for _ in range(20):
                assert get(base, "/")[0] == 200
            assert time.monotonic() - began < connections.HEAD_S
            for each in held:
                each.close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert "Traceback" not in "\n".join(lines(tmp_path))
    assert len(lines(tmp_path)) < 10


class Line(asyncio.Transport):
    """The other end of a connection."""

    aborted = False

    def abort(self) -> None:
        self.aborted = True


def test_each_that_comes_too_many_ends_another(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Many come before asyncio has closed one: each of them ends another, the oldest first."""
    monkeypatch.setattr(connections, "CONNECTIONS_MAX", 20)

    async def crowd() -> list[Line]:
        config = uvicorn.Config(FastAPI(), http=Bounded, log_config=None)
        config.load()
        state = ServerState()
        lines = [Line() for _ in range(27)]
        held = [Bounded(config, state, {}) for _ in lines]
        for each, line in zip(held, lines, strict=True):
            each.connection_made(line)
        for each in held:
            each._disarm()
        return lines

    assert [line.aborted for line in asyncio.run(crowd())] == [True] * 7 + [False] * 20
    assert len(caplog.records) == 1


@pytest.fixture
def quick(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The web part in this process, with time-outs that a test can wait for."""
    for name, seconds in (("HEAD_S", 1.0), ("BODY_S", 1.5), ("ANSWER_S", 2.0)):
        monkeypatch.setattr(connections, name, seconds)
    place = Installation(engine, tmp_path, tmp_path, tmp_path, prefect_file())
    site = Site(Board(place), texts_in(DEFAULT_LOCALE), "token", desk=DESK)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(configured(site, "127.0.0.1", 0))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def silence(_client: socket.socket) -> None:
    """Nothing is sent."""


def head(client: socket.socket) -> None:
    client.sendall(b"GET / HTTP/1.1\r\n")
    _trickle(client, b"X-A: b\r\n")


def body(client: socket.socket) -> None:
    _form(client, "/desk/nonsense")


def own_body(client: socket.socket) -> None:
    _form(client, DESK.link(1, now()).removeprefix(DESK.url))


def next_head(client: socket.socket) -> None:
    client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n")
    _trickle(client, b"X-A: b\r\n")


def unread(client: socket.socket) -> None:
    """A big file is asked for, and nothing of it is taken."""
    client.sendall(b"GET /big.txt HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(connections.ANSWER_S + 1)


def _form(client: socket.socket, path: str) -> None:
    client.sendall(
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n".encode()
    )
    _trickle(client, b"a")


def _trickle(client: socket.socket, piece: bytes) -> None:
    """Send a piece again and again, for longer than is allowed."""
    deadline = time.monotonic() + LONG_S
    while time.monotonic() < deadline:
        try:
            client.sendall(piece)
        except OSError:
            return
        time.sleep(0.2)


@ON_SQLITE
@pytest.mark.parametrize("slow", [silence, head, body, own_body, next_head, unread])
def test_what_is_slow_is_ended(
    quick: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    slow: Callable[[socket.socket], None],
) -> None:
    (tmp_path / "big.txt").write_bytes(b"x" * 30_000_000)
    began = time.monotonic()
    with opened(quick) as client:
        client.settimeout(LONG_S)
        slow(client)
        try:
            while client.recv(65536):
                pass
        except TimeoutError:
            pytest.fail("the connection is still open")
        except OSError:
            pass  # cut by the other side
    assert time.monotonic() - began < LONG_S
    assert len(caplog.records) <= 1, caplog.text


@ON_SQLITE
def test_who_goes_away_costs_a_line_at_most(base: str, tmp_path: Path) -> None:
    before = len(lines(tmp_path))
    good = DESK.link(1, now()).removeprefix(DESK.url)
    for path in ("/desk/nonsense", good, "/status", "/ma/"):
        for _ in range(5):
            with opened(base) as client:
                client.sendall(
                    f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 600000\r\n"
                    "Content-Type: application/x-www-form-urlencoded\r\n\r\nref.1=".encode()
                )
    with opened(base) as client:
        client.sendall(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"
        )
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    with opened(base) as client:
        client.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        client.recv(100)
    assert get(base, "/")[0] == 200
    assert len(lines(tmp_path)) - before <= 1


@ON_SQLITE
def test_a_strangers_body_is_not_read(base: str) -> None:
    place = urlsplit(base)
    client = http.client.HTTPConnection(str(place.hostname), place.port, timeout=10)
    client.putrequest("POST", "/desk/nonsense")
    client.putheader("Content-Length", "600000")
    client.putheader("Content-Type", "application/x-www-form-urlencoded")
    client.endheaders(b"ref.1=")
    assert client.getresponse().status == 404
    client.close()
