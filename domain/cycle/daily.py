"""Daily steps (每日事项): done again and again until their period is over, where something asks.

A day on which nothing asks for a step passes without a run: the step goes on to its next turn, and
says so. A county's two thousand communities so take a few runs a day.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import update
from sqlalchemy.orm import Session

from domain.cycle.catalogue import find_kind, is_daily
from domain.cycle.collecting import where_something_came
from domain.cycle.reminding import objection_occasions, review_occasions, where_untold
from domain.kernel.local_time import after_day
from domain.kernel.period import Period
from domain.kernel.reasons import kept, reason
from domain.store.tables.cycle import Occurrence, StepState


class Asking(NamedTuple):
    """Which communities ask for a daily step on a day, what is said of the others, and whether
    everybody is looked at when the period is over."""

    communities: Callable[[Session, Sequence[Occurrence], datetime], set[int]]
    nothing: str
    all_at_the_end: bool = False


def _with_objections(session: Session, rows: Sequence[Occurrence], at: datetime) -> set[int]:
    ids = [row.community_id for row in rows]
    return where_untold(session, objection_occasions(session, ids, at))


def _with_claims(session: Session, rows: Sequence[Occurrence], at: datetime) -> set[int]:
    ids = [row.community_id for row in rows]
    return where_untold(session, review_occasions(session, ids, at))


# By process and step: each daily step of the catalogue.
ASKING: Mapping[tuple[str, str], Asking] = {
    ("collect", "collect"): Asking(where_something_came, "nothing_came", all_at_the_end=True),
    ("objections", "remind"): Asking(_with_objections, "nothing_to_tell"),
    ("audit", "oversee"): Asking(_with_claims, "nothing_to_tell"),
}


def pass_over(session: Session, ready: Sequence[Occurrence], at: datetime) -> set[int]:
    """Let the daily steps among these go on to their next turn where nothing asks for them; which
    ones. One whose period is over is done with that."""
    passed: set[int] = set()
    for named, asking in ASKING.items():
        rows = [
            row for row in ready if (row.process, row.step) == named and _may_pass(row, asking, at)
        ]
        if rows:
            asked = asking.communities(session, rows, at)
            quiet = [row for row in rows if row.community_id not in asked]
            passed |= _go_on(session, quiet, asking.nothing, at)
    return passed


def _may_pass(row: Occurrence, asking: Asking, at: datetime) -> bool:
    if not is_daily(row.process, row.step) or row.state != StepState.DUE:
        return False
    return not asking.all_at_the_end or at < after_day(Period.parse(row.period).end)


def _go_on(session: Session, quiet: Sequence[Occurrence], nothing: str, at: datetime) -> set[int]:
    passed: set[int] = set()
    for process, text, step in sorted({(row.process, row.period, row.step) for row in quiet}):
        kind, period = find_kind(process, step), Period.parse(text)
        assert kind is not None  # it is one of `ASKING`
        is_over = at >= after_day(period.end)
        turn: dict[str, object] = (
            {"state": StepState.DONE, "done_at": at}
            if is_over
            else {"due_at": kind.next_turn(at, period)}
        )
        ids = [row.id for row in quiet if row.period == text]
        passed |= set(
            session.scalars(
                update(Occurrence)
                .where(
                    Occurrence.id.in_(ids),
                    Occurrence.state == StepState.DUE,
                    Occurrence.due_at <= at,
                )
                .values(outcome=kept(reason(nothing)), **turn)
                .returning(Occurrence.id)
                .execution_options(synchronize_session=False)
            )
        )
    return passed
