"""Cells: each way in which clerks write something, and what cannot be meant."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from domain.intake.cells import (
    BadCell,
    Moment,
    Parser,
    Text,
    Whole,
    day,
    flag,
    moment,
    points,
    utc_moment,
    utc_text,
)
from domain.intake.columns import CHANNELS, COLUMNS

CODE, NAME = Text(8, code=True), Text(8)


def excel(year: int, month: int, day: int, *time: int) -> datetime:
    """A moment as Excel has it, without a zone."""
    hour, minute, second, microsecond = (*time, 0, 0, 0, 0)[:4]
    return datetime(year, month, day, hour, minute, second, microsecond)  # noqa: DTZ001


def fault(parser: Parser, cell: Any) -> str:
    with pytest.raises(BadCell) as caught:
        parser(cell)
    why = caught.value.why
    assert why.text("zh_CN")
    assert why.text("en")
    return why.code


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (" 王 ", "王"),
        ("\u3000王\u3000", "王"),
        ("甲\r\n乙\t丙", "甲 乙 丙"),
        (7.0, "7"),
        (1.5, "1.5"),
        (True, "TRUE"),
        ("e\u0301", "é"),
        (13812345678.0, None),
        ("", ""),
    ],
)
def test_text(cell: Any, text: str | None) -> None:
    if text is None:
        assert Text(20)(cell) == "13812345678"
    else:
        assert NAME(cell) == text


def test_text_refused() -> None:
    assert fault(NAME, "a\x00b") == fault(NAME, "a\x1fb") == fault(NAME, "a\x7fb") == "control"
    assert fault(NAME, "一二三四五六七八九") == "too_long"
    assert fault(CODE, "a\u200bb") == fault(CODE, "\u202eab") == "invisible"
    assert fault(CODE, date(2026, 1, 17)) == "became_date"
    assert fault(CODE, excel(2026, 1, 17)) == "became_date"
    assert NAME("a\u200bb") == "a\u200bb"
    assert fault(NAME, "#REF!") == fault(CODE, " #N/A ") == "formula_error"
    assert NAME("#3号楼") == "#3号楼"


def test_a_column_at_once_is_what_its_cells_are_one_by_one() -> None:
    columns: list[tuple[Any, ...]] = [
        ("a", " b ", "", "王"),
        ("a\nb",),
        ("e\u0301",),
        (1.0, "a"),
        ("a\x00",),
        ("x" * 9,),
        (),
    ]
    for column in columns:
        for parser in (CODE, NAME):
            whole = parser.whole(column)
            if whole is not None:
                assert whole == [parser(cell) for cell in column]
    assert CODE.whole(("a", " b ", "")) == ["a", "b", ""]
    assert NAME.whole(("#REF!",)) is None
    assert CODE.whole(("a\nb",)) is CODE.whole((1.0,)) is CODE.whole(("x" * 9,)) is None


@pytest.mark.parametrize(
    "cell", ["是", "yes", "Yes", "TRUE", "true", "1", 1, 1.0, True, " 是 ", "Y"]
)
def test_yes(cell: Any) -> None:
    assert flag(cell) == "yes"


@pytest.mark.parametrize("cell", ["否", "no", "False", "0", 0, 0.0, False])
def test_no(cell: Any) -> None:
    assert flag(cell) == "no"


@pytest.mark.parametrize("cell", ["也许", "2", 2, date(2026, 1, 1)])
def test_neither_yes_nor_no(cell: Any) -> None:
    assert fault(flag, cell) == "not_flag"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("self", "self"),
        ("SELF", "self"),
        ("居民自荐", "self"),
        ("小组现场看", "inspection"),
        ("居民一起评", "vote"),
        ("组织推荐", "recommendation"),
        (" 文件记录 ", "record"),
    ],
)
def test_channels_by_code_and_by_name(cell: str, code: str) -> None:
    assert CHANNELS(cell) == code


def test_another_channel_is_told_which_there_are() -> None:
    with pytest.raises(BadCell) as caught:
        CHANNELS("微信")
    assert "居民自荐 self、小组现场看 inspection" in caught.value.why.text()


DAYS = [
    "2026-03-05",
    "2026-3-5",
    "2026/3/5",
    "2026/03/05",
    "2026.3.5",
    "2026年3月5日",
    "2026 年 3 月 5 日",
    "20260305",
    20260305,
    20260305.0,
    46086,
    46086.0,
    "46086",
    "46086.75",
    46086.75,
    date(2026, 3, 5),
    excel(2026, 3, 5, 18, 30),
    "2026-03-05 18:30",
    "2026-03-05T18:30:05",
    "2026年3月5日18时30分",
    "2026-03-05T00:30:00+08:00",
    "2026-03-04T16:30:00Z",
    "２０２６-０３-０５",
]


@pytest.mark.parametrize("cell", DAYS)
def test_days(cell: Any) -> None:
    assert day(cell) == "2026-03-05"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2026-02-30", "no_such_day"),
        ("2026年2月29日", "no_such_day"),
        ("2026-04-31", "no_such_day"),
        ("2026-03-00", "no_such_day"),
        ("20260230", "no_such_day"),
        ("2026/13/5", "no_such_month"),
        ("2026-00-05", "no_such_month"),
        ("3月5日", "no_year"),
        ("5/3/2026", "not_date"),
        ("2026", "not_date"),
        (2026, "not_date"),
        (2026.3, "not_date"),
        ("2026-03", "not_date"),
        (18263, "not_date"),
        (73051, "not_date"),
        (-1, "not_date"),
        (1e300, "not_date"),
        (float("nan"), "not_date"),
        (float("inf"), "not_date"),
        (True, "not_date"),
        ("1899-12-31", "not_date"),
        ("2200-01-01", "not_date"),
        (date(1800, 1, 1), "not_date"),
        (time(12), "not_date"),
        (timedelta(1), "not_date"),
        ("上个月底", "not_date"),
        ("2026-03-05 吃饭", "not_date"),
        ("2026-03-05 24:00", "not_time"),
        ("123456789", "not_date"),
        ("2026-03-05T10:00+99:99", "not_date"),
    ],
)
def test_no_days(cell: Any, code: str) -> None:
    assert fault(day, cell) == code


def test_a_day_that_does_not_exist_is_told_why() -> None:
    with pytest.raises(BadCell) as caught:
        day("2026-02-30")
    assert caught.value.why.text() == "没有“2026-02-30”这一天：2026 年 2 月只有 28 天"
    assert caught.value.why.text("en") == "there is no day “2026-02-30”: 2026-2 has 28 days"


@pytest.mark.parametrize(
    ("cell", "utc"),
    [
        ("2026-03-05", "2026-03-04 16:00:00.000000"),
        ("2026-03-05 18:30", "2026-03-05 10:30:00.000000"),
        ("2026/3/5 8:05:09", "2026-03-05 00:05:09.000000"),
        ("2026年3月5日 18时30分", "2026-03-05 10:30:00.000000"),
        ("2026年3月5日18点", "2026-03-05 10:00:00.000000"),
        ("2026-03-05T10:30:00Z", "2026-03-05 10:30:00.000000"),
        ("2026-03-05T10:30:00.250+02:00", "2026-03-05 08:30:00.000000"),
        (excel(2026, 3, 5, 18, 30), "2026-03-05 10:30:00.000000"),
        (excel(2026, 3, 5, 18, 29, 59, 999_999), "2026-03-05 10:30:00.000000"),
        (excel(1988, 7, 1, 9), "1988-07-01 00:00:00.000000"),  # Shanghai's summer time
        (date(2026, 3, 5), "2026-03-04 16:00:00.000000"),
        (46086.5, "2026-03-05 04:00:00.000000"),
    ],
)
def test_moments(cell: Any, utc: str) -> None:
    assert moment(cell) == utc
    assert utc_text(utc_moment(utc)) == utc


@pytest.mark.parametrize("cell", ["晚上", "18:30", "2026-03-05 18:60", time(18, 30), True, 3.5])
def test_no_moments(cell: Any) -> None:
    assert fault(moment, cell) == "not_time"


def test_a_column_of_moments_at_once() -> None:
    plain = (excel(2026, 3, 5, 18, 30), "", excel(1992, 1, 1))
    assert Moment().whole(plain) == [moment(cell) if cell else "" for cell in plain]
    for odd in (
        (excel(1988, 7, 1),),
        (excel(2026, 1, 1, 1, 1, 1, 5),),
        ("2026-01-01",),
        ("",),
        (excel(2026, 1, 1), date(2026, 1, 1)),
    ):
        assert Moment().whole(odd) is None


@pytest.mark.parametrize("cell", ["3", "3.0", 3, 3.0, " 3 ", "+3", "３"])
def test_whole_numbers(cell: Any) -> None:
    assert Whole(1, 10)(cell) == "3"


def test_no_whole_numbers() -> None:
    number = Whole(1, 10)
    for cell in ("三", "3.5", 3.5, True, "1e3", "9" * 5000, float("nan"), "--3"):
        assert fault(number, cell) == "not_integer"
    for cell in (0, 11, "-1"):
        assert fault(number, cell) == "out_of_range"


def test_points_are_hundredths() -> None:
    assert [points(cell) for cell in ("3", 3, 3.0, "3.50", 0.1, "-0.25", "3分")] == [
        "300",
        "300",
        "300",
        "350",
        "10",
        "-25",
        "300",
    ]
    assert [points(cell) for cell in ("1,234", "1，234.5")] == ["123400", "123450"]
    for cell in (
        "三",
        "1，5",
        "1,5",
        "12,34",
        "分3",
        "3.333",
        0.333,
        True,
        float("nan"),
        float("inf"),
        1e300,
        "9" * 30,
        "",
    ):
        assert fault(points, cell) == "not_points"


def test_columns_have_names_of_their_own() -> None:
    for columns in COLUMNS.values():
        names = [name for column in columns for name in (column.code, *column.aliases)]
        assert len(names) == len(set(names))
        assert all(column.title for column in columns)
