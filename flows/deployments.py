"""Deployments: every flow, ready to be run by a worker, with a form in Prefect's UI."""

from contextlib import suppress

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectAlreadyExists
from prefect.types.entrypoint import EntrypointType

from flows.catalogue import FLOWS

POOL = "jifen"
# The queue that workers serve, and the one that only shows what is coming.
QUEUE, COMING = "default", "coming"
# One deployment per flow; its name says that it works on the database in the settings.
DEPLOYMENT = "town"


def deploy_all() -> list[str]:
    """Create or update the work pool and all deployments; the names that `run_deployment` takes."""
    with get_client(sync_client=True) as client:
        with suppress(ObjectAlreadyExists):
            client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
        with suppress(ObjectAlreadyExists):
            # Paused, so that not even a worker of the whole pool runs what it shows.
            client.create_work_queue(COMING, is_paused=True, work_pool_name=POOL)
    names = []
    for flow in FLOWS.values():
        deployment = RunnerDeployment.from_flow(
            flow,
            name=DEPLOYMENT,
            work_pool_name=POOL,
            entrypoint_type=EntrypointType.MODULE_PATH,
            tags=["jifen"],
            # Several versions of a step may run at once; the database decides which may post.
            concurrency_limit=None,
        )
        deployment.apply()
        names.append(f"{flow.name}/{DEPLOYMENT}")
    return names


def deployment_of(process: str) -> str:
    """The deployment that does a process."""
    return f"{FLOWS[process].name}/{DEPLOYMENT}"
