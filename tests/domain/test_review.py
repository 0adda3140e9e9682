"""Review: who decides, how many, in which order; nothing by silence."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from domain.community.adoption import adopt
from domain.community.registry import register_kin, unregister_kin
from domain.kernel.errors import Refused
from domain.review.reviewers import Reviewers
from domain.review.sitting import Sitting, decide, decide_by_sheet, queue, verdict_of
from domain.settlement.settle import Force
from domain.store.tables.claims import Decision, Verdict
from tests.domain.builders import Village, day, moment, review, rules, stage
from tests.rules.builders import item

Founding = Callable[..., Village]
TWO_STAGES = rules(review=review(stage("village"), stage("town", role="town")))


def quorum(number: int, **parts: object) -> object:
    return rules(review=review(stage("group", number), **parts))


def waiting_for(village: Village, person: str) -> list[str]:
    found = queue(village.session, village.community, village.who(person))
    return [each.claim.ref for each in found]


def decisions(village: Village) -> int:
    return village.session.scalar(select(func.count()).select_from(Decision)) or 0


def test_one_recorded_decision_stands_for_the_group(village: Village) -> None:
    village.claim("C1", "H1", "sweep", "03-05")
    village.decide("C1", at="03-06")
    claim = village.look("C1")
    assert (claim.status, claim.decided_at) == ("approved", moment("03-06"))


def test_nothing_is_approved_by_silence(village: Village) -> None:
    village.claim("C1", "H1", "sweep", "03-05")
    village.close("2026-03")
    village.close("2026-04")
    assert village.look("C1").status == "pending"
    assert village.score("H1") == 6


def test_below_the_quorum_nothing_is_decided(founding: Founding) -> None:
    village = founding(quorum(3))
    village.claim("C1", "H1", "sweep", "03-05")
    village.decide("C1", by="r1")
    village.decide("C1", by="r2")
    assert village.look("C1").status == "pending"
    village.decide("C1", by="r3")
    assert village.look("C1").status == "approved"


@pytest.mark.parametrize(
    ("votes", "status"),
    [
        ("aaa", "approved"),
        ("aar", "approved"),
        ("arr", "rejected"),
        ("rrr", "rejected"),
        ("ar", "rejected"),
        ("ra", "rejected"),
        ("aa", "approved"),
        ("aarr", "rejected"),
        ("aaar", "approved"),
    ],
)
def test_more_approvals_than_rejections_approve_and_a_tie_rejects(
    founding: Founding, votes: str, status: str
) -> None:
    village = founding(quorum(len(votes)), reviewers=len(votes))
    village.claim("C1", "H1", "sweep", "03-05")
    verdicts = {"a": Verdict.APPROVE, "r": Verdict.REJECT}
    for number, vote in enumerate(votes, start=1):
        village.decide("C1", verdicts[vote], by=f"r{number}")
    assert village.look("C1").status == status


def test_two_stages_decide_in_their_order(founding: Founding) -> None:
    village = founding(TWO_STAGES)
    village.claim("C1", "H1", "sweep", "03-05")
    with pytest.raises(Refused, match="waits at the stage village, not at town"):
        village.decide("C1", by="t1", stage="town")
    village.decide("C1", by="r1", at="03-06")
    claim = village.look("C1")
    assert (claim.status, claim.stage, claim.decided_at) == ("pending", 1, None)
    with pytest.raises(Refused, match="waits at the stage town"):
        village.decide("C1", by="r2")
    village.decide("C1", by="t1", stage="town", at="03-08")
    claim = village.look("C1")
    assert (claim.status, claim.decided_at) == ("approved", moment("03-08"))


def test_a_rejection_at_the_first_stage_ends_it(founding: Founding) -> None:
    village = founding(TWO_STAGES)
    village.claim("C1", "H1", "sweep", "03-05")
    village.decide("C1", Verdict.REJECT)
    assert village.look("C1").status == "rejected"
    with pytest.raises(Refused, match="already rejected"):
        village.decide("C1", by="t1", stage="town")


def test_the_last_stage_may_reject_what_the_first_approved(founding: Founding) -> None:
    village = founding(TWO_STAGES)
    village.claim("C1", "H1", "sweep", "03-05")
    village.decide("C1", by="r1")
    village.decide("C1", Verdict.REJECT, by="t1", stage="town")
    assert village.look("C1").status == "rejected"


def test_a_claim_between_the_stages_is_not_registered(founding: Founding) -> None:
    village = founding(TWO_STAGES)
    village.claim("C1", "H1", "sweep", "03-05")
    village.decide("C1", by="r1")
    assert (village.close("2026-03").registered, village.score("H1")) == (0, 6)
    village.decide("C1", by="t1", stage="town", at="04-20")
    assert (village.close("2026-04").registered, village.score("H1")) == (1, 9)
    assert village.look("C1").registered == "2026-04"


def test_the_towns_contact_sits_at_the_towns_stage_only(founding: Founding) -> None:
    village = founding(TWO_STAGES)
    village.claim("C1", "H1", "sweep", "03-05")
    with pytest.raises(Refused, match="not a reviewer at the stage village"):
        village.decide("C1", by="t1")
    village.decide("C1", by="r1")
    with pytest.raises(Refused, match="not a reviewer at the stage town"):
        village.decide("C1", by="r2", stage="town")


def test_a_reviewer_can_be_seated_at_another_stage(founding: Founding) -> None:
    terms = rules(review=review(stage("group"), stage("committee", role="committee")))
    village = founding(terms)
    village.person("k1", stages=["committee"])
    village.claim("C1", "H1", "sweep", "03-05")
    with pytest.raises(Refused, match="not a reviewer at the stage group"):
        village.decide("C1", by="k1")
    village.decide("C1", by="r1")
    with pytest.raises(Refused, match="not a reviewer at the stage committee"):
        village.decide("C1", by="t1", stage="committee")
    village.decide("C1", by="k1", stage="committee的评议")
    assert village.look("C1").status == "approved"


@pytest.mark.parametrize("role", ["clerk", "supervisor", "shop", "town"])
def test_who_is_no_reviewer_does_not_decide(village: Village, role: str) -> None:
    village.person("x1", role)
    village.claim("C1", "H1", "sweep", "03-05")
    with pytest.raises(Refused, match="not a reviewer"):
        village.decide("C1", by="x1")


@pytest.mark.parametrize("note", ["", "  ", "\u3000"])
def test_a_rejection_says_why(village: Village, note: str) -> None:
    village.claim("C1", "H1", "sweep", "03-05")
    with pytest.raises(Refused, match="says why"):
        village.decide("C1", Verdict.REJECT, note=note)
    assert village.look("C1").status == "pending"


def test_the_same_decision_again_is_the_same(founding: Founding) -> None:
    village = founding(quorum(2))
    village.claim("C1", "H1", "sweep", "03-05")
    first = village.decide("C1", at="03-06")
    assert village.decide("C1", at="03-09") is first
    assert decisions(village) == 1
    village.decide("C1", by="r2")
    assert village.decide("C1") is first
    assert village.look("C1").status == "approved"


def test_the_other_verdict_is_refused(founding: Founding) -> None:
    village = founding(quorum(2))
    village.claim("C1", "H1", "sweep", "03-05")
    village.decide("C1")
    with pytest.raises(Refused, match="already decided"):
        village.decide("C1", Verdict.REJECT)
    village.decide("C1", by="r2")
    with pytest.raises(Refused, match="already approved"):
        village.decide("C1", Verdict.REJECT, by="r3")
    assert decisions(village) == 2


@pytest.mark.parametrize("verdict", ["", "maybe", "Approve"])
def test_there_are_two_verdicts(verdict: str) -> None:
    assert [verdict_of(each) for each in ("approve", "reject")] == list(Verdict)
    with pytest.raises(Refused, match="say approve or reject"):
        verdict_of(verdict)


def test_a_decision_names_what_is_there(village: Village) -> None:
    village.claim("C1", "H1", "sweep", "03-05")
    with pytest.raises(Refused, match="no claim “C9”"):
        decide(village.session, village.community, "C9", "r1", Verdict.APPROVE, "", moment("03-06"))
    with pytest.raises(Refused, match="no person “r9”"):
        village.decide("C1", by="r9")
    with pytest.raises(Refused, match="not a stage"):
        village.decide("C1", stage="county")


def test_no_decision_is_older_than_the_claim(village: Village) -> None:
    village.claim("C1", "H1", "sweep", "03-05")
    with pytest.raises(Refused, match="submitted after that decision"):
        village.decide("C1", at="03-04")


@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_nobody_decides_on_the_own_household(village: Village, verdict: Verdict) -> None:
    village.person("r1", household="H1")
    village.claim("C1", "H1", "sweep", "03-05")
    with pytest.raises(Refused, match="own household"):
        village.decide("C1", verdict)
    assert decisions(village) == 0


@pytest.mark.parametrize("order", [("H1", "H2"), ("H2", "H1")])
def test_nobody_decides_on_kin(village: Village, order: tuple[str, str]) -> None:
    village.person("r1", household="H1")
    village.person("r2", household="H2")
    register_kin(village.session, village.community, *order)
    village.claim("C1", "H1", "sweep", "03-05")
    village.claim("C2", "H2", "sweep", "03-05")
    village.claim("C3", "H3", "sweep", "03-05")
    for ref, person in (("C2", "r1"), ("C1", "r2")):
        with pytest.raises(Refused, match="registered as kin"):
            village.decide(ref, by=person)
    village.decide("C3", by="r1")
    unregister_kin(village.session, village.community, *order)
    village.decide("C2", by="r1")


def test_crosswise_nobody_decides_in_the_own_area(founding: Founding) -> None:
    village = founding(quorum(1, crosswise=True), households=0)
    village.home("H1", area="一组")
    village.home("H2", area="二组")
    village.home("H3")
    village.person("r1", household="H1")
    village.person("r2", area="二组")
    for number in (1, 2, 3):
        village.claim(f"C{number}", f"H{number}", "sweep", "03-05")
    assert waiting_for(village, "r1") == ["C2", "C3"]
    assert waiting_for(village, "r2") == ["C1", "C3"]
    assert waiting_for(village, "r3") == ["C1", "C2", "C3"]
    with pytest.raises(Refused, match="crosswise"):
        village.decide("C2", by="r2")


def test_without_the_crosswise_rule_the_own_area_is_no_bar(founding: Founding) -> None:
    village = founding(households=0)
    village.home("H1", area="一组")
    village.person("r1", area="一组")
    reviewers = Reviewers(village.session, village.community)
    assert reviewers.bar(rules(), village.who("r1"), village.find("H1")) is None


def test_the_queue_shows_exactly_what_a_person_may_decide(founding: Founding) -> None:
    terms = rules(review=review(stage("village", 2), stage("town", role="town"), crosswise=True))
    village = founding(terms, households=0)
    for number in range(1, 7):
        village.home(f"H{number}", area=f"{number % 3}组")
        village.claim(f"C{number}", f"H{number}", "sweep", f"03-0{number}")
    village.person("r1", household="H1", area="9组")
    village.person("r2", area="2组")
    village.person("k1", "clerk")
    register_kin(village.session, village.community, "H1", "H4")
    village.decide("C3", by="r1")
    for person in ("r2", "r3"):
        village.decide("C6", by=person)
    village.decide("C2", Verdict.REJECT, by="r1")
    village.decide("C2", Verdict.REJECT, by="r3")
    seen = {person: waiting_for(village, person) for person in ("r1", "r2", "r3", "t1", "k1")}
    for person, refs in seen.items():
        for number in range(1, 7):
            ref = f"C{number}"
            claim = village.look(ref)
            savepoint = village.session.begin_nested()
            decided = decisions(village)
            try:
                stage_id = terms.review.stages[claim.stage].id
                village.decide(ref, by=person, stage=stage_id)
                may = decisions(village) > decided
            except Refused:
                may = False
            savepoint.rollback()
            assert may == (ref in refs), (person, ref)
    assert seen["t1"] == ["C6"]
    assert seen["k1"] == []


def test_the_queue_is_oldest_first_and_flags_what_is_overdue(village: Village) -> None:
    village.claim("C2", "H1", "sweep", "04-02")
    village.claim("C1", "H2", "sweep", "03-30", at="04-08")
    village.claim("C0", "H3", "sweep", "03-05")
    village.close("2026-03")
    found = queue(village.session, village.community)
    assert [(each.claim.ref, each.household.code, each.overdue) for each in found] == [
        ("C0", "H3", True),
        ("C1", "H2", True),
        ("C2", "H1", False),
    ]


def test_the_queue_follows_a_change_of_the_rules(founding: Founding) -> None:
    """The same ruleset's later version seats others at the stage of the same name."""
    village = founding(rules(review=review(stage("group"))))
    later = rules(version="2", review=review(stage("group", role="town")))
    adopt(village.session, village.community, later, day("04-01"), moment("03-20"))
    village.claim("C1", "H1", "sweep", "03-05")
    village.claim("C2", "H1", "sweep", "04-05")
    assert waiting_for(village, "t1") == ["C2"]
    with pytest.raises(Refused, match="not a reviewer"):
        village.decide("C1", by="t1")
    village.decide("C2", by="t1")


