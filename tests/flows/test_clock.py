"""The clock: what falls due is done once, in order, whatever happened to the clock meanwhile."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from domain.community.adoption import add_community
from domain.community.registry import find_community
from domain.cycle.due import Batch
from domain.cycle.occurrences import find_occurrence, occurrences_of, reschedule
from domain.cycle.town_days import set_day
from domain.intake.inbox import stage
from domain.kernel.local_time import LOCAL, now
from domain.kernel.period import Period
from domain.kernel.reasons import told
from domain.operations.leases import drop_lease, take_lease
from domain.rules.load import shipped
from domain.sheets.reading import Table
from domain.store.database import reading, writing
from domain.store.tables.claims import Claim
from domain.store.tables.cycle import Occurrence
from domain.store.tables.ledger import Journal
from domain.store.tables.notices import Notice
from domain.store.tables.outbox import Message
from domain.store.tables.people import Household, Person, Role, RoleName

pytestmark = pytest.mark.xdist_group("prefect")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=LOCAL)


def at(day: str, hour: int = 12) -> datetime:
    """A moment of 2026: `03-05`."""
    return datetime.fromisoformat(f"2026-{day}").replace(hour=hour, tzinfo=LOCAL)


class Hands:
    """A time that is set by hand."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def town(on_engine: Engine) -> Engine:
    """Two communities of one town, added on 18 March, each with a reviewer and a clerk."""
    with writing(on_engine) as session:
        for code, name in (("ma", "马鞍社区"), ("an", "安马社区")):
            community = add_community(
                session,
                code,
                name,
                "马鞍街道",
                shipped("fuling-maan-2022"),
                NEW_YEAR.date(),
                at("03-18"),
            )
            for household in ("H1", "H2"):
                session.add(
                    Household(
                        community_id=community.id,
                        code=household,
                        head="王小明",
                        enrolled_on=NEW_YEAR.date(),
                    )
                )
            for role in (RoleName.REVIEWER, RoleName.CLERK):
                person = Person(community_id=community.id, code=role, name="李四")
                session.add(person)
                session.flush()
                session.add(Role(person_id=person.id, role=role))
    return on_engine


@pytest.fixture(scope="module")
def deployed(prefect_api: str) -> None:
    from config import prefect_file  # lazy: start
    from flows.clock.deployments import deploy_all  # lazy: settings

    deploy_all(prefect_file())


@pytest.fixture
def clock(town: Engine, deployed: None) -> Iterator["ClockByHand"]:
    found = ClockByHand(town, "first")
    yield found
    found.forget_runs()


class ClockByHand:
    """A clock whose time is set by hand, and whose runs are worked off here."""

    def __init__(self, engine: Engine, holder: str) -> None:
        from flows.clock.clock import Clock, Pace  # lazy: settings

        self.engine = engine
        self.hands = Hands(NEW_YEAR)
        self.clock = Clock(engine, holder, self.hands, Pace(silent=timedelta(0)))

    def sweep(self, moment: datetime) -> list[Batch]:
        self.hands.moment = moment
        return self.clock.sweep()

    def work(self, batch: Batch) -> list[dict[str, str]]:
        """Do what a worker does with the run of a batch."""
        from flows.catalogue import run  # lazy: settings

        return run(
            batch.process,
            communities=list(batch.communities),
            period=batch.period,
            step=batch.step,
            attempt=batch.attempt,
            as_of=self.hands.moment,
        )

    def catch_up(self, moment: datetime) -> list[tuple[str, str, str, tuple[str, ...]]]:
        """Sweep and work until nothing is due; what was done, in order."""
        done = []
        while batches := self.sweep(moment):
            for batch in batches:
                self.work(batch)
                done.append((batch.process, batch.period, batch.step, batch.communities))
        return done

    def forget_runs(self) -> None:
        """Delete what the clock handed to the engine: the next test's keys are the same."""
        from prefect.client.orchestration import get_client  # lazy: settings
        from prefect.client.schemas import filters  # lazy: settings

        submitted = filters.FlowRunFilterDeploymentId(is_null_=False)
        chosen = filters.FlowRunFilter(deployment_id=submitted).model_dump(mode="json")
        several: Any = "/flow_runs/bulk_delete"  # unknown to the client's own list
        with get_client(sync_client=True) as client:
            while client.request("POST", several, json={"flow_runs": chosen}).json()["deleted"]:
                pass


def steps(done: list[tuple[str, str, str, tuple[str, ...]]]) -> list[tuple[str, str, str]]:
    return [each[:3] for each in done]


