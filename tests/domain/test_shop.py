"""The points shop: never overdrawn, oldest year first, once per number, and what it refuses."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from domain.kernel.errors import BadInput, Refused
from domain.ledger.verify import verify
from domain.rules.load import shipped
from domain.settlement.clearing import clear
from domain.shop.goods import add_goods, goods_of
from domain.shop.redemption import redeem, refund
from domain.store.database import reading, writing
from domain.store.tables.claims import Verdict
from domain.store.tables.shop import Goods, Redemption
from tests.domain.builders import CLEARING, Village, found, moment, redeemable, rules
from tests.domain.threads import at_once
from tests.rules.builders import SOURCE, item

Founding = Callable[..., Village]


@pytest.fixture
def stocked(village: Village) -> Village:
    """H1, H2 and H3 have 6 points each; soap costs 2, five in stock; rice costs 1, always."""
    village.open()
    add_goods(village.session, village.community, "肥皂", 200, 5, "采购")
    add_goods(village.session, village.community, "大米", 100, None, "捐赠")
    return village


def buy(
    village: Village,
    ref: str,
    goods: str,
    count: int | None = None,
    household: str = "H1",
    at: str = "05-20",
) -> Redemption:
    return redeem(
        village.session, village.community, household, ref, moment(at), goods=goods, count=count
    )


def stock(village: Village, name: str = "肥皂") -> int | None:
    village.session.flush()
    return village.session.scalar(select(Goods.stock).where(Goods.name == name))


def hand_outs(village: Village) -> int:
    return village.session.scalar(select(func.count()).select_from(Redemption)) or 0


def test_redeeming_lowers_the_balance_and_never_the_score(stocked: Village) -> None:
    done = stocked.redeem("D1", "H1", 2.5)
    assert (done.points, done.goods_id, done.count) == (250, None, None)
    assert (stocked.score("H1"), stocked.balance("H1")) == (6, 3.5)
    assert stocked.entries("H1")[-1] == ("redemption", "D1", -2.5)
    assert stocked.acts()[-1] == "redemption:D1"
    assert verify(stocked.session) == []


def test_goods_cost_their_posted_price(stocked: Village) -> None:
    done = buy(stocked, "D1", "肥皂", 2)
    assert (done.points, done.count, stock(stocked)) == (400, 2, 3)
    assert buy(stocked, "D2", "大米").points == 100
    assert stock(stocked, "大米") is None


def test_no_more_than_the_balance(stocked: Village) -> None:
    with pytest.raises(Refused, match=r"can redeem 6 points, not 6\.01"):
        stocked.redeem("D1", "H1", 6.01)
    stocked.redeem("D2", "H1", 6)
    with pytest.raises(Refused, match="can redeem 0 points"):
        stocked.redeem("D3", "H1", 0.01)
    assert stocked.balance("H1") == 0


def test_a_deduction_may_make_the_balance_negative_and_nothing_is_redeemed_then(
    stocked: Village,
) -> None:
    stocked.redeem("D1", "H1", 5)
    stocked.award("C1", "H1", "fine", on="05-22")
    stocked.close("2026-05")
    assert stocked.balance("H1") == -4
    with pytest.raises(Refused, match="can redeem 0 points"):
        stocked.redeem("D2", "H1", 1, at="06-10")


def test_a_refused_redemption_changes_nothing(stocked: Village) -> None:
    before = stocked.count()
    for faulty in (("D1", "肥皂", 4), ("D1", "肥皂", 6), ("D1", "盐", 1)):
        with pytest.raises(Refused):
            buy(stocked, *faulty)
    assert (stock(stocked), hand_outs(stocked), stocked.count()) == (5, 0, before)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "say how many points"),
        ({"points": 0}, "say how many points"),
        ({"points": -100}, "say how many points"),
        ({"goods": "盐"}, "no goods “盐”"),
        ({"goods": "肥皂", "count": 0}, "count must be from 1"),
        ({"goods": "肥皂", "count": -1}, "count must be from 1"),
        ({"goods": "肥皂", "count": 10_001}, "count must be from 1"),
        ({"goods": "肥皂", "count": 2, "points": 200}, "cost 4 points, not 2"),
        ({"points": 100, "count": 1}, "a count needs the goods"),
        ({"goods": "肥皂", "count": 6}, "only 5 × 肥皂 are in stock"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    stocked: Village, asked: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        redeem(stocked.session, stocked.community, "H1", "D1", moment("05-20"), **asked)


def test_the_price_may_be_said_beside_the_goods(stocked: Village) -> None:
    redeem(
        stocked.session,
        stocked.community,
        "H1",
        "D1",
        moment("05-20"),
        goods="肥皂",
        count=2,
        points=400,
    )
    assert stocked.balance("H1") == 2


def test_unknown_households_and_bad_numbers_are_refused(stocked: Village) -> None:
    with pytest.raises(Refused, match="no household “H9”"):
        stocked.redeem("D1", "H9", 1)
    with pytest.raises(BadInput, match="1 to 64 printable characters"):
        stocked.redeem("D\n1", "H1", 1)


def test_the_same_number_and_content_is_the_same_hand_out(stocked: Village) -> None:
    first = buy(stocked, "D1", "肥皂", 1)
    assert buy(stocked, "D1", "肥皂", 1, at="05-21") is first
    assert buy(stocked, "D1", "肥皂", None) is first
    assert (stock(stocked), stocked.balance("H1"), hand_outs(stocked)) == (4, 4, 1)


@pytest.mark.parametrize(
    "other", [("肥皂", 2, "H1"), ("大米", 1, "H1"), ("肥皂", 1, "H2"), ("大米", None, "H1")]
)
def test_the_same_number_with_other_content_is_refused(
    stocked: Village, other: tuple[str, int | None, str]
) -> None:
    buy(stocked, "D1", "肥皂", 1)
    with pytest.raises(Refused, match="exists with other content"):
        buy(stocked, "D1", *other)
    assert (stock(stocked), hand_outs(stocked)) == (4, 1)


def test_the_last_piece_is_handed_out_once(stocked: Village) -> None:
    buy(stocked, "D1", "肥皂", 3)
    buy(stocked, "D2", "肥皂", 2, "H2")
    with pytest.raises(Refused, match="only 0 × 肥皂"):
        buy(stocked, "D3", "肥皂", 1, "H3")


def test_a_refund_returns_points_and_stock_once(stocked: Village) -> None:
    buy(stocked, "D1", "肥皂", 2)
    for at in ("05-21", "05-22"):
        done = refund(stocked.session, stocked.community, "D1", "破损", moment(at))
    stocked.session.refresh(done)
    assert done.refunded_at == moment("05-21")
    assert (stock(stocked), stocked.balance("H1")) == (5, 6)
    assert stocked.entries("H1")[-1] == ("refund", "D1", 4)
    assert stocked.lines("H1")[-1].reason == "破损"
    with pytest.raises(Refused, match="no redemption “D9”"):
        refund(stocked.session, stocked.community, "D9", "破损", moment("05-21"))


def test_a_refund_of_what_is_not_counted_in_stock(stocked: Village) -> None:
    buy(stocked, "D1", "大米", 2)
    refund(stocked.session, stocked.community, "D1", "破损", moment("05-21"))
    assert (stock(stocked, "大米"), stocked.balance("H1")) == (None, 6)


@pytest.fixture
def two_years(founding: Founding) -> Village:
    """H1 has 9 points of 2026 and 6 of 2027; 2026 is settled, and cleared on 31 January."""
    village = founding(rules(closing=CLEARING))
    village.award("C1", "H1")
    village.run()
    village.open("2027")
    village.settle()
    return village


def test_the_oldest_year_goes_first(two_years: Village) -> None:
    assert redeemable(two_years, "H1") == {
        2026: 900,
        2027: 600,
    }
    two_years.redeem("D1", "H1", 4, at="2027-01-20")
    assert (two_years.balance("H1"), two_years.balance("H1", 2027)) == (5, 6)
    two_years.redeem("D2", "H1", 7, at="2027-01-21")
    assert (two_years.balance("H1"), two_years.balance("H1", 2027)) == (0, 4)
    assert two_years.entries("H1")[-2:] == [("redemption", "D2", -5), ("redemption", "D2", -2)]
    with pytest.raises(Refused, match="can redeem 4 points"):
        two_years.redeem("D3", "H1", 5, at="2027-01-22")


def test_a_refund_returns_to_the_years_it_came_from(two_years: Village) -> None:
    two_years.redeem("D1", "H1", 11, at="2027-01-20")
    refund(two_years.session, two_years.community, "D1", "破损", moment("2027-01-25"))
    assert (two_years.balance("H1"), two_years.balance("H1", 2027)) == (9, 6)


def test_points_do_not_outlive_their_year_by_a_refund(two_years: Village) -> None:
    two_years.redeem("D1", "H1", 11, at="2027-01-20")
    clear(two_years.session, [two_years.community], 2026, moment("2027-02-01"))
    before = two_years.count()
    with pytest.raises(Refused, match="points of 2026, which have been cleared"):
        refund(two_years.session, two_years.community, "D1", "破损", moment("2027-02-02"))
    assert (two_years.count(), two_years.balance("H1")) == (before, 0)
    two_years.redeem("D2", "H1", 2, at="2027-02-03")
    refund(two_years.session, two_years.community, "D2", "破损", moment("2027-02-04"))
    assert two_years.balance("H1", 2027) == 4


def test_a_debt_of_one_year_is_not_hidden_by_points_of_another(founding: Founding) -> None:
    village = founding(rules(closing=CLEARING))
    village.open()
    village.award("C1", "H1", "fine", on="12-05", quantity=2)
    village.close("2026-12")
    village.open("2027")
    assert (village.balance("H1"), village.balance("H1", 2027)) == (-4, 6)
    assert redeemable(village, "H1") == {2027: 200}


LISTS = rules(
    item("base", "base", points=6, per="year"),
    item("black", "record", lists="black"),
    item("red", "record", lists="red"),
)


def test_the_black_list_blocks_redemption_in_its_year(founding: Founding) -> None:
    village = founding(LISTS)
    village.open()
    village.open("2027")
    village.claim("C1", "H1", "black", "05-10")
    village.award("C2", "H2", "red", on="05-10")
    village.redeem("D1", "H1", 1, at="05-11")
    village.decide("C1")
    with pytest.raises(Refused, match="black list"):
        village.redeem("D2", "H1", 1, at="05-12")
    village.redeem("D3", "H2", 1, at="05-12")
    village.redeem("D4", "H1", 1, at="2027-01-05")


def test_what_a_year_on_the_black_list_earned_stays_barred(founding: Founding) -> None:
    """积分不予兑换: in January too, while the new year's points are free."""
    village = founding(LISTS)
    village.open()
    village.open("2027")
    village.award("C1", "H1", "black", on="12-10")
    with pytest.raises(Refused, match=r"on the black list \(黑榜\) of 2026"):
        village.redeem("D1", "H1", 7, at="2027-01-05")
    village.redeem("D2", "H1", 6, at="2027-01-05")
    assert (village.balance("H1"), village.balance("H1", 2027)) == (6, 0)
    with pytest.raises(Refused, match="can redeem"):
        village.redeem("D3", "H1", 13, at="2027-01-06")


