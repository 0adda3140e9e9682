"""No public text names what a household was accused of: every item of every scheme, both ways."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from domain.community.registry import hash_on
from domain.kernel.local_time import start_of_day
from domain.ledger.acts import objection_act
from domain.publicity.quarter_and_year import publish_correction
from domain.rules.load import ruleset_ids, shipped
from domain.rules.schema import Item
from domain.store.database import open_engine
from domain.store.tables.claims import ClaimStatus
from domain.store.tables.everything import metadata
from domain.store.tables.ledger import Entry, EntryKind, Journal
from domain.store.tables.notices import Notice, NoticeKind
from domain.store.tables.objections import Objection, ObjectionStatus
from domain.store.tables.people import Community, Household
from notifications.board.exports import notice_xlsx
from notifications.board.notice import notice_html, notice_speech, notice_text
from notifications.board.pages import announcement, community_feed, listed, notice_page
from notifications.texts.catalogue import LOCALES, load_texts
from tests.notifications import lived_year, reading

DAY = date(lived_year.YEAR, 5, 8)
TAKING = ("deduction", "zeroing", "voiding", "record")


@pytest.fixture
def session() -> Iterator[Session]:
    engine = open_engine("sqlite://")
    metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
    engine.dispose()


def accuses(item: Item) -> bool:
    return item.kind in TAKING or item.part == "negative" or (item.points or 0) < 0


def corrected(
    session: Session, community: Community, item: Item, number: int, *, approved: bool
) -> Notice:
    """The correction notice of an objection that was upheld, with the change that it makes."""
    ref = f"C{number}"
    claim = lived_year.add_claim(session, community, "H001", item, DAY, ref, "事由")
    claim.status = ClaimStatus.APPROVED if approved else ClaimStatus.ANNULLED
    home = session.get_one(Household, claim.household_id)
    at = start_of_day(DAY) + timedelta(days=2)
    objection = Objection(
        community_id=community.id,
        ref=f"O{number}",
        household_id=home.id,
        claim_id=claim.id,
        text="不属实",
        filed_at=at,
        due_at=at + timedelta(days=9),
        digest="0" * 64,
        status=ObjectionStatus.UPHELD,
    )
    session.add(objection)
    session.flush()
    points = 300 if accuses(item) != approved else -300
    journal = Journal(
        community_id=community.id,
        seq=number,
        act=objection_act(objection),
        period="2026-05",
        posted_at=at,
        posted_by="jifen",
        first_entry=number,
        ruleset_hash=hash_on(session, community, DAY),
        entries=1,
        previous="",
        digest="",
    )
    session.add(journal)
    session.flush()
    session.add(
        Entry(
            journal_id=journal.id,
            line=1,
            household_id=home.id,
            member_id=None,
            year=lived_year.YEAR,
            kind=EntryKind.CORRECTION,
            item=item.code,
            ref=ref,
            points=points,
            reason="",
        )
    )
    session.flush()
    return publish_correction(session, community, objection, at)


def public_texts(notice: Notice, community: Community, folder: Path, locale: str) -> list[str]:
    """All that the public can come to see of a notice."""
    texts = load_texts(locale)
    (each,) = listed(community, [notice], {})
    path = folder / "notice.xlsx"
    notice_xlsx(notice, path, texts)
    cells = [str(cell) for sheet in reading.sheets(path).values() for row in sheet for cell in row]
    return [
        notice_html(notice, texts),
        notice_text(notice, texts),
        notice_speech(notice, texts),
        notice_page(each, texts),
        announcement(notice, community, texts),
        " ".join(cells),
        community_feed(community, [each], texts, None),
    ]


@pytest.mark.parametrize("ruleset", ruleset_ids())
def test_no_item_that_takes_points_meets_a_household_in_public(
    session: Session, tmp_path: Path, ruleset: str
) -> None:
    community = lived_year.found(session, ruleset, ["汤国强"], code="tang")
    numbers = count(1)
    for item in shipped(ruleset).items:
        if item.kind == "base":
            continue
        for approved in (True, False):
            notice = corrected(session, community, item, next(numbers), approved=approved)
            if not accuses(item):
                assert notice.content["item"] == item.name
                continue
            said = [*public_texts(notice, community, tmp_path, "zh_CN"), str(notice.content)]
            assert "汤**" in said[0]
            assert "一项申报" in said[0]
            for text in said:
                assert item.name not in text, (item.code, text)


def of_an_earlier_release(notice: Notice, item: str, points: float, **more: Any) -> Notice:
    """A correction notice as version 1 kept it: every item by its name, and no totals."""
    content = {**notice.content, "item": item, **more}
    content["changes"] = [{"household": "H001", "head": "汤**", "points": points}]
    del content["totals"]
    return Notice(
        community_id=notice.community_id,
        kind=NoticeKind.CORRECTION,
        key=notice.key,
        period=notice.period,
        published_at=notice.published_at,
        closes_at=None,
        content=content,
        seal="",
        digest="",
    )


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    ("points", "approved", "named"),
    [(20, False, False), (-20, True, False), (0, False, False), (5, True, True), (-5, False, True)],
)
def test_notices_of_earlier_releases_accuse_nobody_either(
    session: Session, tmp_path: Path, locale: str, points: float, approved: bool, named: bool
) -> None:
    community = lived_year.found(session, heads=["汤国强"])
    item = lived_year.earning_items("fuling-maan-2022")[0]
    known = corrected(session, community, item, 1, approved=approved)
    name = "受到治安管理处罚的"
    notice = of_an_earlier_release(known, name, points, approved=approved)
    for text in public_texts(notice, community, tmp_path, locale)[:4]:
        assert (name in text) is named


def test_a_correction_shows_the_total_before_and_after(session: Session, tmp_path: Path) -> None:
    community = lived_year.found(session, heads=["汤国强"])
    items = lived_year.earning_items("fuling-maan-2022")
    corrected(session, community, items[0], 1, approved=True)
    notice = corrected(session, community, items[0], 2, approved=True)
    assert notice.content["totals"] == {"H001": {"before": 3, "after": 6}}
    assert "H001 汤** 3 +3 6" in reading.read(notice_html(notice)).text
    assert "增加3分，年度累计从3分变为6分" in notice_text(notice)
    notice_xlsx(notice, tmp_path / "n.xlsx")
    assert reading.sheets(tmp_path / "n.xlsx")["积分变动"] == [
        ["户号", "户主", "更正前", "积分变动", "更正后"],
        ["H001", "汤**", 3, 3, 6],
    ]
    old = of_an_earlier_release(notice, items[0].name, 3)
    assert "以上为本次更正增减的分数，不是累计积分" in notice_html(old)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_line_of_a_notice_is_named_without_its_household(
    session: Session, tmp_path: Path, locale: str
) -> None:
    community = lived_year.found(session, heads=["汤国强"])
    item = lived_year.earning_items("fuling-maan-2022")[0]
    notice = corrected(session, community, item, 1, approved=True)
    notice.content = {
        **notice.content,
        "about": "notice",
        "subject": "2026-Q1/H077",
        "changes": [],
        "totals": {},
    }
    said = public_texts(notice, community, tmp_path, locale)
    assert load_texts(locale).period("2026-Q1") in said[0]
    for text in said:
        assert "H077" not in text
