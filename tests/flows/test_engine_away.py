"""An engine that is away, or takes requests and says nothing: the clock keeps its lease, claims
nothing, and goes on once it is back."""

import logging
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, func, select

from config.logs import Sparing
from domain.store.database import reading
from domain.store.tables.cycle import Lease, Occurrence
from flows.clock.clock import Clock, Pace
from flows.engine.home import unanswered
from tests.flows.hanging import AT, Hall, a_town

pytestmark = pytest.mark.xdist_group("prefect")


class Away(Hall):
    """An engine that is away until it is said to be there; nobody may ask it for more meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.is_there = False

    def ask(self) -> None:
        if not self.is_there:
            raise ConnectionError("refused")

    def submit(self, *words: Any) -> str:
        assert self.is_there
        return super().submit(*words)

    def keep_up(self) -> None:
        assert self.is_there

    def show(self, _at: object) -> None:
        assert self.is_there


@pytest.fixture
def town(postgres: Any) -> Iterator[Engine]:
    with a_town(postgres.clean()) as engine:
        yield engine


def test_the_clock_waits_for_the_engine_and_keeps_its_lease(
    town: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    hall = Away()
    clock = Clock(town, "first", lambda: AT, Pace(silent=timedelta(0)), hall)
    for _ in range(10):
        assert clock.sweep() == []
    with reading(town) as session:
        assert session.get_one(Lease, "clock").holder == "first"
        assert session.scalar(select(func.max(Occurrence.attempt))) == 0
    assert len([each for each in caplog.records if each.levelno >= logging.WARNING]) == 1
    assert "the engine does not answer" in caplog.text
    hall.is_there = True
    assert {code for batch in clock.sweep() for code in batch.communities} == {"ma", "an"}


@pytest.mark.integration
def test_a_server_that_takes_questions_and_says_nothing_is_found_out_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        fault = unanswered(f"http://127.0.0.1:{silent.getsockname()[1]}/api/health", 0.3)
        assert isinstance(fault, TimeoutError)
        assert time.monotonic() - began < 30
        port = silent.getsockname()[1]
    assert isinstance(unanswered(f"http://127.0.0.1:{port}/", 0.3), ConnectionError)


def test_what_libraries_say_of_an_outage_is_one_line_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    library = logging.getLogger("prefect.some.observer")
    library.addFilter(Sparing())
    for _ in range(50):
        try:
            raise httpx.ConnectError("refused")
        except httpx.ConnectError:
            library.exception("the websocket failed")
    library.error("something else")
    assert [each.getMessage() for each in caplog.records] == [
        "the websocket failed: the engine does not answer: ConnectError",
        "something else",
    ]
    assert not any(each.exc_info for each in caplog.records)
