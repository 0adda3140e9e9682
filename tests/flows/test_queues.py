"""Queues by kind of step: what is due by a day does not wait behind an evening's collections."""

import logging

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import WorkPool
from prefect.deployments import run_deployment
from sqlalchemy import Engine

from config import prefect_file
from domain.cycle.due import Batch
from flows.clock.deployments import deploy_all, deployment_of, redeploy
from flows.clock.engine_works import PrefectWorks
from flows.engine.pool import COLLECTIONS, DEADLINES, POOL, QUEUE, SERVED

pytestmark = pytest.mark.xdist_group("prefect")


def batch(process: str, step: str, period: str, number: int) -> Batch:
    return Batch(process, period, step, 1, ("ma",), (number,))


def waiting(client: SyncPrefectClient) -> list[str]:
    """What a worker would fetch, in its order."""
    found = client.get_scheduled_flow_runs_for_work_pool(POOL, work_queue_names=list(SERVED))
    return [each.flow_run.work_queue_name or "" for each in found]


def test_a_deadline_and_what_people_start_go_before_collections(on_engine: Engine) -> None:
    deploy_all(prefect_file())
    works = PrefectWorks(on_engine, prefect_file())
    runs = [
        works.submit(batch("collect", "collect", "2031-03", 900_001 + n), None) for n in range(3)
    ]
    runs.append(works.submit(batch("audit", "close", "2031-02", 900_011), None))
    by_hand = run_deployment(
        deployment_of("report"),
        timeout=0,
        as_subflow=False,
        parameters={"communities": ["ma"], "period": "2031-H1"},
    )
    runs.append(str(by_hand.id))  # type: ignore[union-attr]
    with get_client(sync_client=True) as client:
        try:
            assert waiting(client) == [QUEUE, DEADLINES, *[COLLECTIONS] * 3]
        finally:
            for run in runs:
                client.delete_flow_run(run)  # type: ignore[arg-type]


def test_queues_that_somebody_put_in_another_order_are_put_back(on_engine: Engine) -> None:
    deploy_all(prefect_file())
    assert not redeploy(prefect_file())
    with get_client(sync_client=True) as client:
        collections = client.read_work_queue_by_name(COLLECTIONS, POOL)
        client.update_work_queue(collections.id, priority=1)
        assert redeploy(prefect_file())
        assert not redeploy(prefect_file())
        places = {each.name: each.priority for each in client.read_work_queues(work_pool_name=POOL)}
    assert sorted(SERVED, key=lambda name: places[name] or 0) == list(SERVED)


def test_a_pool_that_is_deleted_between_two_questions_is_put_back_at_the_next(
    on_engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    deploy_all(prefect_file())
    asked = SyncPrefectClient.read_work_pool

    def read_and_lose(client: SyncPrefectClient, name: str) -> WorkPool:
        found = asked(client, name)
        client.delete_work_pool(name)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(SyncPrefectClient, "read_work_pool", read_and_lose)
        assert not redeploy(prefect_file())
    (line,) = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert (line.levelname, line.exc_info) == ("WARNING", None)
    assert redeploy(prefect_file())
    assert not redeploy(prefect_file())
