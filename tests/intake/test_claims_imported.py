"""Claims: what is taken, what each refusal says, and that nothing is taken twice."""

from pathlib import Path

from sqlalchemy import Engine, select

from domain.community.leaving import leave
from domain.community.registry import find_household
from domain.intake.answers import Answer
from domain.store.database import writing
from domain.store.tables.claims import Claim, RefusedRow
from tests.domain.builders import day, rules
from tests.intake.desk import Desk, moment, outcomes, why
from tests.rules.builders import SOURCE, item


def test_a_claim_is_stored_as_it_was_written(desk: Desk) -> None:
    answer = desk.claim(
        ref=" C7 ",
        item="sweep",
        occurred_on="2026年3月5日",
        place=" 村口\n广场 ",
        reason="清扫",
        channel="居民自荐",
        quantity=3,
        matter="春季",
        evidence="照片.jpg",
        submitted_at="2026/3/6 18:30",
    )
    assert answer == Answer(2, "C7", "accepted")
    claim = desk.stored("C7")
    assert (claim.item, claim.quantity, claim.score) == ("sweep", 3, None)
    assert (claim.occurred_on, claim.audit) == (day("03-05"), "2026-03")
    assert claim.submitted_at == moment("2026-03-06T18:30")
    assert (claim.place, claim.reason, claim.matter) == ("村口 广场", "清扫", "春季")
    assert (claim.channel, claim.evidence) == ("self", "照片.jpg")
    assert (claim.status, claim.stage, claim.carried) == ("pending", 0, 0)
    assert (claim.registered, claim.decided_at) == (None, None)
    assert len(claim.digest) == 64


def test_a_graded_claim_keeps_its_score_in_hundredths(desk: Desk) -> None:
    assert desk.claim(item="tidy", score="8.25").outcome == "accepted"
    assert desk.stored("C1").score == 825


def test_a_members_claim_names_the_member(desk: Desk) -> None:
    desk.bring("members", "household member name", [["H1", "1", "王一"]])
    assert desk.claim(item="skill", member="1").outcome == "accepted"
    assert desk.claim(ref="C2", member="1").outcome == "accepted"
    assert desk.stored("C1").member_id == desk.stored("C2").member_id is not None


def test_an_item_may_be_named(engine: Engine, tmp_path: Path) -> None:
    named = rules({**item("7"), "name": "美化民居"}, {**item("8"), "name": "净化环境"})
    desk = Desk(engine, tmp_path, named).open()
    assert desk.claim(item="美化民居").outcome == "accepted"
    assert desk.claim(ref="C2", item="8").outcome == "accepted"
    assert [desk.stored("C1").item, desk.stored("C2").item] == ["7", "8"]
    answer = desk.claim(ref="C3", item="美化居民")
    assert why(answer) == "item_similar"
    assert answer.reason == "积分细则中没有项目“美化居民”，相近的有：美化民居"
    assert answer.reason_in("en") == "the ruleset has no item “美化居民”; near: 美化民居"


def test_a_name_of_two_items_is_none(engine: Engine, tmp_path: Path) -> None:
    twins = rules({**item("7"), "name": "清扫"}, {**item("8"), "name": "清扫"})
    desk = Desk(engine, tmp_path, twins).open()
    answer = desk.claim(item="清扫")
    assert (why(answer), answer.column) == ("item_ambiguous", "item")
    assert "7、8" in answer.reason


REFUSALS = [
    ({"ref": "C\u200b1"}, "ref", "invisible"),
    ({"ref": "x" * 65}, "ref", "too_long"),
    ({"household": "H9"}, "household", "household_unknown"),
    ({"household": "h-1"}, "household", "household_similar"),
    ({"occurred_on": "2026-02-30"}, "occurred_on", "no_such_day"),
    ({"occurred_on": "下雨那天"}, "occurred_on", "not_date"),
    ({"occurred_on": "2027-01-05"}, "occurred_on", "future_day"),
    ({"occurred_on": "2025-12-31"}, "occurred_on", "no_ruleset"),
    ({"item": "swoop"}, "item", "item_similar"),
    ({"item": "跳舞"}, "item", "item_unknown"),
    ({"item": "base"}, "item", "item_base"),
    ({"item": "unpriced"}, "item", "item_no_value"),
    ({"place": ""}, "place", "blank"),
    ({"place": "a\x07b"}, "place", "control"),
    ({"reason": "长" * 2001}, "reason", "too_long"),
    ({"channel": "微信"}, "channel", "not_choice"),
    ({"channel": "vote"}, "channel", "channel_unwanted"),
    ({"item": "seen"}, "channel", "channel_unwanted"),
    ({"item": "skill"}, "member", "member_needed"),
    ({"member": "9"}, "member", "member_unknown"),
    ({"quantity": "两次"}, "quantity", "not_integer"),
    ({"quantity": "1.5"}, "quantity", "not_integer"),
    ({"quantity": "0"}, "quantity", "out_of_range"),
    ({"quantity": "1001"}, "quantity", "out_of_range"),
    ({"item": "monthly", "quantity": "2"}, "quantity", "quantity_one"),
    ({"item": "honour", "quantity": "4"}, "quantity", "quantity_one"),
    ({"item": "tidy", "score": "5", "quantity": "2"}, "quantity", "quantity_one"),
    ({"item": "wiped", "quantity": "2"}, "quantity", "quantity_one"),
    ({"item": "shame", "quantity": "2"}, "quantity", "quantity_one"),
    ({"item": "tidy"}, "score", "score_needed"),
    ({"item": "tidy", "score": "10.5"}, "score", "out_of_range"),
    ({"item": "tidy", "score": "-1"}, "score", "out_of_range"),
    ({"item": "tidy", "score": "5.555"}, "score", "not_points"),
    ({"score": "5"}, "score", "score_unwanted"),
    ({"item": "proven"}, "evidence", "evidence_needed"),
    ({"matter": "长" * 201}, "matter", "too_long"),
    ({"submitted_at": "2026-03-04"}, "submitted_at", "submitted_before"),
    ({"submitted_at": "2027-01-01"}, "submitted_at", "future_time"),
    ({"submitted_at": "2026-03-06 25:00"}, "submitted_at", "not_time"),
]


