"""What can be redeemed is one figure, wherever it is told, over two and three years (ruling 30)."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cards.cardbook import card_book
from domain.cards.summary import summary
from domain.kernel.documents import document, documents
from domain.kernel.errors import Refused
from domain.rules.load import shipped
from domain.settlement.clearing import carry_over, clear
from domain.standing.redeemable import within
from domain.standing.table import available
from tests.domain.builders import CLEARING, Village, day, moment, redeemable, rules
from tests.rules.builders import SOURCE, item

Founding = Callable[..., Village]
KEEP = {"kind": "keep", **SOURCE}
CARRY = {"kind": "carry_over", **SOURCE}
ITEMS = (item("good", points=10), item("bad", "deduction", points=-20))


def can_redeem(village: Village, household: str, on: str) -> float:
    """What every place tells that a household can redeem on a day; and the shop gives just that."""
    when = day(on)
    (card,) = documents(card_book(village.session, village.community, when.year, household, when))
    whole = card["available"]
    assert whole * 100 == available(village.session, village.community, when).get(household, 0)
    assert sum(redeemable(village, household, on).values()) == whole * 100
    with village.session.begin_nested() as trial:
        with pytest.raises(Refused):
            village.redeem(f"{on} too much", household, whole + 0.01, at=on)
        if whole:
            village.redeem(f"{on} all", household, whole, at=on)
        trial.rollback()
    return float(whole)


def year(village: Village, which: int, household: str, *codes: str) -> None:
    """A year in which a household earns these in February; all audited and settled."""
    for number, code in enumerate(codes, start=3):
        village.award(f"{which}-{number}", household, code, on=f"{which}-02-{number:02}")
    village.run(which)
    village.settle(which)


def test_a_debt_of_one_year_bounds_a_life(founding: Founding) -> None:
    """宁河: 2026 +10, 2027 −20, so −10 over its life: not a point can be redeemed."""
    village = founding(rules(*ITEMS, closing=KEEP))
    year(village, 2026, "H1", "good")
    assert can_redeem(village, "H1", "2027-01-20") == 10
    year(village, 2027, "H1", "bad")
    assert can_redeem(village, "H1", "2028-01-20") == 0
    year(village, 2028, "H1", "good", "good")
    assert can_redeem(village, "H1", "2029-01-20") == 10
    assert redeemable(village, "H1") == {2026: 1000}


def test_ninghes_own_rules_over_three_years(founding: Founding) -> None:
    village = founding(shipped("ninghe-example-village"), households=0)
    village.home("H1", members=2)
    someone = village.member("H1", "M1")
    village.award("C1", "H1", "G1", on="02-05")
    village.run()
    village.settle()
    for number in range(3):
        village.award(f"D{number}", "H1", "G2", on=f"2027-03-0{number + 1}")
    village.award("C2", "H1", "A2", on="2027-04-05", member=someone)
    village.run(2027)
    village.settle(2027)
    assert can_redeem(village, "H1", "2028-01-20") == 0
    village.award("C3", "H1", "G1", on="2028-02-05")
    village.run(2028)
    assert can_redeem(village, "H1", "2029-01-20") == 10
    # One account for life: a card and a rehearsal's figures have the same balance of it.
    for number in (2026, 2027, 2028):
        (card,) = documents(card_book(village.session, village.community, number, "H1"))
        (row,) = document(summary(village.session, village.community, number))["households"]
        kept = sum(line.points for line in village.lines("H1") if line.year <= number) / 100
        assert card["balance"] == row["balance"] == kept
        own = sum(entry["points"] for entry in card["entries"])
        assert card["balance"] == card["brought_forward"] + own


@pytest.mark.parametrize("closing", [CARRY, None])
def test_a_years_account_has_one_balance_in_card_and_standings(
    founding: Founding, closing: dict[str, Any] | None
) -> None:
    """Also in January, before the year that has passed is settled."""
    village = founding(rules(*ITEMS, **({"closing": closing} if closing else {})))
    village.open()
    village.award("C1", "H1", "good", on="12-05")
    village.run()
    village.open("2027")
    village.award("C2", "H1", "good", on="2027-01-05")
    village.close("2027-01")
    for year in (2026, 2027):
        (card,) = documents(card_book(village.session, village.community, year, "H1"))
        rows = document(summary(village.session, village.community, year))["households"]
        (balance,) = (row["balance"] for row in rows if row["household"] == "H1")
        assert card["balance"] == balance == sum(entry["points"] for entry in card["entries"]) > 0


def test_between_new_year_and_carrying_over_a_debt_counts(founding: Founding) -> None:
    """宝山 names no reset: what is left, or owed, goes over into the new year."""
    village = founding(rules(item("base", "base", points=15, per="year"), *ITEMS, closing=CARRY))
    village.open()
    village.award("C1", "H1", "bad", on="12-05", quantity=2)
    village.award("C2", "H2", "good", on="12-05")
    village.run()
    village.open("2027")
    for on in ("2027-01-10", "2027-01-20"):
        assert can_redeem(village, "H1", on) == 0
        assert can_redeem(village, "H2", on) == 40
        if on == "2027-01-10":
            village.settle()
            carry_over(village.session, village.community, 2026, moment("2027-01-15"))
    village.award("C3", "H2", "bad", on="2027-02-05")
    village.close("2027-02")
    assert can_redeem(village, "H2", "2027-03-10") == 20


@pytest.mark.parametrize("scheme", ["fuling-maan-2022", "baoshan-2023", "zhongping"])
def test_two_years_of_a_scheme(founding: Founding, scheme: str) -> None:
    village = founding(shipped(scheme))
    good = {"fuling-maan-2022": "10", "baoshan-2023": "no-rental", "zhongping": None}[scheme]
    village.person("r1", stages=[each.id for each in shipped(scheme).review.stages])
    village.open()
    if good:
        village.award("C1", "H1", good, on="03-05")
    village.run()
    village.open("2027")
    before = can_redeem(village, "H1", "2027-01-10")
    village.settle()
    # 马鞍's first three may redeem double from then on (ruling 14).
    doubled = 2 if scheme == "fuling-maan-2022" else 1
    held = village.balance("H1") / doubled
    after = can_redeem(village, "H1", "2027-01-20")
    assert after == before + held * (doubled - 1)
    if scheme == "fuling-maan-2022":
        clear(village.session, [village.community], 2026, moment("2027-02-01"))
        assert can_redeem(village, "H1", "2027-02-02") == village.balance("H1", 2027)
    else:
        carry_over(village.session, village.community, 2026, moment("2027-01-21"))
        assert can_redeem(village, "H1", "2027-02-02") == after


def test_what_is_disputed_is_on_no_card(founding: Founding) -> None:
    village = founding(rules(item("four", points=4), item("six", points=6)))
    village.award("C1", "H1", "four", on="03-05")
    village.award("C2", "H1", "six", on="03-06")
    village.close("2026-03")
    assert can_redeem(village, "H1", "05-07") == 10
    village.object("O1", "C1", "H2", at="05-08")
    assert can_redeem(village, "H1", "05-08") == 6


def test_what_is_disputed_in_an_older_year_frees_nothing_in_a_newer_one(founding: Founding) -> None:
    """2026 has 10, of which 10 are disputed; 2027 owes 5 of its 20."""
    village = founding(rules(item("good", points=10), item("bad", "deduction", points=-5)))
    village.award("C1", "H1", "good", on="12-05")
    village.award("C2", "H1", "good", on="12-06")
    village.close("2026-12")
    village.object("O1", "C1", "H2", at="2027-01-07")
    village.award("C3", "H1", "bad", on="2027-01-08")
    village.close("2027-01", at="2027-02-05T23:59:59")
    assert can_redeem(village, "H1", "2027-02-06") == 5


def test_the_black_list_is_on_the_card_too(founding: Founding) -> None:
    terms = rules(*ITEMS, item("black", "record", lists="black"), closing=CLEARING)
    village = founding(terms)
    village.award("C1", "H1", "good", on="11-05")
    village.award("C2", "H1", "black", on="12-05")
    village.run()
    village.award("C3", "H1", "good", on="2027-01-05")
    village.close("2027-01")
    assert can_redeem(village, "H1", "12-20") == 0
    assert can_redeem(village, "H1", "2027-02-06") == 10
    assert redeemable(village, "H1", "2027-02-06") == {2027: 1000}


@given(
    balances=st.dictionaries(st.integers(2026, 2029), st.integers(-50, 50)),
    disputed=st.dictionaries(st.integers(2026, 2029), st.integers(0, 30)),
    barred=st.sets(st.integers(2026, 2029)),
)
def test_never_more_than_all_years_together_hold(
    balances: dict[int, int], disputed: dict[int, int], barred: set[int]
) -> None:
    free = within(balances, disputed, barred)
    assert list(free) == sorted(free)
    for account, points in free.items():
        assert 0 < points <= balances[account] - disputed.get(account, 0)
        assert account not in barred
    assert sum(free.values()) <= max(0, sum(balances.values()) - sum(disputed.values()))
    whole = within(balances, disputed)
    open_years = [balances.get(each, 0) - disputed.get(each, 0) for each in {*balances, *disputed}]
    assert sum(whole.values()) == max(0, sum(open_years))
