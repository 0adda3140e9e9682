"""The year's settlement: its gate, standing, bonus, clearing and carrying over."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.community.adoption import adopt
from domain.community.leaving import leave
from domain.community.participation import eligibility
from domain.community.years import settlement_of
from domain.kernel.errors import Refused
from domain.ledger.verify import verify
from domain.rules.load import shipped
from domain.settlement.clearing import carry_over, clear
from domain.settlement.gate import blockers
from domain.settlement.settle import Force, preview, settle
from domain.standing.ranking import standing_now
from domain.store.database import writing
from domain.store.tables.people import Household
from domain.store.tables.settlement import FinalPlace, Settlement, honours_text
from tests.domain.builders import (
    CLEARING,
    Village,
    day,
    found,
    honour,
    moment,
    rules,
    standing,
)
from tests.domain.threads import at_once
from tests.rules.builders import SOURCE, item

Founding = Callable[..., Village]
FORCE = Force("李镇长", "年底等不及")
DOUBLE = standing(
    honour("top", rank_max=3, doubles=True), support={"percent": 5, "households_min": 1, **SOURCE}
)
CLEARED = rules(closing=CLEARING, standing=DOUBLE)
AFTER = moment("2027-01-14")
CLEARED_AT = moment("2027-01-31T23:59:59")


def blocked_by(village: Village, at: datetime = AFTER, year: int = 2026) -> dict[str, int]:
    found = blockers(village.session, village.community, year, at)
    return {each.what: each.count for each in found}


def ranks(village: Village, year: int = 2026) -> dict[str, tuple[int, str, bool]]:
    rows = village.session.execute(
        select(Household.code, FinalPlace)
        .join(FinalPlace, FinalPlace.household_id == Household.id)
        .where(FinalPlace.community_id == village.community.id, FinalPlace.year == year)
        .order_by(Household.code)
    ).tuples()
    return {code: (row.rank, honours_text(row.honours), row.support) for code, row in rows}


def clear_now(village: Village, at: datetime = CLEARED_AT) -> int:
    return len(clear(village.session, [village.community], 2026, at))


@pytest.fixture
def scored(founding: Founding) -> Village:
    """H1 … H5 with 9, 12, 9, 6 and 1 points, all audited and published."""
    village = founding(CLEARED, households=5)
    village.award("C1", "H1")
    village.award("C2", "H2", quantity=2)
    village.award("C3", "H3")
    village.award("C5", "H5", "fine")
    village.run()
    return village


def test_a_year_is_settled_when_its_last_window_has_closed(scored: Village) -> None:
    assert blocked_by(scored) == {}
    assert scored.settle() == [scored.community]
    kept = settlement_of(scored.session, scored.community, 2026)
    assert kept is not None
    assert (kept.settled_at, kept.forced_by, kept.cleared_at) == (AFTER, None, None)


def test_ranks_are_kept_with_honours_and_support(scored: Village) -> None:
    scored.settle()
    assert ranks(scored) == {
        "H1": (2, "top", False),
        "H2": (1, "top", False),
        "H3": (2, "top", False),
        "H4": (4, "", False),
        "H5": (5, "", True),
    }


def test_the_first_three_redeem_double(scored: Village) -> None:
    """As much again as is left of the year, ties included; the score stays."""
    scored.redeem("D1", "H1", 4)
    scored.redeem("D2", "H2", 12)
    scored.settle()
    assert [scored.balance(f"H{n}") for n in range(1, 6)] == [10, 0, 18, 6, 1]
    assert scored.score("H1") == 9
    assert ("bonus", "", 5) in scored.entries("H1")
    assert "bonus" not in [kind for kind, _, _ in scored.entries("H2")]


def test_no_bonus_on_a_debt(founding: Founding) -> None:
    village = founding(CLEARED, households=1)
    village.award("C1", "H1", "fine", quantity=2)
    village.run()
    village.settle()
    assert (village.balance("H1"), ranks(village)["H1"]) == (-4, (1, "top", False))


def test_settling_again_changes_nothing(scored: Village) -> None:
    scored.settle()
    before = scored.count(), scored.acts()
    assert scored.settle(at="2027-01-20") == []
    assert scored.settle(at="2027-01-20", force=FORCE) == []
    assert (scored.count(), scored.acts()) == before


def test_every_blocker_is_named(founding: Founding) -> None:
    village = founding(CLEARED)
    village.award("C1", "H1", on="03-05")
    village.claim("C2", "H1", "sweep", "03-06")
    village.claim("C3", "H1", "sweep", "12-06")
    village.object("O1", "C1", "H2")
    names = {"undecided_claims": 2, "open_objections": 1, "audit_open": 1, "not_published": 1}
    assert blocked_by(village) == names
    with pytest.raises(Refused) as refusal:
        village.settle()
    for name, count in names.items():
        assert f"{name} ({count}): " in str(refusal.value)
    village.run()
    assert set(blocked_by(village)) == {"undecided_claims", "open_objections"}
    for ref in ("C2", "C3"):
        village.decide(ref, at="2027-01-07")
    village.resolve("O1", at="2027-01-07")
    assert blocked_by(village, moment("2027-01-13T23:59")) == {"publicity_open": 1}
    assert blocked_by(village) == {}


def test_every_window_of_the_year_must_have_closed(founding: Founding) -> None:
    village = founding(CLEARED)
    for month in range(1, 13):
        village.close(f"2026-{month:02}")
    village.publish("2026-Q4")
    village.publish("2026-Q3", at="2027-01-10")
    assert blocked_by(village) == {"publicity_open": 1}
    assert blocked_by(village, moment("2027-01-18")) == {}


def test_claims_and_objections_of_other_years_block_nothing(founding: Founding) -> None:
    village = founding(CLEARED)
    village.run()
    village.claim("C1", "H1", "sweep", "2027-01-05")
    village.award("C2", "H1", on="2027-01-05")
    village.object("O1", "C2", "H2", at="2027-01-06")
    assert blocked_by(village) == {}


def test_force_is_kept_with_name_and_reason(founding: Founding) -> None:
    village = founding(CLEARED)
    village.claim("C1", "H1", "sweep", "03-06")
    assert village.settle(force=FORCE)
    kept = village.session.scalars(select(Settlement)).one()
    assert (kept.forced_by, kept.forced_why) == ("李镇长", "年底等不及")
    assert village.acts() == ["settlement:2026"]


@pytest.mark.parametrize("force", [Force("", "急"), Force("李", " "), Force("李" * 101, "急")])
def test_force_needs_a_name_and_a_reason(founding: Founding, force: Force) -> None:
    village = founding(CLEARED)
    with pytest.raises(Refused, match="say who does"):
        village.settle(force=force)
    assert village.session.scalars(select(Settlement)).all() == []


@pytest.mark.parametrize("force", [None, FORCE])
def test_no_year_is_settled_before_it_is_over(founding: Founding, force: Force | None) -> None:
    village = founding(CLEARED)
    with pytest.raises(Refused, match="2026 is not over"):
        village.settle(at="12-31T23:59", force=force)


def test_claims_approved_after_decembers_audit_still_count(founding: Founding) -> None:
    village = founding(CLEARED)
    village.claim("C1", "H1", "sweep", "12-30")
    village.run()
    village.decide("C1", at="2027-01-08")
    village.settle()
    assert (village.score("H1"), village.look("C1").registered) == (9, "2026-12")
    assert village.acts()[-2:] == ["late:2026", "settlement:2026"]
    assert ranks(village)["H1"][0] == 1


def test_a_preview_changes_nothing_and_says_what_settling_does(scored: Village) -> None:
    scored.redeem("D1", "H1", 4)
    leave(scored.session, scored.community, "H4", day("06-30"), "迁出")
    before = scored.count()
    seen = preview(scored.session, scored.community, 2026, AFTER)
    assert (seen.blockers, scored.count()) == ([], before)
    assert (len(seen.standing), seen.bonus, seen.cleared) == (4, 2600, 5900)
    scored.settle()
    clear_now(scored)
    assert sum(points for kind, _, points in scored.entries() if kind == "bonus") == 26
    assert sum(points for kind, _, points in scored.entries() if kind == "clearing") == -59


def test_what_is_left_is_cleared_after_its_date_and_not_before(scored: Village) -> None:
    scored.award("C9", "H4", "fine", on="2027-01-03", quantity=3)
    scored.open("2027")
    scored.settle()
    scored.close("2027-01")
    with pytest.raises(Refused, match="cleared at 2027-01-31 23:59"):
        clear_now(scored, moment("2027-01-31T23:59:58"))
    assert clear_now(scored) == 1
    assert [scored.balance(f"H{n}") for n in range(1, 6)] == [0] * 5
    assert scored.score("H2") == 12
    assert [scored.balance(f"H{n}", 2027) for n in range(1, 6)] == [6, 6, 6, -9, 6]
    before = scored.count()
    assert clear_now(scored, moment("2027-03-01")) == 0
    assert scored.count() == before
    kept = settlement_of(scored.session, scored.community, 2026)
    assert kept is not None
    assert kept.cleared_at == CLEARED_AT
    assert verify(scored.session) == []


def test_debts_are_cleared_too(founding: Founding) -> None:
    village = founding(CLEARED)
    village.award("C1", "H1", "fine", quantity=2)
    village.run()
    village.settle()
    clear_now(village)
    assert village.balance("H1") == 0
    assert village.entries("H1")[-1] == ("clearing", "", 4)


def test_those_who_left_are_cleared_though_not_ranked(scored: Village) -> None:
    leave(scored.session, scored.community, "H2", day("11-30"), "迁出")
    scored.settle()
    assert set(ranks(scored)) == {"H1", "H3", "H4", "H5"}
    clear_now(scored)
    assert scored.balance("H2") == 0


def test_an_unsettled_year_is_not_cleared(scored: Village) -> None:
    with pytest.raises(Refused, match="2026 of ma社区 is not settled"):
        clear_now(scored)


def test_a_forced_year_is_not_cleared_while_an_objection_is_open(scored: Village) -> None:
    scored.object("O1", "C1", "H2", at="2027-01-10")
    scored.settle(force=FORCE)
    with pytest.raises(Refused, match="objections of ma社区 against 2026 that are open: 1"):
        clear_now(scored)
    scored.resolve("O1", at="2027-02-02")
    clear_now(scored, moment("2027-02-03"))
    assert scored.balance("H1") == 0
    with pytest.raises(Refused, match="2026 was settled"):
        scored.object("O2", "C3", "H2", at="2027-02-04")


@pytest.mark.parametrize(
    ("closing", "said"), [("carry_over", "carry over"), ("keep", "are kept for life")]
)
def test_schemes_without_a_reset_are_never_cleared(
    founding: Founding, closing: str, said: str
) -> None:
    village = founding(rules(closing={"kind": closing, **SOURCE}))
    village.run()
    village.settle()
    with pytest.raises(Refused, match=f"never clears: balances {said}"):
        clear_now(village)


def test_balances_carry_over_in_pairs_once(founding: Founding) -> None:
    village = founding()
    village.award("C1", "H1")
    village.award("C2", "H2", "fine", quantity=2)
    village.home("H4", enrolled_on="2027-01-01")
    village.run()
    village.open("2027")
    with pytest.raises(Refused, match="not settled"):
        carry_over(village.session, village.community, 2026, AFTER)
    village.settle()
    assert carry_over(village.session, village.community, 2026, AFTER) == 3
    assert [village.balance(f"H{n}") for n in range(1, 5)] == [0] * 4
    assert [village.balance(f"H{n}", 2027) for n in range(1, 5)] == [15, 2, 12, 6]
    assert [village.score(f"H{n}", 2027) for n in range(1, 4)] == [6] * 3
    assert village.score("H1") == 9
    before = village.count()
    assert carry_over(village.session, village.community, 2026, CLEARED_AT) == 0
    assert village.count() == before
    assert village.acts()[-1] == "carry_over:2026"


@pytest.mark.parametrize("closing", [CLEARING, {"kind": "keep", **SOURCE}])
def test_what_is_cleared_or_kept_is_not_carried_over(
    founding: Founding, closing: dict[str, object]
) -> None:
    village = founding(rules(closing=closing))
    village.run()
    village.settle()
    assert carry_over(village.session, village.community, 2026, AFTER) == 0


NINGHE = rules(
    item("talk", points=2, of="member"),
    item("fine", "deduction", points=-5),
    participants={"opt_in": True, "members": True, **SOURCE},
    standing=standing(by="average", span="lifetime"),
    closing={"kind": "keep", **SOURCE},
)


def test_ninghe_ranks_by_the_average_over_the_years(founding: Founding) -> None:
    """(members' points + the family's) ÷ taking-part members, half up, negative sums too."""
    village = founding(NINGHE, households=0)
    village.home("H1", members=3)
    for code in ("H2", "H3"):
        village.home(code)
    people = [village.member("H2", code) for code in "ab"]
    village.member("H3", "a")
    village.member("H3", "b")
    village.award("C1", "H1", "talk", quantity=5)
    village.award("C2", "H2", "talk", member=people[0])
    village.award("C3", "H2", "talk", member=people[1])
    village.award("C4", "H3", "fine")
    village.run()
    village.settle()
    rows = village.session.scalars(select(FinalPlace).order_by(FinalPlace.household_id)).all()
    assert [(row.score, row.ranked_by, row.rank) for row in rows] == [
        (1000, 333, 1),
        (400, 200, 2),
        (-500, -250, 3),
    ]
    village.award("C5", "H2", "talk", on="2027-03-05", quantity=9)
    village.run(2027)
    village.settle(2027)
    second = select(FinalPlace).where(FinalPlace.year == 2027).order_by(FinalPlace.household_id)
    assert [(row.score, row.ranked_by, row.rank) for row in village.session.scalars(second)] == [
        (1000, 333, 2),
        (2200, 1100, 1),
        (-500, -250, 3),
    ]
    assert village.balance("H1") == 10
    assert [line.member for line in village.lines("H2")] == ["a", "b", None]


def test_members_must_be_known_for_an_average(founding: Founding) -> None:
    village = founding(NINGHE, households=2)
    village.find("H1").members = 2
    village.home("H9", enrolled_on="2025-01-01", left_on=day("06-30"))
    village.home("H8", enrolled_on="2027-01-01")
    assert blocked_by(village)["members_unknown"] == 1
    seen = preview(village.session, village.community, 2026, AFTER)
    assert (len(seen.standing), seen.bonus) == (0, 0)
    village.award("C1", "H1", "talk")
    with pytest.raises(Refused, match="参与人数"):
        village.settle(force=FORCE)
    assert village.acts() == []
    village.find("H2").members = 1
    village.run()
    assert village.settle()


def test_stars_of_longyuzhuang_need_the_base(founding: Founding) -> None:
    village = founding(shipped("longyuzhuang-example-village"), households=10, reviewers=5)
    village.open()
    for quarter in range(1, 5):
        village.open(f"2026-Q{quarter}")
    for ref, home, code in (("C1", "H1", "N1"), ("C2", "H2", "P1")):
        village.claim(ref, home, code, "03-05")
        for number in range(1, 6):
            village.decide(ref, by=f"r{number}")
    village.run()
    village.settle()
    base = 60 + 80 * 4
    assert (village.score("H3"), village.score("H2"), village.score("H1")) == (
        base,
        base + 5,
        base - 2,
    )
    given = {code: honours for code, (_, honours, _) in ranks(village).items()}
    assert given["H2"] == "five_star"
    assert given["H3"] == given["H10"] == "four_star"
    assert given["H1"] == ""


@pytest.mark.parametrize(
    ("months", "since", "consent", "counts"),
    [
        (6, "06-30", True, True),
        (6, "07-01", True, False),
        (6, "01-01", False, False),
        (6, None, True, False),
        (1, "11-30", True, True),
        (1, "12-01", True, False),
        (12, "2025-12-31", True, True),
        (12, "01-01", True, False),
        (18, "2025-06-30", True, True),
        (18, "2025-07-01", True, False),
        (0, None, True, True),
    ],
)
def test_who_may_not_take_part_is_neither_ranked_nor_counted(
    founding: Founding, months: int, since: str | None, consent: bool, counts: bool
) -> None:
    """As `eligibility` has it on the year's last day."""
    outsiders = {"months": months, "consent": True}
    terms = rules(participants={"opt_in": False, "outsiders": outsiders, **SOURCE})
    village = founding(terms, households=2)
    home = village.home(
        "H9", registered=False, consent=consent, resident_since=day(since) if since else None
    )
    able = eligibility(home, terms.participants)
    assert (able.since is not None and able.since <= day("12-31")) == counts
    village.run()
    village.settle()
    assert set(ranks(village)) == {"H1", "H2"} | ({"H9"} if counts else set())


