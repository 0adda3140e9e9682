"""Names of the work pool, its queues and the deployments (工作池), without loading Prefect."""

from domain.cycle.catalogue import is_daily

POOL = "jifen"
# The queue of what people start by hand, and the one that only shows what is coming.
QUEUE, COMING = "default", "coming"
# Those of the clock: a deadline does not wait behind what is done every day.
DEADLINES, COLLECTIONS = "deadlines", "collections"
# What workers serve, the most urgent first.
SERVED = (QUEUE, DEADLINES, COLLECTIONS)
# The deployment that the clock uses; its name says whose database it works on.
DEPLOYMENT = "town"


def queue_of(process: str, step: str) -> str:
    """The queue in which the clock has a step done."""
    return COLLECTIONS if is_daily(process, step) else DEADLINES
