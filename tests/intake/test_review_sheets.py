"""Decisions and objections from sheets: the review's own rules, row by row."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from domain.audit.books import open_books
from domain.kernel.period import Period
from domain.store.database import reading, writing
from domain.store.tables.claims import Claim, Decision, RefusedRow
from domain.store.tables.objections import Objection, ObjectionEvent
from tests.domain.builders import review, rules, stage
from tests.intake.desk import Desk, moment, outcomes, why

DECISION = "编号 评议人 结论 说明 时间 层级"


@pytest.fixture
def claimed(desk: Desk) -> Desk:
    """Claims C1 to C3 of H1, H2 and H3, and three reviewers; r3 lives in H3."""
    for code, home in (("r1", None), ("r2", None), ("r3", "H3")):
        desk.person(code, home)
    rows = [{"household": f"H{at}", "evidence": "照片"} for at in (1, 2, 3)]
    assert outcomes(desk.claims(*rows, now="2026-03-06")) == {"accepted": 3}
    return desk


def statuses(desk: Desk) -> list[str]:
    with reading(desk.engine) as session:
        return list(session.scalars(select(Claim.status).order_by(Claim.ref)))


class TestDecisions:
    def test_taken_and_known_again(self, claimed: Desk) -> None:
        rows = [
            ["C1", "r1", "通过", "", "2026-03-10 09:00", ""],
            ["C2", "r1", "reject", "没有做", "2026-03-10", "group"],
        ]
        assert outcomes(claimed.bring("decisions", DECISION, rows)) == {"accepted": 2}
        assert statuses(claimed) == ["approved", "rejected", "pending"]
        assert outcomes(claimed.bring("decisions", DECISION, rows)) == {"already": 2}
        with reading(claimed.engine) as session:
            times = session.scalars(select(Decision.decided_at).order_by(Decision.decided_at))
            assert list(times) == [moment("2026-03-10"), moment("2026-03-10T09:00")]
        assert claimed.count(Decision) == 2

    def test_a_decision_that_comes_back_with_other_content_is_refused(self, claimed: Desk) -> None:
        row = ["C2", "r1", "reject", "没有做", "2026-03-10", "group"]
        claimed.bring("decisions", DECISION, [row])
        others = [[*row[:3], "没做", *row[4:]], [*row[:4], "2026-03-11", row[5]]]
        answers = claimed.bring("decisions", DECISION, others)
        assert [(answer.column, why(answer)) for answer in answers] == [
            ("编号", "other_content")
        ] * 2
        assert claimed.count(Decision) == 1

    def test_a_blank_time_is_now(self, claimed: Desk) -> None:
        claimed.bring(
            "decisions", "ref reviewer verdict", [["C1", "r1", "approve"]], now="2026-03-20"
        )
        assert claimed.stored("C1").decided_at == moment("2026-03-20")

    def test_refusals(self, claimed: Desk) -> None:
        rows = [
            ["C9", "r1", "通过", "", "", ""],
            ["C1", "r9", "通过", "", "", ""],
            ["C1", "r1", "同意", "", "", ""],
            ["C1", "r1", "不通过", "", "", ""],
            ["C1", "r1", "通过", "", "2027-01-05", ""],
            ["C1", "r1", "通过", "", "", "县"],
            ["C3", "r3", "通过", "", "", ""],
            ["", "r1", "通过", "", "", ""],
            ["C2", "r1", "通过", "", "2026-03-05", ""],
        ]
        answers = claimed.bring("decisions", DECISION, rows)
        assert [(answer.column, why(answer)) for answer in answers] == [
            ("编号", "claim_unknown"),
            ("评议人", "person_unknown"),
            ("结论", "not_choice"),
            ("说明", "note_needed"),
            ("时间", "future_time"),
            ("层级", "not_choice"),
            ("编号", "barred"),
            ("编号", "blank"),
            ("编号", "decided_early"),
        ]
        assert answers[6].reason == "评r3须回避户号“H3”：这是其本户"
        assert "it is their own household" in answers[6].reason_in("en")
        assert claimed.count(Decision) == 0
        assert statuses(claimed) == ["pending"] * 3

    def test_another_verdict_later_is_refused(self, claimed: Desk) -> None:
        claimed.bring("decisions", "ref reviewer verdict", [["C1", "r1", "approve"]])
        answer = claimed.bring(
            "decisions", "ref reviewer verdict note", [["C1", "r1", "reject", "x"]]
        )[0]
        assert why(answer) == "claim_decided"
        assert statuses(claimed)[0] == "approved"

    def test_one_bad_row_leaves_the_others_alone(self, claimed: Desk) -> None:
        rows = [["C1", "r1", "approve"], ["C3", "r3", "approve"], ["C2", "r1", "approve"]]
        answers = claimed.bring("decisions", "ref reviewer verdict", rows)
        assert [answer.outcome for answer in answers] == ["accepted", "refused", "accepted"]
        assert statuses(claimed) == ["approved", "approved", "pending"]

    def test_stages_are_taken_in_order_whatever_the_rows_are(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        two = rules(review=review(stage("village"), stage("town", role="town")))
        desk = Desk(engine, tmp_path, two).open()
        desk.person("v")
        desk.person("t", None, "town")
        desk.claim(evidence="照片")
        rows = [["C1", "t", "通过", "town"], ["C1", "v", "通过", "village的评议"]]
        assert outcomes(desk.bring("decisions", "编号 评议人 结论 层级", rows)) == {"accepted": 2}
        assert statuses(desk) == ["approved"]

    def test_a_corrected_row_is_known_by_its_reviewer(self, claimed: Desk) -> None:
        claimed.bring(
            "decisions", "ref reviewer verdict", [["C1", "r1", "reject"], ["C1", "r9", "approve"]]
        )
        claimed.bring("decisions", "ref reviewer verdict note", [["C1", "r1", "reject", "没有做"]])
        assert [row.content["评议人"] for row in claimed.refused()] == ["r9"]


OBJECTION = "编号 户号 申报编号 异议 提出时间 结果 处理人 处理时间 说明"


@pytest.fixture
def decided(claimed: Desk) -> Desk:
    """C1 is approved and C2 rejected, both by r1."""
    rows = [["C1", "r1", "通过", ""], ["C2", "r1", "不通过", "没有做"]]
    claimed.bring("decisions", "编号 评议人 结论 说明", rows, now="2026-03-10")
    return claimed


class TestObjections:
    def test_filed_and_resolved_in_one_row(self, decided: Desk) -> None:
        row = ["Y1", "H2", "C2", "做了的", "2026-04-01", "成立", "r2", "2026-04-03", "有照片"]
        assert outcomes(decided.bring("objections", OBJECTION, [row])) == {"accepted": 1}
        assert outcomes(decided.bring("objections", OBJECTION, [row])) == {"already": 1}
        assert statuses(decided)[1] == "approved"
        with reading(decided.engine) as session:
            found = session.scalars(select(Objection)).one()
        assert (found.status, found.filed_at) == ("upheld", moment("2026-04-01"))

    def test_what_comes_back_with_other_content_is_refused(self, decided: Desk) -> None:
        row = ["Y1", "H2", "C2", "做了的", "2026-04-01", "不成立", "r2", "2026-04-03", "没做"]
        decided.bring("objections", OBJECTION, [row])
        for at, other in (
            (3, "做过"),
            (4, "2026-04-02"),
            (6, "r3"),
            (7, "2026-04-04"),
            (8, "没有"),
        ):
            answer = decided.bring("objections", OBJECTION, [[*row[:at], other, *row[at + 1 :]]])[0]
            assert (why(answer), answer.column) == ("other_content", "编号"), other
        upheld = decided.bring("objections", OBJECTION, [[*row[:5], "成立", *row[6:]]])[0]
        assert (why(upheld), upheld.column) == ("objection_ended", "结果")
        assert decided.count(ObjectionEvent) == 2

    def test_filed_first_and_resolved_later(self, decided: Desk) -> None:
        filed = ["Y1", "H2", "C2", "做了的", "2026-04-01", "", "", "", ""]
        assert outcomes(decided.bring("objections", OBJECTION, [filed])) == {"accepted": 1}
        resolved = ["Y1", "H2", "C2", "做了的", "2026-04-01", "不成立", "r2", "2026-04-03", "没做"]
        assert outcomes(decided.bring("objections", OBJECTION, [resolved])) == {"accepted": 1}
        assert outcomes(decided.bring("objections", OBJECTION, [filed, resolved])) == {"already": 2}
        assert decided.count(ObjectionEvent) == 2

    def test_refusals(self, decided: Desk) -> None:
        rows = [
            ["Y1", "H9", "C1", "x", "", "", "", "", ""],
            ["Y2", "H1", "C9", "x", "", "", "", "", ""],
            ["Y3", "H1", "C3", "x", "", "", "", "", ""],
            ["Y4", "H1", "C1", "", "", "", "", "", ""],
            ["Y5", "H1", "C1", "x", "", "成立", "", "", ""],
            ["Y6", "H1", "C1", "x", "", "", "r2", "", ""],
            ["Y7", "H1", "C1", "x", "2026-05-02", "成立", "r2", "2026-05-01", "y"],
            ["Y8", "H1", "C1", "x", "2027-05-02", "", "", "", ""],
        ]
        answers = decided.bring("objections", OBJECTION, rows)
        assert [(answer.column, why(answer)) for answer in answers] == [
            ("户号", "household_unknown"),
            ("申报编号", "claim_unknown"),
            ("编号", "claim_undecided"),
            ("异议", "blank"),
            ("处理人", "outcome_lacks"),
            ("结果", "outcome_missing"),
            ("处理时间", "outcome_early"),
            ("提出时间", "future_time"),
        ]
        assert decided.count(Objection) == 0

    def test_a_filing_stands_though_its_outcome_is_refused(self, decided: Desk) -> None:
        row = ["Y1", "H2", "C2", "做了的", "2026-04-01", "成立", "r1", "2026-04-03", "有照片"]
        answer = decided.bring("objections", OBJECTION, [row])[0]
        assert (answer.column, why(answer)) == ("结果", "judged_before")
        assert answer.reason == "评r1评议过申报“C2”，异议“Y1”须由其他评议人处理"
        assert (decided.count(Objection, status="open"), decided.count(RefusedRow)) == (1, 1)
        row[6] = "r2"
        assert outcomes(decided.bring("objections", OBJECTION, [row])) == {"accepted": 1}
        assert decided.refused() == []

    def test_other_content_under_a_number(self, decided: Desk) -> None:
        header = "ref household about text"
        assert outcomes(decided.bring("objections", header, [["Y1", "H1", "C1", "x"]])) == {
            "accepted": 1
        }
        assert outcomes(decided.bring("objections", header, [["Y1", "H1", "C1", "y"]])) == {
            "refused": 1
        }


def test_a_sheet_is_taken_as_it_was_written_also_without_evidence(desk: Desk) -> None:
    """说明 is required to reject only; at the desk and the command line an approval says why."""
    desk.person("r1")
    desk.claim(now="2026-03-06", item="backed", evidence="")
    header = "ref reviewer verdict note"
    answer = desk.bring("decisions", header, [["C1", "r1", "reject", ""]])[0]
    assert (answer.column, why(answer)) == ("note", "note_needed")
    assert desk.bring("decisions", header, [["C1", "r1", "approve", ""]])[0].outcome == "accepted"


def test_an_objections_sheet_names_an_entry_or_what_was_never_entered(claimed: Desk) -> None:
    with writing(claimed.engine) as session:
        open_books(session, claimed.community(session), Period.parse("2026"), moment("2026-01-01"))
    answers = claimed.bring(
        "objections",
        "编号 户号 申报编号 异议",
        [
            ["O1", "H1", "#1", "基础分不对"],
            ["O2", "H2", "未登记", "三月扫雪没有登记"],
            ["O3", "H2", "#99", "不对"],
            ["O4", "H2", "2026-Q1/H2", "排名不对"],
        ],
    )
    assert [why(answer) for answer in answers] == ["", "", "entry_unknown", "notice_unknown"]
    assert claimed.count(Objection, about="#1") == 1
