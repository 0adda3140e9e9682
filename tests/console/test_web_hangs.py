"""Health is answered within a second whatever hangs; pages end in one sentence, within a reader's
limit. On PostgreSQL, over a wire that can be cut."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, make_url, text

from domain.store.database import open_engine
from domain.store.roles import READER
from tests.console.test_web import get, operator, served
from tests.store.wire import wire_to

pytestmark = pytest.mark.e2e

# A second is promised; the machine has other things to do. What waited for the database would take
# `READER.lock_s` at least.
HEALTH_S, SLACK_S = 1.0, 3.5
PEOPLE = 20


@contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """While a transaction that does not end holds what every page reads."""
    with engine.connect() as connection:
        connection.execute(text("LOCK TABLE claim, occurrence, community, lease"))
        yield
        connection.rollback()


def health(base: str) -> dict[str, float]:
    """How long each answer took; both come, whatever they say."""
    took = {}
    for path, codes in (("/livez", (200,)), ("/healthz", (200, 503))):
        began = time.monotonic()
        assert get(base, path)[0] in codes
        took[path] = time.monotonic() - began
        assert took[path] < HEALTH_S + SLACK_S, path
    return took


def test_health_answers_whatever_hangs(postgres: Any, tmp_path: Path) -> None:
    url = make_url(postgres.clean())
    direct = open_engine(url)
    with ExitStack() as stack:
        stack.callback(direct.dispose)
        wire = stack.enter_context(wire_to(url.host or "127.0.0.1", url.port or 5432))
        engine_wire = stack.enter_context(wire_to("127.0.0.1", 1))
        engine_wire.dead.set()  # takes requests, and never answers
        through = url.set(host="127.0.0.1", port=wire.port).render_as_string(hide_password=False)
        api = f"http://127.0.0.1:{engine_wire.port}/api"
        base = stack.enter_context(served(tmp_path, through, JIFEN_PREFECT_API_URL=api))
        health(base)
        with locked(direct):
            health(base)
        wire.dead.set()
        health(base)
    assert "Traceback" not in (tmp_path / "web.log").read_text("utf-8")


@pytest.mark.slow
def test_pages_end_in_a_sentence_within_the_readers_limit(postgres: Any, tmp_path: Path) -> None:
    url = make_url(postgres.clean())
    direct = open_engine(url)
    with ExitStack() as stack:
        stack.callback(direct.dispose)
        wire = stack.enter_context(wire_to(url.host or "127.0.0.1", url.port or 5432))
        through = url.set(host="127.0.0.1", port=wire.port).render_as_string(hide_password=False)
        base = stack.enter_context(served(tmp_path, through))
        token = operator(tmp_path)
        assert get(base, "/status", **token)[0] in (200, 503)
        with locked(direct):
            _all_end(base, token, READER.lock_s)
        assert get(base, "/status", **token)[0] in (200, 503)
        wire.dead.set()
        _all_end(base, token, READER.answer_s + READER.connect_s)
        assert get(base, "/")[0] == 200  # what is published stays
    log = (tmp_path / "web.log").read_text("utf-8")
    assert "Traceback" not in log
    assert len(log.splitlines()) < 20


def _all_end(base: str, token: dict[str, str], limit_s: float) -> None:
    """As many people as there are threads and more: each page ends, most of them in a 503."""
    ended: list[tuple[str, int, float]] = []

    def ask(path: str) -> None:
        began = time.monotonic()
        code, _, said = get(base, path, **token)
        ended.append((path, code, time.monotonic() - began))
        assert "Traceback" not in said

    people = [
        threading.Thread(target=ask, args=(path,))
        for path in ("/status", "/metrics")
        for _ in range(PEOPLE)
    ]
    for each in people:
        each.start()
    while any(each.is_alive() for each in people):
        health(base)
        time.sleep(0.5)
    assert len(ended) == len(people)
    for path, code, took in ended:
        assert code in (200, 503), path
        assert took < 2 * limit_s + 2 * SLACK_S, path
