"""A clock that was wrong for three minutes does no harm, and the service goes on by itself; where
nothing but a person can know the time, the clock waits for them, and that is a finding."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, update

from domain.community.adoption import add_community
from domain.cycle.due import Batch
from domain.kernel.local_time import now
from domain.operations.leases import take_lease
from domain.operations.timekeeping import Reading, accept, doubts
from domain.rules.load import shipped
from domain.store.database import reading, writing
from domain.store.tables.cycle import Lease, Occurrence
from domain.store.tables.people import Community
from domain.store.tables.timekeeping import ClockMark, TimeAct
from flows.clock.clock import Clock
from flows.clock.reaper import Ended
from flows.clock.timekeeper import Timekeeper

pytestmark = pytest.mark.both_databases

HALF_A_MINUTE = timedelta(seconds=30)
FORTY_DAYS = timedelta(days=40)
WRONG = [FORTY_DAYS, -FORTY_DAYS, timedelta(minutes=3), -timedelta(minutes=3)]


class Times:
    """The clocks of a machine and its database: `pass_by` moves them together, `wrong` is by how
    much they are off."""

    def __init__(self) -> None:
        self.right = now()
        self.machine_wrong = self.database_wrong = timedelta(0)
        self.running = timedelta(days=3)

    def pass_by(self, span: timedelta) -> None:
        self.right += span
        self.running += span

    def read(self, _session: object) -> Reading:
        return Reading(
            self.right + self.database_wrong, self.right + self.machine_wrong, self.running
        )

    def be_wrong(self, by: timedelta) -> None:
        """The whole machine, with an embedded database."""
        self.machine_wrong = self.database_wrong = by


class Taken:
    """Takes batches, and does nothing with them."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []

    def submit(self, batch: Batch, as_of: datetime | None) -> str:
        assert as_of is None
        self.batches.append(batch)
        return f"00000000-0000-0000-0000-{len(self.batches):012}"

    def ended(self, _runs: Mapping[str, bool]) -> Ended:
        return Ended()

    def ask(self) -> None:
        pass

    def keep_up(self) -> None:
        pass

    def show(self, at: datetime) -> None:
        pass


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
def starting(engine: Engine, times: Times) -> Callable[..., Clock]:
    """Start a clock of an installation with one community, on a machine."""
    with writing(engine) as session:
        add_community(
            session,
            "ma",
            "马鞍社区",
            "马鞍街道",
            shipped("fuling-maan-2022"),
            (times.right - FORTY_DAYS).date(),
            times.right - FORTY_DAYS,
        )

    def start(machine: str = "m1", reads: Times = times) -> Clock:
        return Clock(engine, machine, works=Taken(), timekeeper=Timekeeper(machine, reads.read))

    return start


def submitted(clock: Clock) -> int:
    assert isinstance(clock.works, Taken)
    clock.sweep()
    return len(clock.works.batches)


def doubt_of(engine: Engine, at: datetime) -> str:
    with reading(engine) as session:
        return "".join(each.doubt for each in doubts(session, at))


def steps(engine: Engine) -> tuple[int, datetime | None]:
    with reading(engine) as session:
        count = session.scalar(select(func.count()).select_from(Occurrence)) or 0
        return count, session.scalar(select(func.max(Occurrence.claimed_at)))


@pytest.mark.parametrize("wrong", WRONG)
def test_a_running_clock_whose_time_jumps_waits_and_goes_on_by_itself(
    engine: Engine, times: Times, starting: Callable[..., Clock], wrong: timedelta
) -> None:
    clock = starting()
    assert submitted(clock) == 1
    before = steps(engine)
    times.be_wrong(wrong)
    for _ in range(6):
        times.pass_by(HALF_A_MINUTE)
        assert submitted(clock) == 1
        assert not clock.timekeeper.is_sure
        assert "time_jumped" in doubt_of(engine, times.right + wrong)
    assert steps(engine) == before
    with reading(engine) as session:
        assert session.get(Lease, "clock") is None  # for another machine's
    times.be_wrong(timedelta(0))
    with writing(engine) as session:
        session.execute(update(Occurrence).values(state="due"))
    times.pass_by(HALF_A_MINUTE)
    assert submitted(clock) == 2
    assert clock.timekeeper.is_sure
    assert doubt_of(engine, times.right) == ""


@pytest.mark.parametrize("wrong", WRONG)
def test_a_machine_that_is_not_of_its_databases_time_waits_and_another_works(
    engine: Engine, times: Times, starting: Callable[..., Clock], wrong: timedelta
) -> None:
    other = Times()
    other.right, other.machine_wrong = times.right, wrong
    first, second = starting("wrong", other), starting("right")
    assert submitted(first) == 0
    assert submitted(second) == 1
    assert "time_apart" in doubt_of(engine, times.right)
    # That is not for a person to accept: the machine is wrong.
    with writing(engine) as session:
        accept(session, "op", "it is right", times.right)
    first.sweep()
    assert not first.timekeeper.is_sure
    other.machine_wrong = timedelta(0)
    for each in (times, other):
        each.pass_by(HALF_A_MINUTE)
    first.sweep()
    assert first.timekeeper.is_sure
    assert doubt_of(engine, times.right) == ""