def sheet(village: Village, count: int = 3) -> list[str]:
    claims = [village.claim(f"S{n}", f"H{n}", "sweep", "03-31") for n in range(1, count + 1)]
    at = claims[0].submitted_at + timedelta(hours=1)
    decide_by_sheet(village.session, village.community, claims, "检查表3月", at)
    return [village.look(claim.ref).status for claim in claims]


def test_an_unsigned_sheet_is_the_groups_decision(village: Village) -> None:
    assert sheet(village) == ["approved"] * 3
    assert decisions(village) == 3
    found = village.session.scalars(select(Decision)).all()
    assert {(each.person_id, each.note) for each in found} == {(None, "检查表3月")}


def test_an_unsigned_sheet_is_not_five_peoples_decision(founding: Founding) -> None:
    village = founding(quorum(5))
    assert sheet(village) == ["pending"] * 3
    assert decisions(village) == 0


def test_an_unsigned_sheet_waits_where_everybody_is_barred(founding: Founding) -> None:
    village = founding(reviewers=1)
    village.person("r1", household="H1")
    assert sheet(village) == ["pending", "approved", "approved"]


def test_without_reviewers_no_sheet_decides(founding: Founding) -> None:
    assert sheet(founding(reviewers=0)) == ["pending"] * 3


def test_a_sheet_goes_on_to_the_next_stage(founding: Founding) -> None:
    village = founding(TWO_STAGES)
    assert sheet(village) == ["pending"] * 3
    assert waiting_for(village, "t1") == ["S1", "S2", "S3"]