def test_each_refusal_names_column_value_and_reason(desk: Desk) -> None:
    rows = [{"ref": f"R{at}", **cells} for at, (cells, _, _) in enumerate(REFUSALS)]
    answers = desk.claims(*rows)
    found = [(answer.column, why(answer)) for answer in answers]
    assert found == [(column, code) for _, column, code in REFUSALS]
    assert outcomes(answers) == {"refused": len(REFUSALS)}
    assert [answer.row for answer in answers] == list(range(2, len(REFUSALS) + 2))
    assert all(answer.reason and answer.reason_in("en") for answer in answers)
    assert desk.count(Claim) == 0
    assert desk.count(RefusedRow) == len(REFUSALS)


def test_zeroing_and_records_need_no_value(desk: Desk) -> None:
    answers = desk.claims({"item": "wiped"}, {"item": "shame"})
    assert outcomes(answers) == {"accepted": 2}


def test_a_promise_or_expected_evidence_is_not_asked_for(desk: Desk) -> None:
    assert desk.claim(item="proven", evidence="证书").outcome == "accepted"
    assert desk.claim(ref="C2").outcome == "accepted"


def test_a_household_earns_from_its_first_to_its_last_day(desk: Desk) -> None:
    desk.bring("households", "household head enrolled_on", [["H4", "李", "2026-03-10"]])
    with writing(desk.engine) as session:
        leave(session, desk.community(session), "H4", day("06-30"), "moved")
    days = ["2026-03-09", "2026-03-10", "2026-06-30", "2026-07-01"]
    answers = desk.claims(*({"household": "H4", "occurred_on": on} for on in days))
    assert [why(answer) for answer in answers] == ["before_enrolled", "", "", "after_left"]
    assert answers[0].reason == "发生日期 2026-03-09 早于该户加入日期 2026-03-10"
    assert answers[3].reason == "发生日期 2026-07-01 在该户退出（2026-06-30）之后"


def test_residents_from_elsewhere(engine: Engine, tmp_path: Path) -> None:
    who = {"opt_in": False, "outsiders": {"months": 6, "consent": True}, **SOURCE}
    desk = Desk(engine, tmp_path, rules(participants=who)).open(())
    desk.bring(
        "households",
        "household head registered resident_since enrolled_on consent",
        [
            ["A", "甲", "否", "2025-11-01", "2026-01-01", "否"],
            ["B", "乙", "否", "", "2026-01-01", "是"],
            ["C", "丙", "否", "2025-11-01", "2026-01-01", "是"],
        ],
        now="2026-01-01",
    )
    answers = desk.claims(
        {"household": "A"},
        {"household": "B"},
        {"household": "C", "occurred_on": "2026-04-30"},
        {"household": "C", "occurred_on": "2026-05-01"},
    )
    assert [why(answer) for answer in answers] == [
        "outsider_consent",
        "outsider_since",
        "outsider_months",
        "",
    ]
    assert "2026-05-01" in answers[2].reason


def test_without_consent_asked_for_only_the_months_count(engine: Engine, tmp_path: Path) -> None:
    who = {"opt_in": False, "outsiders": {"months": 6, "consent": False}, **SOURCE}
    desk = Desk(engine, tmp_path, rules(participants=who)).open(())
    desk.bring(
        "households", "household head registered enrolled_on", [["A", "甲", "否", "2026-01-01"]]
    )
    assert why(desk.claim(household="A")) == "outsider_since"


def test_a_household_is_found_by_the_number_that_excel_made_of_it(desk: Desk) -> None:
    desk.bring("households", "household head", [["001", "李"], ["25", "张"]], now="2026-01-01")
    path = desk.write(
        ["ref", "household", "item", "occurred_on", "place", "reason", "channel"],
        [
            ["C1", 25, "sweep", day("03-05"), "a", "b", "self"],
            ["C2", 1, "sweep", 46086, "a", "b", "self"],
        ],
        ".xlsx",
    )
    answers = desk.hand_in("claims", path)
    assert [why(answer) for answer in answers] == ["", "household_similar"]
    assert "001" in answers[1].reason
    with writing(desk.engine) as session:
        home = find_household(session, desk.community(session), "25")
        assert session.scalar(select(Claim.household_id)) == home.id
