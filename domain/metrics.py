"""Measurements (指标) of an installation at a moment, for a monitoring system. Sums only: nobody is
named, and communities only where there are few."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.awaited import undecided_by_stage
from domain.backups import last_backup
from domain.clock import local_date
from domain.cycle import OPEN
from domain.status import CLOCK
from domain.store.tables.cycle import Lease, Occurrence
from domain.store.tables.ledger import Journal
from domain.store.tables.outbox import Message
from domain.store.tables.people import Community

# With more communities, what is by community is summed up: series cost a monitoring system memory.
COMMUNITIES_MAX = 200


@dataclass(frozen=True)
class Measured:
    """What was measured. Ages and lateness are in seconds; None where there is nothing to age.

    `steps` by process, step and state; `lateness` by process, of its oldest outstanding step;
    `outbox` by state: how many, and the age of the oldest; `claims` undecided, by community's
    code ("" for all together) and stage.
    """

    communities: int
    steps: dict[tuple[str, str, str], int]
    lateness: dict[str, float]
    outbox: dict[str, tuple[int, float]]
    claims: dict[tuple[str, str], int]
    clock_lease_age: float | None
    last_journal: datetime | None
    last_backup: datetime | None


def measure(session: Session, at: datetime) -> Measured:
    """Measure in a few queries, however many communities there are."""
    lease = session.get(Lease, CLOCK)
    return Measured(
        communities=session.scalar(select(func.count()).select_from(Community)) or 0,
        steps=_steps(session),
        lateness=_lateness(session, at),
        outbox=_outbox(session, at),
        claims=_claims(session, at),
        # How long ago it ran out; below zero while a clock holds it.
        clock_lease_age=(at - lease.until).total_seconds() if lease else None,
        last_journal=session.scalar(select(func.max(Journal.posted_at))),
        last_backup=last_backup(session),
    )


def _steps(session: Session) -> dict[tuple[str, str, str], int]:
    columns = (Occurrence.process, Occurrence.step, Occurrence.state)
    query = select(*columns, func.count()).group_by(*columns)
    return {(process, step, state): count for process, step, state, count in session.execute(query)}


def _lateness(session: Session, at: datetime) -> dict[str, float]:
    """Nothing outstanding that is due: no lateness, 0, for every process there is."""
    processes = session.scalars(select(Occurrence.process).distinct())
    found = dict.fromkeys(processes, 0.0)
    query = (
        select(Occurrence.process, func.min(Occurrence.due_at))
        .where(Occurrence.state.in_(OPEN), Occurrence.state != "held", Occurrence.due_at <= at)
        .group_by(Occurrence.process)
    )
    for process, oldest in session.execute(query).tuples():
        found[process] = (at - oldest).total_seconds()
    return found


def _outbox(session: Session, at: datetime) -> dict[str, tuple[int, float]]:
    query = select(Message.state, func.count(), func.min(Message.written_at))
    return {
        state: (count, (at - oldest).total_seconds())
        for state, count, oldest in session.execute(query.group_by(Message.state)).tuples()
    }


def _claims(session: Session, at: datetime) -> dict[tuple[str, str], int]:
    codes = dict(session.execute(select(Community.id, Community.code)).tuples().all())
    few = len(codes) <= COMMUNITIES_MAX
    found: dict[tuple[str, str], int] = defaultdict(int)
    for (community, stage), count in undecided_by_stage(session, local_date(at)).items():
        found[codes[community] if few else "", stage] += count
    return dict(found)
