"""The inbox: rows wait for their own time, and are taken once, in the order of what happened."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select

from domain.clock import end_of_day
from domain.errors import BadInput
from domain.intake.answers import Answer
from domain.intake.inbox import stage, take_due
from domain.period import Period
from domain.spreadsheet import read_table
from domain.store.database import reading, writing
from domain.store.tables import Adoption, Claim, Decision, Household, InboxRow, Member, Objection
from tests.domain.builders import day, rules
from tests.intake.desk import CLAIM, Desk, moment, outcomes, why
from tests.rules.builders import SOURCE, item


class Inbox:
    """A desk whose sheets are staged for the rehearsal of 2026."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def stage(
        self, kind: str, header: str, rows: Sequence[Sequence[Any]], *, until: str | None = None,
        period: str | None = None, name: str | None = None,
    ) -> list[Answer]:  # fmt: skip
        path = self.desk.write(header.split(), rows, ".csv")
        if name:
            path = path.rename(path.with_name(name))
        with writing(self.desk.engine) as session:
            return stage(
                session, self.desk.community(session), kind, read_table(path), year=2026,
                until=moment(until) if until else None,
                period=Period.parse(period) if period else None,
            )  # fmt: skip

    def claims(self, *rows: dict[str, Any]) -> list[Answer]:
        filled = [{**CLAIM, "ref": f"C{at}", **row} for at, row in enumerate(rows, 1)]
        header = list(dict.fromkeys(code for row in filled for code in row))
        cells = [[row.get(code, "") for code in header] for row in filled]
        return self.stage("claims", " ".join(header), cells)

    def take(self, upto: str, kinds: Sequence[str] | None = None) -> list[Answer]:
        with writing(self.desk.engine) as session:
            return take_due(session, self.desk.community(session), moment(upto), kinds, year=2026)

    def times(self, kind: str) -> list[datetime]:
        with reading(self.desk.engine) as session:
            query = select(InboxRow.effective_at).where(InboxRow.kind == kind)
            return list(session.scalars(query.order_by(InboxRow.row)))


@pytest.fixture
def inbox(desk: Desk) -> Inbox:
    for code in ("r1", "r2"):
        desk.person(code)
    return Inbox(desk)


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

    def test_what_cannot_be_taken_is_refused_then(self, inbox: Inbox) -> None:
        inbox.claims(
            {"household": "H9"}, {"occurred_on": "2026-03-06", "submitted_at": "2026-03-04"}
        )
        answers = inbox.take("2026-12-31")
        assert [(answer.row, why(answer)) for answer in answers] == [
            (3, "submitted_before"), (2, "household_unknown"),
        ]  # fmt: skip
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


class TestDecisions:
    def test_two_days_before_the_deadline_of_the_claims_audit(self, inbox: Inbox) -> None:
        inbox.claims(
            {}, {"occurred_on": "2026-03-06", "submitted_at": "2026-04-10"},
            {"occurred_on": "2026-03-07", "submitted_at": "2026-04-05 10:00"},
        )  # fmt: skip
        rows = [[f"C{at}", "r1", "approve"] for at in (1, 2, 3, 9)]
        inbox.stage("decisions", "ref reviewer verdict", rows)
        assert inbox.times("decisions") == [
            end_of_day(day("04-03")), end_of_day(day("05-03")), moment("2026-04-05T10:00"),
            moment("2026-01-01"),
        ]  # fmt: skip
        answers = inbox.take("2026-12-31")
        assert outcomes(answers) == {"accepted": 6, "refused": 1}
        assert why(answers[0]) == "claim_unknown"
        assert inbox.desk.stored("C1").decided_at == end_of_day(day("04-03"))

    def test_of_claims_that_are_there_already_and_at_their_own_time(self, inbox: Inbox) -> None:
        inbox.desk.claim(now="2026-03-06")
        rows = [["C1", "r1", "approve", ""], ["C1", "r2", "approve", "2026-03-20 09:00"]]
        inbox.stage("decisions", "ref reviewer verdict decided_at", rows)
        assert inbox.times("decisions") == [end_of_day(day("04-03")), moment("2026-03-20T09:00")]

    def test_quarterly_audits(self, engine: Engine, tmp_path: Path) -> None:
        quarterly = rules(audit={"every": "quarter", **SOURCE})
        inbox = Inbox(Desk(engine, tmp_path, quarterly).open())
        inbox.claims({"occurred_on": "2026-01-10"})
        inbox.stage("decisions", "ref reviewer verdict", [["C1", "r1", "approve"]])
        assert inbox.times("decisions") == [end_of_day(day("04-03"))]

    def test_on_claims_that_an_inspection_will_make(self, inbox: Inbox) -> None:
        inbox.stage("inspection", "household tidy", [["H1", "5"]], period="2026-03")
        inbox.stage("decisions", "ref reviewer verdict", [["2026-03/H1/tidy", "r1", "approve"]])
        assert inbox.times("decisions") == [end_of_day(day("04-03"))]

    def test_stage_after_stage_in_one_moment(self, inbox: Inbox) -> None:
        inbox.claims({})
        rows = [["C1", "r2", "approve", ""], ["C1", "r1", "approve", "group"]]
        inbox.stage("decisions", "ref reviewer verdict stage", rows)
        assert outcomes(inbox.take("2026-12-31")) == {"accepted": 2, "refused": 1}


OBJECTION = "ref household about text filed_at outcome decided_by decided_at note"


