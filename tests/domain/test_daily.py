"""What is done every day takes a run only where something asks for it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.cycle.catalogue import CATALOGUE, find_kind, is_daily
from domain.cycle.daily import ASKING
from domain.cycle.due import Batch, Share, claim_due
from domain.cycle.occurrences import find_occurrence, finish, keep_open, occurrences_of
from domain.kernel.period import Period
from domain.kernel.reasons import told
from domain.shop.opening_days import set_round
from domain.steps.acts import act_of
from domain.store.tables.cycle import Occurrence
from domain.store.tables.outbox import Message
from notifications.letters.messenger import tell
from tests.domain.builders import Village, day, found, moment, rules
from tests.rules.builders import SOURCE

YEAR = Period.parse("2026")
REMIND = ("objections", YEAR, "remind")


def test_what_asks_for_it_is_known_of_each_daily_step() -> None:
    assert set(ASKING) == {(kind.process, kind.name) for kind in CATALOGUE if kind.daily}


class Town:
    """Some villages whose cycle the service keeps, from 1 April on."""

    def __init__(self, session: Session, count: int) -> None:
        self.session = session
        self.villages = []
        for number in range(count):
            village = found(session, code=f"v{number}")
            village.community.added_at = moment("04-01")
            village.award("C1", "H1")
            village.close("2026-03")
            village.person("k1", "clerk")
            self.villages.append(village)
        keep_open(session, moment("04-01"))
        session.flush()

    def claim(self, at: datetime) -> list[Batch]:
        """The runs of daily steps that only tell; what else is due is done with."""
        found: list[Batch] = []
        while batches := claim_due(self.session, at, at, Share()):
            for batch in batches:
                kind = find_kind(batch.process, batch.step)
                if kind is not None and kind.daily and kind.droppable:
                    found.append(batch)
                self._do(batch, at)
        return found

    def _do(self, batch: Batch, at: datetime) -> None:
        for village in self.villages:
            if village.community.code in batch.communities:
                period = Period.parse(batch.period)
                if is_daily(batch.process, batch.step):
                    act = act_of(batch.process, batch.step)
                    act(self.session, village.community, period, at, tell)
                finish(
                    self.session,
                    village.community,
                    batch.process,
                    period,
                    batch.step,
                    at,
                    attempt=batch.attempt,
                )

    def step(self, number: int = 0) -> Occurrence:
        self.session.expire_all()
        row = find_occurrence(self.session, self.villages[number].community, *REMIND)
        assert row is not None
        return row


@pytest.fixture
def town(session: Session) -> Town:
    return Town(session, 3)


def test_a_morning_without_anything_to_tell_passes_without_a_run(town: Town) -> None:
    assert town.claim(moment("04-07T09:00:10")) == []
    row = town.step()
    assert (row.state, row.due_at) == ("due", moment("04-08T09:00"))
    assert told(row.outcome, "en") == "nobody had to be reminded"


def test_only_where_an_answer_is_due_is_a_run_and_once(town: Town) -> None:
    objection = town.villages[1].object("O1", "C1", "H2", at="04-07")
    days = [moment("04-08T09:00:10") + timedelta(days=number) for number in range(25)]
    runs = {at: town.claim(at) for at in days}
    asked = [at for at, batches in runs.items() if batches]
    assert asked
    assert {codes for at in asked for batch in runs[at] for codes in batch.communities} == {"v1"}
    assert all(at <= objection.due_at + timedelta(days=4) for at in asked)
    # Whoever hears of it does so once; once it is overdue, on one day.
    heard = town.session.execute(select(Message.recipient, Message.occasion)).tuples().all()
    assert len(set(heard)) == len(heard)
    overdue = [at for at in asked if at > objection.due_at]
    assert len(overdue) == 1
    assert {who for who, occasion in heard if occasion.endswith(":overdue")} >= {"k1"}
    assert town.claim(days[-1]) == []


def test_the_year_ends_without_a_run(town: Town) -> None:
    assert town.claim(moment("2027-01-01T00:00:10")) == []
    assert town.step().state == "done"


NEW = {
    (kind.process, kind.name)
    for kind in CATALOGUE
    if kind.droppable and kind.name in ("remind", "window", "oversee")
} - {("audit", "remind")}


def test_a_year_that_an_earlier_release_has_written_gets_its_new_steps(session: Session) -> None:
    village = found(session)
    village.community.added_at = moment("01-01")
    keep_open(session, moment("01-01"))
    rows = occurrences_of(session, village.community)
    before = {(row.process, row.period, row.step) for row in rows}
    new = [
        row.id
        for row in rows
        if (kind := find_kind(row.process, row.step)) and (kind.process, kind.name) in NEW
    ]
    session.execute(delete(Occurrence).where(Occurrence.id.in_(new)))
    session.expire_all()
    assert keep_open(session, moment("05-10T10:00")) == len(new)
    after = occurrences_of(session, village.community)
    assert {(row.process, row.period, row.step) for row in after} == before
    by_name = {(row.process, row.period, row.step): row for row in after}
    # From now on: what had passed is not caught up with.
    past = by_name["objections", "2026-Q1", "window"]
    assert (past.state, told(past.outcome, "en")) == (
        "dropped",
        "fell due before the release that has this step",
    )
    assert by_name["objections", "2026-Q2", "window"].state == "due"
    assert by_name["objections", "2026", "remind"].due_at == moment("05-11T09:00")
    assert keep_open(session, moment("05-10T10:00")) == 0


def test_reminders_come_before_the_end_of_a_round_whose_days_are_set(
    founding: Callable[..., Village],
) -> None:
    terms = rules(redemption={"every": "half_year", "coverage_percent": 30, **SOURCE})
    village = founding(terms)
    keep_open(village.session, village.community.added_at)

    def due() -> list[datetime]:
        rows = occurrences_of(village.session, village.community)
        return [
            row.due_at
            for row in rows
            if (row.process, row.period) == ("redemption", "2026-H1")
            and row.step.startswith("remind")
        ]

    assert due()[-1] == moment("06-30T09:00")
    half = Period.parse("2026-H1")
    set_round(
        village.session, village.community, half, day("06-10"), day("06-18"), "", moment("05-01")
    )
    assert due()[-1] == moment("06-18T09:00")
