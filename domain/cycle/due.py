"""What is due, and whose turn it is (到期): the database's side of the clock.

A step is claimed by a conditional update, so that it runs once however many clocks look; a claim
carries an attempt's number, so that a run thought dead cannot post when it comes back.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar

from sqlalchemy import ColumnElement, ScalarSelect, select, true, update
from sqlalchemy.orm import Session

from domain.community.activity import let_go_on
from domain.cycle.daily import pass_over
from domain.cycle.occurrences import OPEN
from domain.cycle.plan import Step, sort_key
from domain.kernel.local_time import SKEW_MAX
from domain.kernel.period import Period
from domain.store.statements import affected
from domain.store.tables.cycle import Occurrence, StepState
from domain.store.tables.people import Community

# A blocked step waits for people, and is tried again when one of them has acted. Whatever nobody
# has told of is found out this often.
RETRY_BLOCKED = timedelta(hours=6)
# While people go on acting, it is tried no more often than this.
ACTED_AGAIN = timedelta(minutes=5)

Each = TypeVar("Each")
# A step that is outstanding, and whose.
Found = tuple[Occurrence, Community]


@dataclass(frozen=True)
class Batch:
    """One step for many communities, whatever their rules, claimed as one attempt."""

    process: str
    period: str
    step: str
    attempt: int
    communities: tuple[str, ...]
    occurrences: tuple[int, ...]

    @property
    def key(self) -> str:
        """What makes this submission to the engine idempotent."""
        return f"{self.process}/{self.period}/{self.step}/{self.occurrences[0]}/{self.attempt}"


@dataclass(frozen=True)
class Share:
    """Into runs of how many communities a step is cut.

    `at_once` runs are done side by side. To begin one takes a worker some seconds: fewer than
    `least` communities are not worth a run of their own. What a run that dies had before it, at
    `most`, waits until it is found out.
    """

    least: int = 50
    most: int = 1000
    at_once: int = 2

    def parts(self, found: Sequence[Each]) -> list[Sequence[Each]]:
        """`found`, cut into parts of one size or one more."""
        wanted = min(self.at_once, len(found) // self.least)
        count = max(wanted, -(-len(found) // self.most))
        ends = [number * len(found) // count for number in range(count + 1)]
        return [found[start:end] for start, end in pairwise(ends)]


def claim_due(
    session: Session,
    at: datetime,
    now: datetime,
    share: Share,
    retry_blocked: timedelta = RETRY_BLOCKED,
) -> list[Batch]:
    """Claim what is due at `at`, in order: of each community only the first outstanding step.

    A blocked or held step does not hold up those after it: the domain refuses what needs it. `now`
    stamps the claims; it is another time than `at` where a year is replayed. A daily step for
    which nothing asks goes on to its next turn instead.
    """
    just_tried = now - retry_blocked, now
    let_go_on(session, now - min(ACTED_AGAIN, retry_blocked))
    ready = _first_of_each(session, at, just_tried)
    while pass_over(session, [row for row, _ in ready], at):
        ready = _first_of_each(session, at, just_tried)
    groups: dict[tuple[str, str, str], list[Found]] = {}
    for occurrence, community in ready:
        key = occurrence.process, occurrence.period, occurrence.step
        groups.setdefault(key, []).append((occurrence, community))
    batches = []
    for key, found in groups.items():
        for part in share.parts(found):
            attempt, claimed = _claim(session, part, at, now)
            if claimed:
                batches.append(Batch(*key, attempt, tuple(claimed.values()), tuple(claimed)))
    return batches


def _first_of_each(
    session: Session, at: datetime, just_tried: tuple[datetime, datetime]
) -> list[Found]:
    rows = session.execute(
        select(Occurrence, Community)
        .join(Community, Community.id == Occurrence.community_id)
        .where(
            Occurrence.state.in_(OPEN), Occurrence.state != StepState.HELD, Occurrence.due_at <= at
        )
        .execution_options(populate_existing=True)
    ).tuples()
    # To the last in one order: two clocks that claim at once must not wait for each other.
    ordered = sorted(rows, key=lambda row: (*_order(row[0]), row[0].id))
    overtaken = _drop_overtaken(session, [occurrence for occurrence, _ in ordered])
    busy: set[int] = set()
    found: list[Found] = []
    for occurrence, community in ordered:
        if community.id in busy or occurrence.id in overtaken:
            continue
        if occurrence.state == StepState.CLAIMED:
            busy.add(community.id)
        elif occurrence.state == StepState.DUE or _may_try_again(occurrence, just_tried):
            busy.add(community.id)
            found.append((occurrence, community))
    return found


def _drop_overtaken(session: Session, ordered: Sequence[Occurrence]) -> set[int]:
    """Reminders whose time has passed, in favour of the one that tells the present state."""
    last = {(row.community_id, row.process, row.period): row.id for row in ordered}
    overtaken = {
        row.id
        for row in ordered
        if row.state == StepState.DUE
        and row.step.startswith("remind")
        and last[row.community_id, row.process, row.period] != row.id
    }
    if overtaken:
        session.execute(
            update(Occurrence)
            .where(Occurrence.id.in_(_not_held(overtaken, StepState.DUE)))
            .values(
                state=StepState.DROPPED,
                outcome="its time had passed: the next step tells how it is",
            )
            .execution_options(synchronize_session=False)
        )
    return overtaken


def _not_held(occurrences: Collection[int], *states: StepState) -> ScalarSelect[int]:
    """Those in one of these states that no transaction holds: one that hangs keeps its own steps
    from going on, and nobody else's."""
    return (
        select(Occurrence.id)
        .where(Occurrence.id.in_(occurrences), Occurrence.state.in_(states))
        .order_by(Occurrence.id)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )


