"""The occasions (事由) on which letters are written, each with what the letters need to know."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

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


@dataclass(frozen=True)
class WindowEnding:
    """A notice's window closes soon: clerks and supervisors hear how many objections are open."""

    notice: Notice
    open_objections: int


@dataclass(frozen=True)
class YearBlocked:
    """Something keeps a year from being settled that is to be by `deadline`, or should have been:
    clerks and the town hear what. `blockers` as in `YearPreviewed`."""

    year: int
    deadline: datetime
    blockers: tuple[tuple[str, int], ...]
    is_overdue: bool


@dataclass(frozen=True)
class ReportDue:
    """A report to the town is due on a day soon: the clerk hears it, and whether it is drawn up."""

    name: str
    half: Period
    due_on: date
    is_ready: bool


@dataclass(frozen=True)
class RoundEnding:
    """A redemption round ends soon and has reached too few households: the clerk hears it."""

    half: Period
    last_day: date
    redeemed: int
    residents: int
    needed_percent: int


@dataclass(frozen=True)
class ObjectionDue:
    """An objection is to be answered soon: those hear it who may investigate it."""

    objection: Objection
    on: date
    is_last: bool

    @property
    def key(self) -> str:
        """By what the outbox knows it."""
        return f"objection:{self.objection.ref}:{self.objection.level}:{self.on}"


@dataclass(frozen=True)
class ObjectionOverdue:
    """An objection was not answered in time: clerks and the town hear it, once."""

    objection: Objection

    @property
    def key(self) -> str:
        """By what the outbox knows it."""
        return f"objection:{self.objection.ref}:{self.objection.level}:overdue"


@dataclass(frozen=True)
class ClaimsPassedOn:
    """Claims have come to a later stage (镇级审批): its people hear it, once an audit."""

    audit: Period

    @property
    def key(self) -> str:
        """By what the outbox knows it."""
        return f"approve:{self.audit}"


@dataclass(frozen=True)
class ClaimsStuck:
    """Claims that nobody may decide: clerks and the town hear at which stages, and how many.

    They hear it once a month (`since`), and once on each day before a deadline.
    """

    stages: tuple[tuple[str, int], ...]
    since: Period | date
    is_urgent: bool

    @property
    def key(self) -> str:
        """By what the outbox knows it."""
        return f"undecidable:{self.since}"


# What daily steps look for; the outbox knows by its key whether it was told.
DailyOccasion = ObjectionDue | ObjectionOverdue | ClaimsPassedOn | ClaimsStuck

# What comes near or is overdue.
Deadline = WindowEnding | YearBlocked | ReportDue | RoundEnding | DailyOccasion

Occasion = (
    RowsRefused
    | ReviewersDue
    | AuditClosed
    | NoticePublished
    | ResultFinal
    | ObjectionEnded
    | YearPreviewed
    | Deadline
)

# Writes the letters of an occasion, once however often it is asked; how many are new.
Tell = Callable[[Session, Community, Occasion, datetime], int]


def silent(_session: Session, _community: Community, _occasion: Occasion, _as_of: datetime) -> int:
    """Write no letters: a `Tell` for worked years, where there is nobody to write to."""
    return 0
