"""The inbox: rows wait for their own time, and are taken once, in the order of what happened."""

from datetime import datetime

import pytest

from domain.intake.inbox import stage, take_due
from domain.kernel.period import Period
from domain.sheets.reading import read_table
from domain.steps.collect import collect
from domain.store.database import writing
from domain.store.tables.claims import Claim, InboxRow
from domain.store.tables.people import Household, Member
from notifications.letters.messenger import tell
from tests.domain.builders import day
from tests.intake.desk import CLAIM, moment, outcomes, why
from tests.intake.inbox import Inbox

MONTH = Period.parse("2027-01")


class TestClaims:
    def test_each_is_taken_at_its_own_time(self, inbox: Inbox) -> None:
        inbox.claims({}, {"occurred_on": "2026-03-06", "submitted_at": "2026-04-02 10:00"})
        assert inbox.times("claims") == [moment("2026-03-05"), moment("2026-04-02T10:00")]
        assert inbox.desk.count(Claim) == 0
        assert inbox.take("2026-03-04T23:59") == []
        assert [answer.ref for answer in inbox.take("2026-03-31")] == ["C1"]
        assert inbox.take("2026-03-31") == []
        assert [answer.ref for answer in inbox.take("2026-12-31")] == ["C2"]
        assert inbox.desk.stored("C1").submitted_at == moment("2026-03-05")
        assert inbox.desk.stored("C2").submitted_at == moment("2026-04-02T10:00")

    def test_the_same_sheet_again_adds_nothing(self, inbox: Inbox) -> None:
        assert outcomes(inbox.claims({}, {"matter": "x"})) == {"accepted": 2}
        assert outcomes(inbox.claims({}, {"matter": "x"})) == {"already": 2}
        assert inbox.desk.count(InboxRow) == 2
        inbox.take("2026-12-31")
        assert outcomes(inbox.claims({}, {"matter": "x"})) == {"already": 2}
        assert inbox.take("2026-12-31") == []

    def test_what_cannot_be_read_is_refused_now(self, inbox: Inbox) -> None:
        answers = inbox.claims({}, {"occurred_on": "2026-02-30"}, {"place": ""})
        assert [why(answer) for answer in answers] == ["", "no_such_day", "blank"]
        assert inbox.desk.count(InboxRow) == 1
        assert [row.ref for row in inbox.desk.refused()] == ["C2", "C3"]

    def test_other_years_are_refused_now(self, inbox: Inbox) -> None:
        answers = inbox.claims({"occurred_on": "2025-12-28"}, {"occurred_on": "2027-01-01"}, {})
        assert [why(answer) for answer in answers] == ["other_year", "other_year", ""]
        with writing(inbox.desk.engine) as session:
            collect(session, inbox.desk.community(session), MONTH, moment("2027-03-01"), tell)
        assert [claim.ref for claim in inbox.desk.rows_of(Claim)] == ["C3"]

    def test_so_are_inspections_of_other_years(self, inbox: Inbox) -> None:
        rows = [["H1", "2027-01", "5"], ["H2", "", "6"]]
        answers = inbox.stage("inspection", "户号 期间 tidy", rows, period="2026-12")
        assert [(why(answer), answer.column) for answer in answers] == [
            ("other_year", "期间"),
            ("", ""),
        ]
        late = inbox.stage("inspection", "户号 tidy", [["H1", "5"]], period="2027-01")
        assert [why(answer) for answer in late] == ["other_year"]
        inbox.take("2027-03-01")
        assert [claim.ref for claim in inbox.desk.rows_of(Claim)] == ["2026-12/H2/tidy"]

    def test_what_cannot_be_taken_is_refused_then(self, inbox: Inbox) -> None:
        inbox.claims(
            {"household": "H9"}, {"occurred_on": "2026-03-06", "submitted_at": "2026-03-04"}
        )
        answers = inbox.take("2026-12-31")
        assert [(answer.row, why(answer)) for answer in answers] == [
            (3, "submitted_before"),
            (2, "household_unknown"),
        ]
        row = inbox.desk.refused()[1]
        assert (row.file, row.row, row.column) == (f"sheet{inbox.desk.sheets}.csv", 2, "户号")
        assert row.content["户号"] == "H9"

    def test_cells_of_excel_survive(self, inbox: Inbox) -> None:
        header = [*CLAIM, "submitted_at", "quantity"]
        row = [*CLAIM.values(), datetime(2026, 3, 6, 18, 30), 2]  # noqa: DTZ001
        row[3] = day("03-05")
        path = inbox.desk.write(header, [row], ".xlsx")
        with writing(inbox.desk.engine) as session:
            stage(session, inbox.desk.community(session), "claims", read_table(path), year=2026)
        assert outcomes(inbox.take("2026-12-31")) == {"accepted": 1}
        assert inbox.desk.stored("C1").submitted_at == moment("2026-03-06T18:30")
        assert inbox.desk.stored("C1").quantity == 2
        assert outcomes(inbox.desk.hand_in("claims", path)) == {"already": 1}


