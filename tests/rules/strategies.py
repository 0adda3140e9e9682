"""Random rulesets, households and claims: small enough to read, crowded enough to collide."""

from datetime import date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.rules.evaluate import Version
from domain.rules.schema import Ruleset
from tests.rules.builders import cap, claim, item, ruleset, since

YEAR = 2026
CODES = ("A", "B", "C", "D", "E", "F")
HOUSEHOLDS = (1, 2, 3)
KINDS = (
    *("award",) * 5,
    "graded",
    "graded",
    "deduction",
    "base",
    "zeroing",
    "voiding",
    "record",
)
PERIODS = ("event", "day", "month", "quarter", "half_year", "year")
# Few days, on and about the borders of periods, so that claims meet in them.
DAYS = tuple(
    date(YEAR, month, day)
    for month, day in (
        (1, 1),
        (1, 2),
        (1, 31),
        (2, 1),
        (3, 31),
        (4, 1),
        (6, 30),
        (7, 1),
        (7, 2),
        (12, 31),
    )
)
STARTS = (date(YEAR - 1, 5, 1), date(YEAR, 1, 2), date(YEAR, 2, 15), date(YEAR, 7, 1))

codes_of = st.lists(st.sampled_from(CODES), min_size=1, max_size=3, unique=True)
hundredths = st.integers(min_value=1, max_value=2000)


@st.composite
def items(draw: st.DrawFn, code: str) -> dict[str, Any]:
    """One item of any kind."""
    kind = draw(st.sampled_from(KINDS))
    terms: dict[str, Any] = {}
    if kind in ("award", "graded", "deduction"):
        sign = -1 if kind == "deduction" else 1
        terms["points"] = sign * draw(hundredths) / 100
        pers = (None, None, "month", "quarter", "year", "once", "matter")
        terms["per"] = draw(st.sampled_from(pers))
        terms["of"] = draw(st.sampled_from(("household", "member")))
        terms["highest_of"] = draw(st.sampled_from((None, None, "g", "h")))
        terms["part"] = draw(st.sampled_from(("contribution", "contribution", "base")))
    elif kind == "base":
        terms["per"] = draw(st.sampled_from(("quarter", "year")))
        terms["part"] = "base"
    elif kind == "zeroing":
        parts = st.sampled_from(("base", "contribution"))
        terms["zeroes"] = draw(st.lists(parts, min_size=1, max_size=2, unique=True))
    elif kind == "voiding":
        terms["voids"] = draw(codes_of)
        terms["of"] = draw(st.sampled_from(("household", "member")))
    return item(code, kind, **terms)


@st.composite
def nested_caps(draw: st.DrawFn, chosen: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Shared caps after putting own ones on items; caps that touch the same item are nested."""
    kept: list[tuple[set[str], int]] = []
    shared = []
    for number in range(draw(st.integers(0, 5))):
        codes, width = set(draw(codes_of)), draw(st.integers(0, len(PERIODS) - 1))
        if not all(_nested((codes, width), other) for other in kept):
            continue
        kept.append((codes, width))
        limit = draw(st.integers(100, 5000)) / 100
        if len(codes) == 1 and draw(st.booleans()):
            owner = next(one for one in chosen if one["code"] in codes)
            owner.setdefault("caps", []).append(cap(f"cap{number}", limit, PERIODS[width]))
        else:
            shared.append(cap(f"cap{number}", limit, PERIODS[width], *sorted(codes)))
    return shared


def _nested(one: tuple[set[str], int], other: tuple[set[str], int]) -> bool:
    if not one[0] & other[0]:
        return True
    return (one[0] <= other[0] and one[1] <= other[1]) or (
        other[0] <= one[0] and other[1] <= one[1]
    )


@st.composite
def rulesets(draw: st.DrawFn) -> Ruleset:
    """One version over the same codes, so that any claim can be scored by any version."""
    chosen = [draw(items(code)) for code in CODES]
    caps = draw(nested_caps(chosen))
    exclusions = [
        {
            "id": f"exclusion{number}",
            "items": draw(codes_of),
            "by": draw(codes_of),
            "within": draw(st.sampled_from(("year", "matter"))),
            "source": None,
            "reason": "made up",
        }
        for number in range(draw(st.sampled_from((0, 0, 1, 2))))
    ]
    return ruleset(*chosen, shared_caps=caps, exclusions=exclusions)


@st.composite
def versions(draw: st.DrawFn, count_max: int = 3) -> list[Version]:
    """One to three versions, the first in force before the year."""
    count = draw(st.integers(1, count_max))
    later = draw(
        st.lists(st.sampled_from(STARTS), min_size=count - 1, max_size=count - 1, unique=True)
    )
    return [since(day, draw(rulesets())) for day in [date(YEAR - 2, 1, 1), *later]]


@st.composite
def claims(draw: st.DrawFn, household: int | None = None) -> dict[str, Any]:
    """A claim without its number."""
    day = draw(st.sampled_from(DAYS))
    late = timedelta(days=draw(st.sampled_from((0, 0, 3))))
    return {
        "household": household or draw(st.sampled_from(HOUSEHOLDS)),
        "member": draw(st.sampled_from((None, 1, 2))),
        "item": draw(st.sampled_from(CODES)),
        "quantity": draw(st.sampled_from((1, 1, 2, 3))),
        "score": draw(st.sampled_from((0, 50, 725, None))),
        "matter": draw(st.sampled_from(("", None, "x", "y", "g"))),
        "occurred_on": day,
        "submitted_at": datetime.combine(day + late, time(12)),
    }


def numbered(drawn: list[dict[str, Any]], order: list[int]) -> list[dict[str, Any]]:
    """The claims with keys and refs; refs do not follow the order in which they come."""
    return [
        {**claim(number, "A", "01-01"), **one, "ref": f"R{order[number]:03}"}
        for number, one in enumerate(drawn)
    ]


@st.composite
def claim_lists(draw: st.DrawFn, size_max: int = 24) -> list[dict[str, Any]]:
    drawn = draw(st.lists(claims(), max_size=size_max))
    return numbered(drawn, draw(st.permutations(range(len(drawn)))))


@st.composite
def enrolments(draw: st.DrawFn) -> list[dict[str, Any]]:
    """When each household takes part."""
    day = st.sampled_from((date(YEAR - 1, 3, 1), *DAYS))
    return [
        {
            "household": household,
            "eligible_from": draw(day),
            "eligible_until": draw(st.one_of(st.none(), day)),
        }
        for household in HOUSEHOLDS
    ]


once_before = st.lists(
    st.tuples(st.sampled_from(HOUSEHOLDS), st.sampled_from((None, 1, 2)), st.sampled_from(CODES)),
    max_size=6,
)
