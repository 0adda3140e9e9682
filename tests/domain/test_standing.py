"""Ranks, stars, honours, averages and the support list: pure, against plain Python."""

from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.errors import Refused
from domain.rules.load import shipped
from domain.rules.schema import Standing
from domain.rules.standing import Score, average_points, rank
from domain.store.tables.settlement import honours_text
from tests.domain.builders import honour, standing
from tests.rules.builders import SOURCE

SUPPORT = {"percent": 5, "households_min": 1, **SOURCE}
STARS = shipped("longyuzhuang").standing
TOP_THREE = shipped("fuling-maan-2022").standing


def ranked(
    scores: list[int], rules: Standing, base: int = 0, members: list[int] | None = None
) -> list[dict[str, Any]]:
    """Households 1, 2, … with these scores, as `rank` places them."""
    rows = [
        Score(number, score, base, (members or [1] * len(scores))[number - 1])
        for number, score in enumerate(scores, start=1)
    ]
    return [place._asdict() for place in rank(rows, rules)]


def places(scores: list[int], rules: Standing) -> list[int]:
    return [row["rank"] for row in ranked(scores, rules)]


def honours(scores: list[int], rules: Standing, base: int = 0) -> list[str]:
    return [honours_text(row["honours"]) for row in ranked(scores, rules, base)]


def supported(scores: list[int], rules: Standing = TOP_THREE) -> list[int]:
    return [row["household"] for row in ranked(scores, rules) if row["support"]]


def rules(*honours: dict[str, object], **terms: object) -> Standing:
    return Standing.model_validate(standing(*honours, **terms))


def test_ties_share_a_rank_and_the_next_is_left_out() -> None:
    assert places([10, 30, 20, 30], rules()) == [4, 1, 3, 1]
    assert places([-5, 0, -5], rules()) == [2, 1, 2]
    assert places([], rules()) == []


def test_top_three_is_rank_three_ties_included() -> None:
    given = honours([50, 40, 30, 30, 20], TOP_THREE)
    assert given == ["top_three"] * 4 + [""]
    assert honours([50, 40, 40, 40, 20], TOP_THREE) == ["top_three"] * 4 + [""]
    assert honours([5, 5], TOP_THREE) == ["top_three"] * 2


def test_stars_go_to_the_first_ten_twenty_thirty_percent() -> None:
    scores = list(range(200, 190, -1))
    given = honours(scores, STARS, base=100)
    assert given == ["five_star", "four_star", "three_star"] + [""] * 7


def test_a_star_needs_at_least_the_base() -> None:
    given = honours([140, 139, *range(8)], STARS, base=140)
    assert given[:3] == ["five_star", "", ""]


def test_fewer_than_ten_households_have_no_five_star() -> None:
    assert honours([9, 8, 7, 6, 5], STARS) == ["four_star", "", "", "", ""]
    assert honours([9, 8], STARS) == ["", ""]


def test_ties_share_a_star() -> None:
    assert honours([99, 99, *range(18)], STARS)[:2] == ["five_star"] * 2
    given = honours([9, 9, 9, 8, *[1] * 16], STARS)
    assert given == ["five_star"] * 3 + ["four_star"] + ["three_star"] * 16


def test_above_average_is_strict() -> None:
    above = rules(honour("above", above_average=True))
    assert honours([10, 20, 30], above) == ["", "", "above"]
    assert honours([10, 10, 10], above) == ["", "", ""]
    assert honours([10, 10, 11], above) == ["", "", "above"]
    assert honours([-10, -20], above) == ["above", ""]


def test_of_one_series_a_household_gets_the_first_only() -> None:
    several = rules(
        honour("gold", rank_max=1, series="medal"),
        honour("silver", rank_max=2, series="medal"),
        honour("flower", rank_max=2),
    )
    assert honours([3, 2, 1], several) == ["gold,flower", "silver,flower", ""]


def test_support_is_the_last_five_percent_at_least_one() -> None:
    assert supported(list(range(1, 11))) == [1]
    assert supported(list(range(1, 40))) == [1]
    assert supported(list(range(1, 41))) == [1, 2]
    assert supported(list(range(1, 61))) == [1, 2, 3]


def test_those_who_share_the_last_place_are_all_supported() -> None:
    assert supported([5, 5, 7, 9]) == [1, 2]


def test_nobody_first_is_supported() -> None:
    assert supported([7]) == []
    assert supported([7, 7, 7]) == []
    assert supported([7, 8]) == [1]


AVERAGE = rules(by="average", span="lifetime")


def test_the_average_ranks() -> None:
    rows = ranked([1000, 900], AVERAGE, members=[4, 3])
    assert [(row["ranked_by"], row["rank"]) for row in rows] == [(250, 2), (300, 1)]


@pytest.mark.parametrize(
    ("points", "members", "expected"),
    [
        (1000, 3, 333),
        (2000, 3, 667),
        (5, 2, 3),
        (-5, 2, -2),
        (-1000, 3, -333),
        (-2000, 3, -667),
        (0, 7, 0),
        (-1, 2, 0),
        (1, 2, 1),
    ],
)
def test_averages_are_rounded_half_up(points: int, members: int, expected: int) -> None:
    assert average_points(points, members) == expected
    assert ranked([points], AVERAGE, members=[members])[0]["ranked_by"] == expected


@given(st.integers(-(10**9), 10**9), st.integers(1, 60))
def test_half_up_is_towards_plus_infinity(points: int, members: int) -> None:
    expected = floor(Fraction(points, members) + Fraction(1, 2))
    assert ranked([points], AVERAGE, members=[members])[0]["ranked_by"] == expected


@pytest.mark.parametrize("members", [0, -1])
def test_an_average_needs_members(members: int) -> None:
    with pytest.raises(Refused, match="参与人数"):
        ranked([100, 100], AVERAGE, members=[2, members])


@given(st.lists(st.integers(-50, 50), max_size=40), st.integers(0, 20))
def test_standing_as_plain_python_has_it(scores: list[int], base: int) -> None:
    for rules in (TOP_THREE, STARS):
        for row, score in zip(ranked(scores, rules, base=base), scores, strict=True):
            place = 1 + sum(other > score for other in scores)
            below = 1 + sum(other < score for other in scores)
            assert row["rank"] == place
            last = max(len(scores) * 5 // 100, 1)
            assert row["support"] == (rules is TOP_THREE and below <= last and place > 1)
            if rules is TOP_THREE:
                assert row["honours"] == (("top_three",) if place <= 3 else ())
                continue
            stars = [
                name
                for name, percent in (("five_star", 10), ("four_star", 20), ("three_star", 30))
                if place / len(scores) <= percent / 100 + 1e-12 and score >= base
            ]
            assert row["honours"] == tuple(stars[:1])