def test_off_the_black_list_by_an_objection(founding: Founding) -> None:
    village = founding(LISTS)
    village.open()
    village.award("C1", "H1", "black", on="05-10")
    village.object("O1", "C1", at="05-11")
    village.resolve("O1", at="05-12")
    village.redeem("D1", "H1", 1, at="05-13")


def test_a_rejected_listing_blocks_nothing(founding: Founding) -> None:
    village = founding(LISTS)
    village.open()
    village.claim("C1", "H1", "black", "05-10")
    village.decide("C1", Verdict.REJECT)
    village.redeem("D1", "H1", 1, at="05-13")


def test_a_scheme_without_a_shop_redeems_nothing(founding: Founding) -> None:
    village = founding(shipped("longyuzhuang"))
    village.open()
    with pytest.raises(Refused, match="has no points shop"):
        village.redeem("D1", "H1", 1)
    other = founding(rules(redemption={"every": "none", **SOURCE}), code="bao")
    with pytest.raises(Refused, match="has no points shop"):
        other.redeem("D1", "H1", 1)


def test_goods_are_added_once_at_one_price(stocked: Village) -> None:
    session, community = stocked.session, stocked.community
    assert add_goods(session, community, "肥皂", 200, 5, "采购").stock == 5
    with pytest.raises(Refused, match="have the price 2"):
        add_goods(session, community, "肥皂", 300, 5, "采购")
    for points, number in ((0, 1), (-100, 1), (100, -1)):
        with pytest.raises(Refused, match="price above 0 and a stock of 0 or more"):
            add_goods(session, community, "盐", points, number, "")
    assert {each.name for each in goods_of(session, community)} == {"肥皂", "大米"}


