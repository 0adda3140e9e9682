"""What operators press in Prefect's UI does what it says, as the UI asks it of the server."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas import FlowRun, State
from prefect.client.schemas.objects import StateDetails, StateType
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow
from prefect.states import Scheduled
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from config import prefect_file
from domain.community.registry import find_community
from domain.cycle.due import Batch
from domain.cycle.interventions import release
from domain.cycle.occurrences import occurrences_of
from domain.kernel.local_time import now
from domain.operations.finding import Finding, gather
from domain.operations.status import findings
from domain.steps import collect
from domain.store.database import reading, writing
from domain.store.tables.cycle import Occurrence, StepAct, StepState
from domain.store.tables.people import Community
from flows.catalogue import FLOWS
from flows.clock.clock import Clock, Pace
from flows.clock.deployments import deploy_all
from flows.engine.pool import COMING, POOL, SERVED
from flows.steps import pausing
from flows.steps.runtime import use
from tests.flows.test_clock import ClockByHand, at
from tests.flows.test_clock import town as _town

pytestmark = [
    pytest.mark.xdist_group("prefect"),
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]
town = _town
OPENING = ("collect", "2026", "open")


@pytest.fixture(scope="module")
def deployed(prefect_api: str) -> None:
    deploy_all(prefect_file())


@pytest.fixture
def client(deployed: None) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as found:
        yield found


@pytest.fixture
def clock(town: Engine, client: SyncPrefectClient) -> Iterator[ClockByHand]:
    """A clock that takes no run for silent."""
    found = ClockByHand(town, "first")
    found.clock = Clock(town, "first", found.hands, Pace())
    yield found
    found.forget_runs()


def rows(clock: ClockByHand, code: str = "ma") -> dict[tuple[str, str, str], Occurrence]:
    with reading(clock.engine) as session:
        found = occurrences_of(session, find_community(session, code))
        return {(each.process, each.period, each.step): each for each in found}


def run_of(client: SyncPrefectClient, clock: ClockByHand) -> FlowRun:
    """The run that the clock handed on for the opening of the books."""
    return client.read_flow_run(UUID(rows(clock)[OPENING].run))


def press(client: SyncPrefectClient, run: UUID, button: str) -> None:
    """As Prefect's UI asks for it."""
    suspended = StateDetails(pause_reschedule=True, pause_timeout=now() + timedelta(minutes=5))
    late = StateDetails(pause_reschedule=True, pause_timeout=now() - timedelta(seconds=1))
    states = {
        "Cancel": State(type=StateType.CANCELLING, name="Cancelling"),
        "Retry": State(type=StateType.SCHEDULED, message="Retry from the Prefect UI"),
        "Suspend": State(type=StateType.PAUSED, name="Suspended", state_details=suspended),
        "Pause": State(type=StateType.PAUSED, name="Paused"),
        "Suspend, out of time": State(type=StateType.PAUSED, name="Suspended", state_details=late),
    }
    client.set_flow_run_state(run, states[button], force=button.startswith("Suspend"))


def release_all(clock: ClockByHand) -> None:
    with writing(clock.engine) as session:
        for each in session.scalars(select(Occurrence).where(Occurrence.state == "held")).all():
            release(session, each, "运维", "可以办了", now())


def looked_at(clock: ClockByHand) -> list[Finding]:
    with reading(clock.engine) as session:
        return [each for each in findings(session, None, now()) if each.what == "held"]


def test_a_run_is_named_from_when_it_is_scheduled(
    clock: ClockByHand, client: SyncPrefectClient
) -> None:
    clock.sweep(at("03-18"))
    assert run_of(client, clock).name == "collect open 2026 · communities: 2"
    names = {run.name for run in client.read_flow_runs() if COMING in run.tags}
    assert "collect 2026-03 · communities: 2" in names
    use(clock.engine, language="zh_CN")
    again = Clock(clock.engine, "first", clock.hands, Pace())
    again.works.show(at("03-25"))
    names = {run.name for run in client.read_flow_runs() if COMING in run.tags}
    assert "积分审核（催办1）2026-03 · 2个社区（村）" in names