def test_changbas_honour_is_above_the_average(founding: Founding) -> None:
    village = founding(shipped("wulong-changba-2023-example-village"), households=3)
    village.award("C1", "H1", "Z1")
    village.run()
    village.settle()
    assert ranks(village)["H1"][1] == "above_average"
    assert ranks(village)["H2"][1] == ""


def test_a_year_is_settled_by_the_version_of_its_last_day(founding: Founding) -> None:
    village = founding(rules(closing={"kind": "keep", **SOURCE}))
    adopt(village.session, village.community, CLEARED, day("07-01"), moment("06-01"))
    village.run()
    village.settle()
    assert clear_now(village) == 1


def test_no_version_is_adopted_into_a_settled_year(scored: Village) -> None:
    scored.settle()
    later = rules(version="2")
    with pytest.raises(Refused, match="2026 of ma社区 is settled"):
        adopt(scored.session, scored.community, later, day("12-31"), moment("2027-02-01"))


def test_a_community_without_households_is_settled(founding: Founding) -> None:
    village = founding(CLEARED, households=0)
    village.run()
    assert village.settle()
    assert clear_now(village) == 1


def several(session: Session) -> list[Village]:
    """Three villages under two rulesets, with different points."""
    terms = [CLEARED, CLEARED, rules(closing=CLEARING)]
    villages = [found(session, each, code=f"v{n}") for n, each in enumerate(terms)]
    for number, village in enumerate(villages):
        village.award("C1", "H1", quantity=number + 1)
        village.award("C2", "H2", "fine", quantity=2)
        village.run()
        village.claim("C3", "H3", "sweep", "12-20")
        village.decide("C3", at="2027-01-08")
    return villages


