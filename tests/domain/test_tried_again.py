"""A blocked step is tried again when somebody acted on what blocked it, and seldom otherwise."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from domain.community.activity import acted
from domain.community.particulars import Particulars, change
from domain.cycle.due import ACTED_AGAIN, RETRY_BLOCKED, Share, claim_due
from domain.cycle.occurrences import find_occurrence, finish
from domain.intake.imports import import_table
from domain.kernel.errors import Refused
from domain.kernel.period import Period
from domain.kernel.reasons import kept
from domain.sheets.reading import Table
from domain.shop.opening_days import set_round
from domain.steps.acts import act_of
from domain.store.tables.claims import Verdict
from domain.store.tables.cycle import Occurrence, StepState
from domain.store.tables.objections import Resolution
from notifications.letters.messenger import tell
from tests.domain.builders import (
    CLEARING,
    Village,
    day,
    found,
    moment,
    rules,
    standing,
)
from tests.rules.builders import SOURCE

Step = tuple[str, str, str]

SOON = timedelta(seconds=30)
MEMBERS = {"opt_in": False, "members": True, **SOURCE}


@dataclass
class Cycle:
    """A village's steps as the clock and its runs do them; `now` is the machine's time."""

    village: Village
    now: datetime

    def due(self, step: Step, at: datetime) -> Occurrence:
        process, period, name = step
        row = Occurrence(
            community_id=self.village.community.id,
            process=process,
            period=period,
            step=name,
            due_at=at,
        )
        self.village.session.add(row)
        self.village.session.flush()
        return row

    def sweep(self, at: datetime, wait: timedelta = SOON) -> dict[Step, int]:
        """What the clock claims next, each with its attempt."""
        self.now += wait
        batches = claim_due(self.village.session, at, self.now, Share())
        return {(each.process, each.period, each.step): each.attempt for each in batches}

    def work(self, step: Step, at: datetime, attempt: int) -> str:
        """Do a step as a run does; its state."""
        session, community = self.village.session, self.village.community
        process, period, name = step
        state, outcome = "done", ""
        try:
            with session.begin_nested():
                act_of(process, name)(session, community, Period.parse(period), at, tell)
        except Refused as error:
            state, outcome = "blocked", kept(error.why)
        finish(
            session,
            community,
            process,
            Period.parse(period),
            name,
            at,
            state=StepState(state),
            outcome=outcome,
            attempt=attempt,
        )
        return state

    def run_due(self, at: datetime) -> dict[Step, str]:
        return {step: self.work(step, at, number) for step, number in self.sweep(at).items()}


def blocked(village: Village, step: Step, at: datetime) -> Cycle:
    """The step, tried by the clock in vain."""
    cycle = Cycle(village, at)
    cycle.sweep(at)  # what was done before the step fell due
    cycle.due(step, at)
    assert cycle.run_due(at) == {step: "blocked"}
    assert cycle.sweep(at) == {}, "nobody has acted"
    cycle.now += ACTED_AGAIN
    assert cycle.sweep(at) == {}, "nobody has acted"
    return cycle


def last_quarter(village: Village) -> None:
    """All that settling the year asks for, but for what a test is about."""
    village.open()
    village.run(months=(10, 11, 12))


PUBLISH: Step = ("publicity", "2026-Q1", "publish")
CLOSE_WINDOW: Step = ("publicity", "2026-Q1", "close")
SETTLE: Step = ("settle", "2026", "settle")
CLEAR: Step = ("settle", "2026", "clear")
ROUND: Step = ("redemption", "2026-H1", "close")
SETTLED = moment("2027-01-14")
CLEARED = moment("2027-02-01")


def by_hand(cycle: Cycle, step: Step, at: datetime) -> None:
    """Another step is done, whoever starts it."""
    assert cycle.work(step, at, 0) == "done"


def test_the_audit_was_not_closed(village: Village) -> None:
    village.open()
    at = moment("04-06T09:00")
    cycle = blocked(village, PUBLISH, at)
    by_hand(cycle, ("audit", "2026-03", "close"), at)
    assert cycle.run_due(at) == {PUBLISH: "done"}


def test_the_quarter_was_not_published(village: Village) -> None:
    village.open()
    village.close("2026-03")
    at = moment("04-14")
    cycle = blocked(village, CLOSE_WINDOW, at)
    by_hand(cycle, PUBLISH, at)
    # Published late, its window is open for a week: that is told by its own due time.
    row = find_occurrence(
        village.session, village.community, "publicity", Period.parse("2026-Q1"), "close"
    )
    assert row is not None
    village.session.refresh(row)
    assert cycle.sweep(at) == {}
    assert cycle.run_due(row.due_at) == {CLOSE_WINDOW: "done"}


def test_a_claim_was_undecided(village: Village) -> None:
    last_quarter(village)
    village.claim("C1", "H1", "sweep", "12-30")
    cycle = blocked(village, SETTLE, SETTLED)
    village.decide("C1", Verdict.REJECT, at="2027-01-14T08:00")
    assert cycle.run_due(SETTLED) == {SETTLE: "done"}


def test_a_claim_was_decided_on_a_sheet(village: Village) -> None:
    last_quarter(village)
    village.claim("C1", "H1", "sweep", "12-30")
    cycle = blocked(village, SETTLE, SETTLED)
    sheet = Table(
        "表.csv",
        "",
        ("ref", "reviewer", "verdict", "note"),
        [2],
        [["C1", "r1", "reject", "不属实"]],
    )
    answers = import_table(
        village.session, village.community, "decisions", sheet, moment("2027-01-14T08:00")
    )
    assert [each.outcome for each in answers] == ["accepted"]
    assert cycle.run_due(SETTLED) == {SETTLE: "done"}


@pytest.mark.parametrize("outcome", Resolution)
def test_an_objection_was_open(village: Village, outcome: Resolution) -> None:
    village.open()
    village.award("C1", "H1", on="12-05")
    village.run(months=(10, 11, 12))
    village.object("O1", "C1", "H2", at="2027-01-08")
    cycle = blocked(village, SETTLE, SETTLED)
    village.resolve("O1", outcome, at="2027-01-14T08:00")
    assert cycle.run_due(SETTLED) == {SETTLE: "done"}


def test_the_last_audit_and_the_last_notice_were_missing(village: Village) -> None:
    village.open()
    village.run(months=(10, 11))
    cycle = blocked(village, SETTLE, SETTLED)
    by_hand(cycle, ("audit", "2026-12", "close"), SETTLED)
    assert cycle.run_due(SETTLED) == {SETTLE: "blocked"}
    cycle.now += ACTED_AGAIN
    by_hand(cycle, ("publicity", "2026-Q4", "publish"), SETTLED)
    row = find_occurrence(
        village.session, village.community, "settle", Period.parse("2026"), "settle"
    )
    assert row is not None
    village.session.refresh(row)
    assert cycle.run_due(row.due_at) == {SETTLE: "done"}


@pytest.mark.parametrize("way", ["sheet of members", "entered"])
def test_the_members_were_unknown(founding: Callable[..., Village], way: str) -> None:
    village = founding(rules(standing=standing(by="average"), participants=MEMBERS))
    for household in ("H1", "H2", "H3"):
        village.member(household, "M1")
    last_quarter(village)
    village.home("H4")
    cycle = blocked(village, SETTLE, SETTLED)
    if way == "entered":
        change(village.session, village.community, "H4", Particulars(members=2))
    else:
        sheet = Table("表.csv", "", ("household", "member", "name"), [2], [["H4", "M1", "王一"]])
        import_table(village.session, village.community, "members", sheet, SETTLED)
    assert cycle.run_due(SETTLED) == {SETTLE: "done"}


def test_the_year_was_not_settled(founding: Callable[..., Village]) -> None:
    village = founding(rules(closing=CLEARING))
    last_quarter(village)
    cycle = blocked(village, CLEAR, CLEARED)
    by_hand(cycle, SETTLE, CLEARED)
    assert cycle.run_due(CLEARED) == {CLEAR: "done"}


def test_a_round_whose_days_were_set_anew(founding: Callable[..., Village]) -> None:
    village = founding(rules(redemption={"every": "half_year", **SOURCE}))
    village.open()
    half = Period.parse("2026-H1")
    early = moment("07-01")
    set_round(village.session, village.community, half, day("07-01"), day("07-10"), "", early)
    cycle = blocked(village, ROUND, moment("07-05"))
    set_round(village.session, village.community, half, day("07-01"), day("07-04"), "", early)
    assert cycle.run_due(moment("07-05")) == {ROUND: "done"}


def test_who_acts_again_and_again_is_not_answered_by_a_run_each_time(village: Village) -> None:
    last_quarter(village)
    village.claim("C1", "H1", "sweep", "12-30")
    cycle = blocked(village, SETTLE, SETTLED)
    runs = 0
    for _ in range(15):  # seven minutes of work
        acted(village.session, village.community)
        runs += len(cycle.run_due(SETTLED))
    assert runs == 2
    # And the last act is not forgotten.
    village.decide("C1", Verdict.REJECT, at="2027-01-14T08:00")
    assert cycle.sweep(SETTLED) == {}
    cycle.now += ACTED_AGAIN
    assert cycle.run_due(SETTLED) == {SETTLE: "done"}


def test_what_is_done_while_the_step_is_tried_is_not_missed(village: Village) -> None:
    last_quarter(village)
    village.claim("C1", "H1", "sweep", "12-30")
    cycle = blocked(village, SETTLE, SETTLED)
    acted(village.session, village.community)
    ((step, attempt),) = cycle.sweep(SETTLED).items()
    # The run has looked already; then comes the last decision, and only then the run's end.
    acted(village.session, village.community)
    assert cycle.sweep(SETTLED) == {}
    finish(
        village.session,
        village.community,
        "settle",
        Period.parse("2026"),
        "settle",
        SETTLED,
        state=StepState.BLOCKED,
        attempt=attempt,
    )
    village.decide("C1", Verdict.REJECT, at="2027-01-14T08:00")
    cycle.now += ACTED_AGAIN
    assert cycle.run_due(SETTLED) == {step: "done"}


def test_one_villages_act_is_no_others(session: Session) -> None:
    one, other = found(session, code="one"), found(session, code="other")
    for village in (one, other):
        Cycle(village, SETTLED).due(SETTLE, SETTLED)
    cycle = Cycle(one, SETTLED)
    ((step, attempt),) = cycle.sweep(SETTLED).items()
    for village in (one, other):
        assert Cycle(village, SETTLED).work(step, SETTLED, attempt) == "blocked"
    cycle.now += ACTED_AGAIN
    acted(session, other.community)
    (batch,) = claim_due(session, SETTLED, cycle.now, Share())
    assert batch.communities == ("other",)


def test_without_an_act_it_costs_no_run_an_hour_and_is_still_tried(village: Village) -> None:
    village.open()
    cycle = blocked(village, SETTLE, SETTLED)
    hours = [hour for hour in range(1, 25) if an_hour_later(cycle)]
    assert len(hours) == timedelta(hours=24) // RETRY_BLOCKED <= 4


def an_hour_later(cycle: Cycle) -> bool:
    cycle.now += timedelta(hours=1)
    return bool(cycle.run_due(SETTLED))
