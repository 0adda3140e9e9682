"""The audit: what is approved is registered, what is not is carried over; base and joining."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select

from domain.audit.books import open_books, welcome
from domain.audit.close import close_audit, is_closed
from domain.community.adoption import adopt
from domain.community.leaving import leave
from domain.community.registry import versions_of
from domain.cycle.plan import plan
from domain.kernel.errors import Refused
from domain.kernel.local_time import start_of_day
from domain.kernel.period import Period
from domain.ledger.verify import verify
from domain.rules.load import shipped
from domain.rules.schema import Ruleset
from domain.store.database import reading, writing
from domain.store.tables.claims import Claim, Verdict
from tests.domain.builders import Village, day, found, moment, review, rules, stage
from tests.domain.threads import at_once
from tests.rules.builders import SOURCE, cap, item

Founding = Callable[..., Village]
QUARTERLY = rules(
    item("base", "base", points=20, per="year"),
    item("yard", "base", points=40, per="quarter"),
    item("sweep", points=3),
    audit={"every": "quarter", **SOURCE},
)


def test_approved_claims_are_registered(village: Village) -> None:
    village.award("C1", "H1")
    village.award("C2", "H2", "fine")
    done = village.close("2026-03")
    assert (done.registered, done.entries, done.carried, done.again) == (2, 5, 0, False)
    assert (village.score("H1"), village.score("H2"), village.score("H3")) == (9, 1, 6)
    assert village.look("C1").registered == "2026-03"
    assert village.acts() == ["audit:2026-03"]
    assert verify(village.session) == []


def test_kinds_and_the_clause_stand_in_the_ledger(village: Village) -> None:
    village.award("C1", "H1")
    village.award("C2", "H1", "fine")
    village.close("2026-03")
    assert village.entries("H1") == [
        ("base", "2026", 6),
        ("deduction", "C2", -5),
        ("award", "C1", 3),
    ]
    line = village.lines("H1")[-1]
    assert (line.reason, line.period, line.year) == ("made up for a test", "2026-03", 2026)


def test_rejected_claims_earn_nothing(village: Village) -> None:
    village.claim("C1", "H1", "sweep", "03-05")
    village.decide("C1", Verdict.REJECT)
    assert village.close("2026-03").registered == 0
    assert village.score("H1") == 6
    assert village.look("C1").registered is None


def test_a_second_run_changes_nothing(village: Village) -> None:
    village.award("C1", "H1")
    village.close("2026-03")
    before = village.count(), village.acts()
    again = village.close("2026-03", at="05-01")
    assert again.again
    assert (village.count(), village.acts()) == before


def test_undecided_claims_are_carried_over_and_overdue(village: Village) -> None:
    village.claim("C1", "H1", "sweep", "03-05")
    assert village.close("2026-03").carried == 1
    assert (village.look("C1").audit, village.look("C1").carried) == ("2026-04", 1)
    assert village.close("2026-04").carried == 1
    assert (village.look("C1").audit, village.look("C1").carried) == ("2026-05", 2)
    village.decide("C1", at="05-20")
    assert village.close("2026-05").registered == 1
    claim = village.look("C1")
    assert (claim.registered, claim.carried, claim.audit) == ("2026-05", 2, "2026-05")


def test_what_is_decided_in_time_is_registered_beside_what_is_not(village: Village) -> None:
    village.award("C1", "H1")
    village.claim("C2", "H1", "sweep", "03-06")
    done = village.close("2026-03")
    assert (done.registered, done.carried) == (1, 1)


def test_a_claim_decided_after_the_deadline_joins_the_next_audit(village: Village) -> None:
    village.claim("C1", "H1", "sweep", "03-05")
    village.decide("C1", at="04-10")
    assert village.close("2026-03").registered == 0
    assert village.close("2026-04").registered == 1
    assert village.look("C1").registered == "2026-04"


def test_a_claim_submitted_late_joins_the_next_audit(village: Village) -> None:
    village.close("2026-03")
    village.award("C1", "H1", on="03-05", at="04-20")
    assert village.look("C1").audit == "2026-04"
    village.close("2026-04")
    assert village.look("C1").registered == "2026-04"
    assert village.lines("H1")[-1].period == "2026-04"


def test_a_late_claim_counts_under_caps_by_its_day(founding: Founding) -> None:
    village = founding(rules(item("sweep", points=3, caps=[cap("c", 5, "month")])))
    village.award("C1", "H1", on="03-20")
    village.close("2026-03")
    village.award("C2", "H1", on="03-05", at="04-20")
    village.award("C3", "H1", on="04-05")
    village.close("2026-04")
    assert village.entries("H1") == [
        ("award", "C1", 3),
        ("correction", "C1", -1),
        ("award", "C2", 3),
        ("award", "C3", 3),
    ]


def test_an_audit_is_not_closed_before_its_month_is_over(village: Village) -> None:
    with pytest.raises(Refused, match="2026-03 is not over"):
        village.close("2026-03", at="03-31T23:59")


def test_before_the_deadline_it_is_closed_only_if_all_is_decided(village: Village) -> None:
    village.claim("C1", "H1", "sweep", "03-05")
    with pytest.raises(
        Refused, match=r"claims of ma社区 that are undecided: 1;.*open until 2026-04-05 23:59"
    ):
        village.close("2026-03", at="04-02")
    village.decide("C1", at="04-02")
    assert village.close("2026-03", at="04-02T01:00").registered == 1


def test_undecided_claims_of_earlier_audits_count_as_undecided(village: Village) -> None:
    village.claim("C1", "H1", "sweep", "02-05")
    with pytest.raises(Refused, match="undecided"):
        village.close("2026-03", at="04-02")


def test_claims_of_later_months_wait_for_their_audit(village: Village) -> None:
    village.award("C1", "H1", on="04-02")
    village.claim("C2", "H1", "sweep", "04-03")
    done = village.close("2026-03", at="04-04")
    assert (done.registered, done.carried) == (0, 0)
    assert village.look("C2").audit == "2026-04"


def test_after_an_outage_the_next_audit_takes_all(village: Village) -> None:
    village.award("C1", "H1", on="01-05")
    village.award("C2", "H1", on="02-05")
    assert village.close("2026-03").registered == 2
    assert village.close("2026-01").registered == 0
    assert village.score("H1") == 12


def test_claims_of_december_decided_in_january_count_in_their_year(village: Village) -> None:
    village.claim("C1", "H1", "sweep", "12-30")
    village.decide("C1", at="2027-01-04")
    assert village.close("2026-12").registered == 1
    assert (village.score("H1"), village.score("H1", 2027)) == (9, 0)


def test_an_open_year_is_still_audited_in_the_next(village: Village) -> None:
    """December's claim that missed its deadline counts in its year, not in the next one."""
    village.claim("C1", "H1", "sweep", "12-30")
    village.close("2026-12")
    village.decide("C1", at="2027-01-10")
    village.close("2027-01")
    assert village.look("C1").registered == "2027-01"
    assert (village.score("H1"), village.score("H1", 2027)) == (9, 6)


