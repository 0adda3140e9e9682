"""A survey's sheet is drawn, filled in and taken back; only households that were drawn count."""

import json
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine

from domain.kernel.errors import BadSheet, Refused
from domain.kernel.period import Period
from domain.store.database import reading
from domain.store.tables.surveys import SurveyCorrection, SurveyedHousehold
from domain.surveys.draw import survey_figures
from tests.console.office import jifen
from tests.intake.desk import Desk, draw_survey, outcomes, why

HALF = "2026-H1"
HEADER = "户号 户主 知晓 参与 满意 说明"


@pytest.fixture
def surveyed(desk: Desk) -> Desk:
    """H1 to H3 are drawn; H4 came later."""
    draw_survey(desk)
    desk.bring("households", "household head enrolled_on", [["H4", "王H4", "2026-06-11"]])
    return desk


def answers_of(desk: Desk) -> list[tuple[bool | None, bool | None, bool | None, str]]:
    rows = sorted(map(tuple, desk.rows_of(SurveyedHousehold)), key=lambda row: row[2])
    return [row[3:] for row in rows]


def test_answers_are_taken_once(surveyed: Desk) -> None:
    rows = [["H1", "王H1", "是", "是", "否", "不方便"], ["H2", "王H2", "否", "否", "", ""]]
    assert outcomes(surveyed.bring("survey", HEADER, rows, period=HALF)) == {"accepted": 2}
    taken = [(True, True, False, "不方便"), (False, False, None, ""), (None, None, None, "")]
    assert answers_of(surveyed) == taken
    assert outcomes(surveyed.bring("survey", HEADER, rows, period=HALF)) == {"already": 2}
    assert answers_of(surveyed) == taken


def test_what_was_left_open_is_added_and_nothing_is_overwritten(surveyed: Desk) -> None:
    surveyed.bring("survey", HEADER, [["H1", "", "是", "", "", ""]], period=HALF)
    more = [
        ["H1", "", "是", "是", "", ""],
        ["H1", "", "", "", "否", "漏问"],
        ["H1", "", "否", "是", "否", ""],
    ]
    answers = surveyed.bring("survey", HEADER, more, period=HALF)
    assert [answer.outcome for answer in answers] == ["accepted", "accepted", "refused"]
    assert (answers[2].column, why(answers[2])) == ("知晓", "survey_answered")
    assert answers_of(surveyed)[0] == (True, True, False, "漏问")


def test_a_row_without_an_answer_says_that_it_counts_for_nothing(surveyed: Desk) -> None:
    (answer,) = surveyed.bring("survey", HEADER, [["H1", "", "", "", "", "没人在家"]], period=HALF)
    assert answer.outcome == "already"
    assert answer.note is not None
    assert answer.note.text() == "三项都没有填写，不计入"
    with reading(surveyed.engine) as session:
        figures = survey_figures(session, surveyed.community(session), Period.parse(HALF))
    assert figures is not None
    assert figures.answered == 0


def test_refusals_are_in_chinese(surveyed: Desk) -> None:
    rows = [
        ["H4", "", "是", "是", "是", ""],
        ["H9", "", "是", "是", "是", ""],
        ["H1", "李四", "是", "是", "是", ""],
        ["H2", "", "大概", "是", "是", ""],
        ["", "", "是", "是", "是", ""],
        ["合计", "", "3", "", "", ""],
    ]
    answers = surveyed.bring("survey", HEADER, rows, period=HALF)
    assert [(answer.column, why(answer)) for answer in answers] == [
        ("户号", "not_drawn"),
        ("户号", "household_unknown"),
        ("户主", "head_differs"),
        ("知晓", "not_flag"),
        ("户号", "blank"),
        ("户号", "aside_total"),
    ]
    assert answers[0].reason == "户号“H4”不是 2026-H1 抽取的调查户"
    assert answers_of(surveyed) == [(None, None, None, "")] * 3
    assert len(surveyed.refused()) == 6


def test_a_household_is_found_by_its_head(surveyed: Desk) -> None:
    (answer,) = surveyed.bring("survey", "户主 知晓", [["王H2", "是"]], period=HALF)
    assert (answer.outcome, answer.household) == ("accepted", "H2")