def test_the_same_sheet_again_changes_nothing(village: Village) -> None:
    claims = [village.claim(f"S{n}", f"H{n}", "sweep", "03-31") for n in (1, 2)]
    for _ in range(2):
        decide_by_sheet(village.session, village.community, claims, "检查表", moment("04-01"))
    assert decisions(village) == 2
    decide_by_sheet(village.session, village.community, [], "检查表", moment("04-01"))


def test_a_graded_sheet_scores_what_it_says(founding: Founding) -> None:
    village = founding(rules(item("yard", "graded", points=15, per="month")))
    claims = [village.claim("S1", "H1", "yard", "03-31", score=12.5)]
    decide_by_sheet(village.session, village.community, claims, "检查表", moment("04-01"))
    village.close("2026-03")
    assert village.score("H1") == 12.5


def test_a_settled_years_claim_can_only_be_rejected(village: Village) -> None:
    """Forced, a year may be settled while claims wait: they earn nothing any more."""
    village.claim("C1", "H1", "sweep", "03-05")
    village.run()
    village.settle(force=Force("李镇长", "急"))
    with pytest.raises(Refused, match="2026 was settled"):
        village.decide("C1", at="2027-02-01")
    village.decide("C1", Verdict.REJECT, at="2027-02-01")
    assert village.look("C1").status == "rejected"


