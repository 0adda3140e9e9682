"""Where a scheme takes part by will (有意愿), a household takes part once it has declared it."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.audit.books import open_books, welcome
from domain.audit.close import close_audit
from domain.cards.cardbook import card_book
from domain.community.adoption import adopt
from domain.community.leaving import leave
from domain.community.particulars import Particulars, change
from domain.community.registry import find_community, find_household
from domain.kernel.errors import Refused
from domain.kernel.period import Period
from domain.standing.ranking import standing_now
from domain.store.database import reading, writing
from domain.store.tables.ledger import Entry
from tests.domain.builders import day, moment, rules
from tests.intake.desk import Desk, why
from tests.rules.builders import SOURCE

WILLING = rules(participants={"opt_in": True, **SOURCE})
HEADER = "household head enrolled_on"


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    """H1 has declared its will when the year opened, H2 has not."""
    desk = Desk(engine, tmp_path, WILLING).open(())
    desk.bring(
        "households", HEADER, [["H1", "王", "2026-01-01"], ["H2", "李", ""]], now="2026-01-01"
    )
    with writing(engine) as session:
        open_books(session, desk.community(session), Period.parse("2026"), moment("01-01"))
    return desk


def ranked(session: Session, desk: Desk) -> set[int]:
    return {
        each.place.household
        for each in standing_now(session, [desk.community(session)], 2026, WILLING)
    }


def points(desk: Desk, code: str) -> int:
    with reading(desk.engine) as session:
        home = find_household(session, desk.community(session), code)
        entries = session.query(Entry).filter_by(household_id=home.id)
        return sum(entry.points for entry in entries) // 100


def test_without_a_declaration_it_earns_nothing_and_is_on_no_list(desk: Desk) -> None:
    assert why(desk.claim(household="H2")) == "not_declared"
    assert desk.claim(ref="C2", household="H1").outcome == "accepted"
    assert (points(desk, "H1"), points(desk, "H2")) == (6, 0)
    with reading(desk.engine) as session:
        community = desk.community(session)
        known = {code: find_household(session, community, code).id for code in ("H1", "H2")}
        assert ranked(session, desk) == {known["H1"]}
        assert [card.household for card in card_book(session, community, 2026)] == ["H1"]
    with pytest.raises(Refused, match="has not declared"), writing(desk.engine) as session:
        leave(session, desk.community(session), "H2", day("03-01"), "moved")


@pytest.mark.parametrize("door", ["sheet", "command"])
def test_a_later_declaration_makes_it_take_part_from_then(desk: Desk, door: str) -> None:
    if door == "sheet":
        row = ["H2", "李", "2026-03-10"]
        assert desk.bring("households", HEADER, [row])[0].outcome == "accepted"
        assert desk.bring("households", HEADER, [row])[0].outcome == "already"
    else:
        declare(desk, "H2", enrolled_on=day("03-10"))
    answers = desk.claims(
        {"household": "H2", "occurred_on": "2026-03-09"},
        {"household": "H2", "occurred_on": "2026-03-10"},
    )
    assert [why(answer) for answer in answers] == ["before_enrolled", ""]
    with writing(desk.engine) as session:
        welcome(session, desk.community(session), moment("03-12"))
        assert len(ranked(session, desk)) == 2
    assert points(desk, "H2") == 6


def declare(desk: Desk, code: str, **new: Any) -> None:
    with writing(desk.engine) as session:
        change(session, desk.community(session), code, Particulars(**new))


def test_a_declaration_with_another_head_is_not_taken_for_the_same(desk: Desk) -> None:
    answer = desk.bring("households", HEADER, [["H2", "赵", "2026-03-10"]])[0]
    assert why(answer) == "household_differs"


def test_a_wrong_day_is_put_right_and_the_ledger_follows(desk: Desk) -> None:
    """H1 had declared its will only in 2027: what it was given for 2026 is taken back."""
    declare(desk, "H1", enrolled_on=day("2027-01-01"))
    with writing(desk.engine) as session:
        community = desk.community(session)
        close_audit(session, community, Period.parse("2026-01"), moment("02-05T23:59"))
    assert points(desk, "H1") == 0


def test_adopting_rules_that_ask_no_will_enrols_everybody(desk: Desk) -> None:
    with writing(desk.engine) as session:
        community = find_community(session, "c")
        adopt(session, community, rules(version="2"), day("05-01"), moment("04-20"))
        assert find_household(session, community, "H2").enrolled_on == day("05-01")


def test_without_will_asked_everybody_takes_part_since_the_start(
    engine: Engine, tmp_path: Path
) -> None:
    desk = Desk(engine, tmp_path, rules()).open(())
    desk.bring("households", HEADER, [["H2", "李", ""]])
    assert desk.claim(household="H2").outcome == "accepted"
