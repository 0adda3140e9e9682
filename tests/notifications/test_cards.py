"""Points cards: what the ledger says, why points were taken, four to a sheet."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from domain.cards.card import Clause, MemberAccount
from domain.cards.cardbook import CITING_KINDS, card_book
from domain.community.registry import households_of
from domain.kernel.documents import ABSENT
from domain.kernel.local_time import parse_moment
from domain.notices.notice import find_notice
from domain.rules.load import shipped
from domain.standing.table import internal_standing
from domain.store.tables.notices import NoticeKind
from notifications.handouts.cards import (
    LINES_MAX,
    _months,
    card_html,
    cards_html,
    cards_page,
    cards_text,
)
from notifications.texts.catalogue import LOCALES, load_texts
from tests.domain import builders
from tests.notifications import reading
from tests.notifications.lived_year import YEAR, LivedYear

ZH = load_texts("zh_CN")


def test_the_book_holds_the_same_cards_as_one_by_one(year: LivedYear) -> None:
    book = {each.household: each for each in card_book(year.session, year.community, YEAR)}
    homes = households_of(year.session, year.community)
    assert list(book) == [home.code for home in homes]
    for home in homes[:6]:
        (one,) = card_book(year.session, year.community, YEAR, home.code)
        assert one == book[home.code]


def test_one_household_can_be_asked_for(maan: LivedYear) -> None:
    whole = card_book(maan.session, maan.community, YEAR)
    assert card_book(maan.session, maan.community, YEAR, "H007") == [whole[6]]


def test_whatever_took_points_away_cites_its_clause(year: LivedYear) -> None:
    book = card_book(year.session, year.community, YEAR)
    taken = [
        entry
        for each in book
        for entry in each.entries
        if entry.points < 0 and entry.kind in CITING_KINDS
    ]
    assert taken
    for entry in taken:
        assert entry.clause is not None
        assert entry.clause.id in ("", entry.reason)
        assert any("\u4e00" <= letter <= "\u9fff" for letter in entry.clause.text + entry.clause.id)
    for each in book[:8]:
        page = reading.read(card_html(each, year.community, ZH)).text
        for entry in each.entries:
            if entry.clause:
                assert f"依据：{entry.clause.id or '“'}" in page
                assert " ".join(entry.clause.text.split()) in page


@pytest.mark.parametrize("locale", LOCALES)
def test_a_card_shows_every_entry(maan: LivedYear, locale: str) -> None:
    for each in card_book(maan.session, maan.community, YEAR)[:5]:
        page = reading.read(card_html(each, maan.community, load_texts(locale)))
        assert each.head in page.text
        for entry in each.entries:
            if entry.kind == "award":
                assert str(entry.ref) in page.text
                assert str(entry.name) in page.text


def test_balances_run_as_in_a_savings_book(maan: LivedYear) -> None:
    each = card_book(maan.session, maan.community, YEAR)[0]
    balance = 0
    page = reading.read(card_html(each, maan.community, ZH)).text
    for entry in each.entries:
        balance += entry.points
        assert f"{entry.points / 100:+g} {balance / 100:g}" in page
    assert balance == each.balance


@pytest.mark.parametrize("locale", LOCALES)
def test_all_cards_are_on_one_page_in_order(year: LivedYear, locale: str) -> None:
    book = card_book(year.session, year.community, YEAR)
    html = cards_html(book, year.community, load_texts(locale))
    page = reading.read(html).text
    assert html.count("<article") == len(book)
    places = [page.index(f"{each.household} ") for each in book]
    assert places == sorted(places)


def test_a_card_with_too_many_entries_shows_its_months(maan: LivedYear) -> None:
    each = card_book(maan.session, maan.community, YEAR)[2]
    award = next(entry for entry in each.entries if entry.kind == "award")
    fine = replace(
        award,
        kind="deduction",
        points=-2_50,
        period="2026-07",
        posted_at=parse_moment("2026-08-06T00:00:00+08:00"),
        clause=Clause("附件.N1", "乱倒垃圾的，扣分。"),
    )
    many = replace(each, entries=(*[award] * (LINES_MAX + 30), fine))
    page = reading.read(cards_html([many], maan.community, ZH)).text
    assert "入账月份" in page
    assert "2026年8月 0 -2.5 0" in page
    assert "附件.N1“乱倒垃圾的，扣分。”" in page
    assert f"本年度共{LINES_MAX + 31}笔" in page


def test_a_household_without_an_entry_has_a_card(maan: LivedYear) -> None:
    first = card_book(maan.session, maan.community, YEAR)[0]
    empty = replace(first, entries=(), rank=None)
    for page in (card_html(empty, maan.community, ZH), cards_html([empty], maan.community, ZH)):
        assert "本年度还没有记录。" in reading.read(page).text
    assert "还没有参加积分制的家庭。" in cards_html([], maan.community, ZH)


def test_the_worst_names_are_text(worst: LivedYear) -> None:
    book = card_book(worst.session, worst.community, YEAR)
    page = reading.read(cards_html(book, worst.community, ZH))
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7*7 }}{% raw %}" in page.text
    assert "反着写的名字" in page.text
    assert "\u202e" not in page.text
    for each in book[:8]:
        reading.read(card_html(each, worst.community, ZH))


def test_the_balance_by_months_is_what_the_household_had(maan: LivedYear) -> None:
    for each in card_book(maan.session, maan.community, YEAR):
        # The opening and the clearing are both for the year, and stand at its two ends.
        clearing = replace(
            each.entries[0],
            kind="clearing",
            points=-each.score,
            name=None,
            posted_at=parse_moment("2027-03-01T00:00:00+08:00"),
            item=None,
        )
        earned = [entry for entry in each.entries if entry.kind in ("base", "award")]
        many = replace(each, entries=(*earned, *[earned[-1]] * LINES_MAX, clearing))
        months = _months(many)
        assert [month.period for month in months] == sorted(month.period for month in months)
        assert all(month.balance >= 0 for month in months[:-1])


@pytest.mark.parametrize("locale", LOCALES)
def test_a_hand_out_names_goods_and_count_in_every_form(year: LivedYear, locale: str) -> None:
    texts = load_texts(locale)
    book = card_book(year.session, year.community, YEAR)
    handed = [each for each in book if any(entry.goods for entry in each.entries)]
    for each in handed:
        goods = [entry.goods for entry in each.entries if entry.goods]
        shown = [f"{texts.label('kinds', 'redemption')} {one.name}×{one.count}" for one in goods]
        for page in (
            reading.read(cards_page([each], year.community, texts)).text,
            reading.read(cards_html([each], year.community, texts)).text,
            cards_text([each], year.community, texts),
        ):
            assert all(one in page for one in shown)


def test_a_card_of_ninghe_tells_members_family_average_and_lifetime(ninghe: LivedYear) -> None:
    """家庭总积分 = 成员积分 + 家庭积分; the average of it ranks (积分采集.4)."""
    (one,) = card_book(ninghe.session, ninghe.community, YEAR, "H1")
    assert (one.score, one.lifetime, one.average, one.rank) == (15_00, 15_00, 7_50, 1)
    assert one.members == (MemberAccount("M1", "王M1", 5_00), MemberAccount("M2", "王M2", 0))
    assert one.family == 10_00
    (two,) = card_book(ninghe.session, ninghe.community, YEAR + 1, "H1")
    assert (two.score, two.lifetime, two.average, two.rank) == (10_00, 25_00, 12_50, 1)
    assert two.members is not ABSENT
    assert sum(each.points for each in two.members) + 20_00 == two.lifetime
    rows = {
        row.household: row for row in internal_standing(ninghe.session, ninghe.community, YEAR + 1)
    }
    keys = ("score", "lifetime", "average", "rank", "available")
    figures = [10_00, 25_00, 12_50, 1, 25_00]
    for told in (rows["H1"], two):
        assert [getattr(told, key) for key in keys] == figures
    notice = find_notice(ninghe.session, ninghe.community, NoticeKind.QUARTER, f"{YEAR + 1}-Q4")
    assert notice is not None
    (told,) = (row for row in notice.content["households"] if row["household"] == "H1")
    assert (told["score"], told["ranked_by"]) == (25, 12.5)
    for page in (
        reading.read(cards_page([two], ninghe.community, ZH)).text,
        reading.read(cards_html([two], ninghe.community, ZH)).text,
        cards_text([two], ninghe.community, ZH),
    ):
        for figure in ("累计积分", "25", "人均积分", "12.5", "王M1（M1）", "家庭账户20分"):
            assert figure in page


@pytest.fixture
def ninghe(session: Session) -> Iterator[LivedYear]:
    """Two years of a family of two: 10 for the family and 5 for a member, then 10 again."""
    with session.begin_nested() as kept:
        terms = shipped("ninghe-example-village")
        village = builders.found(session, terms, households=0, code="two-years")
        village.home("H1", members=2)
        village.home("H2", members=1)
        first = village.member("H1", "M1")
        village.member("H1", "M2")
        village.award("C1", "H1", "G1", on="02-05")
        village.award("C2", "H1", "H2", on="03-05", member=first)
        village.run()
        village.settle()
        village.award("C3", "H1", "G1", on="2027-02-05")
        village.run(2027)
        yield LivedYear(session, village.community, [])
        kept.rollback()