def test_a_sitting_asks_the_database_once_however_much_it_decides(founding: Founding) -> None:
    village = founding(quorum(2))
    refs = [f"C{number}" for number in range(20)]
    for ref in refs:
        village.claim(ref, "H1", "sweep", "03-05")
    sitting = Sitting(village.session, village.community, refs)
    asked: list[str] = []
    connection = village.session.connection()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    votes = (("r1", Verdict.APPROVE), ("r2", Verdict.APPROVE), ("r3", Verdict.REJECT))
    event.listen(connection, "before_cursor_execute", note)
    for ref in refs:
        for reviewer, verdict in votes:
            with suppress(Refused):  # the third comes after the quorum
                sitting.decide(ref, reviewer, verdict, "", moment("03-06"))
    assert asked == []
    event.remove(connection, "before_cursor_execute", note)
    assert {village.look(ref).status for ref in refs} == {"approved"}
    assert decisions(village) == 2 * len(refs)


def test_a_refused_decision_of_a_sitting_leaves_nothing_behind(founding: Founding) -> None:
    village = founding(quorum(2))
    village.claim("C1", "H1", "sweep", "03-05")
    village.person("k1", "clerk")
    sitting = Sitting(village.session, village.community, ["C1"])
    refused = (
        ("nobody", Verdict.APPROVE, "no person"),
        ("k1", Verdict.APPROVE, "not a reviewer"),
        ("r1", Verdict.REJECT, "says why"),
    )
    for reviewer, verdict, why in refused:
        with pytest.raises(Refused, match=why):
            sitting.decide("C1", reviewer, verdict, "", moment("03-06"))
    with pytest.raises(Refused, match="no claim"):
        sitting.decide("C2", "r1", Verdict.APPROVE, "", moment("03-06"))
    assert decisions(village) == 0
    first = sitting.decide("C1", "r1", Verdict.APPROVE, "", moment("03-06"))
    assert sitting.decide("C1", "r1", Verdict.APPROVE, "", moment("03-07")) is first
    with pytest.raises(Refused, match="another note"):
        sitting.decide("C1", "r1", Verdict.APPROVE, "again", moment("03-07"))
    with pytest.raises(Refused, match="otherwise"):
        sitting.decide("C1", "r1", Verdict.REJECT, "no", moment("03-07"))
    assert (decisions(village), village.look("C1").status) == (1, "pending")
