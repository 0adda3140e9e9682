"""A step's work (办理): what it does for one community, and how it says that there is none."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from domain.kernel.period import Period
from domain.kernel.reasons import Reason, reason
from domain.occasions.occasion import Occasion, Tell
from domain.store.tables.people import Community

# What a step does for one community in the caller's transaction; it answers what it did. Refused
# where it has to wait for people, and `Skip` where nothing is left to do.
Work = Callable[[Session, Community, Period, datetime, Tell], Reason]


class Skip(Exception):
    """The step has nothing (more) to do; the reason says why."""

    def __init__(self, why: Reason) -> None:
        super().__init__(why.text("en"))
        self.why = why


def tell_all(
    session: Session,
    community: Community,
    occasions: Iterable[Occasion],
    as_of: datetime,
    tell: Tell,
) -> Reason:
    """Tell of these occasions; how many letters that made, as a step says it."""
    written = sum(tell(session, community, occasion, as_of) for occasion in occasions)
    return reason("did_tell", count=written) if written else reason("nothing_to_tell")
