"""Objections: who investigates, what an upheld one corrects, what an open one freezes."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select

from domain.community.registry import register_kin
from domain.kernel.errors import Refused
from domain.kernel.local_time import local_date
from domain.ledger.disputes import disputed_points, objections_of
from domain.ledger.verify import verify
from domain.objections.cases import appeal, find_objection
from domain.publicity.quarter_and_year import publish_correction
from domain.rules.load import shipped
from domain.settlement.clearing import carry_over
from domain.settlement.gate import blockers
from domain.settlement.settle import Force
from domain.store.database import writing
from domain.store.tables.claims import Verdict
from domain.store.tables.objections import Objection, ObjectionEvent, Resolution
from tests.domain.builders import (
    CLEARING,
    Village,
    found,
    moment,
    redeemable,
    review,
    rules,
    stage,
)
from tests.domain.threads import at_once
from tests.rules.builders import SOURCE, cap, exclusion, item

Founding = Callable[..., Village]
FORCE = Force("李镇长", "急")


def appealed(village: Village, ref: str = "O1", at: str = "05-20") -> None:
    appeal(village.session, village.community, ref, "请镇里复核", moment(at))


def disputed_of(village: Village, household: str) -> dict[int, int]:
    points = disputed_points(village.session, village.community.id)
    return points.get(village.find(household).id, {})


@pytest.fixture
def awarded(village: Village) -> Village:
    """C1 of H1 awarded 3, C2 rejected, both in March's audit."""
    village.award("C1", "H1")
    village.claim("C2", "H1", "sweep", "03-06")
    village.decide("C2", Verdict.REJECT)
    village.close("2026-03")
    return village


def test_upheld_against_an_award_annuls_it(awarded: Village) -> None:
    awarded.object("O1", "C1", "H2")
    awarded.resolve("O1")
    assert awarded.look("C1").status == "annulled"
    assert awarded.entries("H1")[-1] == ("correction", "C1", -3)
    assert awarded.score("H1") == 6
    assert awarded.acts()[-1] == "objection:O1:1"
    assert awarded.lines("H1")[-1].period == "2026-05"


def test_upheld_against_a_rejection_approves_it(awarded: Village) -> None:
    awarded.object("O1", "C2")
    awarded.resolve("O1")
    claim = awarded.look("C2")
    assert (claim.status, claim.registered, claim.decided_at) == (
        "approved",
        "2026-05",
        moment("05-09"),
    )
    assert awarded.entries("H1")[-1] == ("correction", "C2", 3)
    assert awarded.close("2026-05").entries == 0


def test_upheld_against_a_deduction_gives_it_back(village: Village) -> None:
    village.award("C1", "H1", "fine")
    village.close("2026-03")
    village.object("O1", "C1")
    village.resolve("O1")
    assert village.score("H1") == 6


def test_upheld_against_an_annulment_restores_the_claim(awarded: Village) -> None:
    awarded.object("O1", "C1", "H2")
    awarded.resolve("O1")
    awarded.object("O2", "C1", "H1", at="05-10")
    with pytest.raises(Refused, match="has decided"):
        awarded.resolve("O2", by="r2", at="05-11")
    awarded.resolve("O2", by="r3", at="05-11")
    claim = awarded.look("C1")
    assert (claim.status, claim.registered, awarded.score("H1")) == ("approved", "2026-03", 9)


def test_dismissed_nothing_changes(awarded: Village) -> None:
    before = awarded.count(), awarded.acts()
    awarded.object("O1", "C1", "H2")
    awarded.resolve("O1", Resolution.DISMISSED)
    assert awarded.look("C1").status == "approved"
    assert (awarded.count(), awarded.acts()) == before
    objection = find_objection(awarded.session, awarded.community, "O1")
    with pytest.raises(Refused, match="only an upheld"):
        publish_correction(awarded.session, awarded.community, objection, moment("05-10"))


def test_a_claim_approved_and_not_yet_registered_can_be_annulled(village: Village) -> None:
    village.award("C1", "H1", on="05-01")
    village.object("O1", "C1", "H2")
    village.resolve("O1")
    assert village.close("2026-05").registered == 0
    assert village.score("H1") == 6


