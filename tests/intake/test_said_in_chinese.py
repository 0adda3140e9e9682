"""What the review, the objections and the shop refuse reaches the clerk's rows in Chinese."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from domain.intake.answers import Answer
from domain.store.database import writing
from domain.store.tables.settlement import Settlement
from tests.domain.builders import review, rules, stage
from tests.intake.desk import Desk, moment, settle, village_rules, why
from tests.rules.builders import item

DECIDED, OBJECTED = (
    "ref reviewer verdict note decided_at stage",
    "ref household about text filed_at",
)
RESOLVED = f"{OBJECTED} outcome decided_by decided_at"
REDEEMED = "ref household points goods count redeemed_at"
TWO = {"review": review(stage("village"), stage("town", role="town"))}


def found(engine: Engine, folder: Path, **parts: object) -> Desk:
    desk = Desk(engine, folder, village_rules(**parts)).open()
    for code, home, *roles in (("r1", None), ("r2", None), ("r3", "H1"), ("k", None, "clerk")):
        desk.person(code, home, *roles)
    return desk


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    """C1 is approved, C2 rejected, C3 to C5 wait."""
    desk = found(engine, tmp_path, **TWO)
    desk.person("t", None, "town")
    desk.claims(
        *({"household": f"H{1 + at % 3}", "matter": str(at)} for at in range(5)), now="2026-03-10"
    )
    rows = [
        ["C1", "r1", "approve", "", "", ""],
        ["C1", "t", "approve", "", "", "town"],
        ["C2", "r1", "reject", "没有", "", ""],
    ]
    assert reasons(desk.bring("decisions", DECIDED, rows, now="2026-03-12")) == ["", "", ""]
    return desk


def reasons(answers: Sequence[Answer]) -> list[str]:
    """The reasons' codes; each must be a sentence in both languages."""
    for answer in answers:
        if answer.why:
            chinese, english = answer.reason, answer.reason_in("en")
            assert re.match("[\u4e00-\u9fff“\\d]", chinese), chinese
            assert not re.search(r"[{}]", chinese + english)
            assert chinese != english
            assert not re.search("[A-Za-z]{4,}", re.sub("“.*?”", "", chinese)), chinese
    return [why(answer) for answer in answers]


def test_decisions(desk: Desk) -> None:
    rows = [
        ["C3", "k", "approve", "", "", ""],
        ["C4", "r3", "approve", "", "", ""],
        ["C1", "r2", "approve", "", "", ""],
        ["C3", "t", "approve", "", "", "town"],
        ["C3", "r1", "approve", "", "2026-03-09", ""],
    ]
    assert reasons(desk.bring("decisions", DECIDED, rows)) == [
        "not_reviewer",
        "barred",
        "claim_decided",
        "other_stage",
        "decided_early",
    ]


def test_a_vote_is_not_changed_and_a_settled_year_earns_nothing(
    engine: Engine, tmp_path: Path
) -> None:
    desk = found(engine, tmp_path, review=review(stage("group", 3)))
    desk.claims({}, {"matter": "2"}, now="2026-03-10")
    rows = [["C1", "r1", "approve", "", "", ""], ["C1", "r1", "reject", "没有", "", ""]]
    assert reasons(desk.bring("decisions", DECIDED, rows)) == ["", "decided_otherwise"]
    settle(desk)
    late = desk.bring("decisions", DECIDED, [["C2", "r1", "approve", "", "", ""]], now="2027-02-01")
    assert reasons(late) == ["only_reject"]


def test_filing(desk: Desk) -> None:
    rows = [
        ["Y1", "H1", "C3", "x", ""],
        ["Y2", "H2", "C2", "x", "2026-03-09"],
        ["Y3", "H2", "C2", "x", "2026-03-20"],
        ["Y4", "H2", "C2", "x", "2026-03-20"],
        ["Y3", "H2", "C2", "y", "2026-03-20"],
    ]
    assert reasons(desk.bring("objections", OBJECTED, rows)) == [
        "claim_undecided",
        "objected_early",
        "",
        "objection_open",
        "other_content",
    ]
    settle(desk)
    late = desk.bring("objections", OBJECTED, [["Y9", "H1", "C1", "x", ""]], now="2027-02-01")
    assert reasons(late) == ["objections_closed"]


def test_outcomes(desk: Desk) -> None:
    def resolve(ref: str, about: str, by: str, outcome: str = "upheld", at: str = "") -> str:
        row = [ref, "H1", about, "x", "2026-03-20", outcome, by, at]
        return reasons(desk.bring("objections", RESOLVED, [row]))[0]

    assert resolve("Y1", "C2", "k") == "not_investigator"
    assert resolve("Y1", "C2", "r1") == "judged_before"
    assert resolve("Y1", "C2", "r3") == "barred"
    assert resolve("Y1", "C2", "r2", "dismissed") == ""
    assert resolve("Y1", "C2", "r2", "upheld") == "objection_ended"
    desk.bring("objections", OBJECTED, [["Y2", "H1", "C1", "x", "2026-04-20"]])
    row = ["Y2", "H1", "C1", "x", "", "upheld", "r2", "2026-04-19"]
    assert reasons(desk.bring("objections", RESOLVED, [row])) == ["resolved_early"]
    clear(desk)
    assert resolve_late(desk) == ["points_cleared"]


def clear(desk: Desk) -> None:
    """2026 was settled by force, with an objection open, and its points are cleared."""
    settle(desk)
    with writing(desk.engine) as session:
        session.scalars(select(Settlement)).one().cleared_at = moment("2027-01-31")


def resolve_late(desk: Desk) -> list[str]:
    row = ["Y2", "H1", "C1", "x", "", "upheld", "r2", ""]
    return reasons(desk.bring("objections", RESOLVED, [row], now="2027-02-01"))


def test_the_shop(engine: Engine, tmp_path: Path) -> None:
    desk = found(engine, tmp_path)
    desk.claim(item="shame", now="2026-03-10")
    desk.bring("decisions", DECIDED, [["C1", "r1", "approve", "", "", ""]])
    desk.bring("goods", "goods points stock", [["米", "3", "2"]])
    rows = [
        ["D1", "H2", "7", "", "", "2026-04-01"],
        ["D2", "H2", "", "米", "3", "2026-04-01"],
        ["D3", "H1", "1", "", "", "2026-04-01"],
        ["D4", "H9", "1", "", "", "2026-04-01"],
    ]
    assert reasons(desk.bring("redemptions", REDEEMED, rows)) == [
        "too_few_points",
        "out_of_stock",
        "blacklisted",
        "household_unknown",
    ]


def test_no_shop(engine: Engine, tmp_path: Path) -> None:
    none = {"every": "none", "source": None, "reason": "made up for a test"}
    desk = Desk(engine, tmp_path, rules(item("sweep"), redemption=none)).open()
    rows = [["D1", "H1", "7", "", "", "2026-04-01"]]
    assert reasons(desk.bring("redemptions", REDEEMED, rows)) == ["no_shop"]
