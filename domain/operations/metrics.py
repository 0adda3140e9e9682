"""Measurements (指标) of an installation at a moment, for a monitoring system. Sums only: nobody is
named, and communities only where there are few."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.kernel.local_time import local_date
from domain.operations.backups import last_backup
from domain.operations.leases import CLOCK
from domain.operations.status import WAITING
from domain.review.awaited import undecided_by_stage
from domain.store.tables.cycle import Lease, Occurrence, StepState
from domain.store.tables.ledger import Journal
from domain.store.tables.outbox import Message, MessageState
from domain.store.tables.people import Community

# What is over is not counted: it only grows, and to count it takes ever longer.
STEPS_COUNTED = (
    StepState.DUE,
    StepState.CLAIMED,
    StepState.BLOCKED,
    StepState.HELD,
    StepState.FAILED,
)
MESSAGES_COUNTED = (MessageState.WAITING, MessageState.SENDING, MessageState.DEAD)
PROCESSES = ("collect", "audit", "publicity", "redemption", "settle", "report")
# With more communities, what is by community is summed up: series cost a monitoring system memory.
COMMUNITIES_MAX = 200


@dataclass(frozen=True)
class Measured:
    """What was measured. Ages and lateness are in seconds; None where there is nothing to age.

    `steps` that are not over by process, step and state; `lateness` by process, of its oldest step
    that the service should have done, `blocked` of its oldest that waits for people; `outbox` by
    state: how many, and the age of the oldest; `claims` undecided, by community's
    code ("" for all together) and stage.
    """

    communities: int
    steps: dict[tuple[str, str, StepState], int]
    lateness: dict[str, float]
    blocked: dict[str, float]
    outbox: dict[str, tuple[int, float]]
    claims: dict[tuple[str, str], int]
    clock_lease_age: float | None
    clock: str  # who has the lease, or had it last
    clock_since: datetime | None
    last_journal: datetime | None
    last_backup: datetime | None


def measure(session: Session, at: datetime) -> Measured:
    """Measure in a few queries, however many communities there are."""
    lease = session.get(Lease, CLOCK)
    return Measured(
        communities=session.scalar(select(func.count()).select_from(Community)) or 0,
        steps=_steps(session),
        lateness=_overdue(session, at, (StepState.DUE, StepState.CLAIMED, StepState.FAILED)),
        blocked=_overdue(session, at, WAITING),
        outbox=_outbox(session, at),
        claims=_claims(session, at),
        # How long ago it ran out; below zero while a clock holds it.
        clock_lease_age=(at - lease.until).total_seconds() if lease else None,
        clock=lease.holder if lease else "",
        clock_since=lease.since if lease else None,
        last_journal=session.scalar(select(Journal.posted_at).order_by(Journal.id.desc()).limit(1)),
        last_backup=last_backup(session),
    )


def _steps(session: Session) -> dict[tuple[str, str, StepState], int]:
    columns = (Occurrence.process, Occurrence.step, Occurrence.state)
    query = select(*columns, func.count()).where(Occurrence.state.in_(STEPS_COUNTED))
    rows = session.execute(query.group_by(*columns))
    return {(process, step, state): count for process, step, state, count in rows}


def _overdue(session: Session, at: datetime, states: Sequence[StepState]) -> dict[str, float]:
    """How long the oldest step in these states has been due: 0 where there is none."""
    found = dict.fromkeys(PROCESSES, 0.0)
    query = (
        select(Occurrence.process, func.min(Occurrence.due_at))
        .where(Occurrence.state.in_(states), Occurrence.due_at <= at)
        .group_by(Occurrence.process)
    )
    for process, oldest in session.execute(query).tuples():
        found[process] = (at - oldest).total_seconds()
    return found


def _outbox(session: Session, at: datetime) -> dict[str, tuple[int, float]]:
    query = select(Message.state, func.count(), func.min(Message.written_at))
    query = query.where(Message.state.in_(MESSAGES_COUNTED)).group_by(Message.state)
    return {
        state: (count, (at - oldest).total_seconds())
        for state, count, oldest in session.execute(query).tuples()
    }


def _claims(session: Session, at: datetime) -> dict[tuple[str, str], int]:
    codes = dict(session.execute(select(Community.id, Community.code)).tuples().all())
    few = len(codes) <= COMMUNITIES_MAX
    found: dict[tuple[str, str], int] = defaultdict(int)
    for (community, stage), count in undecided_by_stage(session, local_date(at)).items():
        found[codes[community] if few else "", stage] += count
    return dict(found)
