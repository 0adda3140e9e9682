"""Dates as clerks write them, and those without a year: in the year under audit, or refused."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from domain.intake.cells import BadCell, day, moment
from domain.intake.fitting import fit
from domain.intake.years import Years, with_years
from tests.intake.desk import CLAIM, Desk, as_table, why
from tests.intake.inbox import Inbox


@pytest.mark.parametrize(
    "text",
    [
        "２０２６－０３－０５",
        "２０２６／３／５",
        "2026／3／5",
        "２０２６年３月５日",
        "2026．3．5",
        "2026—3—5",
        "2026年3月5号",
        "2026年3月5",
        "2026-3-5（周四）",
        "2026-03-05 星期四",
        "2026年3月5日(星期四)",
        "2026-03-05 礼拜四",
        "2026-03-05上午",
        "2026年3月5日 下午",
        "2026-3-5（周四）上午",
        "2026-03-05 周四 18:30",
        "公元2026年3月5日",
        "2026_03_05",
        "２０２６－３－５　１８：３０",
        "2026年3月5日（周四）下午3点半",
    ],
)
def test_a_day(text: str) -> None:
    assert day(text) == "2026-03-05"


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-05 下午3点", "07:00"),
        ("2026年3月5日上午9:30", "01:30"),
        ("2026-03-05 晚上8点半", "12:30"),
        ("2026-03-05 中午12点", "04:00"),
        ("2026-03-05 中午1点", "05:00"),
        ("2026-03-05（周四）18：30", "10:30"),
        ("2026-03-05 下午15:00", "07:00"),
        ("2026-03-05 上午11时5分", "03:05"),
        ("２０２６－０３－０５　１８：３０", "10:30"),
    ],
)
def test_a_time(text: str, utc: str) -> None:
    assert moment(text) == f"2026-03-05 {utc}:00.000000"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("26-3-5", "short_year"),
        ("26年3月5日", "short_year"),
        ("26/3/5", "short_year"),
        ("3/5/26", "short_year"),
        ("2６.3.5", "short_year"),
        ("’26年3月5日", "short_year"),
        ("农历正月初五", "other_calendar"),
        ("2026年农历三月初五", "other_calendar"),
        ("民国115年3月5日", "other_calendar"),
        ("令和8年3月5日", "other_calendar"),
        ("2026年闰3月5日", "other_calendar"),
        ("2026年3月5日（农历）", "other_calendar"),
        ("2569年3月5日", "not_date"),
        ("佛历2569年3月5日", "other_calendar"),
        ("2026-03-05 周五", "other_weekday"),
        ("2026年3月5日（星期日）", "other_weekday"),
        ("2026-03-05 上午13点", "not_time"),
        ("2026-03-05 下午25点", "not_time"),
        ("3月5日", "no_year"),
        ("11月5号", "no_year"),
        ("2026-03-05至06", "not_date"),
        ("周四", "not_date"),
        ("本月5日", "not_date"),
        ("5日", "not_date"),
        ("2026年3月", "not_date"),
    ],
)
def test_no_day(text: str, code: str) -> None:
    with pytest.raises(BadCell) as caught:
        day(text)
    assert caught.value.why.code == code
    assert caught.value.why.text() != caught.value.why.text("en")


NOVEMBER, JANUARY = date(2026, 11, 29), date(2027, 1, 4)


def year_of(
    text: str,
    today: date,
    year: int | None = None,
    *,
    titles: str = "",
    sheet: str = "",
    file: str = "t.csv",
) -> str:
    """A claim's day, of a sheet that was brought today; blank where its year is not sure."""
    table = as_table(list(CLAIM), [list((CLAIM | {"occurred_on": text}).values())], file)
    table = replace(table, titles=titles, sheet=sheet)
    found = with_years(fit("claims", table), Years(today, year))
    cell = found.table.cells[0][found.places["occurred_on"]]
    return "" if cell == text else day(cell)


@pytest.mark.parametrize(
    "text", ["11月5日", " 11 月 5 日", "１１月５日", "11月5号", "11月5日（周四）"]
)
def test_a_day_without_a_year_is_of_the_year_under_audit(text: str) -> None:
    assert year_of(text, NOVEMBER) == "2026-11-05"


def test_in_january_the_month_under_audit_is_of_the_year_before() -> None:
    assert year_of("12月28日", JANUARY) == "2026-12-28"
    assert year_of("1月2日", JANUARY) == ""
    assert year_of("1月2日", JANUARY, titles="2027年1月申报表") == "2027-01-02"
    assert year_of("12月28日", JANUARY, file="claims-2026-12.xlsx") == "2026-12-28"
    assert year_of("1月2日", JANUARY, file="claims-2026-12.xlsx") == ""


def test_what_says_two_years_or_another_one_says_none() -> None:
    assert year_of("11月5日", NOVEMBER, titles="2025年至2026年申报表") == ""
    assert year_of("11月5日", NOVEMBER, titles="2025年12月申报表") == ""
    assert year_of("11月5日", NOVEMBER, file="村规2023.xlsx") == ""
    assert year_of("11月5日", NOVEMBER, sheet="2026年11月") == "2026-11-05"
    assert year_of("11月5日", NOVEMBER, 2024) == "2024-11-05"


def test_since_when_a_household_lives_here_may_be_any_year(desk: Desk) -> None:
    rows = [["H8", "王", "3月5日"]]
    (answer,) = desk.bring("households", "household head resident_since", rows)
    assert why(answer) == "no_year"


def test_imported_it_is_kept_with_its_year(desk: Desk, tmp_path: Path) -> None:
    assert desk.claim(occurred_on="3月5日", now="2026-11-29").outcome == "accepted"
    assert desk.stored("C1").occurred_on == date(2026, 3, 5)
    assert why(desk.claim(ref="C2", occurred_on="12月5日", now="2026-11-29")) == "future_day"
    desk.claim(ref="C3", occurred_on="3月5日", household="H9", now="2026-11-29")
    assert desk.refused()[-1].content["发生日期"] == "2026年3月5日"


def test_in_a_rehearsal_it_is_of_the_year_that_is_replayed(inbox: Inbox) -> None:
    (answer,) = inbox.claims({"occurred_on": "12月5日"})
    assert answer.outcome == "accepted"