def left(villages: list[Village]) -> list[object]:
    return [
        (village.entries(), village.acts(), ranks(village), village.look("C3").registered)
        for village in villages
    ]


def test_settling_several_at_once_is_settling_one_by_one(session: Session) -> None:
    singly, together = several(session), None
    savepoint = session.begin_nested()
    for village in singly:
        assert settle(session, [village.community], 2026, AFTER) == [village.community]
    for village in singly:
        assert clear(session, [village.community], 2026, CLEARED_AT) == [village.community]
    expected = left(singly)
    savepoint.rollback()
    communities = [village.community for village in singly]
    assert settle(session, communities[:1], 2026, AFTER) == communities[:1]
    assert settle(session, communities, 2026, AFTER) == communities[1:]
    assert clear(session, communities, 2026, CLEARED_AT) == communities
    assert clear(session, communities, 2026, CLEARED_AT) == []
    together = left(singly)
    assert together == expected
    assert verify(session) == []


def test_where_one_of_several_is_blocked_none_is_settled(session: Session) -> None:
    villages = several(session)
    villages[2].claim("C9", "H1", "sweep", "12-21")
    communities = [village.community for village in villages]
    with pytest.raises(Refused, match="2026 of v2社区 cannot be settled: undecided_claims"):
        settle(session, communities, 2026, AFTER)
    assert session.scalars(select(Settlement)).all() == []
    villages[2].decide("C9", at="2027-01-09")
    settle(session, communities, 2026, AFTER)
    before = left(villages)
    with pytest.raises(Refused, match="cleared at"):
        clear(session, communities, 2026, AFTER)
    assert left(villages) == before