class TestPeople:
    def test_they_join_on_their_day_and_members_with_them(self, inbox: Inbox) -> None:
        rows = [["H7", "王", "2026-06-01"], ["H8", "李", ""]]
        inbox.stage("households", "household head enrolled_on", rows)
        members = [["H7", "1", "王一"], ["H8", "1", "李一"], ["H1", "1", "赵"]]
        inbox.stage("members", "household member name", members)
        inbox.stage("goods", "goods points", [["米", "3"]])
        assert inbox.times("households") == [moment("2026-06-01"), moment("2026-01-01")]
        assert inbox.times("members") == [moment("2026-06-01"), *[moment("2026-01-01")] * 2]
        assert inbox.times("goods") == [moment("2026-01-01")]
        assert outcomes(inbox.take("2026-01-01")) == {"accepted": 4}
        assert outcomes(inbox.take("2026-12-31")) == {"accepted": 2}
        assert inbox.desk.count(Household, enrolled_on=day("01-01"), code="H8") == 1
        assert inbox.desk.count(Member) == 3

    def test_a_claim_on_the_day_of_joining_comes_after_it(self, inbox: Inbox) -> None:
        inbox.claims({"household": "H7", "occurred_on": "2026-06-01"})
        inbox.stage("households", "household head enrolled_on", [["H7", "王", "2026-06-01"]])
        assert outcomes(inbox.take("2026-12-31")) == {"accepted": 2}


def test_what_comes_at_one_moment_comes_in_order(inbox: Inbox) -> None:
    """All at the start of the year: goods, households, members, claims."""
    inbox.claims({"household": "H7", "occurred_on": "2026-01-01", "item": "skill", "member": "1"})
    inbox.stage("members", "household member name", [["H7", "1", "王一"]])
    inbox.stage("households", "household head", [["H7", "王"]])
    inbox.stage("goods", "goods points", [["米", "3"]])
    answers = inbox.take("2026-01-01")
    assert [(answer.ref, answer.outcome) for answer in answers] == [
        ("米", "accepted"),
        ("H7", "accepted"),
        ("H7/1", "accepted"),
        ("C1", "accepted"),
    ]


def test_only_some_kinds(inbox: Inbox) -> None:
    inbox.claims({})
    inbox.stage("goods", "goods points", [["米", "3"]])
    assert [answer.ref for answer in inbox.take("2026-12-31", ["goods"])] == ["米"]
    assert [answer.ref for answer in inbox.take("2026-12-31", ["claims", "goods"])] == ["C1"]


def test_a_shop_row_at_its_own_time(inbox: Inbox) -> None:
    header = "ref household points redeemed_at"
    inbox.stage("redemptions", header, [["D1", "H1", "1", "2026-08-01 10:00"]])
    assert inbox.times("redemptions") == [moment("2026-08-01T10:00")]
    assert outcomes(inbox.take("2026-12-31")) == {"refused": 1}


def test_rows_after_the_replays_end_are_left_out(inbox: Inbox) -> None:
    inbox.claims({"occurred_on": "2026-08-01"})
    header = "ref household points redeemed_at"
    rows = [["D1", "H1", "1", "2026-08-01"], ["D2", "H1", "1", "2026-05-01"]]
    answers = inbox.stage("redemptions", header, rows, until="2026-06-30")
    assert [(answer.row, answer.outcome) for answer in answers] == [(3, "accepted")]
    assert inbox.desk.count(InboxRow) == 2


def test_a_collection_that_is_killed_takes_nothing(inbox: Inbox) -> None:
    inbox.claims({}, {"household": "H9"})
    before = inbox.desk.snapshot()
    with pytest.raises(KeyboardInterrupt):
        take_and_die(inbox)
    assert inbox.desk.snapshot() == before
    assert outcomes(inbox.take("2026-12-31")) == {"accepted": 1, "refused": 1}


def take_and_die(inbox: Inbox) -> None:
    with writing(inbox.desk.engine) as session:
        take_due(session, inbox.desk.community(session), moment("2026-12-31"))
        raise KeyboardInterrupt