def test_what_the_caps_of_other_claims_give_back_is_a_correction_too(founding: Founding) -> None:
    village = founding(rules(item("sweep", points=3, caps=[cap("c", 5, "month")])))
    village.award("C1", "H1", on="03-05")
    village.award("C2", "H1", on="03-06")
    village.award("C3", "H1", on="03-07")
    village.close("2026-03")
    assert village.score("H1") == 5
    village.object("O1", "C1", "H2")
    village.resolve("O1")
    assert village.entries("H1")[2:] == [
        ("correction", "C1", -3),
        ("correction", "C2", 1),
        ("correction", "C3", 2),
    ]


def test_an_excluding_claim_annulled_lets_the_excluded_earn(founding: Founding) -> None:
    terms = rules(
        item("plain", points=60),
        item("lavish", "deduction", points=-20),
        exclusions=[exclusion("x", "lavish", "matter", "plain")],
    )
    village = founding(terms)
    village.award("C1", "H1", "plain", matter="婚礼")
    village.award("C2", "H1", "lavish", matter="婚礼")
    village.close("2026-03")
    assert village.score("H1") == -20
    village.object("O1", "C2")
    village.resolve("O1")
    assert village.score("H1") == 60


def test_only_the_households_year_is_evaluated_anew(awarded: Village) -> None:
    """Claims approved since wait for their own audit."""
    awarded.award("C3", "H1", on="05-02")
    awarded.award("C4", "H2", on="05-02")
    awarded.object("O1", "C1", "H2")
    awarded.resolve("O1")
    assert (awarded.score("H1"), awarded.score("H2")) == (6, 6)
    assert awarded.look("C3").registered is None
    awarded.close("2026-05")
    assert (awarded.score("H1"), awarded.score("H2")) == (9, 9)


def test_who_decided_the_claim_does_not_investigate(awarded: Village) -> None:
    awarded.object("O1", "C1", "H2")
    with pytest.raises(Refused, match="has decided claim “C1” before"):
        awarded.resolve("O1", by="r1")


@pytest.mark.parametrize("home", ["H1", "H2"])
def test_nobody_investigates_the_own_household(awarded: Village, home: str) -> None:
    """Neither the claim's household nor the objector's."""
    awarded.person("r2", household=home)
    awarded.object("O1", "C1", "H2")
    with pytest.raises(Refused, match="own household"):
        awarded.resolve("O1", by="r2")
    awarded.resolve("O1", by="r3")


@pytest.mark.parametrize("kin", ["H1", "H2"])
def test_nobody_investigates_kin(awarded: Village, kin: str) -> None:
    awarded.person("r2", household="H3")
    register_kin(awarded.session, awarded.community, "H3", kin)
    awarded.object("O1", "C1", "H2")
    with pytest.raises(Refused, match="registered as kin"):
        awarded.resolve("O1", by="r2")


@pytest.mark.parametrize("role", ["clerk", "supervisor", "shop", "town"])
def test_who_is_no_reviewer_does_not_investigate(awarded: Village, role: str) -> None:
    awarded.person("x1", role)
    awarded.object("O1", "C1", "H2")
    with pytest.raises(Refused, match="not a reviewer who may investigate"):
        awarded.resolve("O1", by="x1")


def test_a_refused_outcome_changes_nothing(awarded: Village) -> None:
    awarded.object("O1", "C1", "H2")
    tries: tuple[tuple[str, Any, str], ...] = (
        ("r1", "upheld", "05-09"),
        ("r2", "upheld", "05-07"),
    )
    for by, outcome, at in tries:
        with pytest.raises(Refused):
            awarded.resolve("O1", outcome, by, at)
    objection = find_objection(awarded.session, awarded.community, "O1")
    assert objection.status == "open"
    assert awarded.score("H1") == 9


def test_the_same_outcome_again_is_the_same(awarded: Village) -> None:
    awarded.object("O1", "C1", "H2")
    awarded.resolve("O1")
    before = awarded.count()
    awarded.resolve("O1", by="r3", at="05-12")
    assert awarded.count() == before
    with pytest.raises(Refused, match="was upheld"):
        awarded.resolve("O1", Resolution.DISMISSED, by="r3")