def test_nothing_to_settle(session: Session) -> None:
    assert settle(session, [], 2026, AFTER) == []
    assert clear(session, [], 2026, AFTER) == []


def test_a_year_before_the_first_adoption_cannot_be_settled(village: Village) -> None:
    with pytest.raises(Refused, match="no ruleset is in force"):
        village.settle(2025, at="2027-01-01")


def test_two_settling_at_once_settle_once(engine: Engine) -> None:
    with writing(engine) as session:
        village = found(session, CLEARED)
        village.award("C1", "H1")
        village.run()

    def work() -> int:
        with writing(engine) as session:
            return len(settle(session, [village.community], 2026, AFTER))

    assert sorted(at_once(*[work] * 4)) == [0, 0, 0, 1]
    with writing(engine) as session:
        assert verify(session) == []
        assert Village(session, village.community).balance("H1") == 18


def test_communities_are_ranked_apart(session: Session) -> None:
    one, two = found(session, CLEARED), found(session, CLEARED, code="bao")
    one.award("C1", "H1")
    two.award("C1", "H2")
    one.close("2026-03")
    two.close("2026-03")
    now = standing_now(session, [one.community, two.community], 2026, CLEARED)
    first = [each.place.household for each in now if each.place.rank == 1]
    assert first == [one.find("H1").id, two.find("H2").id]
    assert {each.community for each in now} == {one.community.id, two.community.id}


def test_the_present_standing_is_what_settling_keeps(scored: Village) -> None:
    rows = standing_now(scored.session, [scored.community], 2026, CLEARED)
    now = {
        place.household: (place.rank, place.honours, place.support)
        for place in (each.place for each in rows)
    }
    scored.settle()
    kept = scored.session.scalars(select(FinalPlace)).all()
    assert {row.household_id: (row.rank, row.honours, row.support) for row in kept} == now