def test_a_household_that_left_may_still_redeem_what_it_has(stocked: Village) -> None:
    stocked.find("H1").left_on = moment("04-01").date()
    stocked.redeem("D1", "H1", 6)
    assert stocked.balance("H1") == 0


def test_twenty_at_once_never_overdraw(engine: Engine) -> None:
    """The balance is enough for 7 of 20, the stock for 5 of 20."""
    with writing(engine) as session:
        village = found(session, rules(item("base", "base", points=14, per="year")))
        village.open()
        add_goods(session, village.community, "肥皂", 200, 5, "采购")

    def redeem_one(number: int, points: int | None = None, goods: str | None = None) -> str:
        household = "H1" if points else f"H{number % 2 + 2}"
        with writing(engine) as session:
            return redeem(
                session,
                village.community,
                household,
                f"D{number}",
                moment("05-20"),
                points=points,
                goods=goods,
            ).ref

    points = at_once(*[lambda n=n: redeem_one(n, points=200) for n in range(20)])
    goods = at_once(*[lambda n=n: redeem_one(n + 20, goods="肥皂") for n in range(20)])
    for answers, expected in ((points, 7), (goods, 5)):
        refused = [each for each in answers if not isinstance(each, str)]
        assert all(isinstance(each, Refused) for each in refused), refused
        assert len(answers) - len(refused) == expected
    with reading(engine) as session:
        inside = Village(session, village.community)
        assert inside.balance("H1") == 0
        assert inside.balance("H2") + inside.balance("H3") == 28 - 10
        assert stock(inside) == 0
        assert verify(session) == []


