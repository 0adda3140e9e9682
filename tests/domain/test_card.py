"""The points card and the explanation add up; the summary says the same."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from sqlalchemy import text

from domain.audit.books import welcome
from domain.audit.explanation import explain
from domain.cards.cardbook import card_book, worth_in_yuan
from domain.cards.summary import score_by_month, summary
from domain.community.adoption import adopt
from domain.kernel.documents import document
from domain.kernel.errors import Refused
from domain.publicity.quarter_and_year import publish_year
from domain.review.sitting import decide_by_sheet
from domain.rules.load import shipped
from domain.rules.versions import Version
from domain.settlement.clearing import clear
from domain.shop.redemption import refund
from domain.store.tables.claims import Verdict
from tests.domain.builders import (
    CLEARING,
    Village,
    day,
    honour,
    moment,
    rules,
    standing,
)
from tests.rules.builders import SOURCE, cap, exclusion, item

Founding = Callable[..., Village]
SCORE = ("base", "award", "deduction", "correction", "zeroing")


def card_of(village: Village, household: str = "H1", year: int = 2026) -> dict[str, Any]:
    (card,) = card_book(village.session, village.community, year, household)
    return cast(dict[str, Any], document(card))


def why(village: Village, ref: str) -> dict[str, Any]:
    return cast(dict[str, Any], document(explain(village.session, village.community, ref)))


def adds_up(told: dict[str, Any]) -> bool:
    """Raw points less what the rules took are what it earned, and what the ledger holds."""
    taken = sum(effect["points"] for effect in told["effects"])
    posted = sum(entry["points"] for entry in told["entries"])
    return bool(told["raw"] + taken == told["points"] == posted)


def test_a_cards_figures_are_the_sums_of_its_entries(founding: Founding) -> None:
    village = founding(
        rules(closing=CLEARING, standing=standing(honour("top", rank_max=3, doubles=True)))
    )
    village.open()
    village.award("C1", "H1")
    village.award("C2", "H1", "fine")
    village.run(months=range(1, 6))
    village.redeem("D1", "H1", 2)
    village.redeem("D2", "H1", 1)
    refund(village.session, village.community, "D2", "破损", moment("05-22"))
    village.run(months=range(6, 13))
    village.settle()
    for _ in range(2):
        seen = card_of(village)
        entries = seen["entries"]
        assert seen["score"] == sum(each["points"] for each in entries if each["kind"] in SCORE)
        assert seen["balance"] == sum(each["points"] for each in entries)
        assert (seen["score"], seen["rank"]) == (4, 3)
        assert [each["seq"] for each in entries] == sorted(each["seq"] for each in entries)
        if seen["balance"]:
            assert seen["balance"] == seen["available"] == 4
            clear(village.session, [village.community], 2026, moment("2027-02-01"))
    assert card_of(village)["available"] == 0


def test_a_cards_entry_says_all_that_a_person_asks(village: Village) -> None:
    village.open()
    village.award("C1", "H1")
    village.close("2026-03")
    assert card_of(village)["entries"][-1] == {
        "seq": 4,
        "posted_at": "2026-04-05T23:59:59+08:00",
        "period": "2026-03",
        "kind": "award",
        "item": "sweep",
        "ref": "C1",
        "points": 3,
        "reason": "made up for a test",
        "name": "sweep",
        "goods": None,
        "member": None,
        "clause": None,
    }


def test_a_card_has_the_rank_of_now_until_the_year_is_settled(village: Village) -> None:
    village.award("C1", "H2")
    village.run()
    assert [card_of(village, home)["rank"] for home in ("H1", "H2", "H3")] == [2, 1, 2]
    village.settle()
    assert [card_of(village, home)["rank"] for home in ("H1", "H2", "H3")] == [2, 1, 2]


def test_available_is_what_the_shop_would_give(founding: Founding) -> None:
    """Neither disputed points, nor more than what a debt of another year leaves (ruling 30)."""
    village = founding(rules(closing=CLEARING))
    village.open()
    village.award("C1", "H1", on="12-05")
    village.award("C2", "H2", "fine", on="12-05", quantity=3)
    village.close("2026-12")
    village.open("2027")
    village.object("O1", "C1", "H2", at="2027-01-07")
    assert card_of(village)["available"] == 12
    assert card_of(village, "H2")["available"] == 0


def test_each_year_has_its_card(village: Village) -> None:
    village.open()
    village.open("2027")
    village.award("C1", "H1", on="12-30")
    village.close("2026-12")
    assert (card_of(village)["score"], card_of(village, year=2027)["score"]) == (9, 6)


def test_a_year_without_rules_has_an_empty_card(village: Village) -> None:
    seen = card_of(village, year=2020)
    assert (seen["score"], seen["balance"], seen["rank"], seen["entries"]) == (0, 0, None, [])


def test_a_version_to_come_does_not_rank_this_year(founding: Founding) -> None:
    village = founding()
    by_average = rules(
        standing=standing(by="average", span="lifetime"),
        version="2",
        participants={"opt_in": False, "members": True, **SOURCE},
    )
    adopt(village.session, village.community, by_average, day("2027-01-01"), moment("11-01"))
    village.open()
    assert card_of(village)["rank"] == 1


def test_where_members_are_unknown_a_card_has_no_rank(founding: Founding) -> None:
    village = founding(shipped("ninghe-example-village"))
    village.award("C1", "H1", "B1")
    village.close("2026-03")
    seen = card_of(village)
    assert (seen["score"], seen["rank"]) == (10, None)


def test_a_card_says_what_the_points_are_worth_where_the_scheme_does() -> None:
    """长坝 四（一）2: 10 points are about 1.20 yuan; 马鞍 gives no value."""
    value = shipped("wulong-changba-2023").value
    assert value is not None
    assert (value.worth(10_00), value.worth(25_50), value.worth(0)) == (120, 306, 0)
    for scheme, worth in (("wulong-changba-2023", 3_06), ("fuling-maan-2022", None)):
        versions = [Version(day("2024-01-01"), shipped(scheme))]
        assert worth_in_yuan(versions, 2026, 25_50) == worth
        assert worth_in_yuan(versions, 2023, 25_50) is None


def test_an_unknown_household_has_no_card(village: Village) -> None:
    with pytest.raises(Refused, match="no household “H9”"):
        card_of(village, "H9")


CLAUSES = [{"id": each, "text": each, "people": "made up"} for each in "一二三四五"]
TERMS = rules(
    item("base", "base", points=6, per="year"),
    item("sweep", points=3, caps=[cap("sweep-month", 4, "month")]),
    item("weed", points=3),
    item("monthly", points=5, per="month"),
    item("town", points=50, highest_of="moral"),
    item("city", points=200, highest_of="moral"),
    item("let", points=10),
    item("accident", "voiding", points=None, voids=["let"]),
    item("none", points=20),
    item("plain", points=60),
    item("lavish", "deduction", points=-20),
    item("brawl", "zeroing", points=None, zeroes=["base", "contribution"]),
    shared_caps=[cap("work-month", 5, "month", "sweep", "weed")],
    exclusions=[
        exclusion("by-none", "none", "year", "plain"),
        exclusion("by-lavish", "lavish", "matter", "plain"),
    ],
)


@pytest.fixture
def told(founding: Founding) -> Village:
    """H1's year, in which each rule takes something."""
    village = founding(TERMS)
    village.open()
    for number, (code, on, matter) in enumerate(
        [
            ("sweep", "03-01", ""),
            ("sweep", "03-02", ""),
            ("weed", "03-03", ""),
            ("monthly", "03-04", ""),
            ("monthly", "03-05", ""),
            ("town", "03-06", ""),
            ("city", "03-07", ""),
            ("let", "03-08", ""),
            ("accident", "03-09", ""),
            ("plain", "03-10", "婚礼"),
            ("lavish", "03-11", "婚礼"),
            ("plain", "03-12", "葬礼"),
            ("brawl", "03-20", ""),
            ("weed", "04-01", ""),
        ],
        start=1,
    ):
        village.award(f"C{number}", "H1", code, on=on, matter=matter)
    village.close("2026-03")
    village.close("2026-04")
    return village