def test_cancel_holds_the_step_until_it_is_released(
    clock: ClockByHand, client: SyncPrefectClient
) -> None:
    clock.sweep(at("03-18"))
    run = run_of(client, clock).id
    press(client, run, "Cancel")
    assert clock.sweep(at("03-18")) == []
    assert rows(clock)[OPENING].state == "held"
    state = client.read_flow_run(run).state
    assert state is not None
    assert (state.name, state.type) == ("Held", StateType.CANCELLED)
    assert state.message == (
        "its run was cancelled in Prefect: what was not done is held until `jifen step release`"
    )
    (found, _other) = looked_at(clock)
    assert "cancelled in Prefect" in found.why
    # However long ago: it is not given back. What comes after it goes on.
    assert "open" not in {each.step for each in clock.sweep(at("03-19"))}
    press(client, run, "Retry")
    assert {each["state"] for each in clock.work(a_batch(run, client))} == {"skipped"}
    release_all(clock)
    (batch,) = [each for each in clock.sweep(at("03-19")) if each.step == "open"]
    assert batch.attempt == 2
    assert {each["state"] for each in clock.work(batch)} == {"done"}
    with reading(clock.engine) as session:
        acts = session.scalars(select(StepAct).order_by(StepAct.id)).all()
    assert {(each.act, each.by) for each in acts} == {("hold", "Prefect"), ("release", "运维")}


def a_batch(run: UUID, client: SyncPrefectClient) -> Batch:
    """What a worker finds in a run."""
    asked = client.read_flow_run(run).parameters
    return Batch(
        process="collect",
        period=asked["period"],
        step=asked["step"],
        attempt=asked["attempt"],
        communities=tuple(asked["communities"]),
        occurrences=(),
    )


def test_a_deleted_run_is_made_again_at_once(clock: ClockByHand, client: SyncPrefectClient) -> None:
    (first,) = clock.sweep(at("03-18"))
    client.delete_flow_run(run_of(client, clock).id)
    (second,) = clock.sweep(at("03-18"))
    assert (second.step, second.attempt) == (first.step, 2)
    assert {each["state"] for each in clock.work(first)} == {"skipped"}
    assert {each["state"] for each in clock.work(second)} == {"done"}


def forget_deployments(client: SyncPrefectClient) -> None:
    for each in client.read_deployments():
        client.delete_deployment(each.id)


def forget_pool(client: SyncPrefectClient) -> None:
    client.request("DELETE", "/work_pools/{name}", path_params={"name": POOL})


def forget_queue(client: SyncPrefectClient) -> None:
    client.request(
        "DELETE",
        "/work_pools/{work_pool_name}/queues/{name}",
        path_params={"work_pool_name": POOL, "name": COMING},
    )


def forget_everything(client: SyncPrefectClient) -> None:
    """As if Prefect's database were new."""
    for run in client.read_flow_runs():
        client.delete_flow_run(run.id)
    forget_deployments(client)
    forget_pool(client)


def change_template(client: SyncPrefectClient) -> None:
    from prefect.client.schemas.actions import WorkPoolUpdate  # lazy: settings

    client.update_work_pool(POOL, WorkPoolUpdate(base_job_template={}))


@pytest.mark.parametrize(
    "delete",
    [
        forget_pool,
        *(
            pytest.param(each, marks=pytest.mark.slow)
            for each in (forget_everything, forget_deployments, forget_queue, change_template)
        ),
    ],
    ids=lambda each: each.__name__,
)
def test_what_is_deleted_mends_itself_and_each_step_is_done_once(
    clock: ClockByHand, client: SyncPrefectClient, delete: Any
) -> None:
    clock.sweep(at("03-18"))
    before = coming(client)
    assert before
    delete(client)
    batches = clock.sweep(at("03-18"))
    pool = client.read_work_pool(POOL)
    assert set(pool.base_job_template["variables"]["properties"]) == {
        "labels",
        "name",
        "stream_output",
    }
    queues = {each.name: each for each in client.read_work_queues(work_pool_name=POOL)}
    assert queues[COMING].is_paused
    run = run_of(client, clock)
    assert run.work_queue_name in SERVED
    assert run.deployment_id in {each.id for each in client.read_deployments()}
    assert coming(client).keys() == before.keys()
    assert all(each.work_queue_name == COMING for each in coming(client).values())
    assert not looked_at(clock)
    for batch in batches or [a_batch(run.id, client)]:
        assert {each["state"] for each in clock.work(batch)} == {"done"}
    assert clock.sweep(at("03-18")) == []


def coming(client: SyncPrefectClient) -> dict[str, FlowRun]:
    """The previews that can be seen, by key."""
    return {run.idempotency_key or "": run for run in client.read_flow_runs() if COMING in run.tags}


@pytest.mark.slow
def test_a_suspended_run_is_waited_for_and_goes_on_when_resumed(
    clock: ClockByHand, client: SyncPrefectClient
) -> None:
    clock.sweep(at("03-18"))
    run = run_of(client, clock).id
    press(client, run, "Suspend")
    assert clock.sweep(at("03-18")) == []
    assert rows(clock)[OPENING].state == "claimed"
    with reading(clock.engine) as session:
        (found,) = gather(each for each in findings(session, None, at("03-18")) if each.process)
    assert (found.what, found.step, found.count) == ("late", "open", 2)
    assert "suspended in Prefect until" in found.why
    client.resume_flow_run(run)
    clock.clock._reap()
    assert rows(clock)[OPENING].outcome == ""
    state = client.read_flow_run(run).state
    assert state is not None
    assert state.name == "Resuming"
    assert {each["state"] for each in clock.work(a_batch(run, client))} == {"done"}