def test_quarterly_schemes_audit_by_quarter(founding: Founding) -> None:
    village = founding(QUARTERLY)
    village.award("C1", "H1", on="01-05")
    assert village.look("C1").audit == "2026-03"
    for month in ("2026-01", "2026-02"):
        with pytest.raises(Refused, match="audits by quarter"):
            village.close(month)
    village.claim("C2", "H1", "sweep", "02-05")
    done = village.close("2026-03")
    assert (done.registered, done.carried) == (1, 1)
    assert village.look("C2").audit == "2026-06"


def test_longyuzhuang_gives_its_bases_by_year_and_quarter(founding: Founding) -> None:
    village = founding(shipped("longyuzhuang"))
    village.open()
    assert village.score("H1") == 60
    village.open("2026-Q1")
    assert village.score("H1") == 140
    village.open("2026-Q2")
    assert village.score("H1") == 220
    assert village.acts() == ["base:2026", "base:2026-Q1", "base:2026-Q2"]


def test_books_opened_late_hold_their_own_period_only(founding: Founding) -> None:
    village = founding(QUARTERLY)
    village.open("2026-Q2", at="07-20")
    assert village.entries("H1") == [("base", "2026-Q2", 40)]
    village.open("2026", at="07-20")
    assert village.score("H1") == 60


