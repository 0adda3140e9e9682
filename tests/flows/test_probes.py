"""The probes: each finds its cause on the real thing, and says what to do about it."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolUpdate
from sqlalchemy import Engine, delete, text

from config import prefect_file
from config.database import NEWEST
from domain.kernel.local_time import now
from domain.kernel.sentences import SOURCE, is_code
from domain.operations.backups import note
from domain.operations.finding import Finding
from domain.store.database import open_engine, writing
from domain.store.tables.backups import Backup
from domain.store.tables.cycle import Lease
from domain.store.tables.people import Community
from flows.clock.deployments import deploy_all, resume_all
from flows.engine.home import held_by_service
from flows.engine.pool import COMING, POOL, QUEUE
from flows.watch.probes import Board, Checked, Installation
from flows.watch.probes.board import Group
from flows.watch.probes.groups import GROUPS, HEALTH
from flows.watch.sights import WatchSettings
from tests.catalogue import coded

pytestmark = pytest.mark.xdist_group("prefect")
EMBEDDED = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def place(engine: Engine, tmp_path: Path) -> Installation:
    """An installation in whose folder no server runs."""
    folders = (tmp_path, tmp_path / "public", tmp_path / "prefect")
    return Installation(engine, *folders, prefect_file(), publishes=True)


@pytest.fixture
def at_engine(place: Installation, prefect_api: str) -> Installation:
    """One with the tests' Prefect server."""
    return replace(place, prefect_api_url=prefect_api)


def look(place: Installation, wait_s: float = 20) -> dict[str, Checked]:
    return Board(place).look(wait_s)


def only(place: Installation, name: str) -> Finding:
    (finding,) = look(place)[name].findings
    assert finding.advice, name
    return finding


def tick(place: Installation, ahead: timedelta = timedelta(seconds=90)) -> None:
    with writing(place.engine) as session:
        session.merge(Lease(name="clock", holder="here:1", until=now() + ahead))


def test_every_cause_has_its_remedy_and_every_probe_its_name() -> None:
    names = {name for group in GROUPS for name in group.names}
    assert set(HEALTH) <= names
    for name in names:
        assert is_code(f"about_{name}")
    codes = coded(SOURCE)
    causes = {code.removeprefix("probe_") for code in codes if code.startswith("probe_")}
    remedies = {code.removeprefix("remedy_") for code in codes if code.startswith("remedy_")}
    assert causes - remedies == {"failed"}
    assert remedies - causes == {"engine_silent", "part_of_service"}


