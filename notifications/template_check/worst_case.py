"""The worst and the least that texts must cope with (最坏情形): for `jifen template check`.

A name of 40 characters, 300 claims and households, long items, nobody's phone; and a village
where nothing has happened yet. Message facts are found by name: a template that asks for a fact
that is not here fails the check until it is added.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.cards.card import Card, CardEntry, Clause, MemberAccount
from domain.cards.summary import ClaimFigures, YearSummary
from domain.kernel.documents import ABSENT
from domain.kernel.local_time import LOCAL
from domain.standing.table import HouseholdStanding
from domain.store.tables.claims import ClaimStatus, Verdict
from domain.store.tables.ledger import EntryKind
from domain.store.tables.notices import Notice, NoticeKind
from domain.store.tables.objections import ObjectionStatus
from domain.store.tables.people import Community

CASES = ("worst", "least")
MANY = 300
LONG_NAME = "欧阳" * 20
BLOCKERS = (
    "undecided_claims",
    "open_objections",
    "audit_open",
    "not_published",
    "publicity_open",
    "members_unknown",
)
_COMMUNITY = "某某自治县某某民族乡新时代文明实践中心所在地某某移民安置点社区"
_TOWN = "某某土家族苗族自治县某某民族乡人民政府"
_SCHEME = "某某土家族苗族自治县深化推广运用乡村治理积分制助推乡村全面振兴工作实施方案（试行）"
_ITEM = "积极参加“新时代文明实践站”举办的各种活动，并带动左邻右舍共同参与10次以上的" * 3
_LONG_CODE = "村民小组第1组-2026-000001"
_AT = datetime(2026, 12, 31, 23, 59, tzinfo=LOCAL)
# A time at which the quarter's notice is open for objections.
OPEN_AT = _AT + timedelta(days=1)


def community(case: str) -> Community:
    """A community with a long name, or a short one."""
    names = (_COMMUNITY, _TOWN) if case == "worst" else ("甲村", "乙镇")
    return Community(code="worst-case", name=names[0], town=names[1], added_at=_AT)


def notices(case: str) -> Iterator[Notice]:
    """A notice of every kind; a correction that goes either way."""
    yield _notice(case, NoticeKind.QUARTER, "2026-Q4", _quarter(case))
    yield _notice(case, NoticeKind.YEAR, "2026", _year(case))
    for approved in (True, False):
        yield _notice(case, NoticeKind.CORRECTION, "2026-12", _correction(case, approved))
    yield _notice(case, NoticeKind.REDEMPTION, "2026-H2", _round(case))
    yield _notice(case, NoticeKind.REPORT, "2026-H2", _report(case))


def card(case: str) -> Card:
    """A points card with the most that may stand on it, or the least."""
    worst = case == "worst"
    entry = CardEntry(
        seq=1,
        posted_at=_AT,
        period="2026-12",
        kind=EntryKind.DEDUCTION,
        item="N1",
        name=_ITEM,
        goods=None,
        member=_LONG_CODE,
        ref=_LONG_CODE,
        points=-1234_56,
        reason="附件.N1",
        clause=Clause("附件.N1", _ITEM * 3),
    )
    account = MemberAccount(_LONG_CODE, LONG_NAME, -46_296_00)
    return Card(
        household=_LONG_CODE if worst else "1",
        head=LONG_NAME if worst else "甲",
        area="",
        year=2026,
        score=-370_368_00 if worst else 0,
        balance=-370_368_00 if worst else 0,
        rank=MANY if worst else None,
        entries=(entry,) * MANY if worst else (),
        brought_forward=ABSENT,
        lifetime=-370_368_00 if worst else 0,
        average=-46_296_00 if worst else None,
        members=(account,) * 8 if worst else (),
        family=0,
        available=0,
        worth=44_444_16 if worst else None,
    )


def figures(case: str) -> YearSummary:
    """A year's figures, with the most households that may be honoured, or none."""
    many = MANY if case == "worst" else 0
    return YearSummary(
        community="worst-case",
        ruleset="r",
        year=2026,
        claims=ClaimFigures(many, many, many, many, many, many),
        journals=many,
        notices=(),
        reminders=many,
        seal="f" * 64 if many else "",
        ledger_ok=not many,
        households=tuple(
            HouseholdStanding(
                household=f"{_LONG_CODE}{number}",
                score=number * 100 - 150_50,
                balance=0,
                rank=number + 1,
                honours=("最美文明家庭标兵户",) if number < 100 else (),
                lifetime=ABSENT,
                average=ABSENT,
            )
            for number in range(many)
        ),
    )