def test_twenty_pressing_the_same_button_hand_out_once(engine: Engine) -> None:
    with writing(engine) as session:
        village = found(session)
        village.open()

    def press(number: int) -> int:
        with writing(engine) as session:
            inside = Village(session, village.community)
            if number % 4 == 3 and hand_outs(inside):
                refund(session, village.community, "D1", "破损", moment("05-21"))
                return 100
            return inside.redeem("D1", "H1", 1).points

    answers = at_once(*[lambda n=n: press(n) for n in range(20)])
    given_back = "redemption “D1” was given back on 2026-05-21: use another number"
    assert {str(answer) for answer in answers} <= {"100", given_back}
    assert 100 in answers
    with reading(engine) as session:
        inside = Village(session, village.community)
        assert hand_outs(inside) == 1
        kinds = [kind for kind, _, _ in inside.entries("H1")]
        assert kinds in (["base", "redemption"], ["base", "redemption", "refund"])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_was_read_before_it_was_ones_turn_is_read_again(engine: Engine) -> None:
    with writing(engine) as session:
        village = found(session, rules(item("base", "base", points=14, per="year")))
        village.open()
        community = village.community
        add_goods(session, community, "肥皂", 200, 5, "采购")
        redeem(session, community, "H1", "D1", moment("05-20"), goods="肥皂")
    with writing(engine) as slow:
        seen = slow.scalars(select(Redemption)).one()
        assert [goods.stock for goods in goods_of(slow, community)] == [4]
        with writing(engine) as quick:
            redeem(quick, community, "H2", "D2", moment("05-20"), goods="肥皂")
            refund(quick, community, "D1", "破损", moment("05-21"))
        refund(slow, community, "D1", "破损", moment("05-22"))
        assert seen.refunded_at == moment("05-21")
        redeem(slow, community, "H3", "D3", moment("05-22"), goods="肥皂")
    with reading(engine) as session:
        assert stock(Village(session, community)) == 3
        assert verify(session) == []


def test_points_that_end_with_the_year_are_not_redeemed_in_the_next(founding: Founding) -> None:
    """每年12月31日清零: until then; what is left is cleared as soon as the year is settled."""
    closing = {"kind": "clear", "clears_on": "12-31", **SOURCE}
    village = founding(rules(closing=closing))
    village.open()
    village.redeem("D1", "H1", 1, at="12-31T20:00")
    with pytest.raises(Refused, match="can redeem 0 points"):
        village.redeem("D2", "H1", 1, at="2027-01-01T08:00")
    village.run()
    village.settle()
    clear(village.session, [village.community], 2026, moment("2027-01-14"))
    assert village.balance("H1") == 0
