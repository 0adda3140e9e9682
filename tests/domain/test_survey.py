"""A survey's households are drawn by the ledger's seal, and its shares stand in the report."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from domain.kernel.errors import Refused
from domain.kernel.period import Period
from domain.publicity.report import draw_up
from domain.store.tables.ledger import Journal
from domain.store.tables.surveys import Survey
from domain.surveys.draw import draw, drawn, find_survey, survey_figures, usual_count
from notifications.board.exports import notice_sheets
from notifications.board.notice import notice_html, notice_text
from notifications.texts.catalogue import texts_in
from tests.domain.builders import Village, day, moment, rules
from tests.rules.builders import SOURCE

Founding = Callable[..., Village]
HALF = Period.parse("2026-H1")
KNOWN = rules(redemption={"every": "half_year", "awareness_percent": 80, **SOURCE})


@pytest.fixture
def asked(founding: Founding) -> Village:
    """Forty households whose ledger has its first seal since January."""
    village = founding(KNOWN, households=40)
    village.open()
    return village


def lots(village: Village, at: str = "06-10", **more: Any) -> list[str]:
    found = draw(village.session, village.community, HALF, moment(at), **more)
    return codes(village, found)


def codes(village: Village, survey: Survey) -> list[str]:
    return [home.code for _, home in drawn(village.session, survey)]


def answer(village: Village, *answers: tuple[bool | None, bool | None, bool | None]) -> None:
    survey = find_survey(village.session, village.community, HALF)
    assert survey is not None
    for (row, _), given in zip(drawn(village.session, survey), answers, strict=False):
        row.aware, row.takes_part, row.satisfied = given
    village.session.flush()


def test_anybody_with_the_ledger_draws_the_same(asked: Village) -> None:
    """By hand: sha256 of seal, half year and number, each on a line; the smallest ten."""
    asked.close("2026-01")
    seals = select(Journal.digest).order_by(Journal.seq.desc())
    seal = asked.session.scalars(seals).first()
    every = [f"H{number}" for number in range(1, 41)]
    lot = {code: hashlib.sha256(f"{seal}\n2026-H1\n{code}".encode()).hexdigest() for code in every}
    assert lots(asked, count=10) == sorted(sorted(every, key=lot.__getitem__)[:10])


def test_what_is_posted_on_the_day_itself_moves_no_lot(asked: Village) -> None:
    survey = draw(asked.session, asked.community, HALF, moment("01-20"))
    first = asked.session.scalars(select(Journal.digest).order_by(Journal.seq)).first()
    assert (survey.sealed_on, survey.seal) == (day("01-19"), first)
    asked.close("2026-01")
    assert find_survey(asked.session, asked.community, HALF) is survey


def test_a_half_year_keeps_its_households(asked: Village) -> None:
    before = lots(asked, count=10)
    asked.home("H99")
    asked.close("2026-01")
    assert lots(asked, "06-12") == before
    assert lots(asked, "06-12", count=10) == before
    with pytest.raises(Refused, match=r"drawn, by the seal of 2026-06-09: 10"):
        lots(asked, count=11)


def test_only_those_who_take_part_are_asked(asked: Village) -> None:
    asked.home("H98", enrolled_on="06-10")
    asked.home("H97", enrolled_on=None)
    asked.find("H1").left_on = day("03-01")
    asked.session.flush()
    assert set(lots(asked, count=100)) == {f"H{number}" for number in range(2, 41)}


@pytest.mark.parametrize(
    ("households", "count"), [(0, 0), (1, 1), (10, 10), (40, 29), (300, 73), (10**6, 96)]
)
def test_how_many_are_asked(households: int, count: int) -> None:
    assert usual_count(households) == count


def test_drawn_after_the_half_year_by_its_last_seal(asked: Village) -> None:
    lots(asked, "08-03")
    survey = find_survey(asked.session, asked.community, HALF)
    assert survey is not None
    assert survey.sealed_on == day("06-30")


@pytest.mark.parametrize(
    ("period", "at", "says"),
    [("2026-Q1", "06-10", "not a half year"), ("2026-H2", "07-01", "no day of 2026-H2 is over")],
)
def test_what_cannot_be_drawn(asked: Village, period: str, at: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        draw(asked.session, asked.community, Period.parse(period), moment(at))


def test_without_a_seal_nothing_is_drawn(founding: Founding) -> None:
    village = founding(KNOWN)
    with pytest.raises(Refused, match="no seal by 2026-06-09"):
        lots(village)


def test_shares_are_of_those_who_answered_the_question(asked: Village) -> None:
    lots(asked, count=10)
    answer(asked, (True, True, True), (True, False, None), (False, None, None))
    figures = survey_figures(asked.session, asked.community, HALF)
    assert figures is not None
    assert (figures.asked, figures.answered) == (10, 3)
    shares = [figures.aware_percent, figures.takes_part_percent, figures.satisfied_percent]
    assert shares == [66_66, 50_00, 100_00]


@pytest.mark.parametrize(
    ("aware", "reached", "zh", "en"),
    [
        (4, True, "已经达到", "it is reached"),
        (3, False, "没有达到", "it is not reached"),
        (0, None, "还没有调查结果", "nobody had answered"),
    ],
)
def test_the_report_says_whether_enough_know_the_scheme(
    asked: Village, aware: int, reached: bool | None, zh: str, en: str
) -> None:
    lots(asked, count=10)
    asked_of = 5 if aware else 0
    answer(asked, *((at < aware, True, True) for at in range(asked_of)))
    notice = draw_up(asked.session, asked.community, HALF, moment("06-19"))
    assert notice.content["survey"]["answered"] == asked_of
    assert notice.content["awareness_reached"] is reached
    assert zh in notice_html(notice, "zh_CN")
    assert en in notice_html(notice, "en")
    assert f"其中{asked_of}户作答" in notice_text(notice, "zh_CN")
    about = {row[0]: row[1] for row in notice_sheets(notice, texts_in("zh_CN"))[0].rows}
    assert about["调查户数"] == 10
    told = notice_html(notice, "zh_CN") + notice_text(notice, "zh_CN")
    assert all(f"王{code}" not in told for code in lots(asked))


def test_without_a_survey_the_line_is_left_to_be_filled_in(asked: Village) -> None:
    notice = draw_up(asked.session, asked.community, HALF, moment("06-19"))
    assert (notice.content["survey"], notice.content["awareness_reached"]) == (None, None)
    assert "____________%" in notice_html(notice, "zh_CN")