def test_a_folder_in_which_nothing_was_done_yet(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/var/jifen.db")
    var = tmp_path / "var"
    place = Installation(engine, var, var / "public", var / "prefect", prefect_file())
    found = look(place)
    assert "jifen init" in only(place, "database").advice
    assert "jifen up" in only(place, "engine").advice
    assert found["clock"].state == found["pool"].state == "unknown"
    assert not var.exists()  # nobody makes it by looking


@EMBEDDED
def test_a_database_that_is_away_says_so_in_its_own_words(place: Installation) -> None:
    url = "postgresql+psycopg://someone:topsecret@127.0.0.1:1/nothing"
    away = replace(place, engine=open_engine(url))
    finding = only(away, "database")
    assert "onnection" in finding.why
    assert "topsecret" not in finding.why + finding.said


@EMBEDDED
def test_a_file_that_is_no_database(place: Installation) -> None:
    Path(str(place.engine.url.database)).write_bytes(b"no database at all" * 1000)
    assert "not a database" in only(place, "database").why


def test_a_database_of_another_version(place: Installation) -> None:
    with place.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    try:
        assert "jifen init" in only(place, "version").why
        assert look(place)["clock"].state == "unknown"
    finally:
        with place.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :n"), {"n": NEWEST})


def test_the_clock_is_away_gone_or_from_the_future(place: Installation) -> None:
    with writing(place.engine) as session:
        session.execute(delete(Lease))
    assert "no clock" in only(place, "clock").why
    tick(place, -timedelta(minutes=5))
    finding = only(place, "clock")
    assert "here:1" in finding.why
    assert finding.since
    tick(place, timedelta(days=40))
    assert "wrong" in only(place, "clock").why
    tick(place)
    assert look(place)["clock"].state == "ok"


@EMBEDDED
def test_where_the_whole_service_runs_nobody_is_told_to_start_it(place: Installation) -> None:
    tick(place, -timedelta(minutes=5))
    assert "`jifen up`, or" in only(place, "clock").advice
    with held_by_service(place.prefect_home, "http://127.0.0.1:9/api", lambda: None, whole=True):
        for part, log in (("clock", "clock.log"), ("engine", "server.log")):
            advice = only(replace(place, prefect_api_url=None), part).advice
            assert "starts it again by itself" in advice
            assert str(place.prefect_home / log) in advice


@EMBEDDED
def test_a_clock_that_waits_for_the_database_has_not_stopped(place: Installation) -> None:
    tick(place, -timedelta(seconds=60))
    with writing(place.engine) as session:
        session.execute(text("SELECT 1"))  # begins by taking the file for writing
        (finding,) = Board(place).look(20, names=("clock",))["clock"].findings
    assert "another piece of work" in finding.why
    assert "has stopped" in only(place, "clock").why


@EMBEDDED
def test_a_database_that_was_not_copied_for_days(place: Installation) -> None:
    tick(place)
    watched = replace(place, manner=WatchSettings(backup_days=8))
    assert look(watched)["backup"].state == "ok"  # nothing is in it yet
    with writing(place.engine) as session:
        session.add(Community(code="ma", name="马", town="镇", added_at=now() - timedelta(days=9)))
    assert "never copied" in only(watched, "backup").why
    with writing(place.engine) as session:
        session.add(Backup(at=now() - timedelta(days=10), file="a.db", size_bytes=1))
    assert "older than 8 days" in only(watched, "backup").why
    with writing(place.engine) as session:
        note(session, "b.db", 1)
    assert look(watched)["backup"].state == "ok"
    assert look(replace(watched, manner=WatchSettings(backup_days=0)))["backup"].state == "ok"


def _paused_queue(client: SyncPrefectClient, is_paused: bool) -> None:
    queue = client.read_work_queue_by_name(QUEUE, POOL)
    client.update_work_queue(queue.id, is_paused=is_paused)


@EMBEDDED
def test_what_is_wrong_with_the_pool_is_told_apart(at_engine: Installation) -> None:
    deploy_all(prefect_file())
    found = look(at_engine)
    assert [
        name
        for name in ("engine", "engine_version", "pool", "queues", "deployments")
        if found[name].state != "ok"
    ] == []
    assert "no worker" in only(at_engine, "workers").why
    with get_client(sync_client=True) as client:
        client.update_work_pool(POOL, WorkPoolUpdate(is_paused=True))
        _paused_queue(client, True)
        assert "paused" in only(at_engine, "pool").why
        assert "jifen deploy" in only(at_engine, "pool").advice
        assert "default" in only(at_engine, "queues").why
        # As `jifen deploy` does, which the remedies name.
        assert resume_all() == [POOL, QUEUE]
        client.update_work_pool(POOL, WorkPoolUpdate(concurrency_limit=0))
        queue = client.read_work_queue_by_name(QUEUE, POOL)
        client.update_work_queue(queue.id, concurrency_limit=0)
        assert "limit of 0" in only(at_engine, "pool").why
        assert "limit of 0" in only(at_engine, "queues").why
        assert resume_all() == [POOL, QUEUE]
        client.update_work_pool(POOL, WorkPoolUpdate(concurrency_limit=3))
        assert resume_all() == []
        assert client.read_work_pool(POOL).concurrency_limit == 3
        # What only shows what is coming is paused on purpose.
        assert client.read_work_queue_by_name(COMING, POOL).is_paused
        assert look(at_engine)["queues"].state == "ok"
        deployment = client.read_deployment_by_name("monthly-audit/town")
        client.delete_deployment(deployment.id)
        assert "monthly_audit/town" in only(at_engine, "deployments").why
        client.delete_work_pool(POOL)
    assert "jifen deploy" in only(at_engine, "pool").advice


@EMBEDDED
def test_a_wrong_secret_and_a_port_where_nobody_is(at_engine: Installation) -> None:
    right = str(at_engine.prefect_api_url)
    place = right.rpartition("@")[2]
    for api, said in (
        (f"http://jifen:wrong@{place}", "does not take our secret"),
        ("http://127.0.0.1:1/api", "refuses the connection"),
    ):
        other = replace(at_engine, prefect_api_url=api)
        assert said in only(other, "engine").why
        assert look(other)["workers"].state == "unknown"


@EMBEDDED
def test_a_server_that_takes_connections_and_says_nothing(
    at_engine: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.watch.probes.asking.TIMEOUT_S", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        api = f"http://127.0.0.1:{silent.getsockname()[1]}/api"
        other = replace(at_engine, prefect_api_url=api)
        finding = only(other, "engine")
    assert "does not answer" in finding.why
    assert "restart" in finding.advice


@EMBEDDED
def test_a_public_folder_that_is_none(place: Installation) -> None:
    assert look(place)["public_folder"].state == "ok"
    place.public_dir.write_text("a file")
    assert "Not a directory" in only(place, "public_folder").why


class _Hanging:
    """A probe that hangs until it is let go."""

    def __init__(self) -> None:
        self.asked = 0
        self.let_go = threading.Event()

    def __call__(self, _place: Installation) -> Iterator[Finding]:
        self.asked += 1
        self.let_go.wait(60)
        return iter(())


@EMBEDDED
def test_what_hangs_costs_one_thread_and_is_found_silent(place: Installation) -> None:
    hanging = _Hanging()
    board = Board(place, (Group({"engine": hanging, "pool": lambda _: ()}, gates=1),))
    for _ in range(5):
        began = time.monotonic()
        found = board.look(0.05)
        assert time.monotonic() - began < 20
        assert not found["engine"].stands
        assert "no answer within" in found["engine"].findings[0].why
        assert (found["pool"].state, found["pool"].stands) == ("unknown", False)
    assert hanging.asked == 1
    hanging.let_go.set()
    assert all(each.stands for each in board.look(30).values())


@EMBEDDED
def test_the_last_answer_counts_while_a_busy_server_takes_its_time(place: Installation) -> None:
    hanging = _Hanging()
    hanging.let_go.set()
    board = Board(place, (Group({"engine": hanging}, patience_s=1.0),))
    assert board.look(30)["engine"].stands
    hanging.let_go.clear()
    assert board.look(0.05)["engine"].stands
    time.sleep(1.1)
    assert not board.look(0.05)["engine"].stands
    hanging.let_go.set()
