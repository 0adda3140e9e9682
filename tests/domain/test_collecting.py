"""Of an evening, claims are collected where something came; at the month's end everywhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from domain.audit.books import welcome
from domain.community.adoption import adopt
from domain.community.leaving import leave
from domain.community.particulars import Particulars, change
from domain.cycle.due import Batch, Share, claim_due, give_back
from domain.cycle.occurrences import find_occurrence, finish, keep_open
from domain.intake.imports import import_table
from domain.intake.inbox import stage
from domain.kernel.period import Period
from domain.kernel.reasons import told
from domain.sheets.reading import Table
from domain.store.tables.cycle import Occurrence, StepState
from tests.domain.builders import day, found, moment, rules
from tests.rules.builders import SOURCE, item

pytestmark = pytest.mark.both_databases

MARCH = Period.parse("2026-03")
BEGAN = moment("03-09T08:00")
FIRST_EVENING = moment("03-09T20:01")


def table(*rows: str) -> Table:
    """A sheet, its heading first."""
    cells = [row.split(",") for row in rows]
    return Table("表.csv", "", tuple(cells[0]), list(range(2, len(rows) + 1)), cells[1:])


class Town:
    """A few villages whose service began on 9 March, and who has looked at them that evening."""

    def __init__(self, session: Session, count: int, prefix: str = "v", **terms: object) -> None:
        self.session = session
        self.villages = []
        for number in range(count):
            base = item("base", "base", points=6 + number, per="year")
            usual = rules(base, item("sweep", points=3), **terms)
            village = found(session, usual, code=f"{prefix}{number}")
            village.community.added_at = BEGAN
            village.open()
            self.villages.append(village)
        keep_open(session, BEGAN)
        for row in session.scalars(select(Occurrence).where(Occurrence.step == "open")):
            row.state = StepState.DONE
        assert len(self.collected(FIRST_EVENING)) == count  # their first sheets were imported

    def claim(self, at: datetime) -> list[Batch]:
        return claim_due(self.session, at, at, Share())

    def collected(self, at: datetime) -> list[str]:
        """Which villages had a run of the collection at this moment."""
        codes: list[str] = []
        for batch in self.claim(at):
            assert (batch.process, batch.step) == ("collect", "collect")
            codes += batch.communities
            for village in self.villages:
                if village.community.code in batch.communities:
                    welcome(self.session, village.community, at)
                    finish(
                        self.session,
                        village.community,
                        "collect",
                        Period.parse(batch.period),
                        "collect",
                        at,
                        outcome="collected",
                        attempt=batch.attempt,
                    )
        return sorted(codes)

    def step(self, number: int = 0) -> Occurrence:
        self.session.expire_all()
        community = self.villages[number].community
        row = find_occurrence(self.session, community, "collect", MARCH, "collect")
        assert row is not None
        return row


@pytest.fixture
def town(session: Session) -> Town:
    return Town(session, 3)


def evening(text: str) -> datetime:
    return moment(f"{text}T20:00") + timedelta(seconds=10)


def test_where_nothing_came_the_evening_passes_without_a_run(town: Town) -> None:
    assert town.collected(evening("03-10")) == []
    row = town.step()
    # It was not collected: it waits for the next evening, and says why.
    assert (row.state, row.done_at, row.due_at) == ("due", None, moment("03-11T20:00"))
    assert told(row.outcome, "en") == "nothing came: no run was started"
    assert "没有新的申报" in told(row.outcome, "zh_CN")
    assert town.claim(evening("03-10")) == []


def test_a_claim_that_waits_in_the_inbox_is_collected_that_evening(town: Town) -> None:
    sheet = table(
        "ref,household,item,occurred_on,place,reason,channel",
        "C1,H1,sweep,2026-03-10,村口,打扫,self",
    )
    stage(town.session, town.villages[1].community, "claims", sheet, year=2026)
    assert town.collected(evening("03-10")) == ["v1"]


def test_a_row_of_the_inbox_whose_time_has_not_come_waits(town: Town) -> None:
    sheet = table(
        "ref,household,item,occurred_on,place,reason,channel",
        "C1,H1,sweep,2026-03-12,村口,打扫,self",
    )
    stage(town.session, town.villages[1].community, "claims", sheet, year=2026)
    assert town.collected(evening("03-10")) == []
    assert town.collected(evening("03-11")) == []
    assert town.collected(evening("03-13")) == ["v1"]


@pytest.mark.parametrize("enrolled_on", ["2026-03-10", "2026-02-01"])
def test_a_household_that_was_imported_gets_its_base_points(town: Town, enrolled_on: str) -> None:
    village = town.villages[2]
    sheet = table("household,head,enrolled_on", f"H9,王九,{enrolled_on}")
    import_table(town.session, village.community, "households", sheet, moment("03-10T10:00"))
    assert town.collected(evening("03-10")) == ["v2"]
    assert village.score("H9") == 8
    assert town.collected(evening("03-11")) == []


def test_a_household_that_joins_on_a_later_day_gets_them_on_that_day(town: Town) -> None:
    village = town.villages[0]
    sheet = table("household,head,enrolled_on", "H9,王九,2026-03-15")
    import_table(town.session, village.community, "households", sheet, moment("03-10T10:00"))
    assert town.collected(evening("03-10")) == ["v0"]
    assert town.collected(evening("03-14")) == []
    assert town.collected(evening("03-15")) == ["v0"]
    assert village.score("H9") == 6
    assert town.collected(evening("03-16")) == []


def test_a_household_that_joined_while_the_clock_was_off_is_found_after_it(town: Town) -> None:
    village = town.villages[0]
    sheet = table("household,head,enrolled_on", "H9,王九,2026-03-15")
    import_table(town.session, village.community, "households", sheet, moment("03-10T10:00"))
    town.collected(evening("03-10"))
    assert town.collected(evening("03-20")) == ["v0"]
    assert village.score("H9") == 6


def test_what_is_entered_about_a_household_is_looked_at(town: Town) -> None:
    first, second, _ = town.villages
    change(town.session, first.community, "H1", Particulars(enrolled_on=day("02-01")))
    leave(town.session, second.community, "H1", day("03-10"), "迁出")
    assert town.collected(evening("03-10")) == ["v0", "v1"]
    assert town.collected(evening("03-11")) == []


def test_an_outsider_gets_them_when_the_months_are_over(session: Session) -> None:
    who = {"opt_in": True, "outsiders": {"months": 6, "consent": False}, **SOURCE}
    town = Town(session, 2, participants=who)
    for number, village in enumerate(town.villages):
        village.home("H9", registered=False, resident_since=date(2025, 9 + number, 12))
    assert town.collected(evening("03-11")) == []
    assert town.collected(evening("03-12")) == ["v0"]
    assert town.villages[0].score("H9") == 6
    assert town.collected(evening("03-13")) == []


def test_rules_that_begin_on_a_day_are_looked_at_then(town: Town) -> None:
    newer = rules(
        item("base", "base", points=6, per="year"),
        item("more", "base", points=1, per="year"),
        item("sweep", points=3),
        version="2",
    )
    adopt(town.session, town.villages[0].community, newer, day("03-20"), moment("03-10"))
    assert town.collected(evening("03-10")) == ["v0"]
    assert town.collected(evening("03-19")) == []
    assert town.collected(evening("03-20")) == ["v0"]
    assert town.collected(evening("03-21")) == []


def test_at_the_months_end_everybody_is_looked_at(town: Town) -> None:
    assert town.collected(evening("03-31")) == []
    assert town.collected(moment("04-01T00:01")) == ["v0", "v1", "v2"]
    row = town.step()
    assert (row.state, row.outcome) == ("done", "collected")


def test_after_forty_days_the_month_that_has_ended_is_collected_first(town: Town) -> None:
    back = moment("04-18T12:00")
    (batch,) = town.claim(back)
    assert (batch.period, batch.communities) == ("2026-03", ("v0", "v1", "v2"))


def test_what_comes_while_a_run_collects_is_collected_the_next_evening(town: Town) -> None:
    village = town.villages[0]
    change(town.session, village.community, "H1", Particulars(enrolled_on=day("02-01")))
    (batch,) = town.claim(evening("03-10"))
    change(town.session, village.community, "H1", Particulars(enrolled_on=day("02-02")))
    finish(
        town.session,
        village.community,
        "collect",
        MARCH,
        "collect",
        evening("03-10"),
        attempt=batch.attempt,
    )
    assert town.collected(evening("03-11")) == ["v0"]


def test_a_collection_that_failed_is_not_passed_over(town: Town) -> None:
    row = town.step()
    row.state = StepState.FAILED
    town.session.flush()
    assert town.collected(evening("03-10")) == []
    assert (town.step().state, town.step().due_at) == ("failed", moment("03-10T20:00"))


def test_what_a_run_that_died_should_have_collected_is_collected(town: Town) -> None:
    village = town.villages[0]
    change(town.session, village.community, "H1", Particulars(enrolled_on=day("02-01")))
    (batch,) = town.claim(evening("03-10"))
    give_back(town.session, batch.occurrences, "its run died")
    assert town.collected(evening("03-10")) == ["v0"]


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: object, _u: object, statement: str, *_: object) -> None:
        seen.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    yield seen
    event.remove(connection, "before_cursor_execute", note)


def test_a_county_passes_an_evening_over_in_as_few_statements_as_a_village(
    session: Session,
) -> None:
    counts = []
    for count in (1, 5):
        town = Town(session, count, prefix=f"of{count}-")
        town.collected(evening("03-10"))
        with statements(session) as seen:
            assert town.claim(evening("03-11")) == []
        counts.append(len(seen))
    assert counts[1] == counts[0]
