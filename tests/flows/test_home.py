"""One server at a time in Prefect's home: a second `jifen up` and commands find the first."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from domain.kernel.errors import Refused
from flows.engine import access, home
from flows.engine.home import (
    ADDRESS,
    WHOLE,
    answers,
    held_by_command,
    held_by_service,
    running_server,
    runs_whole,
)
from tests.flows.sites import site

pytestmark = pytest.mark.integration

API = "http://127.0.0.1:9/api"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Something that answers as a Prefect server does when it is asked how it is."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "health").write_text("true")
    with site(folder) as port:
        yield f"http://127.0.0.1:{port}"


def never() -> None:
    raise AssertionError("nobody is waited for")


def test_a_second_service_is_told_where_the_first_is_and_changes_nothing(tmp_path: Path) -> None:
    with held_by_service(tmp_path, API, never):
        (tmp_path / "server.log").write_text("of the first")
        with (
            pytest.raises(Refused, match=r"already runs in this folder: http://127\.0\.0\.1:9$"),
            held_by_service(tmp_path, "http://127.0.0.1:8/api", never),
        ):
            pass
        assert (tmp_path / ADDRESS).read_text() == API
        assert (tmp_path / "server.log").read_text() == "of the first"
    assert not (tmp_path / ADDRESS).exists()


def test_where_the_whole_service_runs_is_known(tmp_path: Path) -> None:
    assert not runs_whole(tmp_path / "nothing")
    with held_by_service(tmp_path, API, never):
        assert not runs_whole(tmp_path), "a Prefect server alone"
    with held_by_service(tmp_path, API, never, whole=True):
        assert runs_whole(tmp_path)
    assert not runs_whole(tmp_path)
    (tmp_path / WHOLE).touch()  # left by one that was killed
    assert not runs_whole(tmp_path)
    with held_by_service(tmp_path, API, never):
        assert not runs_whole(tmp_path)


def test_a_command_finds_the_service_that_runs_there(tmp_path: Path, server: str) -> None:
    with held_by_service(tmp_path, server, never):
        with held_by_command(tmp_path) as found:
            assert found == server
        assert running_server(tmp_path) == server


def test_an_address_that_a_killed_service_left_is_not_believed(tmp_path: Path, server: str) -> None:
    """Another folder's service may answer there by now."""
    (tmp_path / ADDRESS).write_text(server)
    with held_by_command(tmp_path) as found:
        assert found is None
        assert not (tmp_path / ADDRESS).exists()


def test_a_service_waits_for_a_commands_own_server(tmp_path: Path) -> None:
    waited = threading.Event()
    began = threading.Event()

    def serve() -> None:
        with held_by_service(tmp_path, API, waited.set):
            began.set()

    with held_by_command(tmp_path):
        other = threading.Thread(target=serve)
        other.start()
        assert waited.wait(60)
        assert not began.is_set()
    assert began.wait(60)
    other.join()


def test_a_command_that_comes_while_the_service_starts_waits_for_it(
    tmp_path: Path, server: str
) -> None:
    found: list[str | None] = []

    def ask() -> None:
        with held_by_command(tmp_path) as running:
            found.append(running)

    with held_by_service(tmp_path, API, never):
        other = threading.Thread(target=ask)
        other.start()
        other.join(1)
        assert not found
        (tmp_path / ADDRESS).write_text(server)
        other.join(10)
    assert found == [server]


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9"])
def test_our_own_server_answers_whatever_the_proxy(
    name: str, proxy: str, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert answers(f"{server}/health")


@pytest.mark.parametrize("url", ["", "nowhere", "http://127.0.0.1:9/api"])
def test_what_is_no_server_does_not_answer(url: str) -> None:
    assert not answers(url)


@contextmanager
def silent_server() -> Iterator[str]:
    """The API of a server that takes connections and says nothing, as one that is stopped does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/api"


def test_a_command_does_not_wait_for_a_service_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "HANGS_S", 0.2)
    with (
        silent_server() as url,
        held_by_service(tmp_path, url, lambda: None),
        pytest.raises(Refused, match="does not answer"),
        held_by_command(tmp_path),
    ):
        pass


def test_a_named_server_that_hangs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "TIMEOUT_S", 0.2)
    with silent_server() as url, pytest.raises(Refused, match="does not answer"):
        access.require_access(access.Access(url))
