"""Sheets as Hypothesis draws them: mostly what clerks write, and what accidents do to it."""

from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.intake.columns import COLUMNS
from domain.sheets.reading import Table
from tests.intake.desk import as_table


def chinese(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"


in_time = st.dates(date(2026, 1, 1), date(2026, 12, 30))
days = st.one_of(in_time, in_time.map(str), in_time.map(chinese))
odd_days = st.one_of(
    st.dates(date(2025, 12, 1), date(2027, 2, 1)),
    st.sampled_from(["2026-02-30", 45321, 45321.0, "45321", 46086.5, "2026.3.5", "26/3/5", 0, -5]),
    st.datetimes(datetime(1850, 1, 1), datetime(2300, 1, 1)),  # noqa: DTZ001
)
odd = st.one_of(
    st.text(max_size=12),
    st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0x2FFFF), max_size=80),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.booleans(),
    st.times(),
    st.timedeltas(timedelta(0), timedelta(9)),
    odd_days,
    st.sampled_from(
        ["", " ", "是", "否", "=1+1", "长" * 3000, "\u200b", "\0", "a\nb", "#REF!", "１"]
    ),
    st.sampled_from(["H9", "x", "base", "vote", "x" * 65, 7.0, 1e9, "10.01", "r9", "盐", "K9"]),
)
usual: dict[str, list[object]] = {
    "household": ["H1", "H2", "H3"],
    "item": ["sweep", "fine", "service"],
    "ref": [*(f"C{at}" for at in range(20)), "K1", "K2", 7, 8.0],
    "about": ["K1", "K2"],
    "channel": ["self", "居民自荐", "inspection"],
    "quantity": ["", "", 1, 2.0, "3"],
    "goods": ["毛巾", "米", "油"],
    "points": [5, "2.5", 3.0],
    "count": ["", 1],
    "stock": ["", 9],
    "reviewer": ["r1", ""],
    "verdict": ["通过", "approve"],
    "head": ["王", "李"],
    "name": ["王一", "李一"],
    "registered": ["是", True, ""],
    "consent": ["是", 0, ""],
    "members": ["", 3],
    "place": ["村口"],
    "reason": ["清扫"],
    "text": ["做了的"],
    "tidy": [5, "8.25", ""],
    "aware": ["是", "否", ""],
    "takes_part": ["是", "否", ""],
    "satisfied": ["是", ""],
}


@st.composite
def tables(draw: st.DrawFn, kind: str) -> Table:
    """A table with the kind's columns, most cells sensible and some not."""
    codes = [column.code for column in COLUMNS[kind]]
    extra = ["tidy", "1.1"] if kind == "inspection" else ["原因"]
    header = draw(st.permutations(codes)) + draw(st.sampled_from([[], extra[:1], extra]))
    if draw(st.integers(0, 15)) == 0:
        header = header[: draw(st.integers(1, len(header)))]
    row = st.tuples(*(_cell(code) for code in header)).map(list)
    return as_table(header, draw(st.lists(row, max_size=6)), f"{kind}-2026-03.csv")


def _cell(code: str) -> st.SearchStrategy[Any]:
    """Mostly as it should be; what a kind can do without is mostly blank."""
    good = days if code.endswith(("_on", "redeemed_at")) else st.sampled_from(usual.get(code, [""]))
    return st.integers(0, 30).flatmap(lambda luck: good if luck else odd)
