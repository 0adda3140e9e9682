"""The worst and the least that texts must cope with (最坏情形): for `jifen template check`.

A name of 40 characters, 300 claims and households, long items, nobody's phone; and a village
where nothing has happened yet. Message facts are found by name: a template that asks for a fact
that is not here fails the check until it is added.
"""

from datetime import timedelta
from typing import Any

from domain.cards.card import Card, CardEntry, Clause, MemberAccount
from domain.cards.summary import ClaimFigures, YearSummary
from domain.kernel.documents import ABSENT
from domain.standing.table import HouseholdStanding
from domain.store.tables.claims import ClaimStatus, Verdict
from domain.store.tables.ledger import EntryKind
from domain.store.tables.notices import NoticeKind
from domain.store.tables.objections import ObjectionStatus
from notifications.template_check.worst_words import (
    AT,
    BLOCKERS,
    COMMUNITY,
    ITEM,
    LONG_CODE,
    LONG_NAME,
    MANY,
    SCHEME,
    TOWN,
    community,
)


def card(case: str) -> Card:
    """A points card with the most that may stand on it, or the least."""
    worst = case == "worst"
    entry = CardEntry(
        seq=1,
        posted_at=AT,
        period="2026-12",
        kind=EntryKind.DEDUCTION,
        item="N1",
        name=ITEM,
        goods=None,
        member=LONG_CODE,
        ref=LONG_CODE,
        points=-1234_56,
        reason="附件.N1",
        clause=Clause("附件.N1", ITEM * 3),
    )
    account = MemberAccount(LONG_CODE, LONG_NAME, -46_296_00)
    return Card(
        household=LONG_CODE if worst else "1",
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
                household=f"{LONG_CODE}{number}",
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
        "ref": LONG_CODE,
        "places": [COMMUNITY] * 3,
        "place_count": 2_000,
        "count": many,
        "since": AT.isoformat(),
        "said": "x" * 200,
        "after": None,
        "awaits": [],
        "named": "",
        "advice": "`jifen publicity --period 2026-Q4`",
        "may_act": True,
        "command": "jifen publicity --community worst-case --period 2026-Q4",
        "link": _LINK,
    }
    claim = {"day": "2026-12-31", "item": ITEM, "status": ClaimStatus.REJECTED, "why": ITEM}
    return {
        "name": LONG_NAME if worst else "甲",
        "community": place.name,
        "town": place.town,
        "period": "2026-Q4" if worst else "2026-01",
        "next_period": "2027-Q1" if worst else "2026-02",
        "deadline": AT.isoformat(),
        "oldest": "2026-10-31",
        "count": many,
        "overdue": many if worst else 0,
        "kind": NoticeKind.CORRECTION,
        "objection": LONG_CODE * 2 if worst else "1",
        "report": SCHEME,
        "published_at": AT.isoformat(),
        "closes_at": (AT + timedelta(days=7)).isoformat() if worst else None,
        "link": _LINK if worst else None,
        "desk": _DESK if worst else None,
        "desk_elsewhere": not worst,
        "begun": [finding] * 20 if worst else [],
        "ended": [finding] if not worst else [],
        "more": many if worst else 0,
        "file": SCHEME + ".xlsx",
        "ready": worst,
        "blockers": [{"what": what, "count": many} for what in BLOCKERS] if worst else [],
        "approved": many,
        "rejected": many,
        "residents": many,
        "needed": 30,
        "points": -7_777.77,
        "claims": [claim] * (5 if worst else 1),
        "status": ObjectionStatus.DISMISSED if worst else ObjectionStatus.UPHELD,
        "why": ITEM if worst else "",
        "stages": [{"why": f"“{TOWN}”需要 5 人评议，登记了 4 人", "count": many}] * 2,
        "parts": [{"title": "甲", "body": "乙"}] * (30 if worst else 1),
    }


def desk_facts(case: str) -> dict[str, Any]:
    """The facts of the reviewers' desk; its claims are as `domain.review.docket` makes them."""
    worst = case == "worst"
    row = {
        "ref": LONG_CODE,
        "stage": "group",
        "household": LONG_CODE,
        "head": LONG_NAME,
        "area": "第一村民小组",
        "member": LONG_NAME,
        "name": ITEM,
        "unit": "次",
        "points": -1_234.56,
        "quantity": 77,
        "clause": ITEM * 3,
        "day": "2026-12-31",
        "channel": "inspection",
        "place": ITEM,
        "reason": ITEM,
        "evidence": ITEM,
        "evidence_standing": "given",
        "overdue": True,
        "note": ITEM,
    }
    claims = [
        row | {"score": None},
        row | {"score": 3, "evidence": "", "evidence_standing": "missing"},
        row | {"points": None, "score": None, "evidence": "", "evidence_standing": "promise"},
    ]
    refused = {"ref": LONG_CODE, "verdict": Verdict.REJECT, "why": ITEM}
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