def test_an_answer_is_due_within_the_schemes_days(awarded: Village) -> None:
    objection = awarded.object("O1", "C1", at="05-08T09:00")
    assert objection.due_at == moment("05-23T09:00")


def test_the_same_objection_again_is_the_same(awarded: Village) -> None:
    first = awarded.object("O1", "C1")
    assert awarded.object("O1", "C1", at="05-09") is first
    with pytest.raises(Refused, match="exists with other content"):
        awarded.object("O1", "C1", text="别的话")
    assert len(objections_of(awarded.session, awarded.community)) == 1


def test_one_objection_against_a_claim_at_a_time(awarded: Village) -> None:
    awarded.object("O1", "C1")
    with pytest.raises(Refused, match="“O1” against claim “C1” is still open"):
        awarded.object("O2", "C1", "H2")
    awarded.resolve("O1", Resolution.DISMISSED)
    awarded.object("O2", "C1", "H2", at="05-10")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"about": "C9"}, "no claim"),
        ({"household": "H9"}, "no household"),
        ({"text": " "}, "say what"),
        ({"about": "C3"}, "not decided yet"),
        ({"at": "03-04"}, "submitted after"),
    ],
)
def test_an_objection_that_cannot_be_heard_is_refused(
    awarded: Village, fault: dict[str, str], said: str
) -> None:
    awarded.claim("C3", "H1", "sweep", "05-05")
    with pytest.raises(Refused, match=said):
        awarded.object("O1", **{"about": "C1"} | fault)
    assert objections_of(awarded.session, awarded.community) == []


def test_what_happened_is_kept(awarded: Village) -> None:
    awarded.object("O1", "C1")
    awarded.resolve("O1", Resolution.DISMISSED)
    events = awarded.session.scalars(select(ObjectionEvent).order_by(ObjectionEvent.id)).all()
    assert [(each.act, each.level, each.note) for each in events] == [
        ("filed", 1, ""),
        ("dismissed", 1, "查证属实"),
    ]


def test_while_open_the_disputed_points_are_frozen_and_the_rest_are_not(
    awarded: Village,
) -> None:
    awarded.object("O1", "C1", "H2")
    assert disputed_of(awarded, "H1") == {2026: 300}
    assert redeemable(awarded, "H1") == {2026: 600}
    with pytest.raises(Refused, match="can redeem 6 points, not 7"):
        awarded.redeem("D1", "H1", 7)
    awarded.redeem("D2", "H1", 6)
    awarded.resolve("O1", Resolution.DISMISSED)
    awarded.redeem("D3", "H1", 3)
    assert awarded.balance("H1") == 0


def test_an_objection_freezes_its_claim_only(awarded: Village) -> None:
    """Not another household's points, nor entries that happen to share its number."""
    awarded.award("2026", "H1", on="04-05")
    awarded.close("2026-04")
    awarded.object("O1", "2026", "H2")
    assert disputed_of(awarded, "H1") == {2026: 300}
    assert disputed_of(awarded, "H2") == {}


def test_a_disputed_rejection_or_deduction_freezes_nothing(awarded: Village) -> None:
    awarded.award("C3", "H1", "fine", on="04-05")
    awarded.close("2026-04")
    awarded.object("O1", "C2")
    awarded.object("O2", "C3")
    assert redeemable(awarded, "H1") == {2026: 400}


def test_redeemed_before_it_was_disputed_the_annulment_leaves_a_debt(awarded: Village) -> None:
    awarded.redeem("D1", "H1", 9, at="05-01")
    awarded.object("O1", "C1", "H2")
    awarded.resolve("O1")
    assert (awarded.score("H1"), awarded.balance("H1")) == (6, -3)


def test_an_open_objection_keeps_the_year_from_being_settled(awarded: Village) -> None:
    awarded.run(months=range(4, 13))
    awarded.object("O1", "C1", "H2", at="2027-01-07")
    with pytest.raises(Refused, match=r"open_objections \(1\)"):
        awarded.settle()
    awarded.resolve("O1", Resolution.DISMISSED, at="2027-01-08")
    assert awarded.settle()


