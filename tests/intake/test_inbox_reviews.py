"""Decisions, objections and inspections in the inbox: their times hang on their claims."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, delete

from domain.community.adoption import adopt
from domain.kernel.errors import BadInput
from domain.kernel.local_time import end_of_day
from domain.store.database import writing
from domain.store.tables.claims import Decision, InboxRow
from domain.store.tables.ledger import Journal
from domain.store.tables.notices import Notice
from domain.store.tables.objections import Objection
from domain.store.tables.rules import Adoption
from tests.domain.builders import day, rules
from tests.intake.desk import Desk, moment, outcomes, why
from tests.intake.inbox import Inbox
from tests.rules.builders import SOURCE, item


class TestDecisions:
    def test_two_days_before_the_deadline_of_the_claims_audit(self, inbox: Inbox) -> None:
        inbox.claims(
            {},
            {"occurred_on": "2026-03-06", "submitted_at": "2026-04-10"},
            {"occurred_on": "2026-03-07", "submitted_at": "2026-04-05 10:00"},
        )
        rows = [[f"C{at}", "r1", "approve"] for at in (1, 2, 3, 9)]
        inbox.stage("decisions", "ref reviewer verdict", rows)
        assert inbox.times("decisions") == [
            end_of_day(day("04-03")),
            end_of_day(day("05-03")),
            moment("2026-04-05T10:00"),
            moment("2026-01-01"),
        ]
        answers = inbox.take("2026-12-31")
        assert outcomes(answers) == {"accepted": 6, "refused": 1}
        assert why(answers[0]) == "claim_unknown"
        assert inbox.desk.stored("C1").decided_at == end_of_day(day("04-03"))

    def test_of_claims_that_are_there_already_and_at_their_own_time(self, inbox: Inbox) -> None:
        inbox.desk.claim(now="2026-03-06", evidence="照片")
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

    def test_an_upheld_one_is_announced_at_once_under_the_seal_of_its_correction(
        self, inbox: Inbox
    ) -> None:
        self.prepare(inbox)
        row = ["Y1", "H1", "C1", "x", "2026-05-01", "upheld", "r2", "2026-05-02 10:00", "有照片"]
        inbox.stage("objections", OBJECTION, [row])
        shop = [["D1", "H1", "1", "2026-05-02 11:00"]]
        inbox.stage("redemptions", "ref household points redeemed_at", shop)
        inbox.take("2026-12-31")
        (notice,) = inbox.desk.rows_of(Notice)
        assert (notice.kind, notice.key) == ("correction", "Y1:1")
        assert notice.published_at == moment("2026-05-02T10:00")
        assert notice.content["published_at"] == "2026-05-02T10:00:00+08:00"
        correction, redemption = inbox.desk.rows_of(Journal)
        assert (correction.act, redemption.act) == ("objection:Y1:1", "redemption:D1")
        assert notice.seal == correction.digest

    def test_one_refused_when_filed_is_answered_once(self, inbox: Inbox) -> None:
        inbox.claims({})
        row = ["Y1", "H1", "C1", "x", "2026-03-20", "upheld", "r2", "2026-03-22", "y"]
        inbox.stage("objections", OBJECTION, [row])
        answers = inbox.take("2026-12-31")
        assert [(answer.ref, answer.outcome) for answer in answers] == [
            ("C1", "accepted"),
            ("Y1", "refused"),
        ]
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
            "2026-03/H1/tidy",
            "2026-Q2/H1/tidy",
        ]
        claim = inbox.desk.stored("2026-03/H1/tidy")
        assert (claim.occurred_on, claim.score) == (day("03-31"), 500)
        assert inbox.desk.count(Decision) == 2

    def test_the_same_again(self, inbox: Inbox) -> None:
        for expected in ("accepted", "already"):
            rows = [["H1", "5"], ["H2", "6"]]
            answers = inbox.stage("inspection", "household tidy", rows, period="2026-03")
            assert outcomes(answers) == {expected: 2}

    def test_a_name_without_a_period_and_a_heading_without_an_item(self, inbox: Inbox) -> None:
        with pytest.raises(BadInput, match="改名为 inspection-2026-03"):
            inbox.stage("inspection", "household tidy", [["H1", "5"]])
        with pytest.raises(BadInput, match="跳舞"):
            inbox.stage("inspection", "household 跳舞", [["H1", "5"]], period="2026-03")
        assert inbox.desk.count(InboxRow) == 0

    def test_a_ruleset_that_changed_meanwhile_refuses_the_rows(self, inbox: Inbox) -> None:
        inbox.stage("inspection", "household tidy", [["H1", "5"], ["H2", "5"]], period="2026-03")
        with writing(inbox.desk.engine) as session:
            session.execute(delete(Adoption))
        with writing(inbox.desk.engine) as session:
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
