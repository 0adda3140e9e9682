"""What the service finds of itself (自检): noted by whoever does something again and again, read by
the probes, on whichever machine."""

from datetime import datetime

from sqlalchemy import case
from sqlalchemy.orm import Session

from domain.kernel.local_time import SKEW_MAX
from domain.store.inserting import insert_into
from domain.store.tables.cycle import SelfCheck

# Under which name the nightly check of the seals is noted.
SEALS = "the seals"


def note(session: Session, name: str, ok: bool, said: str, at: datetime) -> None:
    """Keep how `name` went this time: `said` is a kept reason, or nothing."""
    as_before = case((SelfCheck.ok == ok, SelfCheck.since), else_=at)
    session.execute(
        insert_into(session, SelfCheck)
        .values(name=name, at=at, ok=ok, said=said, since=at)
        .on_conflict_do_update(
            index_elements=["name"],
            set_={"at": at, "ok": ok, "said": said, "since": as_before},
        )
    )


def last(session: Session, name: str, now: datetime) -> SelfCheck | None:
    """How `name` went the last time; None where it was never done, or later than now: what a clock
    that was wrong has noted is void."""
    found = session.get(SelfCheck, name)
    return found if found is not None and found.at <= now + SKEW_MAX else None
