"""What is stalled, failed, undelivered, late, blocked or waiting (运行情况), for all communities.

A few queries for the whole installation, whatever the number of communities; how findings read,
and what to do about each, is `domain.operations.finding`'s.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.community.groups import groups
from domain.community.outlines import outlines_on
from domain.cycle.attempt import SUSPENDED
from domain.cycle.occurrences import OPEN
from domain.kernel.documents import document
from domain.kernel.local_time import SKEW_MAX, local_date, start_of_day
from domain.kernel.period import Period
from domain.kernel.reasons import kept, reason, restored
from domain.operations.finding import Finding, gather, urgency
from domain.operations.standstill import (
    LATE_AFTER,
    no_clock,
    stuck_outbox,
    unannounced,
    undelivered,
)
from domain.review.awaited import awaited
from domain.review.claims import undecided_in
from domain.review.undecidable import undecidable
from domain.rules.outline import Outline
from domain.shop.funds import fund_figures
from domain.store.tables.claims import Claim, RefusedRow, still_waits
from domain.store.tables.cycle import Occurrence, StepState
from domain.store.tables.objections import Objection, ObjectionStatus
from domain.store.tables.outbox import Message, MessageState
from domain.store.tables.people import Community
from domain.store.tables.shop import RedemptionRound

# A run shows signs of life between communities; the reaper looks after those that do not.
SILENT_AFTER = timedelta(minutes=30)
OUTBOX_AGE_MAX = timedelta(hours=2)
# Many people want no messages: what they were not sent is of interest for so long.
UNADDRESSED_SHOWN = timedelta(days=30)
# Of each of many communities so many steps are named: the clock does them in order, so that the
# first are what matters. Of one community that is asked for, all.
STEPS_MAX = 5
# States of a step that are findings whenever it is due, and those that wait for people.
STOPPED = (StepState.BLOCKED, StepState.FAILED, StepState.HELD)
WAITING = (StepState.BLOCKED, StepState.HELD)
# Why a collection is due again after it was claimed.
GIVEN_BACK = ("engine_took_nothing", "run_was_lost", "worker_told_to_end")


class _Step(NamedTuple):
    """An outstanding step, as the query brings it."""

    community: int
    process: str
    period: str
    step: str
    state: StepState
    due_at: datetime
    claimed_at: datetime | None
    run: str
    outcome: str
    outstanding: int  # of its community

    @property
    def name(self) -> tuple[str, str, str]:
        return self.process, self.step, self.period


def findings(
    session: Session,
    community: Community | None,
    at: datetime,
    outbox_before: datetime | None = None,
) -> list[Finding]:
    """The findings of a community, or of all where it is None; the most urgent first.

    What should have gone out before `outbox_before` (two hours ago) is said to be stuck.
    """
    before = outbox_before or at - OUTBOX_AGE_MAX
    return sorted(_Look(session, community, at).everything(before), key=urgency)


def overdue(session: Session, at: datetime) -> list[Finding]:
    """The steps that the service should have done by now, each for all communities at once."""
    return gather(each for each in _Look(session, None, at).overdue())


class _Look:
    """One look at an installation at a moment."""

    def __init__(self, session: Session, community: Community | None, at: datetime) -> None:
        self.session, self.at = session, at
        self.only = community.id if community is not None else None

    @cached_property
    def codes(self) -> dict[int, str]:
        query = select(Community.id, Community.code).where(self._among(Community.id))
        return dict(self.session.execute(query).tuples().all())

    @cached_property
    def outlines(self) -> dict[int, Outline]:
        ids = None if self.only is None else [self.only]
        return outlines_on(self.session, local_date(self.at), ids)

    def everything(self, outbox_before: datetime) -> Iterator[Finding]:
        yield from no_clock(self.session, self.at, self.only)
        yield from self._steps(self._outstanding())
        yield from self._claims()
        yield from self._objections()
        yield from self._refused()
        yield from self._undelivered()
        yield from self._groups()
        yield from self._undecidable()
        if self.codes:
            yield from unannounced(self.session, self.at)
        yield from self._rounds()
        yield from self._funds()
        yield from stuck_outbox(self.session, outbox_before, self.only)

    def _among(self, column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
        return true() if self.only is None else column == self.only

    def _outstanding(self) -> list[_Step]:
        """Steps that should be done and are not, in the order in which they fell due."""
        each = Occurrence.community_id
        # What waits for people is counted apart: it makes nothing late.
        waits = case((Occurrence.state.in_(WAITING), 1), else_=0)
        failed_first = case((Occurrence.state == StepState.FAILED, 0), else_=1)
        place = func.row_number().over(
            partition_by=(each, waits), order_by=(failed_first, Occurrence.due_at, Occurrence.id)
        )
        is_overdue = Occurrence.due_at <= self.at - LATE_AFTER
        found = (
            select(
                each,
                Occurrence.process,
                Occurrence.period,
                Occurrence.step,
                Occurrence.state,
                Occurrence.due_at,
                Occurrence.claimed_at,
                Occurrence.run,
                Occurrence.outcome,
                func.count().over(partition_by=(each, waits)).label("outstanding"),
                place.label("place"),
                Occurrence.id,
            )
            .where(Occurrence.state.in_(OPEN), self._among(each))
            .where(
                is_overdue
                | Occurrence.state.in_(STOPPED)
                | ((Occurrence.state == StepState.CLAIMED) & (Occurrence.due_at <= self.at))
            )
            .subquery()
        )
        query = select(*list(found.c)[: len(_Step._fields)])
        if self.only is None:
            query = query.where(found.c.place <= STEPS_MAX)
        rows = self.session.execute(query.order_by(found.c.due_at, found.c.id))
        return [_Step(*row) for row in rows.tuples()]

    def _is_late(self, step: _Step) -> bool:
        return step.due_at <= self.at - LATE_AFTER

    def _steps(self, steps: list[_Step]) -> Iterator[Finding]:
        blocked = {each.community for each in steps if each.state == StepState.BLOCKED}
        today = local_date(self.at)
        month = str(Period.of("month", today))
        # Naming most of them would take longer than asking of all.
        ids = None if len(blocked) > len(self.codes) // 2 and self.only is None else blocked
        waits = awaited(self.session, today, ids, month) if blocked else {}
        yield from self._behind(steps)
        first: dict[int, _Step] = {}
        for each in steps:
            earliest = first.setdefault(each.community, each)
            what, said = self._state(each)
            if not what:
                continue
            is_blocked = what == "blocked"
            yield replace(
                self._finding(each, what, said),
                after=earliest.name if is_blocked and earliest is not each else (),
                awaits=waits.get(each.community, ()) if is_blocked else (),
            )

    def overdue(self) -> Iterator[Finding]:
        for each in self._outstanding():
            what, said = self._state(each)
            if what == "late":
                yield self._finding(each, what, said)

    def _finding(self, step: _Step, what: str, said: str) -> Finding:
        return Finding(
            what,
            "step",
            (self.codes[step.community],),
            step.process,
            step.period,
            step.step,
            since=step.due_at,
            said=said,
            run=step.run,
        )

    def _behind(self, steps: list[_Step]) -> Iterator[Finding]:
        """The steps of a community that are not named one by one."""
        if self.only is not None:
            return
        last = {(each.community, each.state in WAITING): each for each in steps}
        for (community, waits), each in last.items():
            if each.outstanding > STEPS_MAX:
                yield Finding(
                    "blocked" if waits else "late",
                    "behind",
                    (self.codes[community],),
                    count=each.outstanding - STEPS_MAX,
                    since=each.due_at,
                )

    def _state(self, step: _Step) -> tuple[str, str]:
        """What a step is to an operator, and what is said of it; nothing where all is well."""
        if step.state in STOPPED:
            return step.state, step.outcome
        if step.state == StepState.CLAIMED:
            seen = step.claimed_at or step.due_at
            if restored(step.outcome).code == SUSPENDED:
                return "late", step.outcome
            silent = not self.at - SILENT_AFTER < seen <= self.at + SKEW_MAX
            return ("late", kept(reason("run_silent"))) if silent else ("", "")
        # Why it was given back; what an evening's collection did the last time is no cause.
        is_cause = step.process != "collect" or restored(step.outcome).code in GIVEN_BACK
        given_back = step.outcome if is_cause else ""
        return ("late", given_back) if self._is_late(step) else ("", "")

    def _claims(self) -> Iterator[Finding]:
        query = (
            select(Claim.community_id, func.count(), func.min(Claim.occurred_on))
            .where(undecided_in(None if self.only is None else [self.only]), Claim.carried > 0)
            .group_by(Claim.community_id)
        )
        for community, count, oldest in self.session.execute(query).tuples():
            yield Finding(
                "waiting",
                "claims",
                (self.codes[community],),
                count=count,
                since=start_of_day(oldest),
            )

    def _objections(self) -> Iterator[Finding]:
        query = select(Objection.community_id, Objection.ref, Objection.due_at).where(
            self._among(Objection.community_id), Objection.status == ObjectionStatus.OPEN
        )
        for community, ref, due_at in self.session.execute(query).tuples():
            # People are waited for: it is past its deadline, and yet the service is not late.
            subject = "unanswered" if due_at <= self.at else "objections"
            yield Finding("waiting", subject, (self.codes[community],), ref=ref, since=due_at)

    def _refused(self) -> Iterator[Finding]:
        counts = self._counts(RefusedRow.community_id, RefusedRow.refused_at, still_waits())
        for community, count, oldest in counts:
            yield Finding("waiting", "refused", (self.codes[community],), count=count, since=oldest)

    def _undelivered(self) -> Iterator[Finding]:
        """Messages that an address refused for good, and those whose people have no address."""
        yield from undelivered(self.session, self.only)
        recent = Message.written_at >= self.at - UNADDRESSED_SHOWN
        for community, count, oldest in self._counts(
            Message.community_id,
            Message.written_at,
            Message.state == MessageState.UNADDRESSED,
            recent,
        ):
            code = self.codes[community]
            yield Finding("waiting", "unaddressed", (code,), count=count, since=oldest)

    def _groups(self) -> Iterator[Finding]:
        """Assessment groups that are too large, and people whom none keeps apart crosswise."""
        today = local_date(self.at)
        for community, too_large, in_none in groups(self.session, self.outlines, today):
            codes = (self.codes[community],)
            if too_large:
                yield Finding("waiting", "groups", codes, count=too_large)
            if in_none:
                yield Finding("waiting", "ungrouped", codes, count=in_none)

    def _undecidable(self) -> Iterator[Finding]:
        """Claims that nobody who is registered may decide, and stages with too few people."""
        ids = None if self.only is None else [self.only]
        for each in undecidable(self.session, local_date(self.at), ids):
            yield Finding(
                "waiting",
                "undecidable",
                (self.codes[each.community],),
                count=each.claims,
                said=kept(each.why),
            )

    def _rounds(self) -> Iterator[Finding]:
        """Rounds without opening days: the whole half year is open (ruling 31)."""
        half = str(Period.of("half_year", local_date(self.at)))
        are_set = select(RedemptionRound.community_id).where(RedemptionRound.period == half)
        known = set(self.session.scalars(are_set))
        for community, outline in self.outlines.items():
            if outline.redemption.every == "half_year" and community not in known:
                yield Finding("waiting", "round", (self.codes[community],), period=half)

    def _funds(self) -> Iterator[Finding]:
        """Funds of which little is left for what is redeemed (兑换经费)."""
        funded = [key for key, outline in self.outlines.items() if outline.funds]
        for community in self.session.scalars(select(Community).where(Community.id.in_(funded))):
            outline = self.outlines[community.id]
            found = fund_figures(self.session, community, outline, self.at)
            if found is not None and found.is_low:
                shown = document(found)
                named = {name: shown[name] for name in ("name", "left", "given")}
                yield Finding(
                    "waiting", "fund", (community.code,), said=kept(reason("fund_low", **named))
                )

    def _counts(
        self,
        community: InstrumentedAttribute[int],
        moment: InstrumentedAttribute[Any],
        *where: ColumnElement[bool],
    ) -> list[tuple[int, int, Any]]:
        """By community, how many rows and the oldest of them."""
        query = select(community, func.count(), func.min(moment))
        query = query.where(self._among(community), *where).group_by(community)
        return [tuple(row) for row in self.session.execute(query)]