def message_facts(case: str) -> dict[str, Any]:
    """Facts for all messages, by name."""
    worst = case == "worst"
    place = community(case)
    many = MANY if worst else 1
    finding = {
        "what": "failed",
        "subject": "step",
        "process": "publicity",
        "step": "publish",
        "period": "2026-Q4",
        "ref": _LONG_CODE,
        "places": [_COMMUNITY] * 3,
        "place_count": 2_000,
        "count": many,
        "since": _AT.isoformat(),
        "said": "x" * 200,
        "after": None,
        "awaits": [],
        "named": "",
        "advice": "`jifen publicity --period 2026-Q4`",
        "may_act": True,
        "command": "jifen publicity --community worst-case --period 2026-Q4",
        "link": _LINK,
    }
    claim = {"day": "2026-12-31", "item": _ITEM, "status": ClaimStatus.REJECTED, "why": _ITEM}
    return {
        "name": LONG_NAME if worst else "甲",
        "community": place.name,
        "town": place.town,
        "period": "2026-Q4" if worst else "2026-01",
        "next_period": "2027-Q1" if worst else "2026-02",
        "deadline": _AT.isoformat(),
        "oldest": "2026-10-31",
        "count": many,
        "overdue": many if worst else 0,
        "kind": NoticeKind.CORRECTION,
        "objection": _LONG_CODE * 2 if worst else "1",
        "report": _SCHEME,
        "published_at": _AT.isoformat(),
        "closes_at": (_AT + timedelta(days=7)).isoformat() if worst else None,
        "link": _LINK if worst else None,
        "desk": _DESK if worst else None,
        "desk_elsewhere": not worst,
        "begun": [finding] * 20 if worst else [],
        "ended": [finding] if not worst else [],
        "more": many if worst else 0,
        "file": _SCHEME + ".xlsx",
        "ready": worst,
        "blockers": [{"what": what, "count": many} for what in BLOCKERS] if worst else [],
        "approved": many,
        "rejected": many,
        "residents": many,
        "needed": 30,
        "points": -7_777.77,
        "claims": [claim] * (5 if worst else 1),
        "status": ObjectionStatus.DISMISSED if worst else ObjectionStatus.UPHELD,
        "why": _ITEM if worst else "",
        "stages": [{"why": f"“{_TOWN}”需要 5 人评议，登记了 4 人", "count": many}] * 2,
        "parts": [{"title": "甲", "body": "乙"}] * (30 if worst else 1),
    }


def desk_facts(case: str) -> dict[str, Any]:
    """The facts of the reviewers' desk; its claims are as `domain.review.docket` makes them."""
    worst = case == "worst"
    row = {
        "ref": _LONG_CODE,
        "stage": "group",
        "household": _LONG_CODE,
        "head": LONG_NAME,
        "area": "第一村民小组",
        "member": LONG_NAME,
        "name": _ITEM,
        "unit": "次",
        "points": -1_234.56,
        "quantity": 77,
        "clause": _ITEM * 3,
        "day": "2026-12-31",
        "channel": "inspection",
        "place": _ITEM,
        "reason": _ITEM,
        "evidence": _ITEM,
        "evidence_standing": "given",
        "overdue": True,
        "note": _ITEM,
    }
    claims = [
        row | {"score": None},
        row | {"score": 3, "evidence": "", "evidence_standing": "missing"},
        row | {"points": None, "score": None, "evidence": "", "evidence_standing": "promise"},
    ]
    refused = {"ref": _LONG_CODE, "verdict": Verdict.REJECT, "why": _ITEM}
    return {
        "community": community(case).name,
        "name": LONG_NAME if worst else "甲",
        "total": MANY if worst else 0,
        "cases": claims * 10 if worst else [],
        "answers": [refused, refused | {"why": ""}] if worst else [],
        "note_max": 2_000,
        "ends_on": "2026-12-31",
    }


_DESK = "https://jifen.some-county.example.cn/desk/1234567.739999." + "A" * 32
_LINK = (
    "https://jifen.some-county.example.cn/public/" + "worst-case/2026-12-correction-0123abcd.html"
)


def _notice(case: str, kind: NoticeKind, period: str, content: Mapping[str, Any]) -> Notice:
    place = community(case)
    closes = _AT + timedelta(days=7) if kind == NoticeKind.QUARTER else None
    head = {
        "community": place.name,
        "town": place.town,
        "scheme": _SCHEME,
        "document": _SCHEME,
        "period": period,
        "published_at": _AT.isoformat(),
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
        published_at=_AT,
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
                "household": f"{_LONG_CODE}{number}",
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
    goods = [{"goods": _ITEM, "count": many}] * (30 if many else 0)
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
    item = _ITEM if case == "worst" else "甲"
    totals = {row["household"]: {"before": 0, "after": row["points"]} for row in changes}
    return {
        "objection": _LONG_CODE,
        "item": item,
        "approved": approved,
        "changes": changes,
        "totals": totals,
    }


def _round(case: str) -> dict[str, Any]:
    worst = case == "worst"
    goods = [{"goods": f"{_ITEM}{number}", "count": 7_777} for number in range(MANY)]
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
    return {"name": _ITEM, **sums, "left": -7_777_777.77, "is_low": True}


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