def _order(occurrence: Occurrence) -> tuple[datetime, int, str]:
    period = Period.parse(occurrence.period)
    return sort_key(Step(occurrence.process, period, occurrence.step, occurrence.due_at))


def _may_try_again(occurrence: Occurrence, just_tried: tuple[datetime, datetime]) -> bool:
    """A blocked step is tried again after a while; a failed one waits for an operator.

    What was tried later than now was so by a clock that was wrong.
    """
    if occurrence.state != StepState.BLOCKED:
        return False
    since, now = just_tried
    return occurrence.claimed_at is None or not since < occurrence.claimed_at <= now + SKEW_MAX


def _claim(
    session: Session, found: Sequence[Found], at: datetime, now: datetime
) -> tuple[int, dict[int, str]]:
    """Claim one step of these communities; the attempt's number, and the codes by occurrence.

    It is newer than any attempt of theirs. What another one has claimed, ended or put off in the
    meantime is left to it, and what it holds locked is passed over.
    """
    attempt = 1 + max(occurrence.attempt for occurrence, _ in found)
    outstanding = _not_held(
        [occurrence.id for occurrence, _ in found], StepState.DUE, StepState.BLOCKED
    )
    claimed = session.scalars(
        update(Occurrence)
        .where(
            Occurrence.id.in_(outstanding), Occurrence.due_at <= at, Occurrence.attempt < attempt
        )
        .values(state=StepState.CLAIMED, attempt=attempt, claimed_at=now, run="")
        .returning(Occurrence.id)
        .execution_options(synchronize_session=False)
    )
    taken = set(claimed)
    return attempt, {row.id: home.code for row, home in found if row.id in taken}


def note_run(session: Session, batch: Batch, run: str) -> None:
    """Keep which flow run does a batch, for operators and for the reaper.

    A run that has begun in the meantime holds the step that it is at; that one is passed over.
    """
    session.execute(
        update(Occurrence)
        .where(
            Occurrence.id.in_(_not_held(batch.occurrences, StepState.CLAIMED)),
            Occurrence.attempt == batch.attempt,
        )
        .values(run=run)
        .execution_options(synchronize_session=False)
    )


def give_back(
    session: Session,
    occurrences: Sequence[int],
    why: str,
    silent: ColumnElement[bool] | None = None,
) -> int:
    """A claim that came to nothing: the steps are due again; how many. With `silent`, one that has
    given a sign of life in the meantime keeps its claim."""
    return affected(
        session,
        update(Occurrence)
        .where(
            Occurrence.id.in_(_not_held(occurrences, StepState.CLAIMED)),
            true() if silent is None else silent,
        )
        .values(state=StepState.DUE, outcome=why)
        .execution_options(synchronize_session=False),
    )


def give_back_runs(session: Session, runs: Collection[str], why: str) -> int:
    """What these flow runs have claimed and not done is due again; how many steps."""
    claimed = select(Occurrence.id).where(
        Occurrence.run.in_(runs), Occurrence.state == StepState.CLAIMED
    )
    return give_back(session, session.scalars(claimed).all(), why)


def silent_since(moment: datetime, now: datetime) -> ColumnElement[bool]:
    """That the run of a claimed step has given no sign of life since a moment: one later than now
    is of a clock that was wrong."""
    return (Occurrence.claimed_at <= moment) | (Occurrence.claimed_at > now + SKEW_MAX)


def silent_claims(session: Session, silent: ColumnElement[bool]) -> Sequence[Occurrence]:
    """Steps whose run has given no sign of life for too long, and that have not ended.

    What a transaction holds is being worked at, however long it takes; its own limits end it.
    """
    return session.scalars(
        select(Occurrence)
        .where(Occurrence.state == StepState.CLAIMED, silent)
        .with_for_update(skip_locked=True)
    ).all()


def claims_with_runs(session: Session) -> dict[int, str]:
    """The run of each claimed step, by the step's id; empty where it has none yet."""
    query = select(Occurrence.id, Occurrence.run).where(Occurrence.state == StepState.CLAIMED)
    return dict(session.execute(query).tuples().all())


def claims_of(session: Session, run: str) -> Sequence[Occurrence]:
    """What a run has claimed and has not taken up, locked."""
    return session.scalars(
        select(Occurrence)
        .where(Occurrence.state == StepState.CLAIMED, Occurrence.run == run)
        .order_by(Occurrence.id)
        .with_for_update(skip_locked=True)
    ).all()


def next_due(session: Session) -> datetime | None:
    """When the next step falls due: what the alarm is set to."""
    return session.scalar(
        select(Occurrence.due_at)
        .where(Occurrence.state == StepState.DUE)
        .order_by(Occurrence.due_at)
        .limit(1)
    )


def due_between(
    session: Session, begin: datetime, end: datetime
) -> dict[tuple[str, str, str, datetime], list[str]]:
    """The codes of the communities for each step that falls due in a span of time."""
    rows = session.execute(
        select(
            Occurrence.process,
            Occurrence.period,
            Occurrence.step,
            Occurrence.due_at,
            Community.code,
        )
        .join(Community, Community.id == Occurrence.community_id)
        .where(
            Occurrence.state == StepState.DUE, Occurrence.due_at > begin, Occurrence.due_at <= end
        )
        .order_by(Occurrence.due_at, Community.code)
    ).tuples()
    steps: dict[tuple[str, str, str, datetime], list[str]] = {}
    for process, period, step, due_at, code in rows:
        steps.setdefault((process, period, step, due_at), []).append(code)
    return steps