def test_forty_days_off_are_caught_up_with_once_and_in_order(clock: ClockByHand) -> None:
    clock.catch_up(at("03-18"))
    done = clock.catch_up(at("04-27"))
    assert steps(done) == [
        ("collect", "2026-03", "collect"),  # the month's last; April's evenings brought nothing
        ("audit", "2026-03", "close"),
        ("publicity", "2026-Q1", "publish"),
    ]
    # Published late, the notice is open as long as any.
    close = rows(clock, "publicity", "2026-Q1")[-1]
    assert (close.state, told(close.moved_why, "en")) == (
        "due",
        "the notice of 2026-Q1 was published on 2026-04-27",
    )
    assert told(close.moved_why, "zh_CN") == "2026-Q1公示于2026-04-27发布"
    assert close.due_at > at("05-03")
    assert all(sorted(communities) == ["an", "ma"] for *_, communities in done)
    assert clock.catch_up(at("04-27")) == []
    with reading(clock.engine) as session:
        acts = session.scalars(select(Journal.act)).all()
        assert len(acts) == 2 * len(set(acts))  # once for each community
        assert len(session.scalars(select(Notice)).all()) == 2
        dropped = session.scalars(
            select(Occurrence.step).where(
                Occurrence.period == "2026-03", Occurrence.state == "dropped"
            )
        ).all()
    assert dropped
    assert all(step.startswith("remind") for step in dropped)


def test_one_reminder_tells_the_present_state(clock: ClockByHand) -> None:
    clock.catch_up(at("03-18"))
    with writing(clock.engine) as session:
        community = find_community(session, "ma")
        home = session.scalar(select(Household).where(Household.community_id == community.id))
        assert home is not None
        session.add(a_claim(community.id, home.id))
    # The clock was off from 20 March until the morning of the last reminder's day.
    reminders = [each for each in rows(clock, "audit", "2026-03") if "remind" in each.step]
    last = max(reminders, key=lambda each: each.due_at)
    done = steps(clock.catch_up(last.due_at + timedelta(minutes=1)))
    assert done.count(("audit", "2026-03", last.step)) == 1
    assert not any(step.startswith("remind") and step != last.step for _, _, step in done)
    with reading(clock.engine) as session:
        told = session.scalars(select(Message).where(Message.template == "reminder")).all()
    assert [(each.recipient, each.facts["count"]) for each in told] == [("reviewer", 1)]


def a_claim(community: int, household: int) -> Claim:
    return Claim(
        community_id=community,
        ref="C1",
        household_id=household,
        item="8",
        occurred_on=date(2026, 3, 10),
        submitted_at=at("03-10"),
        channel="self",
        place="村口",
        reason="打扫",
        digest="0" * 64,
        audit="2026-03",
    )


def rows(clock: ClockByHand, process: str, period: str) -> list[Occurrence]:
    with reading(clock.engine) as session:
        community = find_community(session, "ma")
        return [
            each
            for each in occurrences_of(session, community)
            if (each.process, each.period) == (process, period)
        ]


def test_claims_are_collected_on_every_day_on_which_some_came(clock: ClockByHand) -> None:
    clock.catch_up(at("03-18"))
    with writing(clock.engine) as session:
        heading = ("ref", "household", "item", "occurred_on", "place", "reason", "channel")
        cells = [
            [f"C{number}", "H1", "8", f"2026-03-{number}", "村口", "打扫", "self"]
            for number in (20, 22)
        ]
        sheet = Table("申报.csv", "", heading, [2, 3], cells)
        stage(session, find_community(session, "ma"), "claims", sheet, year=2026)
    clock.catch_up(at("03-19", 21))  # their people were entered before they were added
    collections = [
        (day, step)
        for day in ("03-20", "03-21", "03-22")
        for step in clock.catch_up(at(day, 21))
        if step[2] == "collect"
    ]
    assert collections == [
        (day, ("collect", "2026-03", "collect", ("ma",))) for day in ("03-20", "03-22")
    ]
    assert rows(clock, "collect", "2026-03")[0].state == "due"
    done = clock.catch_up(at("04-01", 1))
    assert [step for step in done if step[2] == "collect"] == [
        ("collect", "2026-03", "collect", ("ma", "an"))
    ]
    assert rows(clock, "collect", "2026-03")[0].state == "done"


def test_a_second_clock_waits_and_takes_over(clock: ClockByHand) -> None:
    second = ClockByHand(clock.engine, "second")
    assert clock.sweep(at("03-18"))
    assert second.sweep(at("03-18", 22)) == []
    with writing(clock.engine) as session:
        drop_lease(session, "clock", "first")
    assert second.sweep(at("03-18", 22)) == []  # the first one's runs are still out
    assert clock.sweep(at("03-18", 22)) == []


def test_a_lease_that_ran_out_is_anybodys(town: Engine) -> None:
    length = timedelta(seconds=90)
    with writing(town) as session:
        assert take_lease(session, "clock", "first", NEW_YEAR, length)
        assert not take_lease(session, "clock", "second", NEW_YEAR + length / 2, length)
        assert take_lease(session, "clock", "first", NEW_YEAR + length / 2, length)
        assert not take_lease(session, "clock", "second", NEW_YEAR + length, length)
        assert take_lease(session, "clock", "second", NEW_YEAR + 2 * length, length)
        assert not take_lease(session, "clock", "first", NEW_YEAR + 2 * length, length)


