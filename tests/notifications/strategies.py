"""Any notice that could be published, for properties of what is made of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.kernel.masking import masked_name
from domain.store.tables.notices import Notice, NoticeKind

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=100)
ITEMS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300)
CODES = st.from_regex(r"[A-Z]{0,4}[0-9]{1,12}", fullmatch=True)
POINTS = st.integers(-(10**6), 10**6).map(lambda hundredths: hundredths / 100)
GAINED = st.integers(0, 10**6).map(lambda hundredths: hundredths / 100)
AREAS = st.sampled_from(["", "一组"])
COUNTS = st.integers(0, 10_000)
MOMENTS = st.integers(0, 70 * 366 * 24).map(
    lambda hours: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
)
PERIODS = {
    "quarter": ["2026-Q1", "2026-Q4"],
    "year": ["2026"],
    "correction": ["2026-12"],
    "redemption": ["2026-H1"],
    "report": ["2026-H2"],
}


def heads() -> st.SearchStrategy[str]:
    return st.one_of(NAMES.map(masked_name), st.just("欧阳" * 20))


@st.composite
def notices(draw: st.DrawFn) -> Notice:
    """A notice of any kind, with few or many rows and the strangest names."""
    kind = draw(st.sampled_from(sorted(PERIODS)))
    period = draw(st.sampled_from(PERIODS[kind]))
    at = draw(MOMENTS)
    closes = at + timedelta(days=draw(st.integers(1, 90))) if kind == "quarter" else None
    content: dict[str, Any] = {
        "community": draw(NAMES),
        "town": draw(NAMES),
        "scheme": draw(NAMES),
        "document": draw(NAMES),
        "period": period,
        "published_at": at.isoformat(),
        "closes_at": closes.isoformat() if closes else None,
        "closes_text": None,
        "objection_days": draw(st.integers(1, 365)),
        "seal": draw(st.sampled_from(["", "ab" * 32])),
    }
    content |= draw(globals()[f"_{kind}"]())
    return Notice(
        community_id=1,
        kind=NoticeKind(kind),
        key=period,
        period=period,
        published_at=at,
        closes_at=closes,
        content=content,
        seal=content["seal"],
        digest="0" * 64,
    )


@st.composite
def _claims(draw: st.DrawFn) -> dict[str, int]:
    return {name: draw(COUNTS) for name in ("approved", "rejected", "pending", "annulled")}


@st.composite
def _places(draw: st.DrawFn, honours: bool = False) -> list[dict[str, Any]]:
    rows = []
    for rank in range(1, draw(st.sampled_from([0, 1, 3, 10, 120])) + 1):
        row: dict[str, Any] = {
            "rank": rank,
            "household": f"H{rank:03}",
            "head": draw(heads()),
            "score": draw(POINTS),
            "ranked_by": draw(POINTS),
        }
        rows.append(row | ({"honours": ["文明家庭" * 8]} if honours else {}))
    return rows


@st.composite
def _quarter(draw: st.DrawFn) -> dict[str, Any]:
    rows = [
        {
            "household": draw(CODES),
            "head": draw(heads()),
            "area": draw(AREAS),
            "gained": draw(POINTS),
            "score": draw(POINTS),
        }
        for _ in range(draw(st.sampled_from([0, 1, 3])))
    ]
    return {"households": rows, "first": draw(_places()), "claims": draw(_claims())}


@st.composite
def _year(draw: st.DrawFn) -> dict[str, Any]:
    return {"honoured": draw(_places(honours=True)), "claims": draw(_claims())}


@st.composite
def _correction(draw: st.DrawFn) -> dict[str, Any]:
    changes = [
        {"household": draw(CODES), "head": draw(heads()), "points": draw(POINTS)}
        for _ in range(draw(st.sampled_from([0, 1, 2, 60])))
    ]
    return {
        "objection": draw(CODES),
        "item": draw(ITEMS),
        "approved": draw(st.booleans()),
        "changes": changes,
    }


@st.composite
def _redemption(draw: st.DrawFn) -> dict[str, Any]:
    needed = draw(st.sampled_from([None, 30]))
    return {
        "redeemed_households": draw(COUNTS),
        "resident_households": draw(COUNTS),
        "coverage_percent": draw(GAINED),
        "coverage_needed": needed,
        "coverage_reached": None if needed is None else draw(st.booleans()),
        "points": draw(GAINED),
        "goods": [
            {"goods": draw(NAMES), "count": draw(COUNTS)}
            for _ in range(draw(st.sampled_from([0, 1, 40])))
        ],
    }


@st.composite
def _report(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "report": draw(NAMES),
        "due": "2026-12-05",
        "claims": draw(_claims()),
        "by_channel": {"self": draw(COUNTS)},
        "taking_part": draw(COUNTS),
        "households": draw(COUNTS),
        "objections": dict.fromkeys(("open", "upheld", "dismissed"), 3),
        "round": draw(_redemption()),
        "awareness_needed": draw(st.sampled_from([None, 90])),
        "awareness_reached": draw(st.sampled_from([None, True, False])),
        "survey": draw(st.none() | _survey()),
        "fund": draw(st.none() | _fund()),
    }


@st.composite
def _fund(draw: st.DrawFn) -> dict[str, Any]:
    left = draw(st.sampled_from([-0.5, 0, 1.2, 3000]))
    return {
        "name": draw(NAMES),
        "given": 3000,
        "points": draw(GAINED),
        "spent": draw(GAINED),
        "left": left,
        "is_low": left < 600,
    }


@st.composite
def _survey(draw: st.DrawFn) -> dict[str, Any]:
    shares = st.sampled_from([None, 0, 79.99, 100])
    return {
        "asked": draw(COUNTS),
        "answered": draw(COUNTS),
        "aware_percent": draw(shares),
        "takes_part_percent": draw(shares),
        "satisfied_percent": draw(shares),
        "sealed_on": "2026-06-18",
        "seal": "0f" * 32,
    }