@pytest.mark.parametrize(
    ("ref", "raw", "points", "effects"),
    [
        ("C1", 3, 3, []),
        ("C2", 3, 1, [("sweep-month", -2)]),
        ("C3", 3, 1, [("work-month", -2)]),
        ("C4", 5, 5, []),
        ("C5", 5, 0, [("frequency", -5)]),
        ("C6", 50, 0, [("highest_of", -50)]),
        ("C7", 200, 200, []),
        ("C8", 10, 0, [("void", -10)]),
        ("C9", 0, 0, []),
        ("C10", 60, 0, [("exclusion", -60)]),
        ("C11", -20, -20, []),
        ("C12", 60, 60, []),
        ("C13", 0, -256, [("zeroing", -256)]),
        ("C14", 3, 3, []),
    ],
)
def test_raw_points_less_effects_are_what_a_claim_earned(
    told: Village, ref: str, raw: float, points: float, effects: list[tuple[str, float]]
) -> None:
    seen = why(told, ref)
    assert (seen["raw"], seen["points"]) == (raw, points)
    assert [(each["rule"], each["points"]) for each in seen["effects"]] == effects
    assert adds_up(seen)


def test_what_was_taken_is_given_back_where_its_cause_falls(told: Village) -> None:
    """C8 was voided by C9's accident, C10 excluded by C11's feast: both are objected to."""
    for number, (about, by) in enumerate((("C9", "H1"), ("C11", "H1")), start=1):
        told.object(f"O{number}", about, by, at="04-07")
        told.resolve(f"O{number}", by="r2")
    for ref, raw in (("C8", 10), ("C10", 60)):
        seen = why(told, ref)
        assert (seen["raw"], seen["points"], seen["effects"]) == (raw, raw, [])
        assert adds_up(seen)
    for ref in ("C9", "C11"):
        seen = why(told, ref)
        assert (seen["raw"], seen["points"], seen["effects"]) == (None, 0, [])