def test_a_run_thought_dead_cannot_post_when_it_comes_back(clock: ClockByHand) -> None:
    (first,) = clock.sweep(at("03-18"))
    reap_at_once(clock)
    (second,) = clock.sweep(at("03-18"))
    assert (second.step, second.attempt) == (first.step, first.attempt + 1)
    assert {each["state"] for each in clock.work(first)} == {"skipped"}
    with reading(clock.engine) as session:
        assert session.scalars(select(Journal)).all() == []
    assert {each["state"] for each in clock.work(second)} == {"done"}


def reap_at_once(clock: ClockByHand) -> None:
    """As if the runs' worker had died: they are running for ever."""
    from prefect.states import Running  # lazy: settings

    from flows.clock.reaper import reap  # lazy: settings

    set_runs(clock, Running())
    assert reap(clock.engine, now() + timedelta(seconds=1))


def set_runs(clock: ClockByHand, state: Any) -> None:
    from prefect.client.orchestration import get_client  # lazy: settings

    with reading(clock.engine) as session:
        runs = {each.run for each in session.scalars(select(Occurrence)) if each.run}
    with get_client(sync_client=True) as client:
        for run in runs:
            client.set_flow_run_state(run, state, force=True)


def test_a_run_whose_process_is_starting_is_given_time(
    clock: ClockByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.states import Pending  # lazy: settings

    from flows.clock import reaper  # lazy: settings

    assert clock.sweep(at("03-18"))
    set_runs(clock, Pending())
    assert reaper.reap(clock.engine, now() + timedelta(seconds=1)) == 0
    monkeypatch.setattr(reaper, "STARTING", timedelta(0))
    assert reaper.reap(clock.engine, now() + timedelta(seconds=1))


def test_a_run_that_no_worker_has_fetched_is_waited_for(clock: ClockByHand) -> None:
    from flows.clock.reaper import reap  # lazy: settings

    assert clock.sweep(at("03-18"))
    assert reap(clock.engine, now() + timedelta(seconds=1)) == 0


def test_started_by_hand_it_takes_over_from_the_clock(clock: ClockByHand) -> None:
    from flows.catalogue import run  # lazy: settings

    (batch,) = clock.sweep(at("03-18"))
    done = run("collect", communities=["ma"], period="2026", step="open", as_of=at("03-18"))
    assert done[0]["state"] == "done"
    assert {each["community"]: each["state"] for each in clock.work(batch)} == {
        "ma": "skipped",
        "an": "done",
    }
    with reading(clock.engine) as session:
        assert len(session.scalars(select(Journal)).all()) == 2


def test_steps_move_with_the_towns_calendar_and_say_why(clock: ClockByHand) -> None:
    clock.catch_up(at("03-18"))
    before = {row.step: row.due_at for row in rows(clock, "audit", "2026-03")}
    coming = previews()
    day_off = date(2026, 4, 3)
    with writing(clock.engine) as session:
        for community in set_day(session, "马鞍街道", day_off, False, "防汛演练", at("03-20")):
            reschedule(session, community, "4月3日防汛演练放假")
    moved = [row for row in rows(clock, "audit", "2026-03") if row.moved_why]
    assert moved
    for row in moved:
        assert row.moved_from == before[row.step]
        assert row.due_at < before[row.step]
        assert "防汛演练" in row.moved_why
    clock.sweep(at("03-28"))
    after = previews()
    assert {key for key in after if "/audit/2026-03/remind" in key} != {
        key for key in coming if "/audit/2026-03/remind" in key
    }
    for row in moved:
        assert any(f"/audit/2026-03/{row.step}/{row.due_at:%Y%m%dT%H%M%S}" in key for key in after)


def previews() -> dict[str, datetime | None]:
    """The scheduled runs that operators see, by key."""
    from prefect.client.orchestration import get_client  # lazy: settings

    with get_client(sync_client=True) as client:
        return {
            run.idempotency_key: run.next_scheduled_start_time
            for run in client.read_flow_runs()
            if run.idempotency_key and run.idempotency_key.startswith("coming/")
        }


def test_a_notices_window_does_not_move_once_published(clock: ClockByHand) -> None:
    clock.catch_up(at("04-08"))
    with writing(clock.engine) as session:
        community = find_community(session, "ma")
        window = find_occurrence(session, community, "publicity", Period.parse("2026-Q1"), "close")
        assert window is not None
        closes = window.due_at
        set_day(session, "马鞍街道", date(2026, 4, 9), False, "放假", at("04-08"))
        reschedule(session, community, "放假")
    assert rows(clock, "publicity", "2026-Q1")[-1].due_at == closes


def test_a_community_added_late_does_not_run_its_past(on_engine: Engine, deployed: None) -> None:
    with writing(on_engine) as session:
        add_community(
            session,
            "ma",
            "马鞍社区",
            "马鞍街道",
            shipped("fuling-maan-2022"),
            NEW_YEAR.date(),
            at("07-20"),
        )
    clock = ClockByHand(on_engine, "first")
    assert steps(clock.catch_up(at("07-20", 13))) == [("collect", "2026", "open")]
    assert ("audit", "2026-07", "close") in steps(clock.catch_up(at("08-07")))
    clock.forget_runs()
