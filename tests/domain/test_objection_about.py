"""An objection names a claim, an entry, a notice's line, or what was never entered (ruling 19)."""

from collections.abc import Callable
from datetime import date

import pytest

from domain.cards.cardbook import card_book
from domain.community.particulars import Particulars, change
from domain.kernel.documents import documents
from domain.kernel.errors import Refused
from domain.ledger.disputes import disputed_points
from domain.ledger.verify import verify
from domain.publicity.quarter_and_year import publish_correction
from domain.settlement.settle import Force
from domain.shop.redemption import redeem
from domain.standing.redeemable import of_household
from domain.store.tables.objections import Resolution
from domain.store.tables.shop import Redemption
from tests.domain.builders import CLEARING, Village, honour, moment, rules, standing
from tests.rules.builders import SOURCE, item

Founding = Callable[..., Village]


@pytest.fixture
def opened(village: Village) -> Village:
    """H1, H2 and H3 have a base of 6; H1 also 3 of a claim, less 2 that were handed out."""
    village.open()
    village.award("C1", "H1")
    village.close("2026-03")
    village.person("s1", "shop", "reviewer")
    redeem(village.session, village.community, "H1", "D1", moment("05-01"), points=200, by="s1")
    return village


def entry(village: Village, kind: str, household: str = "H1", year: int = 2026) -> str:
    """An entry's number as the card shows it."""
    (card,) = documents(card_book(village.session, village.community, year, household))
    shown = card["entries"]
    return f"#{next(each['seq'] for each in shown if each['kind'] == kind)}"


def free(village: Village, household: str = "H1") -> float:
    home = village.find(household)
    return of_household(village.session, village.community, home).points / 100


def test_a_claims_entry_is_the_claim(opened: Village) -> None:
    filed = opened.object("O1", entry(opened, "award"))
    assert filed.about == "C1"
    opened.resolve("O1")
    assert opened.look("C1").status == "annulled"
    assert opened.score("H1") == 6


def test_a_hand_out_that_never_was_is_given_back(opened: Village) -> None:
    assert free(opened) == 7
    filed = opened.object("O1", entry(opened, "redemption"), text="没有领过")
    assert free(opened) == 7
    with pytest.raises(Refused, match="s1"):
        opened.resolve("O1", by="s1")
    opened.resolve("O1")
    assert (opened.balance("H1"), opened.score("H1")) == (9, 9)
    assert opened.entries("H1")[-1] == ("refund", "D1", 2)
    assert opened.session.query(Redemption).one().refunded_at == moment("05-09")
    notice = publish_correction(opened.session, opened.community, filed, moment("05-09"))
    assert (notice.content["about"], notice.content["changes"][0]["points"]) == ("entry", 2)
    assert verify(opened.session) == []


def test_a_disputed_base_cannot_be_redeemed(opened: Village) -> None:
    opened.object("O1", entry(opened, "base", "H2"), household="H3")
    home = opened.find("H2")
    assert disputed_points(opened.session, opened.community.id, home) == {home.id: {2026: 600}}
    assert (free(opened, "H2"), free(opened, "H1")) == (0, 7)
    opened.resolve("O1", Resolution.DISMISSED)
    assert free(opened, "H2") == 6


def test_a_wrong_base_is_put_right_at_its_cause(opened: Village) -> None:
    """H2 joined only in 2027: the ledger follows the register, and so the objection."""
    opened.object("O1", entry(opened, "base", "H2"), household="H3")
    with pytest.raises(Refused, match="put right what is wrong there"):
        opened.resolve("O1")
    joined = Particulars(enrolled_on=date(2027, 1, 1))
    change(opened.session, opened.community, "H2", joined)
    opened.resolve("O1")
    assert opened.score("H2") == 0
    assert opened.entries("H2")[-1][0] == "correction"
    assert opened.acts()[-1] == "objection:O1:1"
    assert verify(opened.session) == []


def test_a_base_that_an_audit_put_right_already(opened: Village) -> None:
    opened.object("O1", entry(opened, "base", "H2"), household="H3", at="05-01")
    change(opened.session, opened.community, "H2", Particulars(enrolled_on=date(2027, 1, 1)))
    opened.close("2026-04")
    assert opened.score("H2") == 0
    opened.resolve("O1")
    assert opened.score("H2") == 0


def test_a_line_of_a_notice(opened: Village) -> None:
    with pytest.raises(Refused, match="no notice of 2026-Q1"):
        opened.object("O1", "2026-Q1/H2", at="04-01")
    opened.publish("2026-Q1")
    filed = opened.object("O1", "2026-Q1/H2", at="04-20")
    with pytest.raises(Refused, match="O1"):
        opened.object("O2", "2026-Q1/H2", at="04-21")
    before = opened.acts()
    opened.resolve("O1")
    assert opened.acts() == before
    notice = publish_correction(opened.session, opened.community, filed, moment("05-09"))
    assert (notice.content["about"], notice.content["subject"]) == ("notice", "2026-Q1/H2")
    assert notice.content["changes"] == []


def test_a_claim_that_was_never_entered(opened: Village) -> None:
    filed = opened.object("O1", "未登记", text="三月扫雪没有登记")
    assert filed.about == "-"
    opened.object("O2", "-", household="H2")
    opened.resolve("O1")
    opened.resolve("O2", Resolution.DISMISSED)
    notice = publish_correction(opened.session, opened.community, filed, moment("05-09"))
    assert notice.content["about"] == "unentered"


@pytest.mark.parametrize(
    ("about", "says"),
    [
        ("#999", "no entry"),
        ("999", "no entry"),
        ("9/9", "no entry"),
        ("C9", "no claim “C9”"),
        ("2026-13", "no claim"),
        ("2026-Q4/H99", "no notice|no household"),
    ],
)
def test_what_names_nothing(opened: Village, about: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        opened.object("O1", about)


def test_a_journals_line_names_its_entry(opened: Village) -> None:
    assert opened.object("O1", "1/1").about == entry(opened, "base")


def test_a_bonus_is_reversed_and_ranks_nobody(founding: Founding) -> None:
    village = founding(
        rules(
            item("base", "base", points=6, per="year"),
            closing=CLEARING,
            standing=standing(honour("top", rank_max=3, doubles=True)),
            redemption={"every": "always", **SOURCE},
        )
    )
    village.run()
    village.settle(force=Force("张三", "试"), at="2027-01-14")
    assert village.balance("H1") == 12
    village.object("O1", entry(village, "bonus"), household="H2", at="2027-01-15")
    assert free(village) == 6
    village.resolve("O1", at="2027-01-16")
    assert (village.balance("H1"), village.score("H1")) == (6, 6)
    assert village.entries("H1")[-1] == ("bonus", "", -6)
    assert verify(village.session) == []
