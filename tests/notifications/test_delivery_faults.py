"""Bad days of delivery: a deliverer killed in the middle, several at once, a database gone."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from notifications.outbox.back_off import BACK_OFF
from notifications.outbox.deliveries import LEASE
from tests.notifications.mailing import (
    MORNING,
    Watch,
    deliverer,
    deliveries,
    people,
    receipts,
    states,
    write,
)
from tests.notifications.receivers import GOOD, Received, Reply, WebReceiver, web_receiver

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
EARLIER = MORNING - timedelta(hours=1)
# Delivers once, at the given moment, in a process of its own.
PROGRAM = """
import sys
from datetime import datetime
from domain.store.database import open_engine
from notifications.outbox.deliverer import Deliverer, Manner
url, at, gateway = sys.argv[1:]
moment = datetime.fromisoformat(at)
manner = Manner(gateways={"wecombot": gateway}, couriers=1, limit_s=5)
Deliverer(open_engine(url), manner, lambda: moment).deliver_due()
"""


@pytest.fixture
def server() -> Iterator[WebReceiver]:
    with web_receiver() as receiver:
        receiver.reply = Reply(200, GOOD["wecombot"])
        yield receiver


def keys(server: WebReceiver) -> Counter[str]:
    return Counter(request.query["key"] for request in server.received)


def start(url: str, watch: Watch, server: WebReceiver) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url, watch.at.isoformat(), server.url],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )


def test_killed_between_the_service_and_the_mark(
    database_url: str, engine: Engine, server: WebReceiver
) -> None:
    """Nothing is lost, and only what was sent and not marked yet arrives twice."""
    watch = Watch()
    people(engine, {f"r{n}": [f"wecombot://KEY{n}"] for n in range(6)})
    for number in range(6):
        write(engine, f"r{number}", "o1", EARLIER)
    running: list[subprocess.Popen[bytes]] = []

    def kill_at_the_third(request: Received) -> Reply:
        if len(server.received) == 3:
            os.kill(running[0].pid, signal.SIGKILL)
            running[0].wait()
        return Reply(200, GOOD["wecombot"])

    server.reply = kill_at_the_third
    running.append(start(database_url, watch, server))
    assert running[0].wait(60) == -signal.SIGKILL
    # The sending process ends with its deliverer.
    for _ in range(100):
        try:
            os.killpg(running[0].pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    else:
        pytest.fail("the courier outlived its deliverer")
    assert len(server.received) == 3
    marked = [state for _, state in states(engine)].count("sent")
    assert marked <= 2
    # Before the lease is over, nobody knows that it is dead.
    with closing(deliverer(engine, server, watch)) as post:
        assert post.deliver_due().sent == 0
        watch.at += LEASE
        assert post.deliver_due().sent == 6 - marked
    # What lay ready for the sending process was not sent by it; what was, and was not marked yet,
    # arrives a second time.
    assert sorted(keys(server).values()) == [1] * (3 + marked) + [2] * (3 - marked)
    assert {state for _, state in states(engine)} == {"sent"}
    assert [each.ok for each in receipts(engine)].count(None) == 6 - marked


def test_several_at_once_send_everything_once(engine: Engine, server: WebReceiver) -> None:
    count = 40
    people(engine, {f"r{n}": [f"wecombot://KEY{n}"] for n in range(count)})
    for number in range(count):
        write(engine, f"r{number}", "o1", EARLIER)
    posts = [deliverer(engine, server, Watch()) for _ in range(3)]
    threads = [threading.Thread(target=post.deliver_due) for post in posts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    for post in posts:
        post.close()
    assert {state for _, state in states(engine)} == {"sent"}
    assert set(keys(server).values()) == {1}
    assert len(server.received) == count


def test_a_late_answer_does_not_undo_what_another_has_done(
    engine: Engine, server: WebReceiver
) -> None:
    """A deliverer that was given up comes back with a failure, after the letter has arrived."""
    watch = Watch()
    people(engine, {"r1": ["wecombot://KEY1"]})
    write(engine, "r1", "o1", EARLIER)
    with (
        closing(deliverer(engine, server, watch)) as slow,
        closing(deliverer(engine, server, watch)) as quick,
    ):
        server.reply = Reply(500, b"", wait_s=2)
        slow._open_turns()
        slow._record_and_claim(1)
        while not server.received:
            time.sleep(0.01)
        watch.at += LEASE
        server.reply = Reply(200, GOOD["wecombot"])
        assert quick.deliver_due().sent == 1
        assert slow.deliver_due().failed == 1
    assert states(engine) == [("r1", "sent")]
    assert sorted(each.state for each in deliveries(engine)) == ["sent"]
    assert {each.ok for each in receipts(engine)} == {None, True, False}


def test_the_loop_outlives_a_database_that_is_away(
    engine: Engine, server: WebReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    watch = Watch()
    people(engine, {"r1": ["wecombot://KEY1"]})
    ending = threading.Event()
    with closing(deliverer(engine, server, watch)) as post:
        with engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE outbox RENAME TO elsewhere")
        loop = threading.Thread(target=post.run, args=(ending, 0.05))
        loop.start()
        try:
            for _ in range(100):
                if "the database does not answer" in caplog.text:
                    break
                time.sleep(0.05)
            with engine.begin() as connection:
                connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO outbox")
            write(engine, "r1", "o1", EARLIER)
            for _ in range(600):
                if states(engine) == [("r1", "sent")]:
                    break
                time.sleep(0.05)
        finally:
            ending.set()
            loop.join(30)
    assert not loop.is_alive()
    assert states(engine) == [("r1", "sent")]
    assert "the database does not answer" in caplog.text


def test_nobody_there_then_there(engine: Engine, server: WebReceiver) -> None:
    watch = Watch()
    people(engine, {"r1": ["wecombot://KEY1"]})
    write(engine, "r1", "o1", EARLIER)
    with closing(
        deliverer(engine, server, watch, gateways={"wecombot": "http://127.0.0.1:9"})
    ) as post:
        assert post.deliver_due().failed == 1
    assert receipts(engine)[0].answer == "no connection (ConnectionError)"
    watch.at += BACK_OFF[0]
    with closing(deliverer(engine, server, watch)) as post:
        assert post.deliver_due().sent == 1


class Hasty(Watch):
    """A clock of which more passes at every look than a deliverer may take for a letter."""

    def __call__(self) -> datetime:
        self.at += LEASE + timedelta(seconds=1)
        return self.at


def test_a_clock_that_jumps_on_doubles_nothing(engine: Engine, server: WebReceiver) -> None:
    """A laptop that slept while letters were under way; a demonstration's quick time."""
    people(engine, {f"r{number}": [f"wecombot://KEY{number}"] for number in range(4)})
    for number in range(4):
        write(engine, f"r{number}", "a", EARLIER)
    server.reply = Reply(200, GOOD["wecombot"], wait_s=0.3)
    with closing(deliverer(engine, server, Hasty())) as post:
        assert post.deliver_due().sent == 4
    assert set(keys(server).values()) == {1}
    assert {state for _, state in states(engine)} == {"sent"}


def test_delivery_goes_on_after_what_nobody_expected(
    engine: Engine, server: WebReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(engine, {"r1": ["wecombot://KEY1"]})
    write(engine, "r1", "a", EARLIER)
    post = deliverer(engine, server, Watch())
    open_turns, failures = post._open_turns, [RuntimeError("unheard of")]

    def fail_once() -> None:
        if failures:
            raise failures.pop()
        open_turns()

    monkeypatch.setattr(post, "_open_turns", fail_once)
    ending = threading.Event()
    thread = threading.Thread(target=post.run, args=(ending, 0.05))
    thread.start()
    deadline = time.monotonic() + 30
    while not server.received and time.monotonic() < deadline:
        time.sleep(0.05)
    ending.set()
    thread.join(30)
    assert not failures
    assert states(engine) == [("r1", "sent")]