def test_books_are_opened_once(village: Village) -> None:
    assert village.open().entries == 3
    again = village.open(at="02-01")
    assert (again.entries, again.again) == (0, True)
    assert village.acts() == ["base:2026"]


def test_a_household_that_joins_later_gets_its_base_in_full(village: Village) -> None:
    village.open()
    village.home("H9", enrolled_on="09-10")
    assert welcome(village.session, village.community, moment("09-09")).entries == 0
    assert welcome(village.session, village.community, moment("09-10")).entries == 1
    assert welcome(village.session, village.community, moment("09-11")).entries == 0
    assert village.score("H9") == 6
    assert village.lines("H9")[0].period == "2026-09"


def test_households_joining_at_the_same_moment_are_all_welcome(village: Village) -> None:
    village.open()
    for code in ("H8", "H9"):
        village.home(code, enrolled_on="09-10")
        assert welcome(village.session, village.community, moment("09-10")).entries == 1
        assert village.score(code) == 6


def test_nobody_is_welcome_before_the_books_are_open(village: Village) -> None:
    assert welcome(village.session, village.community, moment("02-01")).entries == 0
    assert village.acts() == []


def test_a_household_that_nobody_welcomed_gets_its_base_at_the_audit(village: Village) -> None:
    village.open()
    village.home("H9", enrolled_on="02-10")
    village.close("2026-03")
    assert village.score("H9") == 6


def test_a_household_that_joins_later_gets_the_quarters_base_too(founding: Founding) -> None:
    village = founding(QUARTERLY)
    village.open()
    village.open("2026-Q1")
    village.open("2026-Q2")
    village.home("H9", enrolled_on="05-20")
    welcome(village.session, village.community, moment("05-20"))
    assert village.entries("H9") == [("base", "2026", 20), ("base", "2026-Q2", 40)]


def test_a_scheme_that_starts_in_the_year_opens_with_its_base(founding: Founding) -> None:
    village = founding(since="07-01")
    village.open(at="07-01")
    assert village.score("H1") == 6


OUTSIDERS = rules(
    participants={"opt_in": False, "outsiders": {"months": 6, "consent": True}, **SOURCE}
)


@pytest.mark.parametrize(
    ("since", "consent", "base_on"),
    [
        ("2026-01-15", True, "07-15"),
        ("2025-08-31", True, "02-28"),
        ("2025-01-01", True, "01-01"),
        ("2026-01-15", False, None),
        (None, True, None),
    ],
)
def test_outsiders_take_part_after_six_months_with_consent(
    founding: Founding, since: str | None, consent: bool, base_on: str | None
) -> None:
    village = founding(OUTSIDERS)
    village.open()
    village.home(
        "H9",
        registered=False,
        resident_since=date.fromisoformat(since) if since else None,
        consent=consent,
    )

    def welcomed(on: date) -> int:
        return welcome(village.session, village.community, start_of_day(on)).entries

    if base_on is None:
        assert not welcomed(day("12-31"))
        return
    if base_on != "01-01":
        assert not welcomed(day(base_on) - timedelta(days=1))
    assert welcomed(day(base_on))
    assert not welcomed(day("12-31"))


def test_residents_registered_here_need_no_consent(founding: Founding) -> None:
    village = founding(OUTSIDERS)
    village.open()
    assert village.score("H1") == 6


def test_a_household_that_left_earns_no_more(founding: Founding) -> None:
    village = founding(QUARTERLY)
    village.open("2026-Q1")
    leave(village.session, village.community, "H1", day("03-10"), "迁出")
    village.award("C1", "H1", on="03-10")
    village.award("C2", "H1", on="03-11")
    village.open("2026-Q2")
    village.close("2026-06")
    assert village.entries("H1") == [
        ("base", "2026-Q1", 40),
        ("base", "2026", 20),
        ("award", "C1", 3),
    ]


