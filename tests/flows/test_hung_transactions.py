"""A transaction that hangs holds up what it holds, and nothing else: on PostgreSQL, for real."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from domain.cycle.attempt import Attempt
from domain.cycle.due import Batch
from domain.kernel.local_time import now
from domain.store.database import reading, writing
from domain.store.tables.cycle import Lease, Occurrence, StepState
from domain.store.tables.people import Community
from flows.clock.clock import Clock, Pace
from tests.flows.hanging import AT, HELD, Hall, a_town, hanging

pytestmark = pytest.mark.xdist_group("prefect")
# Many times what a sweep takes that waits for nobody; one that waits takes `SWEEP.lock_s`.
SOON_S = 9.0


@pytest.fixture
def town(postgres: Any) -> Iterator[Engine]:
    with a_town(postgres.clean()) as engine:
        yield engine


def a_clock(town: Engine, hall: Hall, holder: str = "first") -> Clock:
    return Clock(town, holder, lambda: AT, Pace(silent=timedelta(0)), hall)


def swept(clock: Clock) -> set[str]:
    """The communities of which a step was handed on by a sweep, in time."""
    began = time.monotonic()
    batches = clock.sweep()
    assert time.monotonic() - began < SOON_S
    return {code for batch in batches for code in batch.communities}


def holder(town: Engine) -> tuple[str, datetime]:
    with reading(town) as session:
        lease = session.get_one(Lease, "clock")
        return lease.holder, lease.until


def test_a_run_that_hangs_holds_up_its_own_community_only(town: Engine) -> None:
    hall = Hall()
    first, second = a_clock(town, hall), a_clock(town, hall, "second")
    assert swept(first) == {"ma", "an"}
    with hanging(town, HELD):
        # Its run is over as far as the engine says; the other community's is given back at once.
        assert swept(first) == {"an"}
        assert swept(second) == set()
        with writing(town) as session:
            session.delete(session.get_one(Lease, "clock"))
        assert swept(second) == {"an"}
        assert holder(town)[0] == "second"
    assert swept(second) == {"ma", "an"}


def test_what_is_due_and_held_is_passed_over(town: Engine) -> None:
    hall = Hall()
    clock = a_clock(town, hall)
    assert swept(clock) == {"ma", "an"}
    with writing(town) as session:
        for row in session.scalars(select(Occurrence).where(Occurrence.state == "claimed")):
            row.state = StepState.DUE
    with hanging(town, HELD):
        assert swept(clock) == {"an"}
    assert swept(clock) == {"ma", "an"}


@pytest.mark.parametrize("table", ["occurrence", "community", "claim"])
def test_a_table_that_is_locked_costs_the_clock_its_limits_and_not_its_lease(
    town: Engine, table: str, caplog: pytest.LogCaptureFixture
) -> None:
    clock, standby = a_clock(town, Hall()), a_clock(town, Hall(), "standby")
    assert swept(clock)
    before = holder(town)[1]
    caplog.clear()
    with hanging(town, f"LOCK TABLE {table}"):
        for _ in range(2):
            swept(clock)
            swept(standby)
    assert holder(town)[0] == "first"
    assert holder(town)[1] > before
    assert caplog.text.count(" waits: ") <= 1
    assert not any(each.exc_info for each in caplog.records)
    assert swept(clock) == {"ma", "an"}


def test_a_sign_of_life_does_not_wait(town: Engine) -> None:
    assert swept(a_clock(town, Hall()))
    with reading(town) as session:
        codes = list(session.scalars(select(Community.code)))
        row = session.scalars(select(Occurrence).where(Occurrence.state == "claimed")).first()
        assert row is not None
    later = now() + timedelta(minutes=1)
    with hanging(town, HELD), writing(town) as session:
        Attempt(row.process, row.period, row.step, row.attempt).keep(session, codes, later)
    with reading(town) as session:
        signs = session.execute(
            select(Community.code, Occurrence.claimed_at)
            .join(Community, Community.id == Occurrence.community_id)
            .where(Occurrence.state == "claimed")
        ).tuples()
        assert {code for code, at in signs if at and at.astimezone(UTC) == later} == {"an"}


def test_a_run_that_began_before_its_number_was_noted(town: Engine) -> None:
    """The step that it is at keeps no number; the sweep goes on, and so do the others."""
    hall = Hall()

    class Quick(Hall):
        def submit(self, batch: Batch, as_of: datetime | None) -> str:
            self.holding = hanging(town, HELD)
            self.holding.__enter__()
            return hall.submit(batch, as_of)

    quick = Quick()
    assert swept(a_clock(town, quick)) == {"ma", "an"}
    quick.holding.__exit__(None, None, None)
    with reading(town) as session:
        runs = session.execute(
            select(Community.code, Occurrence.run)
            .join(Community, Community.id == Occurrence.community_id)
            .where(Occurrence.state == "claimed")
        ).tuples()
        assert dict(runs.all()) == {"ma": "", "an": "run-1"}