def test_a_run_that_is_not_resumed_in_time_ends_and_its_steps_are_held(
    clock: ClockByHand, client: SyncPrefectClient
) -> None:
    clock.sweep(at("03-18"))
    run = run_of(client, clock).id
    press(client, run, "Suspend, out of time")
    assert clock.sweep(at("03-18")) == []
    assert rows(clock)[OPENING].state == "held"
    assert client.read_flow_run(run).state_name == "Held"


@pytest.mark.slow
def test_a_suspended_run_without_anything_left_to_do_ends(
    clock: ClockByHand, client: SyncPrefectClient
) -> None:
    (batch,) = clock.sweep(at("03-18"))
    run = run_of(client, clock).id
    press(client, run, "Suspend")
    clock.work(batch)  # it was at its last community
    clock.sweep(at("03-18"))
    state = client.read_flow_run(run).state
    assert state is not None
    assert (state.name, state.is_final()) == ("Ended", True)


def test_retry_takes_the_latest_attempt_again_and_an_old_one_is_told_why_not(
    clock: ClockByHand, client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    (batch,) = clock.sweep(at("03-18"))
    with writing(clock.engine) as session:
        for each in session.scalars(select(Occurrence).where(Occurrence.state == "claimed")):
            each.state, each.outcome = StepState.FAILED, "DataError"
    run = run_of(client, clock).id
    press(client, run, "Retry")
    assert {each["state"] for each in clock.work(a_batch(run, client))} == {"done"}
    old: State[Any] | None = FLOWS["collect"](
        communities=["ma"],
        period="2026",
        step="open",
        attempt=batch.attempt,
        as_of=at("03-18"),
        return_state=True,
    )
    assert old is not None
    assert (old.name, old.is_completed()) == ("Skipped", True)
    assert "done at" in (old.message or "")


@pytest.mark.slow
def test_a_run_of_a_database_before_it_was_restored_is_not_taken_for_the_new_one(
    clock: ClockByHand, client: SyncPrefectClient
) -> None:
    (batch,) = clock.sweep(at("03-18"))
    old = run_of(client, clock).id
    client.set_flow_run_state(old, State(type=StateType.COMPLETED), force=True)
    new = clock.clock.works.submit(batch, at("03-18"))
    assert new != str(old)
    # Asked again after a lost answer, it is the same one.
    assert clock.clock.works.submit(batch, at("03-18")) == new


# Pressed while a run is at work


@pytest.fixture
def at_work(
    clock: ClockByHand, client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[UUID], None]], tuple[UUID, Any]]:
    """Do the run for the first of its communities, press something, and let it go on; the run and
    what came of it."""

    def work(press_it: Callable[[UUID], None]) -> tuple[UUID, Any]:
        clock.sweep(at("03-18"))
        run = run_of(client, clock)
        do = collect.open_period
        pressed: list[str] = []

        def and_press(session: Session, community: Community, *more: Any) -> Any:
            did = do(session, community, *more)
            if not pressed:
                pressed.append(community.code)
                press_it(run.id)
            return did

        monkeypatch.setitem(collect.ACTS, "open", and_press)
        return run.id, resumed(run)

    monkeypatch.setattr(pausing, "LOOK_EVERY_S", 0.05)
    return work


def resumed(run: FlowRun) -> Any:
    """What a worker's process comes to; its end where it is told to end."""
    try:
        return run_flow(FLOWS["collect"], flow_run=run, return_type="state")
    except Pause as end:
        return end


def states(clock: ClockByHand) -> list[str]:
    return [rows(clock, code)[OPENING].state for code in ("ma", "an")]


def test_cancelled_at_work_the_rest_is_held(
    clock: ClockByHand, client: SyncPrefectClient, at_work: Any
) -> None:
    run, state = at_work(lambda run: press(client, run, "Cancel"))
    assert state.is_cancelled()
    clock.sweep(at("03-18"))
    assert states(clock) == ["done", "held"]
    assert client.read_flow_run(run).state_name == "Held"


def test_suspended_at_work_it_ends_and_goes_on_when_resumed(
    clock: ClockByHand, client: SyncPrefectClient, at_work: Any
) -> None:
    run, end = at_work(lambda run: press(client, run, "Suspend"))
    assert isinstance(end, Pause)
    assert states(clock) == ["done", "claimed"]
    assert clock.sweep(at("03-18")) == []
    assert client.read_flow_run(run).state_name == "Suspended"
    client.resume_flow_run(run)
    assert resumed(client.read_flow_run(run)).is_completed()
    assert states(clock) == ["done", "done"]