@pytest.mark.parametrize(
    ("ref", "by"),
    [("C5", "C4"), ("C6", "C7"), ("C8", "C9"), ("C10", "C11"), ("C2", None), ("C13", None)],
)
def test_an_effect_names_the_claim_that_set_it_off(told: Village, ref: str, by: str | None) -> None:
    (effect,) = why(told, ref)["effects"]
    assert [cause["ref"] for cause in effect["by"]] == [by]


def test_what_was_zeroed_names_the_event(told: Village) -> None:
    assert why(told, "C1")["taken_back_by"] == {
        "rule": "brawl",
        "ref": "C13",
        "source": None,
        "text": "made up for a test",
        "name": "brawl",
    }
    for ref in ("C5", "C13", "C14"):  # earned nothing; is the event; came after it
        assert why(told, ref)["taken_back_by"] is None


def test_what_an_older_version_took_and_did_not_record_is_said_to_be_so(told: Village) -> None:
    drop = {
        "sqlite": "DROP TRIGGER effect_no_delete",
        "postgresql": "DROP TRIGGER effect_append_only ON effect",
    }
    told.session.execute(text(drop[told.session.get_bind().dialect.name]))
    told.session.execute(text("DELETE FROM effect"))
    seen = why(told, "C2")
    assert [(each["rule"], each["points"]) for each in seen["effects"]] == [("unrecorded", -2)]
    assert adds_up(seen)


