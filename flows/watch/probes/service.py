"""What the service does again and again (日常工作): delivery, publication, its duties, the nightly
check of the seals; and whether somebody hears of trouble."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.kernel.reasons import reason, restored
from domain.notices.publishing import unpublished
from domain.operations import self_check
from domain.operations.finding import Finding
from domain.operations.leases import CLOCK, is_held
from domain.operations.standstill import refusing, stuck_outbox, unannounced, undelivered
from domain.store.database import database_now, reading
from domain.store.tables.cycle import Lease
from domain.store.tables.people import Community, Person, Role, RoleName
from flows.watch.probes.found import found
from flows.watch.probes.installation import Installation

# The duties of a clock, by the name under which each is noted: what it is called, and how long it
# may be silent. (The status run in Prefect is only a view.)
DUTIES = {
    "publication": ("duty_publication", timedelta(minutes=20)),
    "the watch": ("duty_watch", timedelta(minutes=10)),
    "the nightly check": ("duty_check", timedelta(hours=1)),
}
SEALS_AGE_MAX = timedelta(hours=50)
# Publication follows a notice within a minute.
UNPUBLISHED_AFTER = timedelta(minutes=15)


def outbox(place: Installation) -> Iterator[Finding]:
    """What is written to people goes out."""
    at = place.moment()
    with reading(place.engine) as session:
        yield from stuck_outbox(session, place.manner.outbox_before(at))


def letters(place: Installation) -> Iterator[Finding]:
    """What goes out is accepted."""
    with reading(place.engine) as session:
        yield from undelivered(session)


def channels(place: Installation) -> Iterator[Finding]:
    """Every way by which letters go out lets some through."""
    with reading(place.engine) as session:
        for each in refusing(session):
            yield found(
                "risk", "channels", "channel_refuses", each.since, way=each.way, count=each.letters
            )


def duties(place: Installation) -> Iterator[Finding]:
    """What the clock sees to besides the steps is done, and done well."""
    with reading(place.engine) as session:
        at = database_now(session)
        if not _clock_works(session, at):
            return  # that is the clock's finding
        for name, (code, silent_after) in DUTIES.items():
            last = self_check.last(session, name, at)
            if last is None:
                continue
            about = reason(code)
            if at - last.at > silent_after:
                yield found("risk", "duties", "duty_silent", last.at, duty=about)
            elif not last.ok:
                why = restored(last.said)
                yield found("risk", "duties", "duty_failed", last.since, duty=about, why=why)


def _clock_works(session: Session, at: datetime) -> bool:
    return is_held(session.get(Lease, CLOCK), at)


def notices(place: Installation) -> Iterator[Finding]:
    """Every public notice stands in the public folder."""
    at = place.moment()
    with reading(place.engine) as session:
        waiting = unpublished(session, at - UNPUBLISHED_AFTER, at)
        if not waiting:
            return
        last = self_check.last(session, "publication", database_now(session))
        why = restored(last.said) if last and not last.ok else reason("publication_silent")
    codes = tuple(dict.fromkeys(code for code, _ in waiting))
    since = min(moment for _, moment in waiting)
    finding = found("stalled", "notices", "notices_unpublished", since, count=len(waiting), why=why)
    yield replace(finding, communities=codes)


def seals(place: Installation) -> Iterator[Finding]:
    """The nightly check found every seal to hold."""
    with reading(place.engine) as session:
        at = database_now(session)
        last = self_check.last(session, self_check.SEALS, at)
        oldest = session.scalar(select(func.min(Community.added_at)))
    if last is not None and not last.ok:
        yield found("stalled", "seals", "seals_broken", last.since, why=restored(last.said))
        return
    checked_at = last.at if last else oldest
    if checked_at is not None and at - checked_at > SEALS_AGE_MAX:
        yield found("risk", "seals", "seals_unchecked" if last else "seals_never", checked_at)


def calendar(place: Installation) -> Iterator[Finding]:
    """The working days of this year, and of the next in time, are known."""
    with reading(place.engine) as session:
        yield from unannounced(session, place.moment())


def operators(place: Installation) -> Iterator[Finding]:
    """Somebody is told of what happens to the service itself."""
    if place.manner.operators:
        return
    with reading(place.engine) as session:
        query = (
            select(Person.notify)
            .join(Role, Role.person_id == Person.id)
            .where(Role.role == RoleName.OPERATOR)
        )
        if any(session.scalars(query)):
            return
    yield found("waiting", "operators", "operators_none")
