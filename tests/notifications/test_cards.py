"""Points cards: what the ledger says, why points were taken, four to a sheet."""

from decimal import Decimal

import pytest

from domain.card import card
from domain.cardbook import CITING_KINDS, card_book
from domain.community import households_of
from notifications.cards import LINES_MAX, _months, card_html, cards_html
from notifications.texts import LOCALES, load_texts
from tests.notifications import reading
from tests.notifications.village import YEAR, Village

ZH = load_texts("zh_CN")


def test_the_book_holds_the_same_cards_as_one_by_one(year: Village) -> None:
    book = {each["household"]: each for each in card_book(year.session, year.community, YEAR)}
    homes = households_of(year.session, year.community)
    assert list(book) == [home.code for home in homes]
    for home in homes[:6]:
        one = card(year.session, year.community, home.code, YEAR)
        entries = book[home.code]["entries"]
        assert {key: book[home.code][key] for key in one if key != "entries"} == {
            key: one[key] for key in one if key != "entries"
        }
        assert [{key: entry[key] for key in kept} for entry, kept in
                zip(entries, one["entries"], strict=True)] == one["entries"]  # fmt: skip


def test_one_household_can_be_asked_for(maan: Village) -> None:
    whole = card_book(maan.session, maan.community, YEAR)
    assert card_book(maan.session, maan.community, YEAR, "H007") == [whole[6]]


def test_whatever_took_points_away_cites_its_clause(year: Village) -> None:
    book = card_book(year.session, year.community, YEAR)
    taken = [
        entry
        for each in book
        for entry in each["entries"]
        if entry["points"] < 0 and entry["kind"] in CITING_KINDS
    ]
    assert taken
    for entry in taken:
        assert entry["clause"]["id"] in ("", entry["reason"])
        assert any("\u4e00" <= letter <= "\u9fff" for letter in "".join(entry["clause"].values()))
    for each in book[:8]:
        page = reading.read(card_html(each, year.community, ZH)).text
        for entry in each["entries"]:
            if entry["clause"]:
                assert f"依据：{entry['clause']['id'] or '“'}" in page
                assert " ".join(entry["clause"]["text"].split()) in page


@pytest.mark.parametrize("locale", LOCALES)
def test_a_card_shows_every_entry(maan: Village, locale: str) -> None:
    for each in card_book(maan.session, maan.community, YEAR)[:5]:
        page = reading.read(card_html(each, maan.community, load_texts(locale)))
        assert each["head"] in page.text
        for entry in each["entries"]:
            if entry["kind"] == "award":
                assert entry["ref"] in page.text
                assert entry["name"] in page.text


def test_balances_run_as_in_a_savings_book(maan: Village) -> None:
    each = card_book(maan.session, maan.community, YEAR)[0]
    balance = Decimal(0)
    page = reading.read(card_html(each, maan.community, ZH)).text
    for entry in each["entries"]:
        balance += Decimal(str(entry["points"]))
        assert f"{entry['points']:+g} {balance:g}" in page
    assert balance == Decimal(str(each["balance"]))


@pytest.mark.parametrize("locale", LOCALES)
def test_all_cards_are_on_one_page_in_order(year: Village, locale: str) -> None:
    book = card_book(year.session, year.community, YEAR)
    html = cards_html(book, year.community, load_texts(locale))
    page = reading.read(html).text
    assert html.count("<article") == len(book)
    places = [page.index(f"{each['household']} ") for each in book]
    assert places == sorted(places)


def test_a_card_with_too_many_entries_shows_its_months(maan: Village) -> None:
    each = card_book(maan.session, maan.community, YEAR)[2]
    award = next(entry for entry in each["entries"] if entry["kind"] == "award")
    fine = {
        **award, "kind": "deduction", "points": -2.5, "period": "2026-07",
        "posted_at": "2026-08-06T00:00:00+08:00",
        "clause": {"id": "附件.N1", "text": "乱倒垃圾的，扣分。"},
    }  # fmt: skip
    many = {**each, "entries": [*[award] * (LINES_MAX + 30), fine]}
    page = reading.read(cards_html([many], maan.community, ZH)).text
    assert "入账月份" in page
    assert "2026年8月 0 -2.5 0" in page
    assert "附件.N1“乱倒垃圾的，扣分。”" in page
    assert f"本年度共{LINES_MAX + 31}笔" in page


def test_a_household_without_an_entry_has_a_card(maan: Village) -> None:
    empty = {**card_book(maan.session, maan.community, YEAR)[0], "entries": [], "rank": None}
    for page in (card_html(empty, maan.community, ZH), cards_html([empty], maan.community, ZH)):
        assert "本年度还没有记录。" in reading.read(page).text
    assert "还没有参加积分制的家庭。" in cards_html([], maan.community, ZH)


def test_the_worst_names_are_text(worst: Village) -> None:
    book = card_book(worst.session, worst.community, YEAR)
    page = reading.read(cards_html(book, worst.community, ZH))
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7*7 }}{% raw %}" in page.text
    assert "反着写的名字" in page.text
    assert "\u202e" not in page.text
    for each in book[:8]:
        reading.read(card_html(each, worst.community, ZH))


def test_the_balance_by_months_is_what_the_household_had(maan: Village) -> None:
    for each in card_book(maan.session, maan.community, YEAR):
        # The opening and the clearing are both for the year, and stand at its two ends.
        clearing = {
            **each["entries"][0], "kind": "clearing", "points": -each["score"], "name": None,
            "posted_at": "2027-03-01T00:00:00+08:00", "item": None,
        }  # fmt: skip
        earned = [entry for entry in each["entries"] if entry["kind"] in ("base", "award")]
        many = {**each, "entries": [*earned, *[earned[-1]] * LINES_MAX, clearing]}
        months = _months(many)
        assert [month["period"] for month in months] == sorted(month["period"] for month in months)
        assert all(month["balance"] >= 0 for month in months[:-1])