def test_nobody_objects_to_a_settled_year(awarded: Village) -> None:
    awarded.run(months=range(4, 13))
    awarded.settle()
    settled_on = local_date(moment("2027-01-14"))
    with pytest.raises(Refused, match=f"2026 was settled on {settled_on}"):
        awarded.object("O1", "C1", "H2", at="2027-01-20")


def test_one_filed_before_a_forced_settlement_is_still_heard(founding: Founding) -> None:
    village = founding(rules(closing=CLEARING))
    village.award("C1", "H1")
    village.run()
    village.object("O1", "C1", "H2", at="2027-01-10")
    village.settle(force=FORCE)
    village.resolve("O1", at="2027-01-20")
    assert (village.score("H1"), village.balance("H1")) == (6, 6)


def test_what_is_corrected_after_carrying_over_follows(founding: Founding) -> None:
    village = founding()
    village.award("C1", "H1")
    village.run()
    village.object("O1", "C1", "H2", at="2027-01-10")
    village.settle(force=FORCE)
    carry_over(village.session, village.community, 2026, moment("2027-01-15"))
    assert (village.balance("H1"), village.balance("H1", 2027)) == (0, 9)
    village.resolve("O1", at="2027-01-20")
    assert (village.score("H1"), village.balance("H1")) == (6, 0)
    assert village.balance("H1", 2027) == 6
    assert verify(village.session) == []


CHANGBA = shipped("wulong-changba-2023-example-village")


@pytest.fixture
def changba(founding: Founding) -> Village:
    """长坝: C1 of H1, approved by r1 and the town's t1, registered in March."""
    village = founding(CHANGBA)
    village.award("C1", "H1", "Z1")
    village.close("2026-03")
    return village


def test_a_dismissed_objection_goes_to_the_second_level(changba: Village) -> None:
    changba.person("t2", "town")
    changba.object("O1", "C1", "H2")
    changba.resolve("O1", Resolution.DISMISSED, by="r2")
    appealed(changba)
    objection = find_objection(changba.session, changba.community, "O1")
    assert (objection.level, objection.status) == (2, "open")
    assert objection.due_at == moment("06-04")
    with pytest.raises(Refused, match="may investigate objection “O1” at level 2"):
        changba.resolve("O1", by="r3", at="05-21")
    with pytest.raises(Refused, match="has decided claim"):
        changba.resolve("O1", by="t1", at="05-21")
    changba.resolve("O1", by="t2", at="05-21")
    assert changba.look("C1").status == "annulled"
    assert changba.acts()[-1] == "objection:O1:2"
    notice = publish_correction(changba.session, changba.community, objection, moment("05-22"))
    assert notice.key == "O1:2"


def test_who_dismissed_it_below_does_not_hear_it_above(changba: Village) -> None:
    changba.person("t2", "town")
    changba.object("O1", "C1", "H2")
    changba.resolve("O1", Resolution.DISMISSED, by="t2")
    appealed(changba)
    with pytest.raises(Refused, match="has decided"):
        changba.resolve("O1", by="t2", at="05-21")


def test_there_is_no_third_level(changba: Village) -> None:
    changba.person("t2", "town")
    changba.object("O1", "C1", "H2")
    with pytest.raises(Refused, match="only a dismissed one goes on"):
        appealed(changba)
    changba.resolve("O1", Resolution.DISMISSED, by="r2")
    appealed(changba)
    changba.resolve("O1", Resolution.DISMISSED, by="t2", at="05-21")
    with pytest.raises(Refused, match="already been taken"):
        appealed(changba, at="05-22")


def test_without_a_second_level_the_outcome_stands(awarded: Village) -> None:
    awarded.object("O1", "C1", "H2")
    awarded.resolve("O1", Resolution.DISMISSED)
    with pytest.raises(Refused, match="names no second level"):
        appealed(awarded)


def test_nobody_appeals_in_a_settled_year(changba: Village) -> None:
    changba.run(months=range(4, 13))
    changba.object("O1", "C1", "H2")
    changba.resolve("O1", Resolution.DISMISSED, by="r2")
    changba.settle()
    with pytest.raises(Refused, match="2026 is settled"):
        appealed(changba, at="2027-01-20")


