"""The whole service on a machine whose clock is wrong by forty days for three minutes: it harms
nothing, says so, and goes on by itself within two minutes of right time."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from domain.kernel.local_time import now
from domain.store.database import open_engine, reading
from domain.store.tables.cycle import Lease, Occurrence
from domain.store.tables.ledger import Journal
from domain.store.tables.timekeeping import ClockMark
from tests.conftest import Postgres
from tests.flows.test_service import (
    DONE_S,
    ENDED_S,
    READY_S,
    Service,
    eventually,
    free_port,
    is_alive,
)
from tests.soak.test_hung import CODES, opening, runs, settle_in
from tests.soak.wrong_clock import COMPILER, WrongClock

WRONG_S = float(os.environ.get("JIFEN_SOAK_WRONG_S", "180"))
# What is promised.
RIGHT_AGAIN_S = 120.0
FORTY_DAYS = timedelta(days=40)
pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(COMPILER is None, reason="no C compiler for a clock that can be wrong"),
    pytest.mark.timeout(1800),
    pytest.mark.parametrize("off", [FORTY_DAYS, -FORTY_DAYS], ids=["ahead", "behind"]),
]


@pytest.fixture
def machine(tmp_path: Path) -> WrongClock:
    return WrongClock(tmp_path)


@pytest.fixture(params=["postgresql", "sqlite"])
def database(request: pytest.FixtureRequest, postgres: Postgres, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'jifen.db'}"
        return
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.fixture
def starting(
    database: str, machine: WrongClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Service]]:
    """Starts the service on this machine, as often as it is called."""
    started: list[Service] = []

    def start() -> Service:
        with monkeypatch.context() as environment:
            for name, value in machine.environment.items():
                environment.setenv(name, value)
            started.append(Service(tmp_path, database))
        eventually(started[-1].is_ready, READY_S)
        return started[-1]

    yield start
    machine.be_wrong(timedelta(0))
    left = [pid for each in started for pid in (*each.parts().values(), *runs(each))]
    for service in started:
        service.end()
    eventually(lambda: not any(map(is_alive, left)), ENDED_S)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """As the right time sees it."""
    found = open_engine(database)
    yield found
    found.dispose()


def steps(engine: Engine) -> list[tuple[Any, ...]]:
    columns = (
        Occurrence.community_id,
        Occurrence.process,
        Occurrence.period,
        Occurrence.step,
        Occurrence.due_at,
    )
    with reading(engine) as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(*columns))]


def doubts(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [each for each in session.scalars(select(ClockMark.doubt)) if each]


def _all_is_done_by_itself(engine: Engine, wrong: list[tuple[Any, ...]]) -> None:
    """Within two minutes; nothing stands held or claimed, and nothing was done before its time."""
    began = time.monotonic()
    eventually(
        lambda: (
            len(opening(engine)) == len(CODES)
            and {each.state for each in opening(engine)} == {"done"}
        ),
        RIGHT_AGAIN_S,
    )
    eventually(lambda: not doubts(engine), RIGHT_AGAIN_S - (time.monotonic() - began))
    print(f"went on after {time.monotonic() - began:.1f} s")
    at = now()

    def is_settled() -> bool:
        with reading(engine) as session:
            rows = session.scalars(select(Occurrence)).all()
            return {each.state for each in rows if each.due_at <= at} <= {"done", "dropped"}

    # The other steps of those days are not promised in two minutes, but at last.
    eventually(is_settled, DONE_S)
    with reading(engine) as session:
        rows = session.scalars(select(Occurrence)).all()
        assert {each.state for each in rows if each.due_at > at} <= {"due"}
        assert len(session.scalars(select(Journal)).all()) == len(CODES)
        lease = session.get_one(Lease, "clock")
        assert lease.until <= now() + timedelta(minutes=3)
    assert set(wrong) <= set(steps(engine))


def test_a_running_service_stops_says_so_and_goes_on(
    starting: Callable[[], Service],
    machine: WrongClock,
    engine: Engine,
    off: timedelta,
    record_property: Callable[[str, object], None],
) -> None:
    service = starting()
    machine.be_wrong(off)
    eventually(lambda: doubts(engine), 60)
    settle_in(engine)
    before = steps(engine)
    time.sleep(WRONG_S)
    assert doubts(engine)
    assert {each.state for each in opening(engine)} <= {"due"}
    assert steps(engine) == before  # no year was opened by it
    assert "timedatectl" in service.says("doctor", code=1)
    machine.be_wrong(timedelta(0))
    _all_is_done_by_itself(engine, before)
    record_property(f"count: bad days, clock of a running service {off.days:+} days off", 1)


def test_a_jump_in_the_middle_of_a_run_leaves_nothing_claimed(
    starting: Callable[[], Service],
    machine: WrongClock,
    engine: Engine,
    off: timedelta,
    record_property: Callable[[str, object], None],
) -> None:
    starting()
    settle_in(engine)
    eventually(lambda: any(each.state == "claimed" for each in opening(engine)), 60)
    machine.be_wrong(off)
    eventually(lambda: doubts(engine), 60)
    before = steps(engine)
    time.sleep(WRONG_S / 3)
    machine.be_wrong(timedelta(0))
    _all_is_done_by_itself(engine, before)
    record_property(f"count: bad days, clock {off.days:+} days off in the middle of a run", 1)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_one_started_at_a_wrong_time_and_killed_leaves_nothing(
    starting: Callable[[], Service],
    machine: WrongClock,
    engine: Engine,
    off: timedelta,
    record_property: Callable[[str, object], None],
) -> None:
    _kill(starting())
    settle_in(engine)
    before = steps(engine)
    machine.be_wrong(off)
    service = starting()
    eventually(lambda: doubts(engine), 60)
    eventually(lambda: any("time accept" in line for line in service.said), 30)
    time.sleep(WRONG_S)
    _kill(service)
    assert {each.state for each in opening(engine)} <= {"due"}
    assert steps(engine) == before
    machine.be_wrong(timedelta(0))
    starting()
    _all_is_done_by_itself(engine, before)
    record_property(f"count: bad days, embedded service started {off.days:+} days off", 1)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_another_machine_that_is_wrong_does_not_start(
    starting: Callable[[], Service],
    tmp_path: Path,
    engine: Engine,
    off: timedelta,
    record_property: Callable[[str, object], None],
) -> None:
    service = starting()
    service.stand_by()
    settle_in(engine)
    (tmp_path / "other").mkdir()
    other = WrongClock(tmp_path / "other")
    other.be_wrong(off)
    for words in (
        ["console.main", "clock"],
        ["console.main", "worker"],
        ["console.web", "--port", str(free_port())],
    ):
        refused = subprocess.run(
            [sys.executable, "-m", *words],
            env=service.environment | other.environment,
            cwd=service.folder,
            capture_output=True,
            text=True,
            timeout=READY_S,
            check=False,
        )
        assert refused.returncode == 1, words
        assert "timedatectl" in refused.stderr, words
        assert "Traceback" not in refused.stderr, words
        assert len(refused.stderr.strip().splitlines()) == 1, refused.stderr
    _all_is_done_by_itself(engine, steps(engine))
    record_property(f"count: bad days, another machine {off.days:+} days off refused", 3)


def _kill(service: Service) -> None:
    parts = [*service.parts().values(), *runs(service)]
    os.kill(service.up.pid, signal.SIGKILL)
    service.up.wait(ENDED_S)
    eventually(lambda: not any(map(is_alive, parts)), ENDED_S)
