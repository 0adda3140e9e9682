"""The occasions (事由) on which letters are written, each with what the letters need to know."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from domain.kernel.period import Period
from domain.store.tables.notices import Notice
from domain.store.tables.objections import Objection
from domain.store.tables.people import Community


@dataclass(frozen=True)
class RowsRefused:
    """Rows of a sheet were refused just now: clerks hear of them."""


@dataclass(frozen=True)
class ReviewersDue:
    """An audit's deadline comes near: reviewers who still have claims to decide are reminded."""

    period: Period


@dataclass(frozen=True)
class AuditClosed:
    """A month is audited: villagers hear the outcome, and where claims missed the deadline
    (`carried` of them), clerks and the town hear that."""

    period: Period
    carried: int


@dataclass(frozen=True)
class NoticePublished:
    """A notice is up: everybody hears of it, and until when to object."""

    notice: Notice


@dataclass(frozen=True)
class ResultFinal:
    """A quarter's window is over and no objection is open: the town gets the result (上报)."""

    notice: Notice


@dataclass(frozen=True)
class ObjectionEnded:
    """An objection was upheld or dismissed: the household that filed it hears so, and why."""

    objection: Objection


@dataclass(frozen=True)
class YearPreviewed:
    """What settling a year would do now: clerks and the town hear it.

    `blockers` are what stands in its way: the code of each, and how many of them there are.
    """

    year: int
    households: int
    blockers: tuple[tuple[str, int], ...]


Occasion = (
    RowsRefused
    | ReviewersDue
    | AuditClosed
    | NoticePublished
    | ResultFinal
    | ObjectionEnded
    | YearPreviewed
)

# Writes the letters of an occasion, once however often it is asked; how many are new.
Tell = Callable[[Session, Community, Occasion, datetime], int]


def silent(_session: Session, _community: Community, _occasion: Occasion, _as_of: datetime) -> int:
    """Write no letters: a `Tell` for worked years, where there is nobody to write to."""
    return 0
