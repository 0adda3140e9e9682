"""The hand-out list (发放台账), and what of it every quarter's notice tells."""

from collections.abc import Callable

import pytest

from domain.kernel.period import Period
from domain.shop.goods import add_goods
from domain.shop.handouts import hand_outs
from domain.shop.redemption import redeem, refund
from notifications.board.notice import notice_html, notice_text
from tests.domain.builders import Village, moment, rules
from tests.rules.builders import SOURCE

Founding = Callable[..., Village]
SHOP = rules(redemption={"every": "always", **SOURCE})


@pytest.fixture
def shop(founding: Founding) -> Village:
    """H1 took two soaps in the first quarter, H2 one point; H3's hand-out was given back."""
    village = founding(SHOP)
    village.open()
    village.person("s1", "shop")
    session, community = village.session, village.community
    add_goods(session, community, "肥皂", 200, 5, "采购")
    redeem(
        session,
        community,
        "H1",
        "D1",
        moment("02-01"),
        goods="肥皂",
        count=2,
        by="s1",
        receiver="王小明",
    )
    redeem(session, community, "H2", "D2", moment("03-31T23:59"), points=100)
    redeem(session, community, "H3", "D3", moment("03-05"), goods="肥皂")
    refund(session, community, "D3", "破损", moment("03-06"))
    redeem(session, community, "H1", "D4", moment("04-01"), points=100)
    return village


def test_goods_count_recipient_and_who_handed_out(shop: Village) -> None:
    rows = hand_outs(shop.session, shop.community, Period.parse("2026-Q1"))
    assert [row.ref for row in rows] == ["D1", "D3", "D2"]
    first, back, plain = rows
    assert (first.goods, first.count, first.points) == ("肥皂", 2, 4_00)
    assert (first.by, first.receiver, first.refunded_at) == ("s1", "王小明", None)
    assert back.refunded_at == moment("03-06")
    assert (plain.goods, plain.count, plain.points) == ("", None, 1_00)
    assert len(hand_outs(shop.session, shop.community)) == 4


def test_for_the_board_names_are_masked(shop: Village) -> None:
    rows = hand_outs(shop.session, shop.community, public=True)
    assert {row.head[1:] for row in rows} == {"**"}
    assert {row.receiver for row in rows} == {""}


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_quarters_notice_tells_what_the_shop_gave(shop: Village, locale: str) -> None:
    for month in ("2026-01", "2026-02", "2026-03"):
        shop.close(month)
    notice = shop.publish("2026-Q1")
    assert notice.content["shop"] == {
        "redeemed_households": 2,
        "points": 5,
        "goods": [{"goods": "肥皂", "count": 2}],
    }
    for text in (notice_html(notice, locale), notice_text(notice, locale)):
        assert "肥皂" in text
        assert "王小明" not in text


def test_without_a_shop_nothing_is_said_of_it(founding: Founding) -> None:
    village = founding(rules(redemption={"every": "none", **SOURCE}))
    village.open()
    village.close("2026-03")
    assert "shop" not in village.publish("2026-Q1").content