def test_leaving_recorded_late_is_corrected(founding: Founding) -> None:
    village = founding(QUARTERLY)
    village.open("2026-Q1")
    village.open("2026-Q2")
    village.award("C1", "H1", on="02-11")
    village.close("2026-03")
    leave(village.session, village.community, "H1", day("02-10"), "迁出")
    village.close("2026-06")
    assert village.score("H1") == 60
    assert ("correction", "2026-Q2", -40) in village.entries("H1")
    assert ("correction", "C1", -3) in village.entries("H1")


def test_a_higher_honour_later_is_a_correction_by_audit(founding: Founding) -> None:
    terms = rules(
        item("town", points=50, highest_of="moral"), item("city", points=200, highest_of="moral")
    )
    village = founding(terms)
    village.award("C1", "H1", "town", on="03-05")
    village.close("2026-03")
    village.award("C2", "H1", "city", on="04-05")
    village.award("C3", "H1", "town", on="04-06", matter="另一件")
    village.close("2026-04")
    assert village.entries("H1") == [
        ("award", "C1", 50),
        ("award", "C2", 200),
        ("correction", "C1", -50),
        ("award", "C3", 50),
    ]


def test_zeroing_takes_back_what_was_gained_until_then(founding: Founding) -> None:
    village = founding(shipped("fuling-maan-2022"))
    village.open()
    village.award("C1", "H1", "13", on="03-05")
    village.close("2026-03")
    village.award("C2", "H1", "N1", on="04-05")
    village.award("C3", "H1", "12", on="04-06")
    village.close("2026-04")
    assert village.entries("H1")[-2:] == [("award", "C3", 4), ("zeroing", "C2", -16)]
    assert village.score("H1") == 4


def test_an_accident_voids_earlier_awards_by_correction(founding: Founding) -> None:
    village = founding(shipped("baoshan-2023"))
    village.person("k1", stages=["committee"])
    for ref, code, on in (("C1", "rental-rules", "03-05"), ("C2", "accident", "04-05")):
        village.claim(ref, "H1", code, on)
        village.decide(ref)
        village.decide(ref, by="k1", stage="committee")
        village.close(f"2026-{on[:2]}")
    assert village.entries("H1") == [("award", "C1", 10), ("correction", "C1", -10)]


def two_versions(village: Village, later: Ruleset, on: str) -> None:
    adopt(village.session, village.community, later, day(on), moment("02-01"))


def test_claims_keep_the_version_of_their_day(founding: Founding) -> None:
    village = founding(rules(item("sweep", points=3)))
    dearer = {"source": "新规一", "reason": None}
    quoted = [{"id": "新规一", "text": "打扫每次5分。", "people": "made up"}]
    later = rules(item("sweep", points=5) | dearer, version="2", clauses=quoted)
    two_versions(village, later, "03-15")
    village.award("C1", "H1", on="03-14")
    village.award("C2", "H1", on="03-15")
    village.close("2026-03")
    assert village.entries("H1") == [("award", "C1", 3), ("award", "C2", 5)]
    assert [line.reason for line in village.lines("H1")] == ["made up for a test", "新规一"]


def test_base_is_given_once_though_the_rules_change(founding: Founding) -> None:
    village = founding(rules(item("base", "base", points=6, per="year")))
    village.open()
    two_versions(village, rules(item("base", "base", points=9, per="year"), version="2"), "03-15")
    village.home("H9", enrolled_on="05-01")
    village.close("2026-05")
    assert (village.score("H1"), village.score("H9")) == (6, 9)


@pytest.mark.parametrize("on", ["02-15", "03-01"])
def test_a_change_of_the_audits_cadence_leaves_no_claim_behind(founding: Founding, on: str) -> None:
    """From quarters to months: the audits are those that the cycle plans."""
    village = founding(rules(item("sweep", points=3), audit={"every": "quarter", **SOURCE}))
    two_versions(village, rules(item("sweep", points=3), version="2"), on)
    for number, each in enumerate(("01-10", "02-10", "02-20", "03-10"), start=1):
        village.award(f"C{number}", "H1", on=each)
    steps = plan(versions_of(village.session, village.community), 2026)
    audits = [str(step.period) for step in steps if (step.process, step.step) == ("audit", "close")]
    for month in audits[:4]:
        village.close(month)
    assert village.score("H1") == 12