def test_the_towns_people_may_investigate_at_the_first_level_too(founding: Founding) -> None:
    terms = rules(review=review(stage("village"), stage("town", role="town")))
    village = founding(terms)
    village.award("C1", "H1")
    village.person("t2", "town")
    village.object("O1", "C1", "H2")
    village.resolve("O1", by="t2")
    assert village.look("C1").status == "annulled"


def test_open_objections_are_counted_in_their_claims_year(awarded: Village) -> None:
    awarded.object("O1", "C1", "H2")
    session, community = awarded.session, awarded.community
    at = moment("2027-06-01")
    for year, names in ((2026, True), (2027, False)):
        found_names = {each.what for each in blockers(session, community, year, at)}
        assert ("open_objections" in found_names) == names


def test_two_filing_at_once_file_one(engine: Engine) -> None:
    with writing(engine) as session:
        village = found(session)
        village.award("C1", "H1")
        village.close("2026-03")

    def file(ref: str) -> str:
        with writing(engine) as session:
            return Village(session, village.community).object(ref, "C1", "H2").ref

    answers = at_once(*[lambda n=n: file(f"O{n % 2}") for n in range(4)])
    refused = [each for each in answers if isinstance(each, Refused)]
    assert len(refused) == 2
    with writing(engine) as session:
        assert len(session.scalars(select(Objection)).all()) == 1


def test_two_resolving_at_once_correct_once(engine: Engine) -> None:
    with writing(engine) as session:
        village = found(session)
        village.award("C1", "H1")
        village.close("2026-03")
        village.object("O1", "C1", "H2")

    def uphold(by: str) -> None:
        with writing(engine) as session:
            Village(session, village.community).resolve("O1", by=by)

    assert at_once(lambda: uphold("r2"), lambda: uphold("r3")) == [None, None]
    with writing(engine) as session:
        inside = Village(session, village.community)
        assert inside.score("H1") == 6
        assert verify(session) == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_was_read_before_it_was_ones_turn_is_read_again(engine: Engine) -> None:
    with writing(engine) as session:
        village = found(session)
        village.award("C1", "H1")
        village.close("2026-03")
        village.object("O1", "C1", "H2")
    with writing(engine) as slow:
        seen = slow.scalars(select(Objection)).one()
        with writing(engine) as quick:
            Village(quick, village.community).resolve("O1", by="r2")
        Village(slow, village.community).resolve("O1", by="r3")
        assert seen.status == "upheld"
        assert Village(slow, village.community).score("H1") == 6


def test_an_outcome_written_down_late_takes_no_base_back(founding: Founding) -> None:
    """Found by an audit: what was gained between the outcome's day and now was taken back."""
    quarterly = rules(
        item("base", "base", points=40, per="quarter"),
        item("sweep", points=3),
        audit={"every": "quarter", **SOURCE},
    )
    village = founding(quarterly)
    village.open("2026-Q1", at="01-01")
    village.claim("C1", "H1", "sweep", "03-05")
    village.decide("C1", Verdict.REJECT)
    village.open("2026-Q2", at="04-01")
    village.object("O1", "C1", "H1", at="03-20")
    village.resolve("O1", by="r2", at="03-30")
    assert village.score("H1") == 83
    assert village.score("H2") == 80


def test_other_open_years_are_evaluated_anew_too(founding: Founding) -> None:
    """What is earned once is earned by the next year's claim, where the first is annulled."""
    village = founding(rules(item("first", points=9, per="once")))
    village.award("C1", "H1", "first", on="12-05")
    village.award("C2", "H1", "first", on="2027-01-05")
    village.close("2026-12")
    village.close("2027-01")
    assert (village.score("H1"), village.score("H1", 2027)) == (9, 0)
    village.object("O1", "C1", "H2", at="2027-02-10")
    village.resolve("O1", by="r2", at="2027-02-11")
    assert (village.score("H1"), village.score("H1", 2027)) == (0, 9)


def test_no_objection_against_an_item_that_the_scheme_excepts(founding: Founding) -> None:
    """The linter lets this stand only for what costs nobody anything."""
    village = founding(rules(item("sweep", points=3, objectionable=False)))
    village.award("C1", "H1")
    with pytest.raises(Refused, match="takes no objection to item sweep"):
        village.object("O1", "C1")
