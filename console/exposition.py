"""Measurements in Prometheus's text format, read from the database at each scrape."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine

from domain.operations.metrics import Measured, measure
from domain.store.database import reading
from flows.watch.probes import Checked

# Without these the database cannot be measured.
READABLE = ("database", "version")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(
    engine: Engine, moment: Callable[[], datetime], checked: Iterable[Checked] = ()
) -> str:
    """All measurements of this moment; of a database that is away only what the probes found."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Probes(checked))
    if all(each.state == "ok" for each in checked if each.name in READABLE):
        registry.register(_Database(engine, moment))
    return generate_latest(registry).decode()


class _Probes(Collector):
    """What the probes found: 1 or 0; one that could not be asked is left out."""

    def __init__(self, checked: Iterable[Checked]) -> None:
        self.checked = checked

    def describe(self) -> list[Metric]:
        """Nothing in advance."""
        return []

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "jifen_probe_ok",
            "Whether a probe of the installation finds all in order.",
            labels=("probe",),
        )
        for each in self.checked:
            if each.is_known:
                family.add_metric((each.name,), each.state == "ok")
        yield family


class _Database(Collector):
    """Reads the database when it is asked; keeps nothing in between."""

    def __init__(self, engine: Engine, moment: Callable[[], datetime]) -> None:
        self.engine, self.moment = engine, moment

    def describe(self) -> list[Metric]:
        """Nothing in advance: the database is asked at a scrape only."""
        return []

    def collect(self) -> Iterator[Metric]:
        with reading(self.engine) as session:
            measured = measure(session, self.moment())
        yield from families(measured)


def families(measured: Measured) -> Iterator[Metric]:
    """The measurements under the names that dashboards and alerts use."""
    yield GaugeMetricFamily("jifen_communities", "Communities.", value=measured.communities)
    steps = GaugeMetricFamily(
        "jifen_steps",
        "Steps of the review cycle that are not over, by state.",
        labels=("process", "step", "state"),
    )
    for step, count in sorted(measured.steps.items()):
        steps.add_metric(step, count)
    yield steps
    for name, said, overdue in (
        (
            "lateness",
            "How long the oldest step that the service should have done has been due.",
            measured.lateness,
        ),
        (
            "blocked",
            "How long the oldest step that waits for people has been due.",
            measured.blocked,
        ),
    ):
        family = GaugeMetricFamily(f"jifen_{name}_seconds", said, labels=("process",))
        for process, seconds in sorted(overdue.items()):
            family.add_metric((process,), seconds)
        yield family
    depth = GaugeMetricFamily(
        "jifen_outbox_messages", "Messages that are not over, by state.", labels=("state",)
    )
    age = GaugeMetricFamily(
        "jifen_outbox_oldest_seconds", "Age of the oldest message by state.", labels=("state",)
    )
    for state, (count, seconds) in sorted(measured.outbox.items()):
        depth.add_metric((state,), count)
        age.add_metric((state,), seconds)
    yield depth
    yield age
    claims = GaugeMetricFamily(
        "jifen_claims_waiting", "Undecided claims by stage.", labels=("community", "stage")
    )
    for stage, count in sorted(measured.claims.items()):
        claims.add_metric(stage, count)
    yield claims
    if measured.clock_lease_age is not None:
        yield GaugeMetricFamily(
            "jifen_clock_lease_expired_seconds",
            "How long ago the clock's lease ran out; below zero while a clock is at work.",
            value=measured.clock_lease_age,
        )
        held = GaugeMetricFamily(
            "jifen_clock_since_timestamp_seconds",
            "Since when this clock has the lease, or had it last.",
            labels=("holder",),
        )
        held.add_metric((measured.clock,), _seconds(measured.clock_since))
        yield held
    if measured.last_journal is not None:
        yield GaugeMetricFamily(
            "jifen_last_journal_timestamp_seconds",
            "When a journal was last posted.",
            value=measured.last_journal.timestamp(),
        )
    if measured.last_backup is not None:
        yield GaugeMetricFamily(
            "jifen_last_backup_timestamp_seconds",
            "When `jifen backup` last took a whole copy.",
            value=measured.last_backup.timestamp(),
        )


def _seconds(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0
