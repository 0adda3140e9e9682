"""All probes (探测清单), in the order in which they are shown; who looks at a cause first."""

from domain.operations.finding import CAUSES
from flows.watch.probes import database, engine, machine, service
from flows.watch.probes.board import Group
from flows.watch.sights import TIMED

GROUPS = (
    Group(
        {
            "database": database.database,
            "version": database.version,
            "time": database.time,
            "clock": database.clock,
            "duties": service.duties,
            "outbox": service.outbox,
            "letters": service.letters,
            "channels": service.channels,
            "notices": service.notices,
            "seals": service.seals,
            "calendar": service.calendar,
            "operators": service.operators,
            "backup": database.backup,
        },
        gates=2,
        needing={"time": TIMED},
    ),
    Group(
        {
            "engine": engine.engine,
            "engine_version": engine.engine_version,
            "pool": engine.pool,
            "queues": engine.queues,
            "workers": engine.workers,
            "deployments": engine.deployments,
        },
        gates=1,
        # On the 5th it is busy.
        patience_s=15.0,
    ),
    Group({"disk": machine.disk, "public_folder": machine.public_folder}),
)
# What `/healthz` answers for: without these nothing goes on.
HEALTH = (*CAUSES, "disk")
