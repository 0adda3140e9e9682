"""Inspection sheets: each filled cell is a claim that the sheet decides."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from domain.kernel.errors import BadInput, JifenError, Refused
from domain.store.database import reading
from domain.store.tables.claims import Claim, Decision, RefusedRow
from tests.domain.builders import day, review, rules, stage
from tests.intake.desk import Desk, moment, outcomes, why
from tests.rules.builders import item

GRADED = (
    {**item("1.1", "graded", points=15), "name": "客厅"},
    {**item("1.2", "graded", points=10), "name": "厨房"},
    {**item("sweep"), "name": "清扫"},
)


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    return inspected(engine, tmp_path)


def inspected(engine: Engine, folder: Path, **parts: object) -> Desk:
    ruleset = rules(*GRADED, channels=["self", "inspection"], **parts)
    desk = Desk(engine, folder, ruleset).open(())
    rows = [
        ["H1", "王", "一组", "2026-01-01"],
        ["H2", "李", "", "2026-01-01"],
        ["H3", "赵", "", "2026-03-10"],
    ]
    desk.bring("households", "household head group enrolled_on", rows, now="2026-01-01")
    for code, home in (("r1", None), ("r2", "H2")):
        desk.person(code, home)
    return desk


def claims(desk: Desk) -> dict[str, tuple[int | None, str]]:
    with reading(desk.engine) as session:
        found = session.scalars(select(Claim).order_by(Claim.id))
        return {claim.ref: (claim.score, claim.status) for claim in found}


def test_each_filled_cell_becomes_a_decided_claim(desk: Desk) -> None:
    rows = [["H1", "12.5", "8"], ["H2", "0", ""]]
    answers = desk.bring("inspection", "户号 1.1 厨房", rows, period="2026-03", now="2026-04-02")
    assert [(answer.row, answer.ref) for answer in answers] == [
        (2, "2026-03/H1/1.1"),
        (2, "2026-03/H1/1.2"),
        (3, "2026-03/H2/1.1"),
    ]
    assert claims(desk) == {
        "2026-03/H1/1.1": (1250, "approved"),
        "2026-03/H1/1.2": (800, "approved"),
        "2026-03/H2/1.1": (0, "approved"),
    }
    claim = desk.stored("2026-03/H1/1.2")
    assert (claim.item, claim.channel, claim.audit) == ("1.2", "inspection", "2026-03")
    assert (claim.occurred_on, claim.submitted_at) == (day("03-31"), moment("2026-04-02"))
    assert (claim.place, claim.reason) == ("一组", "入户检查")
    assert desk.stored("2026-03/H2/1.1").place == "检查现场"
    with reading(desk.engine) as session:
        decisions = session.scalars(select(Decision)).all()
    assert {(found.person_id, found.verdict, found.note) for found in decisions} == {
        (None, "approve", f"sheet{desk.sheets}.csv")
    }


def test_the_same_sheet_again_and_another_score(desk: Desk) -> None:
    desk.bring("inspection", "户号 1.1", [["H1", "12.5"]], period="2026-03", now="2026-03-20")
    assert desk.stored("2026-03/H1/1.1").occurred_on == day("03-20")
    again = desk.bring("inspection", "户号 1.1", [["H1", "12.50"]], period="2026-03")
    assert outcomes(again) == {"already": 1}
    other = desk.bring("inspection", "户号 客厅", [["H1", "13"]], period="2026-03")
    assert (why(other[0]), other[0].column, other[0].value) == ("other_content", "客厅", "13")
    assert claims(desk) == {"2026-03/H1/1.1": (1250, "approved")}


def test_a_bad_cell_refuses_that_cell(desk: Desk) -> None:
    rows = [["H1", "16", "8"], ["H2", "良", "-1"]]
    answers = desk.bring("inspection", "户号 客厅 1.2", rows, period="2026-03")
    assert [(answer.column, answer.value, why(answer)) for answer in answers] == [
        ("客厅", "16", "out_of_range"),
        ("", "", ""),
        ("客厅", "良", "not_points"),
        ("1.2", "-1", "out_of_range"),
    ]
    assert list(claims(desk)) == ["2026-03/H1/1.2"]
    assert [row.content for row in desk.refused()] == [
        {"户号": "H1", "期间": "2026-03", "1.1": "16"},
        {"户号": "H2", "期间": "2026-03", "1.1": "良"},
        {"户号": "H2", "期间": "2026-03", "1.2": "-1"},
    ]


def test_a_row_that_cannot_be_taken_is_one_answer(desk: Desk) -> None:
    rows = [["H9", "1", "2"], ["", "1", "2"], ["H3", "1", "2"], ["H1", "", ""]]
    answers = desk.bring("inspection", "户号 1.1 1.2", rows, period="2026-02")
    assert [(answer.row, answer.column, why(answer)) for answer in answers] == [
        (2, "户号", "household_unknown"),
        (3, "户号", "blank"),
        (4, "户号", "before_enrolled"),
    ]
    content = {"户号": "H9", "期间": "2026-02", "1.1": "1", "1.2": "2"}
    assert desk.refused()[0].content == content


def test_signed_sheets_are_the_reviewers_votes(desk: Desk) -> None:
    rows = [["H1", "r1", "12"], ["H2", "r1", "11"], ["H3", "r9", "10"]]
    answers = desk.bring("inspection", "户号 评议人 1.1", rows, period="2026-03")
    assert [why(answer) for answer in answers] == ["", "", "person_unknown"]
    assert desk.count(Decision) == 2


def test_who_is_barred_cannot_sign_and_another_can(desk: Desk) -> None:
    rows = [["H1", "r2", "12", "8"], ["H2", "r2", "11", "7"]]
    answers = desk.bring("inspection", "户号 评议人 1.1 1.2", rows, period="2026-03")
    assert [(answer.row, answer.ref, answer.column, why(answer)) for answer in answers[2:]] == [
        (3, "2026-03/H2", "评议人", "barred")
    ]
    assert answers[2].reason == "评r2须回避户号“H2”：这是其本户"
    assert sorted(claims(desk)) == ["2026-03/H1/1.1", "2026-03/H1/1.2"]
    rows[1][1] = "r1"
    again = desk.bring("inspection", "户号 评议人 1.1 1.2", rows, period="2026-03")
    assert [answer.outcome for answer in again] == ["already", "already", "accepted", "accepted"]
    assert claims(desk)["2026-03/H2/1.2"] == (700, "approved")
    assert desk.refused() == []


def test_who_is_no_reviewer_cannot_sign(desk: Desk) -> None:
    desk.person("s", None, "shop")
    rows = [["H1", "s", "12", "x"], ["H2", "r1", "11", "5"], ["H3", "s", "9", ""]]
    answers = desk.bring("inspection", "户号 评议人 1.1 1.2", rows, period="2026-03")
    assert [(answer.column, why(answer)) for answer in answers] == [
        ("评议人", "not_reviewer"),
        ("", ""),
        ("", ""),
        ("评议人", "not_reviewer"),
    ]
    assert sorted(claims(desk)) == ["2026-03/H2/1.1", "2026-03/H2/1.2"]


def test_every_signature_is_a_vote_whenever_it_comes(engine: Engine, tmp_path: Path) -> None:
    desk = inspected(engine, tmp_path, review=review(stage("group", 2)))

    def sign(reviewer: str) -> list[str]:
        rows = [["H1", reviewer, "12"], ["H3", reviewer, "9"]]
        answers = desk.bring("inspection", "户号 评议人 1.1", rows, period="2026-03")
        return [answer.outcome for answer in answers]

    assert sign("") == ["accepted"] * 2
    assert sign("r1") == ["accepted"] * 2
    assert sign("r1") == ["already"] * 2
    assert [status for _, status in claims(desk).values()] == ["pending"] * 2
    assert sign("r2") == ["accepted"] * 2
    assert [status for _, status in claims(desk).values()] == ["approved"] * 2
    assert sign("r2") == ["already"] * 2
    assert desk.count(Decision) == 4


def test_who_rejected_a_claim_cannot_sign_for_it(engine: Engine, tmp_path: Path) -> None:
    desk = inspected(engine, tmp_path, review=review(stage("group", 2)))
    desk.bring("inspection", "户号 1.1", [["H1", "12"]], period="2026-03", now="2026-04-01")
    rows = [["2026-03/H1/1.1", "r1", "reject", "没有"]]
    desk.bring("decisions", "ref reviewer verdict note", rows)
    answers = desk.bring("inspection", "户号 评议人 1.1", [["H1", "r1", "12"]], period="2026-03")
    assert [(answer.column, why(answer)) for answer in answers] == [("评议人", "decided_otherwise")]


def test_where_more_than_one_must_decide_the_claims_wait(engine: Engine, tmp_path: Path) -> None:
    desk = inspected(engine, tmp_path, review=review(stage("group", 2)))
    desk.bring("inspection", "户号 1.1", [["H1", "12"]], period="2026-Q1")
    assert claims(desk) == {"2026-Q1/H1/1.1": (1200, "pending")}


@pytest.mark.parametrize(
    ("header", "period", "error", "message"),
    [
        ("户号 1.1", None, BadInput, "要说明期间"),
        ("户号 1.1", "2026", BadInput, "按月或按季度"),
        ("户号 1.1", "2027-01", Refused, "has not begun"),
        ("户号 1.1", "2025-03", Refused, "no ruleset is in force"),
        ("户号 1.9", "2026-03", BadInput, "“1.9”"),
        ("户号 sweep", "2026-03", BadInput, "不是评分项目"),
        ("户号 1.1 客厅", "2026-03", BadInput, "有两列"),
        ("1.1 1.2", "2026-03", BadInput, "缺少列：户号"),
    ],
)
def test_what_is_wrong_with_the_whole_sheet(
    desk: Desk, header: str, period: str | None, error: type[JifenError], message: str
) -> None:
    before = desk.snapshot()
    with pytest.raises(error, match=message):
        desk.bring("inspection", header, [["H1", "1", "2"][: len(header.split())]], period=period)
    assert desk.snapshot() == before


def test_a_rows_own_period_goes_first(desk: Desk) -> None:
    rows = [
        ["H1", "2026-02", "1"],
        ["H1", "", "2"],
        ["H1", "2027-02", "3"],
        ["H1", "2026", "4"],
        ["H1", "x", "5"],
        ["H1", "2020-02", "6"],
    ]
    answers = desk.bring("inspection", "户号 期间 1.1", rows, period="2026-03")
    assert [why(answer) for answer in answers] == [
        "",
        "",
        "period_ahead",
        "other_period",
        "other_period",
        "no_ruleset",
    ]
    assert sorted(claims(desk)) == ["2026-02/H1/1.1", "2026-03/H1/1.1"]


def test_a_household_twice_in_a_sheet(desk: Desk) -> None:
    rows = [["H1", "x", "1"], ["H1", "5", ""], ["H1", "5", ""], ["H1", "6", ""]]
    answers = desk.bring("inspection", "户号 1.1 1.2", rows, period="2026-03")
    assert [why(answer) for answer in answers] == ["not_points", "", "", "", "other_content"]
    assert claims(desk) == {
        "2026-03/H1/1.1": (500, "approved"),
        "2026-03/H1/1.2": (100, "approved"),
    }
    assert desk.count(RefusedRow) == 2


def test_numbers_that_get_too_long(desk: Desk) -> None:
    desk.bring("households", "household head enrolled_on", [["H" * 60, "王", "2026-01-01"]])
    answer = desk.bring("inspection", "户号 1.1", [["H" * 60, "1"]], period="2026-03")[0]
    assert (why(answer), len(answer.ref)) == ("ref_too_long", 64)
