"""Deployments: every flow, ready to be run by a worker, with a form in Prefect's UI."""

import json
import logging
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import (
    DeploymentUpdate,
    WorkPoolCreate,
    WorkPoolUpdate,
)
from prefect.client.schemas.objects import WorkQueue
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.types.entrypoint import EntrypointType

from domain.kernel.reasons import reason
from domain.kernel.sentences import LANGUAGES
from flows.catalogue import FLOWS
from flows.engine.pool import COMING, DEPLOYMENT, POOL, SERVED

log = logging.getLogger("jifen.clock")

TEMPLATE = "job_template.json"
# A time as the clock and Prefect's form write it, or a day: 2026-04-05T09:00:00.000+08:00. The day
# is one that there is: what Prefect lets pass, its engine would fail at with a text of its own.
_LEAP_DAY = r"((\d\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)"
_USUAL_DAY = (
    r"(\d{4}-((0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])|(0[13-9]|1[0-2])-(29|30)"
    r"|(0[13578]|1[02])-31))"
)
MOMENT = (
    rf"^({_USUAL_DAY}|{_LEAP_DAY})"
    r"([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?)?$"
)


def redeploy(path: Path) -> bool:
    """Make again what somebody has deleted or changed of what `deploy_all` makes; whether."""
    try:
        with get_client(sync_client=True) as client:
            lacks = _lacks(client, path)
        if lacks:
            log.warning("put back in Prefect: %s", ", ".join(lacks))
            deploy_all(path)
    except ObjectNotFound:
        # Between two questions somebody deletes what the first one found.
        log.warning("what Prefect lacks is put back at the next sweep: more of it was deleted")
        return False
    return bool(lacks)


def _coming_shows() -> str:
    """What the queue of what is coming is for; in every language, since there is one queue."""
    return " ".join(reason("coming_shows").text(language) for language in LANGUAGES)


def _lacks(client: SyncPrefectClient, path: Path) -> list[str]:
    """What is not there as it should be."""
    try:
        pool = client.read_work_pool(POOL)
    except ObjectNotFound:
        return [f"work pool {POOL}"]
    if pool.base_job_template != _job_template(path):
        return [f"job template of {POOL}"]
    queues = client.read_work_queues(work_pool_name=POOL)
    paused = {each.name: each.is_paused for each in queues}
    there = {
        (each.entrypoint, each.name)
        for each in client.read_deployments()
        if each.work_pool_name == POOL and each.work_queue_name in paused
    }
    wanted = {(each["entrypoint"], each["name"]) for each in _listed(path)}
    return [
        *(f"queue {each}" for each in (*SERVED, COMING) if each not in paused),
        *(["order of the queues"] if _in_turn(queues) != list(SERVED) else []),
        *(f"pause of {COMING}" for _ in (0,) if not paused.get(COMING, True)),
        *(f"deployment {each}" for each, _ in sorted(wanted - there)),
    ]


def _listed(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["deployments"]
    return found


def _job_template(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.with_name(TEMPLATE).read_text(encoding="utf-8"))
    return found


def deploy_all(path: Path) -> list[str]:
    """Make the work pool and the deployments that a `prefect.yaml` lists, or update them.

    The job template beside it takes no command, environment or folder: whoever may start a run
    starts one of these flows, and nothing else.
    """
    allowed = _job_template(path)
    with get_client(sync_client=True) as client:
        try:
            client.create_work_pool(
                WorkPoolCreate(name=POOL, type="process", base_job_template=allowed)
            )
        except ObjectAlreadyExists:
            client.update_work_pool(POOL, WorkPoolUpdate(base_job_template=allowed))
        for name in (*SERVED, COMING):
            with suppress(ObjectAlreadyExists):
                client.create_work_queue(name, work_pool_name=POOL)
        _put_in_turn(client)
        for queue in client.read_work_queues(work_pool_name=POOL):
            if queue.name == COMING:
                # Paused, so that not even a worker of the whole pool runs what it shows. Of one
                # that is made so Prefect says that it is not ready, which looks like a fault.
                client.update_work_queue(queue.id, is_paused=True, description=_coming_shows())
    return [_deploy(each) for each in _listed(path)]


def resume_all() -> list[str]:
    """Switch on the pool and the queues that workers serve, and take away limits of none at once:
    what an operator asks for, and never the clock; the names of those that were off."""
    with get_client(sync_client=True) as client:
        pool = client.read_work_pool(POOL)
        off = [
            each
            for each in client.read_work_queues(work_pool_name=POOL)
            if each.name in SERVED and (each.is_paused or each.concurrency_limit == 0)
        ]
        for each in off:
            client.update_work_queue(each.id, is_paused=False, **_unlimited(each.concurrency_limit))
        if not pool.is_paused and pool.concurrency_limit != 0:
            return [each.name for each in off]
        change = WorkPoolUpdate(is_paused=False, **_unlimited(pool.concurrency_limit))
        client.update_work_pool(POOL, change)
    return [POOL, *(each.name for each in off)]


def _unlimited(limit: int | None) -> dict[str, Any]:
    return {"concurrency_limit": None} if limit == 0 else {}


def _in_turn(queues: Iterable[WorkQueue]) -> list[str]:
    """The queues that workers serve, the most urgent first."""
    return [
        each.name
        for each in sorted(queues, key=lambda each: each.priority or 0)
        if each.name in SERVED
    ]


def _put_in_turn(client: SyncPrefectClient) -> None:
    """Let workers serve the queues in their order; to set one's place moves the others."""
    queues = client.read_work_queues(work_pool_name=POOL)
    if _in_turn(queues) == list(SERVED):
        return
    ids = {each.name: each.id for each in queues}
    for place, name in enumerate(SERVED, start=1):
        client.update_work_queue(ids[name], priority=place)


def _deploy(listed: dict[str, Any]) -> str:
    flow: Flow[..., Any] = load_flow_from_entrypoint(listed["entrypoint"])
    deployment = RunnerDeployment.from_flow(
        flow,
        name=listed["name"],
        description=listed["description"],
        work_pool_name=listed["work_pool"]["name"],
        work_queue_name=listed["work_pool"]["work_queue_name"],
        entrypoint_type=EntrypointType.MODULE_PATH,
        tags=listed["tags"],
    )
    deployment.apply()
    name = f"{flow.name}/{listed['name']}"
    with get_client(sync_client=True) as client:
        made = client.read_deployment_by_name(name).id
        strictly = DeploymentUpdate(parameter_openapi_schema=_parameters(flow))
        client.update_deployment(made, strictly)
    return name


def _parameters(flow: Flow[..., Any]) -> dict[str, Any]:
    """What a run of the flow may be given: Prefect refuses a run that is given anything else.

    Its own description lets other parameters pass, and any text for a time: such a run would
    crash before the flow could say why.
    """
    found = flow.parameters.model_dump_for_openapi()
    for each in found["properties"].values():
        for kind in each.get("anyOf", [each]):
            if kind.get("format") == "date-time":
                kind["pattern"] = MOMENT
    return {**found, "additionalProperties": False}


def deployment_of(process: str) -> str:
    """The deployment by which the clock has a process done."""
    return f"{FLOWS[process].name}/{DEPLOYMENT}"