def test_paused_at_work_it_waits_where_it_is(
    clock: ClockByHand, client: SyncPrefectClient, at_work: Any
) -> None:
    seen: list[list[str]] = []

    def resume_later(run: UUID) -> None:
        seen.append(states(clock))
        client.resume_flow_run(run)

    def pause(run: UUID) -> None:
        press(client, run, "Pause")
        threading.Timer(1.0, resume_later, [run]).start()

    _run, state = at_work(pause)
    assert state.is_completed()
    assert seen == [["done", "claimed"]]
    assert states(clock) == ["done", "done"]


# What is coming


def reminder(client: SyncPrefectClient) -> FlowRun:
    (found,) = [run for key, run in coming(client).items() if "/audit/2026-03/remind_1/" in key]
    return found


def cancel(client: SyncPrefectClient, run: FlowRun) -> None:
    press(client, run.id, "Cancel")


def delete(client: SyncPrefectClient, run: FlowRun) -> None:
    client.delete_flow_run(run.id)


def move(client: SyncPrefectClient, run: FlowRun) -> None:
    client.set_flow_run_state(
        run.id, Scheduled(scheduled_time=datetime.now(UTC) + timedelta(days=30)), force=True
    )


@pytest.mark.parametrize(
    "meddle",
    [cancel, *(pytest.param(each, marks=pytest.mark.slow) for each in (delete, move))],
    ids=lambda each: each.__name__,
)
def test_what_is_done_to_a_preview_holds_its_step(
    clock: ClockByHand, client: SyncPrefectClient, meddle: Any
) -> None:
    clock.catch_up(at("03-25"))
    meddle(client, reminder(client))
    clock.sweep(at("03-25"))
    key = ("audit", "2026-03", "remind_1")
    assert [rows(clock, code)[key].state for code in ("ma", "an")] == ["held", "held"]
    shown = [run for name, run in coming(client).items() if "/remind_1/" in name]
    if meddle is not delete:
        (run,) = shown
        assert run.state is not None
        assert (run.state.name, run.state.is_final()) == ("Held", True)
        assert "jifen step release" in (run.state.message or "")
    else:
        assert not shown
    assert all(batch.step != "remind_1" for batch in clock.sweep(rows(clock)[key].due_at))
    release_all(clock)
    clock.sweep(at("03-25"))
    assert reminder(client).state_name == "Scheduled"
    assert rows(clock)[key].state == "due"


@pytest.mark.parametrize("forget", [forget_pool, forget_queue], ids=lambda each: each.__name__)
def test_a_pool_that_is_deleted_within_a_sweep_holds_nothing(
    clock: ClockByHand, client: SyncPrefectClient, forget: Any
) -> None:
    """Nobody has touched a preview: it loses its queue, and none can be made until it is back."""
    clock.catch_up(at("03-25"))
    forget(client)
    clock.clock.works.show(at("03-25"))
    clock.clock.works.show(at("03-25"))
    clock.sweep(at("03-25"))
    clock.sweep(at("03-25"))
    assert not looked_at(clock)
    assert reminder(client).state_name == "Scheduled"


def test_a_preview_shows_those_for_whom_the_step_is_due_and_no_others(
    clock: ClockByHand, client: SyncPrefectClient
) -> None:
    clock.catch_up(at("03-25"))
    both = reminder(client)
    assert both.parameters == {
        "communities": ["an", "ma"],
        "period": "2026-03",
        "step": "remind_1",
    }
    with writing(clock.engine) as session:
        key = ("audit", "2026-03", "remind_1")
        session.get_one(Occurrence, rows(clock, "an")[key].id).state = StepState.DROPPED
    clock.sweep(at("03-25"))
    one = reminder(client)
    assert one.id != both.id
    assert one.name == "audit remind_1 2026-03 · 马鞍社区"
    assert one.parameters["communities"] == ["ma"]


@pytest.mark.slow
def test_a_new_clock_finds_what_the_old_one_has_shown(
    clock: ClockByHand, client: SyncPrefectClient
) -> None:
    clock.catch_up(at("03-25"))
    before = {key: run.id for key, run in coming(client).items()}
    again = Clock(clock.engine, "first", clock.hands, Pace())
    again.works.show(at("03-25"))
    assert {key: run.id for key, run in coming(client).items()} == before
    cancel(client, reminder(client))
    again.works.show(at("03-25"))
    assert rows(clock)["audit", "2026-03", "remind_1"].state == "held"
