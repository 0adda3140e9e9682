"""Leases (租约): one alone does something (the clock, the outbox) until it ends, gives it up or is
gone."""

from datetime import datetime, timedelta

from sqlalchemy import case
from sqlalchemy.orm import Session

from domain.kernel.local_time import SKEW_MAX
from domain.store.inserting import insert_into
from domain.store.tables.cycle import Lease

# Under which name the clock takes its lease.
CLOCK = "clock"
# For how long the clock takes its lease at each sweep.
CLOCK_LEASE = timedelta(seconds=90)


def take_lease(session: Session, name: str, holder: str, now: datetime, length: timedelta) -> bool:
    """Become or stay the one who does `name`; False while another one's lease runs.

    A lease that ends later than one taken now would, was taken by a clock that was wrong: it is
    void.
    """
    until = now + length
    stays = (Lease.holder == holder) & (Lease.since <= now)
    is_free = (
        (Lease.holder == holder) | (Lease.until <= now) | (Lease.until > now + length + SKEW_MAX)
    )
    statement = (
        insert_into(session, Lease)
        .values(name=name, holder=holder, until=until, since=now)
        .on_conflict_do_update(
            index_elements=["name"],
            set_={
                "holder": holder,
                "until": until,
                "since": case((stays, Lease.since), else_=now),
            },
            where=is_free,
        )
        .returning(Lease.name)
    )
    # Not by its row count: of such a statement psycopg tells none.
    return session.scalar(statement) is not None


def drop_lease(session: Session, name: str, holder: str) -> None:
    """Let another one take over at once."""
    lease = session.get(Lease, name)
    if lease is not None and lease.holder == holder:
        session.delete(lease)


def is_held(lease: Lease | None, at: datetime, length: timedelta = CLOCK_LEASE) -> bool:
    """Whether somebody holds a lease: it has not ended, and does not end later than it could."""
    return lease is not None and at <= lease.until <= at + length + SKEW_MAX


def holds(session: Session, name: str, holder: str, at: datetime) -> bool:
    """Whether this one does `name`, and no other."""
    lease = session.get(Lease, name)
    return lease is not None and lease.holder == holder and is_held(lease, at)
