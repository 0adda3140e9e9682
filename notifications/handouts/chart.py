"""Charts (图表) as plain geometry, drawn by the templates as SVG: no script, no other file.

Values are integers (points in hundredths, or counts); coordinates are rounded to tenths, so that
the same figures always give the same drawing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.kernel.points import HUNDREDTHS, format_points

WIDTH, HEIGHT = 720.0, 264.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 10.0, 34.0, 40.0
GAP = 0.24  # of a bar's place that stays empty
LABEL = 10.0  # room for a value under a bar, beside what the labels leave
BINS_MAX = 12
TICKS_MAX = 5


@dataclass(frozen=True)
class Bar:
    """A bar, what it stands for and its value, which is written beside it; `share` is its length
    in percent of the longest, for narrow screens, where bars lie."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: str
    below: bool
    share: float


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Bars over a zero line, with the marks of both axes."""

    bars: tuple[Bar, ...]
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]
    zero: float
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    bottom: float = HEIGHT - BOTTOM


def nice_step(span: int, count: int, least: int = 1) -> int:
    """The smallest of 1, 2, 5, 10, 20, … times `least` that divides `span` into `count` at most."""
    step = least
    while True:
        for factor in (1, 2, 5):
            if span <= step * factor * count:
                return step * factor
        step *= 10


def points_by_month(values: Sequence[tuple[str, int]]) -> Chart:
    """One bar for each label; points below zero go downwards."""
    return _bars(values, HUNDREDTHS, format_points)


def distribution(scores: Sequence[int]) -> Chart:
    """How many households have a score in each range: at most twelve ranges of a round width."""
    if not scores:
        return _bars([], 1, str)
    low, high = min(scores), max(scores)
    step = nice_step(high - low + 1, BINS_MAX - 1, HUNDREDTHS)
    first = low // step * step
    counts = [0] * ((high - first) // step + 1)
    for score in scores:
        counts[(score - first) // step] += 1
    edges = [format_points(first + at * step) for at in range(len(counts) + 1)]
    ranges = [f"{edges[at]}～{edges[at + 1]}" for at in range(len(counts))]
    bars = _bars(list(zip(ranges, counts, strict=True)), 1, str)
    place = (WIDTH - LEFT - RIGHT) / len(counts)
    columns = tuple(Tick(round(LEFT + at * place, 1), edge) for at, edge in enumerate(edges))
    return Chart(bars.bars, bars.rows, columns, bars.zero)


def _bars(values: Sequence[tuple[str, int]], unit: int, text: Callable[[int], str]) -> Chart:
    top = max([0, *(value for _, value in values)])
    low = min([0, *(value for _, value in values)])
    step = nice_step(max(top - low, unit), TICKS_MAX, unit)
    ceiling = -(-top // step) * step
    ceiling += step * (ceiling == 0 and low > -step)
    # The axis ends below the lowest bar, with room for its value, and not at a whole step.
    plot = HEIGHT - TOP - BOTTOM
    scale = (plot - LABEL * (low < 0)) / (ceiling - low)
    longest = max(top, -low, 1)

    def height_of(value: int) -> float:
        return round(TOP + (ceiling - value) * scale, 1)

    place = (WIDTH - LEFT - RIGHT) / max(1, len(values))
    bars, columns = [], []
    for at, (label, value) in enumerate(values):
        x = LEFT + at * place
        columns.append(Tick(round(x + place / 2, 1), label))
        bars.append(
            Bar(
                x=round(x + place * GAP / 2, 1),
                y=height_of(max(value, 0)),
                width=round(place * (1 - GAP), 1),
                height=round(abs(value) * scale, 1),
                label=label,
                value=text(value) if value else "",
                below=value < 0,
                share=round(100 * abs(value) / longest, 1),
            )
        )
    rows = tuple(
        Tick(height_of(at), text(at)) for at in range(-(-low // step) * step, ceiling + 1, step)
    )
    return Chart(tuple(bars), rows, tuple(columns), height_of(0))