class TestObjections:
    def prepare(self, inbox: Inbox) -> None:
        inbox.claims({})
        inbox.stage("decisions", "ref reviewer verdict note", [["C1", "r1", "reject", "没有"]])

    def test_filing_and_outcome_have_times_of_their_own(self, inbox: Inbox) -> None:
        self.prepare(inbox)
        rows = [
            ["Y1", "H1", "C1", "x", "", "upheld", "r2", "", "有照片"],
            ["Y2", "H1", "C1", "x", "2026-05-01", "", "", "", ""],
            ["Y3", "H1", "C1", "x", "2026-05-01", "dismissed", "r2", "2026-05-02 10:00", ""],
        ]
        assert outcomes(inbox.stage("objections", OBJECTION, rows)) == {"accepted": 3}
        assert inbox.times("objections") == [end_of_day(day("04-06")), *[moment("2026-05-01")] * 2]
        assert inbox.times("resolutions") == [end_of_day(day("04-09")), moment("2026-05-02T10:00")]

    def test_taken_in_two_steps(self, inbox: Inbox) -> None:
        self.prepare(inbox)
        row = ["Y1", "H1", "C1", "x", "", "upheld", "r2", "", "有照片"]
        inbox.stage("objections", OBJECTION, [row])
        inbox.take("2026-04-08")
        assert inbox.desk.count(Objection, status="open") == 1
        assert outcomes(inbox.take("2026-12-31")) == {"accepted": 1}
        assert inbox.desk.count(Objection, status="upheld") == 1
        assert inbox.desk.stored("C1").status == "approved"

    def test_one_refused_when_filed_is_answered_once(self, inbox: Inbox) -> None:
        inbox.claims({})
        row = ["Y1", "H1", "C1", "x", "2026-03-20", "upheld", "r2", "2026-03-22", "y"]
        inbox.stage("objections", OBJECTION, [row])
        answers = inbox.take("2026-12-31")
        assert [(answer.ref, answer.outcome) for answer in answers] == [
            ("C1", "accepted"), ("Y1", "refused"),
        ]  # fmt: skip
        assert inbox.desk.refused()[0].content["结果"] == "upheld"
        assert inbox.take("2026-12-31") == []

    def test_an_outcome_that_is_refused(self, inbox: Inbox) -> None:
        self.prepare(inbox)
        row = ["Y1", "H1", "C1", "x", "", "upheld", "r1", "", "有照片"]
        inbox.stage("objections", OBJECTION, [row])
        answers = inbox.take("2026-12-31")
        assert (answers[-1].column, answers[-1].outcome) == ("结果", "refused")


class TestInspections:
    def test_on_the_evening_of_the_periods_last_day(self, inbox: Inbox) -> None:
        for name in ("inspection-2026-03.csv", "inspection-2026-Q2.csv"):
            answers = inbox.stage("inspection", "household tidy", [["H1", "5"]], name=name)
            assert outcomes(answers) == {"accepted": 1}
        assert inbox.times("inspection") == [moment("2026-03-31T18:00"), moment("2026-06-30T18:00")]
        assert [answer.ref for answer in inbox.take("2026-12-31")] == [
            "2026-03/H1/tidy", "2026-Q2/H1/tidy",
        ]  # fmt: skip
        claim = inbox.desk.stored("2026-03/H1/tidy")
        assert (claim.occurred_on, claim.score) == (day("03-31"), 500)
        assert inbox.desk.count(Decision) == 2

    def test_the_same_again(self, inbox: Inbox) -> None:
        for expected in ("accepted", "already"):
            rows = [["H1", "5"], ["H2", "6"]]
            answers = inbox.stage("inspection", "household tidy", rows, period="2026-03")
            assert outcomes(answers) == {expected: 2}

    def test_a_name_without_a_period_and_a_heading_without_an_item(self, inbox: Inbox) -> None:
        with pytest.raises(BadInput, match="call it inspection-2026-03"):
            inbox.stage("inspection", "household tidy", [["H1", "5"]])
        with pytest.raises(BadInput, match="跳舞"):
            inbox.stage("inspection", "household 跳舞", [["H1", "5"]], period="2026-03")
        assert inbox.desk.count(InboxRow) == 0

    def test_a_ruleset_that_changed_meanwhile_refuses_the_rows(self, inbox: Inbox) -> None:
        inbox.stage("inspection", "household tidy", [["H1", "5"], ["H2", "5"]], period="2026-03")
        with writing(inbox.desk.engine) as session:
            session.execute(delete(Adoption))
        with writing(inbox.desk.engine) as session:
            from domain.community import adopt  # noqa: PLC0415

            adopt(
                session,
                inbox.desk.community(session),
                rules(item("x")),
                day("01-01"),
                moment("2026-01-01"),
            )
        answers = inbox.take("2026-12-31")
        assert outcomes(answers) == {"refused": 2}
        assert "“tidy”" in answers[0].reason


def test_what_comes_at_one_moment_comes_in_order(inbox: Inbox) -> None:
    """All at the start of the year: goods, households, members, claims."""
    inbox.claims({"household": "H7", "occurred_on": "2026-01-01", "item": "skill", "member": "1"})
    inbox.stage("members", "household member name", [["H7", "1", "王一"]])
    inbox.stage("households", "household head", [["H7", "王"]])
    inbox.stage("goods", "goods points", [["米", "3"]])
    answers = inbox.take("2026-01-01")
    assert [(answer.ref, answer.outcome) for answer in answers] == [
        ("米", "accepted"), ("H7", "accepted"), ("H7/1", "accepted"), ("C1", "accepted"),
    ]  # fmt: skip


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