def test_a_version_is_not_adopted_for_days_that_are_registered(village: Village) -> None:
    village.award("C1", "H1", on="03-05")
    village.close("2026-03")
    later = rules(item("sweep", points=5), version="2")
    with pytest.raises(Refused, match=r"registered.*2026-03-06"):
        adopt(village.session, village.community, later, day("03-05"), moment("04-20"))
    adopt(village.session, village.community, later, day("03-06"), moment("04-20"))


def test_an_item_without_a_value_is_refused_by_name(founding: Founding) -> None:
    village = founding(rules(item("plus", points=None)))
    village.award("C1", "H1", "plus")
    with pytest.raises(Refused, match="claim C1: item plus has no adopted value"):
        village.close("2026-03")


def test_a_community_without_households_or_claims_is_audited(founding: Founding) -> None:
    village = founding(households=0)
    assert village.open().entries == 0
    assert village.close("2026-03").entries == 0
    assert village.acts() == ["base:2026", "audit:2026-03"]


def test_one_communitys_audit_leaves_the_others_alone(founding: Founding) -> None:
    ma, bao = founding(), founding(code="bao")
    ma.award("C1", "H1")
    bao.award("C1", "H1")
    ma.close("2026-03")
    assert (ma.score("H1"), bao.score("H1")) == (9, 0)
    assert bao.look("C1").registered is None
    assert not is_closed(bao.session, bao.community, Period.parse("2026-03"))


def test_two_clerks_closing_at_once_close_it_once(engine: Engine) -> None:
    with writing(engine) as session:
        village = found(session)
        village.award("C1", "H1")

    def close() -> bool:
        with writing(engine) as session:
            done = close_audit(session, village.community, Period.parse("2026-03"), moment("04-06"))
            return done.again

    assert sorted(at_once(*[close] * 4)) == [False, True, True, True]
    with reading(engine) as session:
        assert Village(session, village.community).count() == 4
        assert verify(session) == []


def test_joining_is_noticed_once_whoever_looks(engine: Engine) -> None:
    with writing(engine) as session:
        village = found(session)
        village.open()
        village.home("H9", enrolled_on="02-01")

    def look(second: int) -> int:
        with writing(engine) as session:
            at = moment(f"02-01T10:00:0{second}")
            return welcome(session, village.community, at).entries

    assert sorted(at_once(*[lambda n=n: look(n) for n in range(4)])) == [0, 0, 0, 1]


def test_a_decision_while_the_audit_closes_is_in_it_or_in_the_next(engine: Engine) -> None:
    """What is registered is posted: never one without the other."""
    with writing(engine) as session:
        village = found(session, rules(review=review(stage("group"))))
        for number in range(8):
            village.claim(f"C{number}", "H1", "sweep", "03-05")

    def decide(number: int) -> None:
        with writing(engine) as session:
            Village(session, village.community).decide(f"C{number}", at="04-05")

    def close() -> None:
        with writing(engine) as session:
            close_audit(session, village.community, Period.parse("2026-03"), moment("04-06"))

    at_once(close, *[lambda n=n: decide(n) for n in range(8)])
    with reading(engine) as session:
        inside = Village(session, village.community)
        registered = session.scalars(select(Claim).where(Claim.registered.is_not(None))).all()
        assert inside.score("H1") == 6 + 3 * len(registered)
    with writing(engine) as session:
        inside = Village(session, village.community)
        inside.close("2026-04")
        assert inside.score("H1") == 6 + 3 * 8


def test_books_of_a_settled_year_stay_shut(village: Village) -> None:
    village.run()
    village.settle()
    at = moment("2027-01-20")
    village.home("H9")
    for period in ("2026", "2026-Q1"):
        done = open_books(village.session, village.community, Period.parse(period), at)
        assert (done.entries, done.again) == (0, True)
    village.close("2027-01")
    assert village.score("H9") == 0
