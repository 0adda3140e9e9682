"""Notices with the most that may stand on them, and with the least."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from domain.store.tables.claims import ClaimStatus
from domain.store.tables.notices import Notice, NoticeKind
from domain.store.tables.objections import ObjectionStatus
from notifications.template_check.worst_words import (
    AT,
    ITEM,
    LONG_CODE,
    LONG_NAME,
    MANY,
    SCHEME,
    community,
)


def notices(case: str) -> Iterator[Notice]:
    """A notice of every kind; a correction that goes either way."""
    yield _notice(case, NoticeKind.QUARTER, "2026-Q4", _quarter(case))
    yield _notice(case, NoticeKind.YEAR, "2026", _year(case))
    for approved in (True, False):
        yield _notice(case, NoticeKind.CORRECTION, "2026-12", _correction(case, approved))
    yield _notice(case, NoticeKind.REDEMPTION, "2026-H2", _round(case))
    yield _notice(case, NoticeKind.REPORT, "2026-H2", _report(case))


def _notice(case: str, kind: NoticeKind, period: str, content: Mapping[str, Any]) -> Notice:
    place = community(case)
    closes = AT + timedelta(days=7) if kind == NoticeKind.QUARTER else None
    head = {
        "community": place.name,
        "town": place.town,
        "scheme": SCHEME,
        "document": SCHEME,
        "period": period,
        "published_at": AT.isoformat(),
        "closes_at": closes.isoformat() if closes else None,
        "closes_text": None,
        "objection_days": 365 if case == "worst" else 1,
        "seal": "f" * 64 if case == "worst" else "",
    }
    return Notice(
        community_id=0,
        kind=kind,
        key=period,
        period=period,
        published_at=AT,
        closes_at=closes,
        content={**head, **content},
        seal=str(head["seal"]),
        digest="0" * 64,
    )


def _claims(case: str) -> dict[str, int]:
    count = 77_777 if case == "worst" else 0
    return dict.fromkeys(ClaimStatus, count)


def _rows(case: str, **more: object) -> list[dict[str, Any]]:
    """Households: as many as there may be, with names in full and points with two decimals."""
    return (
        [
            {
                "household": f"{LONG_CODE}{number}",
                "head": LONG_NAME,
                "area": "第一村民小组",
                "gained": -7_777.77,
                "corrected": -7_777.77,
                "score": -7_777.77,
                "ranked_by": 7_777.77,
                "points": -7_777.77,
                "rank": number,
                **more,
            }
            for number in range(1, MANY + 1)
        ]
        if case == "worst"
        else []
    )


def _quarter(case: str) -> dict[str, Any]:
    return {
        "households": _rows(case),
        "first": _rows(case),
        "red_list": _rows(case),
        "claims": _claims(case),
        "shop": _shop(case),
    }


def _shop(case: str) -> dict[str, Any]:
    many = 777_777 if case == "worst" else 0
    goods = [{"goods": ITEM, "count": many}] * (30 if many else 0)
    return {"redeemed_households": many, "points": many, "goods": goods}


def _year(case: str) -> dict[str, Any]:
    honours = ["最美文明家庭标兵户", "全年分值前三名"] * 3
    return {
        "honoured": _rows(case, honours=honours),
        "corrected": _rows(case),
        "claims": _claims(case),
    }


def _correction(case: str, approved: bool) -> dict[str, Any]:
    changes = _rows(case)
    if approved:
        changes = [{**row, "points": -row["points"]} for row in changes]
    item = ITEM if case == "worst" else "甲"
    totals = {row["household"]: {"before": 0, "after": row["points"]} for row in changes}
    return {
        "objection": LONG_CODE,
        "item": item,
        "approved": approved,
        "changes": changes,
        "totals": totals,
    }


def _round(case: str) -> dict[str, Any]:
    worst = case == "worst"
    goods = [{"goods": f"{ITEM}{number}", "count": 7_777} for number in range(MANY)]
    return {
        "redeemed_households": 7_777 if worst else 0,
        "resident_households": 7_777 if worst else 0,
        "coverage_percent": 99.99 if worst else 0,
        "coverage_needed": 30 if worst else None,
        "coverage_reached": False if worst else None,
        "points": 7_777_777.77 if worst else 0,
        "goods": goods if worst else [],
    }


def _fund() -> dict[str, Any]:
    sums = dict.fromkeys(("given", "points", "spent"), 7_777_777.77)
    return {"name": ITEM, **sums, "left": -7_777_777.77, "is_low": True}


def _survey() -> dict[str, Any]:
    shares = dict.fromkeys(("aware_percent", "takes_part_percent", "satisfied_percent"), 79.99)
    seal = {"sealed_on": "2026-12-03", "seal": "f" * 64}
    return {"asked": 7_777, "answered": 7_777, **shares, **seal}


def _report(case: str) -> dict[str, Any]:
    count = 7_777 if case == "worst" else 0
    channels = ("self", "inspection", "vote", "recommendation", "record")
    return {
        "report": "积分制推行情况半年度专项工作报告",
        "due": "2026-12-05",
        "claims": _claims(case),
        "by_channel": dict.fromkeys(channels, count) if count else {},
        "taking_part": count,
        "households": count,
        "objections": dict.fromkeys(ObjectionStatus, count),
        "round": _round(case),
        "awareness_needed": 90 if count else None,
        "awareness_reached": False if count else None,
        "survey": _survey() if count else None,
        "fund": _fund() if count else None,
    }