def test_what_a_person_finds_right_is_gone_on_with(
    engine: Engine, times: Times, starting: Callable[..., Clock]
) -> None:
    clocks = [starting("m1"), starting("m2")]
    assert [submitted(clock) for clock in clocks] == [1, 0]
    # The machine was frozen: nothing ran, and time went on.
    times.be_wrong(timedelta(hours=5))
    for clock in clocks:
        clock.sweep()
        assert not clock.timekeeper.is_sure
    with writing(engine) as session:
        accept(session, "李运维", "虚拟机暂停过", times.right + timedelta(hours=5))
    for clock in clocks:
        clock.sweep()
        assert clock.timekeeper.is_sure
    # For this once: the next jump is another.
    times.be_wrong(timedelta(hours=9))
    clocks[0].sweep()
    assert not clocks[0].timekeeper.is_sure
    with reading(engine) as session:
        kept = session.execute(select(TimeAct.by, TimeAct.why)).tuples().all()
    assert kept == [("李运维", "虚拟机暂停过")]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_town_that_was_off_for_forty_days_catches_up(
    engine: Engine, times: Times, starting: Callable[..., Clock]
) -> None:
    assert submitted(starting()) == 1
    times.pass_by(FORTY_DAYS)
    clock = starting()
    clock.sweep()
    assert clock.timekeeper.is_sure


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (FORTY_DAYS, "time_long_after"),
        (-FORTY_DAYS, "time_before_last"),
        (-timedelta(minutes=3), "time_before_last"),
    ],
)
def test_an_embedded_clock_that_starts_at_an_unlikely_time_waits(
    engine: Engine, times: Times, starting: Callable[..., Clock], wrong: timedelta, why: str
) -> None:
    assert submitted(starting()) == 1
    before = steps(engine)
    times.be_wrong(wrong)
    clock = starting()
    assert submitted(clock) == 0
    assert why in doubt_of(engine, times.right + wrong)
    assert steps(engine) == before
    times.be_wrong(timedelta(0))
    times.pass_by(timedelta(minutes=3))
    clock.sweep()
    assert clock.timekeeper.is_sure
    # Where it was right, a person says so; also before the next start.
    times.be_wrong(wrong)
    with writing(engine) as session:
        accept(session, "op", "so it is", times.right + wrong)
    again = starting()
    again.sweep()
    assert again.timekeeper.is_sure


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_embedded_clock_that_first_starts_before_a_community_was_added_waits(
    engine: Engine, times: Times, starting: Callable[..., Clock]
) -> None:
    with writing(engine) as session:
        session.execute(update(Community).values(added_at=times.right))
    times.be_wrong(-FORTY_DAYS)
    clock = starting()
    assert submitted(clock) == 0
    assert "time_before_all" in doubt_of(engine, times.right - FORTY_DAYS)
    assert steps(engine) == (0, None)
    times.be_wrong(timedelta(0))
    assert submitted(clock) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_days_off_are_caught_up_with_unless_the_clock_ended_in_doubt(
    engine: Engine, times: Times, starting: Callable[..., Clock]
) -> None:
    first = starting()
    assert submitted(first) == 1
    times.pass_by(timedelta(days=29))
    second = starting()
    second.sweep()
    assert second.timekeeper.is_sure
    times.be_wrong(timedelta(days=10))
    second.sweep()
    assert not second.timekeeper.is_sure
    # A restart does not make ten days true that a running clock did not believe.
    third = starting()
    third.sweep()
    assert not third.timekeeper.is_sure


def test_a_replayed_time_is_believed(engine: Engine, starting: Callable[..., Clock]) -> None:
    starting()
    later = now() + timedelta(days=400)
    works = Replayed()
    clock = Clock(engine, "demo", lambda: later, works=works)
    assert clock.sweep()
    assert works.as_of == {later}
    with reading(engine) as session:
        assert session.scalars(select(ClockMark)).all() == []


class Replayed(Taken):
    def __init__(self) -> None:
        super().__init__()
        self.as_of: set[datetime | None] = set()

    def submit(self, batch: Batch, as_of: datetime | None) -> str:
        self.as_of.add(as_of)
        return super().submit(batch, None)


@pytest.mark.parametrize("wrong", [FORTY_DAYS, -FORTY_DAYS])
def test_what_a_wrong_clock_has_left_behind_holds_nothing_up(
    engine: Engine, times: Times, starting: Callable[..., Clock], wrong: timedelta
) -> None:
    """A program that did not doubt (an older one) has worked at a wrong time, and was killed."""
    with writing(engine) as session:
        assert take_lease(session, "clock", "wrong", times.right + wrong, timedelta(seconds=90))
    clock = starting()
    assert submitted(clock) == 1
    with writing(engine) as session:
        session.execute(
            update(Occurrence)
            .where(Occurrence.state == "claimed")
            .values(claimed_at=times.right + wrong, run="")
        )
    times.pass_by(timedelta(minutes=2))
    assert submitted(clock) == 2
