"""The charts' geometry."""

from hypothesis import given
from hypothesis import strategies as st

from notifications.handouts.chart import (
    BINS_MAX,
    HEIGHT,
    LABEL,
    WIDTH,
    distribution,
    nice_step,
    points_by_month,
)

POINTS = st.integers(-(10**9), 10**9)


@given(st.lists(POINTS, max_size=60))
def test_a_distribution_counts_every_household_once(scores: list[int]) -> None:
    chart = distribution(scores)
    assert sum(int(bar.value or 0) for bar in chart.bars) == len(scores)
    assert len(chart.bars) <= BINS_MAX
    assert len(chart.columns) == (len(chart.bars) + 1 if scores else 0)


@given(st.lists(st.tuples(st.just("月"), POINTS), max_size=14))
def test_bars_stay_on_the_drawing(values: list[tuple[str, int]]) -> None:
    chart = points_by_month(values)
    for bar in chart.bars:
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT
    assert 2 <= len(chart.rows) <= 9
    assert [bar.below for bar in chart.bars] == [value < 0 for _, value in values]


@given(st.integers(1, 10**12), st.integers(1, 20))
def test_a_step_is_round_and_large_enough(span: int, count: int) -> None:
    step = nice_step(span, count)
    assert step * count >= span
    assert str(step).rstrip("0") in ("1", "2", "5")


def test_a_bar_is_as_high_as_its_value() -> None:
    chart = points_by_month([("1月", 1000), ("2月", -500), ("3月", 0)])
    up, down, none = chart.bars
    assert up.height == 2 * down.height
    assert (up.value, down.value, none.value) == ("10", "-5", "")
    assert up.y + up.height == down.y == chart.zero


def test_an_axis_fits_the_data() -> None:
    """A -1 beside 743 does not draw the axis down to -200."""
    chart = points_by_month([("年初", 74_300), ("1月", 12_000), ("2月", -100)])
    assert [tick.text for tick in chart.rows] == ["0", "200", "400", "600", "800"]
    below = chart.bars[2]
    assert below.y + below.height == chart.bottom - LABEL


@given(st.lists(st.tuples(st.just("月"), POINTS), min_size=1, max_size=14))
def test_lying_bars_have_their_share_of_the_longest(values: list[tuple[str, int]]) -> None:
    chart = points_by_month(values)
    assert all(0 <= bar.share <= 100 for bar in chart.bars)
    if any(value for _, value in values):
        assert max(bar.share for bar in chart.bars) == 100