def test_an_explanation_is_of_the_rules_as_they_were_applied(
    told: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was taken is recorded with the posting: a later jifen must not tell it otherwise."""
    monkeypatch.setattr("domain.audit.scoring.evaluate", lambda *_: pytest.fail("evaluated again"))
    seen = why(told, "C2")
    assert [(each["rule"], each["points"]) for each in seen["effects"]] == [("sweep-month", -2)]


def test_a_card_adds_up_to_what_its_claims_earned(told: Village) -> None:
    earned = sum(why(told, f"C{number}")["points"] for number in range(1, 15))
    assert card_of(told)["score"] == 6 + earned == 3


def test_an_effect_names_the_clause_that_took(founding: Founding) -> None:
    village = founding(shipped("baoshan-2023"))
    village.person("k1", stages=["committee"])
    claims = (
        ("C1", "no-rental", "03-04"),
        ("C2", "rental-rules", "03-05"),
        ("C3", "family-town", "03-06"),
        ("C4", "family-city", "03-07"),
    )
    for ref, code, on in claims:
        village.claim(ref, "H1", code, on)
        village.decide(ref)
        village.decide(ref, by="k1", stage="committee")
    village.close("2026-03")
    terms = shipped("baoshan-2023")
    texts = {clause.id: clause.text for clause in terms.clauses}
    for ref, rule, source in (("C2", "exclusion", "附件.4"), ("C3", "highest_of", "附件.16")):
        (effect,) = why(village, ref)["effects"]
        assert (effect["rule"], effect["source"]) == (rule, source)
        assert effect["text"] == texts.get(source, "") != ""
    seen = why(village, "C1")
    assert seen["clause"] == texts[seen["source"]]


def test_the_clause_of_the_exclusion_that_hit_is_named(founding: Founding) -> None:
    terms = rules(
        item("plain", points=60),
        item("none", points=20),
        item("lavish", "deduction", points=-20),
        exclusions=[
            exclusion("by-none", "none", "year", "plain") | {"source": "一", "reason": None},
            exclusion("by-lavish", "lavish", "matter", "plain") | {"source": "二", "reason": None},
        ],
        clauses=CLAUSES,
    )
    village = founding(terms)
    village.award("C1", "H1", "plain", on="03-05", matter="婚礼")
    village.award("C2", "H1", "lavish", on="03-06", matter="婚礼")
    village.close("2026-03")
    (effect,) = why(village, "C1")["effects"]
    assert effect["source"] == "二"


def test_all_that_excluded_or_voided_a_claim_is_named(founding: Founding) -> None:
    terms = rules(
        item("plain", points=60),
        item("none", points=20),
        item("lavish", "deduction", points=-20),
        item("fire", "voiding", points=None, voids=["let"]) | {"source": "三", "reason": None},
        item("flood", "voiding", points=None, voids=["let"]) | {"source": "四", "reason": None},
        item("theft", "voiding", points=None, voids=["let"]) | {"source": "五", "reason": None},
        item("let", points=10),
        exclusions=[
            exclusion("by-none", "none", "year", "plain") | {"source": "一", "reason": None},
            exclusion("by-lavish", "lavish", "matter", "plain") | {"source": "二", "reason": None},
        ],
        clauses=CLAUSES,
    )
    village = founding(terms)
    for ref, code, on, matter in (
        ("C1", "plain", "03-05", "婚礼"),
        ("C2", "lavish", "03-06", "婚礼"),
        ("C3", "none", "03-07", ""),
        ("C4", "lavish", "03-08", "葬礼"),
        ("C5", "let", "03-09", ""),
        ("C6", "flood", "03-10", ""),
        ("C7", "fire", "03-11", ""),
    ):
        village.award(ref, "H1", code, on=on, matter=matter)
    village.award("C8", "H2", "theft", on="03-11")
    village.close("2026-03")
    (excluded,) = why(village, "C1")["effects"]
    assert excluded["source"] == "二、一"
    assert [(each["rule"], each["ref"]) for each in excluded["by"]] == [
        ("by-lavish", "C2"),
        ("by-none", "C3"),
    ]
    (voided,) = why(village, "C5")["effects"]
    assert voided["source"] == "四、三"
    assert [(each["rule"], each["ref"]) for each in voided["by"]] == [
        ("flood", "C6"),
        ("fire", "C7"),
    ]


def test_a_value_of_the_communitys_own_says_who_decided(founding: Founding) -> None:
    village = founding(shipped("banan-fengsheng-example-village"))
    village.award("C1", "H1", "P1")
    village.close("2026-03")
    assert why(village, "C1")["revalued"] == {
        "instead_of": None,
        "source": None,
        "text": "示例：演示一个村可能作出的规定，来源中此项分值空白",
    }


def test_an_explanation_names_deciders_objections_and_journals(founding: Founding) -> None:
    village = founding(shipped("wulong-changba-2023-example-village"))
    village.person("t2", "town")
    village.award("C1", "H1", "Z1")
    village.close("2026-03")
    village.object("O1", "C1", "H2")
    village.resolve("O1", by="r2")
    seen = why(village, "C1")
    assert [(each["stage"], each["reviewer"], each["verdict"]) for each in seen["decisions"]] == [
        ("village", "r1", "approve"),
        ("town", "t1", "approve"),
    ]
    assert seen["objections"] == [
        {
            "ref": "O1",
            "status": "upheld",
            "level": 1,
            "filed_at": "2026-05-08T00:00:00+08:00",
            "outcomes": [
                {
                    "level": 1,
                    "outcome": "upheld",
                    "by": "r2",
                    "name": "评r2",
                    "note": "查证属实",
                    "at": "2026-05-09T00:00:00+08:00",
                },
            ],
        }
    ]
    assert [each["act"] for each in seen["journals"]] == ["audit:2026-03", "objection:O1:1"]
    assert [(each["kind"], each["points"]) for each in seen["entries"]] == [
        ("award", 2),
        ("correction", -2),
    ]
    assert (seen["raw"], seen["points"], seen["effects"]) == (None, 0, [])
    assert (seen["status"], seen["registered"], seen["overdue"]) == ("annulled", "2026-03", False)


def test_a_sheets_decision_is_named(founding: Founding) -> None:
    village = founding(rules(item("yard", "graded", points=15, per="month")))
    claim = village.claim("C1", "H1", "yard", "03-31", score=12.5)
    decide_by_sheet(village.session, village.community, [claim], "3月检查表", moment("04-01"))
    village.close("2026-03")
    (decision,) = why(village, "C1")["decisions"]
    assert (decision["reviewer"], decision["note"]) == (None, "3月检查表")
    assert why(village, "C1")["points"] == 12.5


def test_what_is_not_yet_registered_has_earned_nothing_yet(village: Village) -> None:
    village.claim("C1", "H1", "sweep", "03-05")
    for _ in range(2):
        seen = why(village, "C1")
        assert (seen["raw"], seen["points"], seen["effects"]) == (None, 0, [])
        assert seen["entries"] == seen["journals"] == []
        village.decide("C1")
    village.close("2026-03")
    assert (why(village, "C1")["raw"], why(village, "C1")["points"]) == (3, 3)


def test_after_its_last_day_a_household_earns_nothing(village: Village) -> None:
    village.award("C1", "H1", on="03-05")
    village.close("2026-03")
    village.find("H1").left_on = day("03-04")
    village.close("2026-04")
    seen = why(village, "C1")
    assert (seen["raw"], seen["points"], seen["effects"]) == (None, 0, [])
    assert (seen["left_on"], seen["occurred_on"]) == ("2026-03-04", "2026-03-05")
    assert [each["points"] for each in seen["entries"]] == [3, -3]


def test_entries_that_share_a_claims_number_are_not_its_own(village: Village) -> None:
    village.open()
    village.award("2026", "H1")
    village.close("2026-03")
    village.redeem("2026", "H1", 1)
    seen = why(village, "2026")
    assert [(each["kind"], each["points"]) for each in seen["entries"]] == [("award", 3)]
    assert [each["act"] for each in seen["journals"]] == ["audit:2026-03"]


def test_what_cannot_be_explained_is_refused(village: Village) -> None:
    with pytest.raises(Refused, match="no claim “C9”"):
        why(village, "C9")
    fewer = rules(item("weed", points=3), version="2")
    adopt(village.session, village.community, fewer, day("03-01"), moment("03-20"))
    village.claim("C1", "H1", "sweep", "03-05")
    with pytest.raises(Refused, match="has no item “sweep”"):
        why(village, "C1")


def test_the_summary_says_what_the_year_left(founding: Founding) -> None:
    village = founding(
        rules(closing=CLEARING, standing=standing(honour("top", rank_max=1, doubles=True)))
    )
    village.open()
    village.award("C1", "H1")
    village.award("C2", "H2", "fine")
    village.claim("C3", "H2", "sweep", "03-07")
    village.decide("C3", Verdict.REJECT)
    village.claim("C4", "H3", "sweep", "11-30", at="12-20")
    village.home("H9", enrolled_on="08-01")
    welcome(village.session, village.community, moment("08-01"))
    village.run()
    before = document(summary(village.session, village.community, 2026))
    assert before["claims"] == {
        "accepted": 4,
        "refused": 0,
        "approved": 2,
        "rejected": 1,
        "undecided": 1,
        "awarded": 1,
    }
    village.decide("C4", Verdict.REJECT, at="2027-01-10")
    village.settle()
    publish_year(village.session, village.community, 2026, moment("2027-01-14"))
    seen = document(summary(village.session, village.community, 2026))
    assert seen["households"] == [
        {"household": "H1", "score": 9, "balance": 18, "rank": 1, "honours": ["top户"]},
        {"household": "H2", "score": 1, "balance": 1, "rank": 4, "honours": []},
        {"household": "H3", "score": 6, "balance": 6, "rank": 2, "honours": []},
        {"household": "H9", "score": 6, "balance": 6, "rank": 2, "honours": []},
    ]
    assert seen["ledger_ok"]
    assert seen["journals"] == len(village.acts())
    assert [(each["kind"], each["key"]) for each in seen["notices"]] == [
        *[("quarter", f"2026-Q{n}") for n in range(1, 5)],
        ("year", "2026"),
    ]
    assert seen["claims"]["undecided"] == 0
    assert sum(
        points for _, points in score_by_month(village.session, village.community, 2026)
    ) == (2200)


def test_the_summary_of_ninghe_has_averages_where_members_are_known(founding: Founding) -> None:
    village = founding(shipped("ninghe-example-village"), households=2)
    village.award("C1", "H1", "B1")
    village.close("2026-03")
    rows = document(summary(village.session, village.community, 2026))["households"]
    assert [each["rank"] for each in rows] == [None, None]
    for home in ("H1", "H2"):
        village.find(home).members = 4
    village.home("H9", enrolled_on="2025-01-01", left_on=day("01-31"))
    rows = document(summary(village.session, village.community, 2026))["households"]
    assert [(each["rank"], each.get("average")) for each in rows] == [
        (1, 2.5),
        (2, 0),
        (None, None),
    ]
