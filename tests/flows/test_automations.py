"""What Prefect itself tells operators: on a real server, to a real receiver."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
import yaml
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas import FlowRun, State
from prefect.client.schemas.actions import WorkPoolUpdate
from prefect.deployments import run_deployment
from prefect.events.filters import AutomationFilter, AutomationFilterTags
from prefect.events.schemas.automations import Automation, AutomationCore
from prefect.settings import get_current_settings
from prefect.states import Failed, Late, Running
from sqlalchemy import Engine

from config import automations_file, prefect_file
from flows.clock.deployments import deploy_all, deployment_of
from flows.clock.engine_works import PrefectWorks
from flows.engine.automations import BLOCK, TAG, Hook, automate
from flows.engine.pool import POOL
from tests.notifications.receivers import WebReceiver, web_receiver

pytestmark = pytest.mark.xdist_group("prefect")
KEY = "hunter2"
UI = "https://prefect.town.example"
WAIT_S = 60
# Longer than a second message would take.
QUIET_S = 0.5
# After what time a change is made once more, where nothing was said of it.
AGAIN_S = 1.0


@pytest.fixture
def receiver() -> Iterator[WebReceiver]:
    with web_receiver() as receiver:
        yield receiver


@pytest.fixture
def client(prefect_api: str) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as client:
        yield client
        automate(automations_file(), Hook())


@pytest.fixture
def pool(client: SyncPrefectClient) -> Iterator[str]:
    deploy_all(prefect_file())
    yield POOL
    client.update_work_pool(POOL, WorkPoolUpdate(is_paused=False))


def hook(receiver: WebReceiver, path: str = "/cgi-bin/webhook/send") -> Hook:
    return Hook(f"{receiver.url}{path}?key={KEY}", UI)


def ours(client: SyncPrefectClient) -> dict[str, Automation]:
    tags = AutomationFilterTags(all_=[TAG])
    found = client.read_automations(automations=AutomationFilter(tags=tags))
    assert len({each.name for each in found}) == len(found)
    return {each.name: each for each in found}


def submit(client: SyncPrefectClient, name: str, *states: State) -> UUID:
    """A run of ours that has come to the last of these states."""
    run = run_deployment(
        deployment_of("audit"),
        timeout=0,
        as_subflow=False,
        flow_run_name=name,
        parameters={"communities": ["ma"], "period": "2031-02", "step": "close"},
    )
    assert isinstance(run, FlowRun)
    for state in states:
        client.set_flow_run_state(run.id, state, force=True)
    return run.id


def messages(receiver: WebReceiver, words: str) -> list[str]:
    texts = [str(each.json["text"]["content"]) for each in receiver.received]
    return [each for each in texts if words in each]


def told(receiver: WebReceiver, words: str, act: Callable[[], object] = lambda: None) -> str:
    """The one message with these words. Prefect minds new automations a moment after they are
    made: what is to be told is done until then."""
    deadline = time.monotonic() + WAIT_S
    while not messages(receiver, words):
        assert time.monotonic() < deadline
        act()
        time.sleep(0.2)
    time.sleep(QUIET_S)
    [text] = messages(receiver, words)
    return text


def test_a_pool_that_is_paused_and_runs_that_fail_reach_operators_once(
    client: SyncPrefectClient, pool: str, receiver: WebReceiver
) -> None:
    assert len(automate(automations_file(), hook(receiver))) == 4

    def fail() -> None:
        broken: State = Failed(message='数据库 "ma" 不在 {{ 7 }}')
        submit(client, "审计 “关账”\\", Running(), broken)

    told(receiver, "失败", fail)
    fail()
    client.update_work_pool(pool, WorkPoolUpdate(is_paused=True))
    assert "is paused" in told(receiver, "已暂停")
    failed = told(receiver, "失败")
    assert failed.startswith('Prefect：任务 审计 “关账”\\ 失败：数据库 "ma" 不在 {{ 7 }}\n')
    assert f"{UI}/runs/flow-run/" in failed
    assert {each.query["key"] for each in receiver.received} == {KEY}
    assert KEY not in f"{ours(client)}"
    # One that nobody answers at is not quoted in the server's log.
    receiver.close()
    log = get_current_settings().home / "server.log"
    before = log.stat().st_size
    deadline = time.monotonic() + WAIT_S
    while b"Webhook call failed" not in (said := log.read_bytes()[before:]):
        assert time.monotonic() < deadline, said
        for is_paused in (False, True):  # Prefect may pass over one of two changes at once
            client.update_work_pool(pool, WorkPoolUpdate(is_paused=is_paused))
        time.sleep(AGAIN_S)
    assert KEY.encode() not in said


def test_what_somebody_changes_is_put_back_and_what_is_switched_off_stays_so(
    client: SyncPrefectClient, on_engine: Engine, receiver: WebReceiver
) -> None:
    file = automations_file()
    automate(file, hook(receiver))
    assert not automate(file, hook(receiver))
    made = ours(client)
    deleted, changed, silenced, doubled = made.values()
    client.delete_automation(deleted.id)
    trigger = changed.trigger.model_copy(update={"threshold": 7})
    core = AutomationCore.model_validate(changed.model_dump(exclude={"id", "owner_resource"}))
    client.update_automation(changed.id, core.model_copy(update={"trigger": trigger}))
    client.pause_automation(silenced.id)
    client.create_automation(AutomationCore.model_validate(doubled.model_dump()))
    assert sorted(automate(file, hook(receiver))) == sorted(
        [deleted.name, changed.name, doubled.name]
    )
    assert not automate(file, hook(receiver))
    there = ours(client)
    assert {name: each.trigger for name, each in there.items()} == {
        name: each.trigger for name, each in made.items()
    }
    assert [name for name, each in there.items() if not each.enabled] == [silenced.name]
    # Another service takes another form; the one that is silent stays so.
    assert len(automate(file, hook(receiver, "/open-apis/bot/v2/hook/x"))) == 4
    assert not ours(client)[silenced.name].enabled
    client.delete_automation(ours(client)[changed.name].id)
    PrefectWorks(on_engine, hook=hook(receiver)).keep_up()
    assert not automate(file, hook(receiver))
    assert list(ours(client)) == sorted(made)
    assert len(automate(file, Hook())) == 4
    assert not ours(client)
    assert BLOCK not in {each.name for each in client.read_block_documents()}


def impatient(folder: Path) -> Path:
    """The file, except that what is late is told as soon as Prefect can."""
    listed = yaml.safe_load(automations_file().read_text("utf-8"))
    [late] = [each for each in listed["automations"] if "after" in each["trigger"]]
    late["trigger"]["within"] = 10
    path = folder / "automations.yaml"
    path.write_text(yaml.safe_dump(listed), "utf-8")
    return path


@pytest.mark.slow
def test_runs_that_stay_late_and_a_pool_whose_worker_is_gone_reach_operators_once(
    client: SyncPrefectClient, pool: str, receiver: WebReceiver, tmp_path: Path
) -> None:
    automate(impatient(tmp_path), hook(receiver))
    time.sleep(QUIET_S)
    waiting = [submit(client, name, Late()) for name in ("甲", "乙")]
    client.send_worker_heartbeat(pool, "gone", heartbeat_interval_seconds=1)
    assert "最近一项：乙" in told(receiver, "没有一项开始")
    assert "has no worker" in told(receiver, "没有工作进程")
    for run in waiting:
        client.delete_flow_run(run)