def test_a_file_needs_its_half_year_and_a_draw(surveyed: Desk) -> None:
    for period, says in ((None, "是哪个半年"), ("2026-H2", "还没有抽取"), ("2026-03", "还没有")):
        with pytest.raises((BadSheet, Refused)) as found:
            surveyed.bring("survey", "户号 知晓", [["H1", "是"]], period=period)
        assert says in found.value.why.text("zh_CN")


def test_from_the_draw_to_the_shares_at_an_office(
    surveyed: Desk, database_url: str, engine: Engine, tmp_path: Path
) -> None:
    def at_office(*words: str, code: int = 0) -> str:
        return jifen(*words, cwd=tmp_path, code=code, JIFEN_DATABASE_URL=database_url).stdout

    sheet = tmp_path / "调查表.xlsx"
    period = ("--period", HALF)
    at_office("survey", "draw", "-c", "c", *period, "--out", str(sheet))
    book = openpyxl.load_workbook(sheet)
    page = book.active
    assert page is not None
    lines = [[cell.value for cell in row] for row in page.iter_rows()]
    head = next(at for at, line in enumerate(lines) if line[0] == "户号")
    assert lines[head] == ["户号", "户主", "知晓", "参与", "满意", "说明"]
    assert [line[:2] for line in lines[head + 1 :]] == [[f"H{n}", f"王H{n}"] for n in (1, 2, 3)]
    for at, answers in enumerate((("是", "是", "是"), ("否", "否", "否")), start=head + 2):
        for column, text in enumerate(answers, start=3):
            page.cell(at, column, text)
    book.save(sheet)
    words = ("import", "survey", "c", str(sheet), *period, "--json")
    tried = json.loads(at_office(*words, "--dry-run"))
    done = json.loads(at_office(*words))
    assert (tried["accepted"], done["accepted"], done["already"]) == (2, 2, 1)
    said = at_office("survey", "show", "-c", "c", *period, "--json")
    figures = json.loads(said)
    assert (figures["asked"], figures["answered"], figures["aware_percent"]) == (3, 2, 50)
    assert "王" not in said
    at_office("survey", "show", "-c", "c", "--period", "2026-H2", code=1)


def test_a_wrong_answer_is_corrected_and_both_are_kept(
    surveyed: Desk, database_url: str, tmp_path: Path
) -> None:
    def at_office(*words: str, code: int = 0) -> str:
        said = jifen(*words, cwd=tmp_path, code=code, JIFEN_DATABASE_URL=database_url)
        return said.stdout if code == 0 else said.stderr

    period = ("--period", HALF, "-c", "c")
    sheet = [["H1", "", "是", "是", "是", ""], ["H2", "", "否", "否", "否", ""]]
    surveyed.bring("survey", HEADER, sheet, period=HALF)
    words = (
        "survey",
        "correct",
        "H1",
        "--not-aware",
        *period,
        "--why",
        "录入有误",
        "--by",
        "张文书",
    )
    assert json.loads(at_office(*words, "--json"))["already"] is False
    assert json.loads(at_office(*words, "--json"))["already"] is True
    assert answers_of(surveyed)[0] == (False, True, True, "")
    (kept,) = surveyed.rows_of(SurveyCorrection)
    assert (kept.aware, kept.takes_part, kept.satisfied) == (True, True, True)
    assert (kept.by, kept.why) == ("张文书", "录入有误")
    figures = json.loads(at_office("survey", "show", *period, "--json"))
    assert (figures["answered"], figures["aware_percent"], figures["corrected"]) == (2, 0, 1)
    # The sheet of before, once more: the correction stands.
    first, second = surveyed.bring("survey", HEADER, sheet, period=HALF)
    assert (first.outcome, second.outcome) == ("already", "already")
    assert first.note is not None
    assert first.note.code == "survey_corrected"
    assert answers_of(surveyed)[0] == (False, True, True, "")
    for refused in (
        ("survey", "correct", "H3", "--aware", *period, "--why", "x"),  # has not answered
        ("survey", "correct", "H4", "--aware", *period, "--why", "x"),  # was not drawn
        ("survey", "correct", "H9", "--aware", *period, "--why", "x"),
    ):
        at_office(*refused, code=1)
    at_office("survey", "correct", "H1", *period, "--why", "x", code=2)
    at_office("survey", "correct", "H1", "--aware", *period, "--why", " ", code=2)
