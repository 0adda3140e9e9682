"""The whole service with a database in which something hangs, and workers that are told to end."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from domain.community.adoption import add_community
from domain.kernel.local_time import local_date, now
from domain.kernel.reasons import told
from domain.rules.load import shipped
from domain.store.database import open_engine, reading, writing
from domain.store.tables.cycle import Lease, Occurrence
from domain.store.tables.ledger import Journal
from domain.store.tables.people import Household
from tests.conftest import Postgres
from tests.flows.test_service import DONE_S, ENDED_S, READY_S, Service, eventually, is_alive

CODES = ("ma", "an")
HUNG_S = 90.0
# Silent for a minute, reaped, and killed when it has been over for another.
FROZEN_S = 400.0
# What is promised: readers give up after five seconds, and the machine is busy.
READER_S = 12.0
pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(1800),
]


@pytest.fixture
def service(postgres: Postgres, tmp_path: Path) -> Iterator[Service]:
    url = postgres.create()
    found = Service(tmp_path, url)
    yield found
    parts = found.parts()
    found.end()
    eventually(lambda: not any(map(is_alive, [*parts.values(), *runs(found)])), ENDED_S)
    postgres.drop(url)


def runs(service: Service) -> list[int]:
    """The processes of flow runs that this service's workers have started."""
    listed = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    found = [line.split(None, 2) for line in listed]
    workers = {str(pid) for name, pid in service.parts().items() if name == "worker"}
    return [
        int(pid) for pid, parent, args in found if parent in workers and "prefect.engine" in args
    ]


@contextmanager
def hanging(engine: Engine, *statements: str) -> Iterator[None]:
    with engine.connect() as connection:
        for each in statements:
            connection.execute(text(each))
        yield
        connection.rollback()


def settle_in(engine: Engine) -> None:
    today = local_date(now())
    with writing(engine) as session:
        for code in CODES:
            community = add_community(
                session,
                code,
                code,
                "镇",
                shipped("fuling-maan-2022"),
                today.replace(month=1, day=1),
                now(),
            )
            session.add(
                Household(community_id=community.id, code="H1", head="王", enrolled_on=today)
            )


def opening(engine: Engine) -> list[Occurrence]:
    with reading(engine) as session:
        return list(session.scalars(select(Occurrence).where(Occurrence.step == "open")))


def answers(service: Service, path: str) -> tuple[int, float]:
    began = time.monotonic()
    try:
        service.page(path)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code, time.monotonic() - began
    return 200, time.monotonic() - began


def test_what_hangs_stops_nothing_else_and_nothing_stays(
    service: Service, record_property: Callable[[str, object], None]
) -> None:
    engine = open_engine(service.environment["JIFEN_DATABASE_URL"])
    eventually(service.is_ready, READY_S)
    service.stand_by()
    with hanging(engine, "LOCK TABLE journal IN EXCLUSIVE MODE"):
        settle_in(engine)
        eventually(lambda: runs(service), DONE_S)
        eventually(lambda: waits(engine), DONE_S)
        _worker_is_told_to_end(service, engine)
        record_property("count: bad days, worker told to end in the middle of a step", 1)
        _clocks_go_on(engine)
        time.sleep(HUNG_S)
        _clocks_go_on(engine)
        assert {each.state for each in opening(engine)} <= {"claimed", "due"}
    record_property("count: bad days, transaction hung for a minute and a half", 1)
    _are_done(service, engine, DONE_S)
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Journal)) == len(CODES)
    with hanging(engine, "LOCK TABLE claim"):
        for path, code in (("/healthz", (200,)), ("/status", (200, 503)), ("/metrics", (200, 503))):
            found, took = answers(service, path)
            assert found in code, path
            assert took < READER_S, path
        _clocks_go_on(engine)
    record_property("count: bad days, table locked under the pages", 1)
    for log in (service.folder / "var/prefect").glob("clock*.log*"):
        assert "Traceback" not in log.read_text("utf-8"), log
    engine.dispose()


def test_a_run_whose_process_is_frozen_is_ended_by_its_worker(
    service: Service, record_property: Callable[[str, object], None]
) -> None:
    engine = open_engine(service.environment["JIFEN_DATABASE_URL"])
    eventually(service.is_ready, READY_S)
    settle_in(engine)
    claimed = eventually(lambda: {each.run for each in opening(engine)} - {""}, DONE_S)
    eventually(lambda: len(runs(service)) > 0 and claimed, DONE_S)
    frozen = runs(service)
    for pid in frozen:
        os.killpg(pid, signal.SIGSTOP)
    record_property("count: bad days, run frozen", len(frozen))
    _are_done(service, engine, FROZEN_S)
    eventually(lambda: not any(map(is_alive, frozen)), FROZEN_S)
    engine.dispose()


def _are_done(service: Service, engine: Engine, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while any(each.state != "done" for each in opening(engine)):
        log = (service.folder / "var/prefect/worker.log").read_text("utf-8", errors="replace")
        said = [(each.state, each.attempt, told(each.outcome, "en")) for each in opening(engine)]
        assert time.monotonic() < deadline, f"{said}\n{log[-5000:]}"
        time.sleep(0.5)


def waits(engine: Engine) -> bool:
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with reading(engine) as session:
        return bool(session.scalar(text(f"{query} AND datname = current_database()")))


def _worker_is_told_to_end(service: Service, engine: Engine) -> None:
    before = {each.community_id: each.attempt for each in opening(engine)}
    mine, began = runs(service), time.monotonic()
    os.kill(service.parts()["worker"], signal.SIGTERM)
    for process in service.others[1:]:
        process.send_signal(signal.SIGTERM)

    def given_back() -> bool:
        rows = opening(engine)
        said = [told(each.outcome, "en") for each in rows]
        return all(
            each.attempt > before[each.community_id] or "told to end" in said[place]
            for place, each in enumerate(rows)
        )

    eventually(given_back, 40)
    eventually(lambda: not any(map(is_alive, mine)), 40)
    assert time.monotonic() - began < 60  # the reaper would have waited for this alone


def _clocks_go_on(engine: Engine) -> None:
    with reading(engine) as session:
        before = session.get_one(Lease, "clock").until

    def renewed() -> bool:
        with reading(engine) as session:
            return session.get_one(Lease, "clock").until > before

    eventually(renewed, 30)


def test_a_process_that_does_not_heed_its_end_is_killed() -> None:
    script = (
        "import signal, threading, time\n"
        "from flows import keeper\n"
        "keeper.ENDING_S = 0.5\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('heard', flush=True))\n"
        "threading.Thread(target=keeper.end_process).start()\n"
        "time.sleep(60)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=50, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "heard\n")
