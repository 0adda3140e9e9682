"""Whether now can be believed (校时): what was stored by a wrong clock is not, and a clock whose
time has jumped does nothing until it is right again or somebody says that it is.

A database server tells the time of the whole installation, so that a machine's own time only has to
agree with it. An embedded database has its machine's time, and what was last done is all that there
is to compare it with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from domain.kernel.errors import Refused
from domain.kernel.local_time import SKEW_MAX, local_text
from domain.kernel.names import require_who_and_why
from domain.kernel.reasons import Reason, kept, reason, restored
from domain.store.tables.people import Community
from domain.store.tables.timekeeping import ClockMark, TimeAct

# An embedded installation that was off for longer is asked whether the time is right.
OFF_MAX = timedelta(days=30)
# One that ended in doubt, sooner.
OFF_IN_DOUBT_MAX = timedelta(days=1)
# A clock that has not looked for so long is not there any more.
SEEN_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Reading:
    """What the clocks said at one moment: the database's, the machine's, and for how long the
    machine has been running, which never jumps."""

    database: datetime
    machine: datetime
    running: timedelta


def require_agreeing(machine: datetime, database: datetime) -> None:
    """Refuse to start on a machine whose time is not the database's."""
    if abs(machine - database) > SKEW_MAX:
        raise Refused(reason("time_apart_at_start", **_apart(machine, database)))


def jumped(now: Reading, before: Reading) -> Reason | None:
    """Why the time cannot be believed by what it was before, in the same process."""
    if abs(now.machine - now.database) > SKEW_MAX:
        return reason("time_apart", **_apart(now.machine, now.database))
    passed = now.running - before.running
    if abs(now.database - before.database - passed) > SKEW_MAX:
        return reason(
            "time_jumped",
            before=local_text(before.database),
            now=local_text(now.database),
            seconds=round(passed.total_seconds()),
        )
    return None


def unlikely(session: Session, now: datetime) -> Reason | None:
    """Why an embedded database's time cannot be believed, by what was last done; a server's is."""
    if session.get_bind().dialect.name != "sqlite":
        return None
    last, is_doubted = _last(session)
    if last is None:
        return _before_all(session, now)
    if now < last - SKEW_MAX:
        return reason("time_before_last", now=local_text(now), last=local_text(last))
    if now - last > (OFF_IN_DOUBT_MAX if is_doubted else OFF_MAX):
        days = (now - last).days
        return reason("time_long_after", now=local_text(now), last=local_text(last), days=days)
    return None


def _before_all(session: Session, now: datetime) -> Reason | None:
    """Where no clock has ever worked, communities that are yet to be added tell of a wrong time."""
    added = session.scalar(select(func.max(Community.added_at)))
    if added is None or now >= added - SKEW_MAX:
        return None
    return reason("time_before_all", now=local_text(now), last=local_text(added))


def _last(session: Session) -> tuple[datetime | None, bool]:
    """When a clock last worked, and whether one was in doubt then."""
    marks = session.scalars(select(ClockMark)).all()
    return (
        max((each.swept_at for each in marks if each.swept_at), default=None),
        any(each.doubt for each in marks),
    )


def _apart(machine: datetime, database: datetime) -> dict[str, object]:
    return {
        "ours": local_text(machine),
        "theirs": local_text(database),
        "seconds": round(abs(machine - database).total_seconds()),
    }


def note(session: Session, machine: str, at: datetime, doubt: Reason | None) -> None:
    """Keep what a machine's clock found, for whoever asks, and for its next start."""
    mark = session.get(ClockMark, machine)
    if mark is None:
        mark = ClockMark(machine=machine, swept_at=None, seen_at=at)
        session.add(mark)
    mark.seen_at, mark.doubt = at, kept(doubt) if doubt else ""
    if doubt is None:
        mark.swept_at = at
    session.flush()


def doubts(session: Session, at: datetime) -> Sequence[ClockMark]:
    """The clocks that look and do not work, because they do not believe the time."""
    marks = session.scalars(select(ClockMark).where(ClockMark.doubt != "")).all()
    return [each for each in marks if abs(at - each.seen_at) <= SEEN_WITHIN]


def is_doubted(session: Session, at: datetime) -> bool:
    """Whether nothing should be done by this time: a clock doubts it, or will when it looks."""
    is_embedded = session.get_bind().dialect.name == "sqlite"
    return bool(doubts(session, at)) or (is_embedded and unlikely(session, at) is not None)


def require_acceptable(session: Session, machine: datetime, at: datetime) -> None:
    """Refuse to accept a time about which a machine, this one or a clock's, and the database
    disagree."""
    apart = [reason("time_apart", **_apart(machine, at))] if abs(machine - at) > SKEW_MAX else []
    apart += [restored(each.doubt) for each in doubts(session, at)]
    for why in apart:
        if why.code == "time_apart":
            raise Refused(reason("time_apart_unaccepted", why=why))


def accept(session: Session, by: str, why: str, at: datetime) -> None:
    """Say that the time is right: clocks that are in doubt go on by it. Kept, with who and why."""
    require_who_and_why("step_act_lacks", by, why)
    session.add(TimeAct(by=by.strip(), why=why.strip(), at=at))
    session.execute(update(ClockMark).values(swept_at=at, doubt=""))
    session.flush()


def acceptances(session: Session) -> int:
    """How often somebody has said that the time is right."""
    return session.scalar(select(func.count()).select_from(TimeAct)) or 0
