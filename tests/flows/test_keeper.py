"""No run stays for ever: its keeper ends what hangs, and what it is told to leave it gives back."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Any, Self

import pytest
from prefect.exceptions import TerminationSignal
from sqlalchemy import Engine, func, select, text, update

from domain.cycle.attempt import Attempt
from domain.kernel.local_time import now
from domain.kernel.reasons import told
from domain.store.database import open_engine, reading, writing
from domain.store.roles import STEP
from domain.store.tables.cycle import Occurrence
from domain.store.tables.people import Community
from flows.clock.clock import Clock, Pace
from flows.steps import claim, keeper
from flows.steps.keeper import Keeper
from flows.steps.runtime import use
from tests.flows.hanging import AT, HELD, Hall, a_town, hanging

pytestmark = pytest.mark.xdist_group("prefect")
# Half of what the statement, or the wait for a lock, that is cut short would take.
SOON_S = 30.0
# Far longer than what is waited for here.
NEVER_S = 3600.0


@pytest.fixture
def town(postgres: Any) -> Iterator[Engine]:
    with a_town(postgres.clean()) as engine:
        yield engine


@pytest.fixture
def attempt(town: Engine) -> Attempt:
    """Both communities' first step is claimed."""
    (batch,) = Clock(town, "first", lambda: AT, Pace(silent=timedelta(0)), Hall()).sweep()
    return Attempt(batch.process, batch.period, batch.step, batch.attempt)


def kept(engine: Engine, attempt: Attempt, ended: threading.Event, **limits: float) -> Keeper:
    chosen = {"every_s": 0.05, "grace_s": 0.1, "limit_s": NEVER_S} | limits
    return Keeper(engine, attempt, ["ma", "an"], end=ended.set, **chosen)


def change(town: Engine, **values: object) -> None:
    with writing(town) as session:
        session.execute(update(Occurrence).where(Occurrence.state == "claimed").values(**values))


def test_a_run_that_another_attempt_has_taken_over_from_is_ended(
    town: Engine, attempt: Attempt
) -> None:
    ended = threading.Event()
    with kept(town, attempt, ended):
        assert not ended.wait(0.4)
        change(town, attempt=attempt.number + 1)
        assert ended.wait(SOON_S)


def test_a_run_that_notices_by_itself_is_left_alone(town: Engine, attempt: Attempt) -> None:
    ended = threading.Event()
    change(town, attempt=attempt.number + 1)
    with kept(town, attempt, ended, grace_s=2.0) as mine:
        for place in (0, 1, 0, 1):
            mine.come_to(place)
            assert not ended.wait(0.6)


def test_a_community_that_takes_longer_than_any_can(town: Engine, attempt: Attempt) -> None:
    ended = threading.Event()
    with kept(town, attempt, ended, limit_s=0.2):
        assert ended.wait(SOON_S)


def test_while_one_takes_long_the_others_are_not_thought_dead(
    town: Engine, attempt: Attempt
) -> None:
    """A long transaction of one community: the keeper says that the run lives."""
    change(town, claimed_at=now() - timedelta(hours=1))
    ended = threading.Event()
    with hanging(town, HELD), kept(town, attempt, ended):
        deadline = time.monotonic() + SOON_S
        while signs(town)["an"] > timedelta(minutes=1) and time.monotonic() < deadline:
            time.sleep(0.05)
    found = signs(town)
    assert found["an"] < timedelta(minutes=1)
    assert found["ma"] > timedelta(minutes=59)
    assert not ended.is_set()


def signs(town: Engine) -> dict[str, timedelta]:
    """For how long each community's claim has been silent."""
    with reading(town) as session:
        rows = session.execute(
            select(Community.code, Occurrence.claimed_at)
            .join(Community, Community.id == Occurrence.community_id)
            .where(Occurrence.state == "claimed")
        ).tuples()
        return {code: now() - at for code, at in rows if at is not None}


def test_a_database_that_is_away_ends_no_run(attempt: Attempt) -> None:
    ended = threading.Event()
    gone = open_engine("postgresql://nobody@127.0.0.1:9/none")
    with kept(gone, attempt, ended):
        assert not ended.wait(0.5)
    gone.dispose()


@pytest.fixture
def told_to_end() -> Iterator[None]:
    """As Prefect's engine takes SIGTERM while a flow runs."""

    def raise_it(number: int, _frame: object) -> None:
        raise TerminationSignal(number)

    before = signal.signal(signal.SIGTERM, raise_it)
    yield
    signal.signal(signal.SIGTERM, before)


def _sleeping(town: Engine) -> int:
    left = select(func.count()).where(text("query LIKE '%pg_sleep(60)%'"))
    with reading(town) as session:
        return (
            session.scalar(
                left.select_from(text("pg_stat_activity"))
                .where(text("state = 'active'"))
                .where(text("pid <> pg_backend_pid()"))
            )
            or 0
        )


@pytest.mark.usefixtures("told_to_end")
@pytest.mark.parametrize("is_cancelled", [False, True])
def test_a_run_that_is_told_to_end_in_the_middle_of_a_statement(
    town: Engine, attempt: Attempt, is_cancelled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends at once, the database lets go what it held, and what it has not done is due again:
    unless a person has cancelled it."""
    monkeypatch.setattr(claim, "_is_cancelled", lambda: is_cancelled)
    use(town)
    mine = open_engine(town.url, STEP)
    began = time.monotonic()
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()

    def work() -> None:
        with claim.given_back(attempt, ["ma", "an"], {}), writing(mine) as session:
            session.execute(text(HELD))
            session.execute(text("SELECT pg_sleep(60)"))

    with pytest.raises(TerminationSignal):
        work()
    assert time.monotonic() - began < SOON_S
    with reading(town) as session:
        rows = session.scalars(select(Occurrence).where(Occurrence.attempt > 0)).all()
        expected = "claimed" if is_cancelled else "due"
        assert [each.state for each in rows] == [expected] * 2
        said = {told(each.outcome, "en") for each in rows}
        assert said == ({""} if is_cancelled else {"its worker was told to end; it is tried again"})
    while _sleeping(town):  # the server is told as soon, and ends it at its next look
        assert time.monotonic() - began < SOON_S
        time.sleep(0.05)
    mine.dispose()


def test_the_keepers_signs_come_long_before_a_run_is_taken_for_dead() -> None:
    assert 3 * keeper.SIGN_EVERY_S < 300  # JIFEN_REAP_AFTER_SECONDS


class WrongClock(datetime):
    """A machine's clock that is forty days ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) + timedelta(days=40)


def test_signs_of_life_bear_the_databases_time(
    town: Engine, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine whose clock is wrong, a run at work is not taken for dead."""
    use(town)
    change(town, claimed_at=now() - timedelta(hours=1))
    monkeypatch.setattr("domain.kernel.local_time.datetime", WrongClock)
    claim.give_sign(attempt, ["ma"])
    with kept(town, attempt, threading.Event()):
        time.sleep(0.5)
    monkeypatch.undo()
    with reading(town) as session:
        signs = session.scalars(select(Occurrence.claimed_at).where(Occurrence.state == "claimed"))
        assert all(sign and abs(sign - now()) < timedelta(minutes=1) for sign in signs.all())
