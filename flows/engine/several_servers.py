"""Several Prefect servers (多台Prefect服务) over one PostgreSQL: what they tell each other through.

Without it each has its own news, leases and tasks, and the operators' pages see half of what runs.
"""

from importlib.util import find_spec

from domain.kernel.errors import Refused
from domain.kernel.reasons import reason


def redis_environment(url: str) -> dict[str, str]:
    """What each of the servers is told; Refused where the package for it is not installed."""
    if find_spec("prefect_redis") is None:
        raise Refused(reason("redis_part_missing"))
    return {
        "PREFECT_REDIS_MESSAGING_URL": url,
        "PREFECT_SERVER_DOCKET_URL": url,
        "PREFECT_MESSAGING_BROKER": "prefect_redis.messaging",
        "PREFECT_MESSAGING_CACHE": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
    }
