"""The catalogue of steps (步骤目录): which steps the review cycle has, and when they are due.

Pure. What a step does is `domain.steps`'s. To add a step, see `docs/adding-a-step.md`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from domain.cycle import schedule
from domain.cycle.schedule import DAY_ENDS, OFFICE_OPENS, Dues, Year
from domain.kernel.errors import BadInput
from domain.kernel.local_time import LOCAL, after_day, local_date
from domain.kernel.period import Period
from domain.kernel.reasons import Reason, reason


@dataclass(frozen=True)
class StepKind:
    """A kind of step, such as the closing of a month's audit.

    `periods` are the kinds of period that it has.
    `numbered`: a period may have several, called `remind_1`, `remind_2` … as they fall due.
    `droppable`: nothing rests on it, so that a person may leave it out.
    `daily`: the time of day at which it is done again and again until its period is over.
    `usual`: what is meant where only the process is named.
    `by_hand`: from when on it may be started by hand: when it is due, already once its period has
    begun, or once its period is over.
    """

    process: str
    name: str
    periods: tuple[str, ...]
    dues: Callable[[Year], Dues]
    numbered: bool = False
    droppable: bool = False
    daily: time | None = None
    usual: bool = False
    by_hand: Literal["due", "begun", "over"] = "due"

    @property
    def work(self) -> Reason:
        """What its work is called."""
        return reason(f"work_{self.process}_{self.name}")

    def next_turn(self, after: datetime, period: Period) -> datetime:
        """When a daily step is done next after a moment: at its time of day, and once more when
        its period is over."""
        assert self.daily is not None
        turn = datetime.combine(local_date(after), self.daily, LOCAL)
        if turn <= after:
            turn += timedelta(days=1)
        return min(turn, after_day(period.end))


# In the order in which steps are done that are due at the same moment.
CATALOGUE = (
    StepKind("collect", "open", ("year", "quarter"), schedule.openings),
    StepKind(
        "collect",
        "collect",
        ("month",),
        schedule.collections,
        daily=DAY_ENDS,
        by_hand="begun",
        usual=True,
    ),
    StepKind(
        "audit",
        "remind",
        ("month",),
        schedule.audit_reminders,
        numbered=True,
        droppable=True,
    ),
    StepKind(
        "audit",
        "oversee",
        ("year",),
        schedule.year_ends,
        daily=OFFICE_OPENS,
        droppable=True,
        by_hand="begun",
    ),
    StepKind(
        "objections",
        "remind",
        ("year",),
        schedule.year_ends,
        daily=OFFICE_OPENS,
        droppable=True,
        usual=True,
        by_hand="begun",
    ),
    StepKind(
        "objections",
        "window",
        ("quarter",),
        schedule.window_reminders,
        droppable=True,
    ),
    StepKind(
        "redemption",
        "remind",
        ("half_year",),
        schedule.round_reminders,
        numbered=True,
        droppable=True,
    ),
    StepKind(
        "settle",
        "remind",
        ("year",),
        schedule.settling_reminders,
        numbered=True,
        droppable=True,
    ),
    StepKind(
        "audit",
        "close",
        ("month",),
        schedule.audit_closings,
        by_hand="over",
        usual=True,
    ),
    StepKind("publicity", "close", ("quarter",), schedule.window_closings),
    StepKind(
        "redemption",
        "close",
        ("half_year",),
        schedule.round_closings,
        usual=True,
    ),
    StepKind(
        "report",
        "report",
        ("half_year",),
        schedule.reports,
        droppable=True,
        by_hand="begun",
        usual=True,
    ),
    StepKind(
        "report",
        "remind",
        ("half_year",),
        schedule.report_reminders,
        numbered=True,
        droppable=True,
    ),
    StepKind(
        "publicity",
        "publish",
        ("quarter",),
        schedule.publications,
        usual=True,
    ),
    StepKind(
        "settle",
        "preview",
        ("year",),
        schedule.previews,
        droppable=True,
    ),
    StepKind(
        "settle",
        "settle",
        ("year",),
        schedule.settlings,
        by_hand="over",
        usual=True,
    ),
    StepKind("settle", "clear", ("year",), schedule.clearings),
)

# Of reminders a form offers so many: a scheme has hardly more before one deadline.
NUMBERS_OFFERED = 5
_SHORTEST_FIRST = ("month", "quarter", "half_year", "year")
PROCESSES = tuple(dict.fromkeys(each.process for each in CATALOGUE))
_BY_NAME = {(each.process, each.name): each for each in CATALOGUE}


def kinds_of(process: str) -> list[StepKind]:
    """The kinds of step of a process."""
    return [each for each in CATALOGUE if each.process == process]


def usual_step(process: str) -> str:
    """The step that is meant where only the process is named."""
    return next(each.name for each in kinds_of(process) if each.usual)


def steps_of(process: str) -> tuple[str, ...]:
    """The names of a process's steps: of a numbered one, as many as a form offers."""
    return tuple(
        name
        for kind in kinds_of(process)
        for name in (
            [f"{kind.name}_{number}" for number in range(1, NUMBERS_OFFERED + 1)]
            if kind.numbered
            else [kind.name]
        )
    )


def periods_of(process: str) -> tuple[str, ...]:
    """The kinds of period that a process's steps have, the shortest first."""
    found = {period for kind in kinds_of(process) for period in kind.periods}
    return tuple(period for period in _SHORTEST_FIRST if period in found)


def find_kind(process: str, step: str) -> StepKind | None:
    """The kind of a step, of a numbered one (`remind_2`) too; None where there is none such."""
    name, _, number = step.partition("_")
    kind = _BY_NAME.get((process, name))
    return kind if kind is not None and bool(number) == kind.numbered else None


def is_daily(process: str, step: str) -> bool:
    """Whether a step is done again and again until its period is over."""
    kind = find_kind(process, step)
    return kind is not None and kind.daily is not None


def kind_of(process: str, step: str) -> StepKind:
    """The kind of a step; BadInput where the catalogue has none such."""
    kind = find_kind(process, step)
    if kind is None:
        raise BadInput(
            reason("step_unknown", process=process, step=step, choices=steps_of(process))
        )
    return kind
