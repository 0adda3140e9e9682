"""Nobody waits for nobody: claims that no registered person may decide are found, and why; a year
whose working days nobody has announced is found, too."""

from collections.abc import Callable

from holidays.countries.china import ChinaStaticHolidays
from sqlalchemy.orm import Session

from domain.community.registry import register_kin
from domain.cycle.calendar import ANNOUNCED_YEARS
from domain.cycle.occurrences import finish, occurrences_of, open_cycle, reschedule
from domain.cycle.town_days import DayOfNotice, announced_years, take_notice, working_days
from domain.kernel.period import Period
from domain.operations.status import findings
from domain.store.tables.claims import Verdict
from tests.domain.builders import Village, day, moment, review, rules, stage

Founding = Callable[..., Village]
BEFORE_THE_DEADLINE = moment("04-01T12:00")


def said(village: Village, subject: str = "undecidable", at: str = "") -> list[tuple[int, str]]:
    """The findings of a kind: how many claims, and why."""
    when = moment(at) if at else BEFORE_THE_DEADLINE
    seen = findings(village.session, village.community, when)
    return [(each.count, each.why) for each in seen if each.subject == subject]


def test_people_of_other_households_are_enough(village: Village) -> None:
    village.claim("C1", "H1", "sweep", "03-05")
    assert said(village) == []


def test_nobody_is_registered(founding: Founding) -> None:
    village = founding(rules(), reviewers=0)
    assert said(village) == [
        (0, "“group” needs 1 to decide, 0 registered; claims that wait for it: 0")
    ]
    village.claim("C1", "H1", "sweep", "03-05")
    assert said(village) == [
        (1, "“group” needs 1 to decide, 0 registered; claims that wait for it: 1")
    ]


def test_one_of_five_assessors_is_no_group(founding: Founding) -> None:
    terms = rules(review=review(stage("group", quorum=5)))
    village = founding(terms, reviewers=1)
    village.claim("C1", "H1", "sweep", "03-05")
    ((count, why),) = said(village)
    assert count == 1
    assert why.startswith("“group的评议” needs 5 to decide, 1 registered")


def test_a_later_stage_without_anybody_is_named_before_a_claim_comes_there(
    founding: Founding,
) -> None:
    terms = rules(review=review(stage("group"), stage("second", role="committee")))
    village = founding(terms)
    village.claim("C1", "H1", "sweep", "03-05")
    assert [(count, "second" in why) for count, why in said(village)] == [(0, True)]
    village.decide("C1")
    assert [count for count, _ in said(village)] == [1]
    village.person("c9", "committee")
    assert said(village) == []


def test_the_only_reviewers_own_household_and_kin(founding: Founding) -> None:
    village = founding(rules(), reviewers=0)
    village.person("r9", household="H1")
    register_kin(village.session, village.community, "H1", "H2")
    for at, home in enumerate(("H1", "H2", "H3"), 1):
        village.claim(f"C{at}", home, "sweep", "03-05")
    ((count, why),) = said(village)
    assert count == 2
    assert why.startswith("“group” needs 1 to decide; the others are barred")
    village.decide("C3", by="r9")
    assert [count for count, _ in said(village)] == [2]
    village.person("r8", household="H3")
    assert said(village) == []


def test_crosswise_assessors_of_the_own_group_do_not_count(founding: Founding) -> None:
    village = founding(rules(review=review(crosswise=True)), reviewers=0)
    village.person("r9", area="一组")
    village.find("H1").area = "一组"
    village.find("H2").area = "二组"
    village.claim("C1", "H1", "sweep", "03-05")
    village.claim("C2", "H2", "sweep", "03-05")
    assert [count for count, _ in said(village)] == [1]


def test_what_is_decided_is_not_waited_for(founding: Founding) -> None:
    village = founding(rules(), reviewers=1)
    village.person("r9", household="H1")
    village.claim("C1", "H1", "sweep", "03-05")
    village.decide("C1", Verdict.REJECT)
    assert said(village) == []


def test_this_release_knows_the_years_that_its_library_knows() -> None:
    assert ANNOUNCED_YEARS[-1] == max(ChinaStaticHolidays.special_public_holidays)


def test_a_year_that_is_not_announced_is_found_from_november_on(village: Village) -> None:
    unknown = ANNOUNCED_YEARS[-1] + 1
    assert unknown == 2027, "choose the years of this test again"
    open_cycle(village.session, village.community, 2026)
    assert said(village, "calendar", "10-31") == []
    ((_, why),) = said(village, "calendar", "11-01")
    assert why.startswith("the working days of 2027 are not announced in this version")
    notice = [
        DayOfNotice(day("2027-01-01"), False, "元旦"),
        DayOfNotice(day("2027-01-03"), True, "补班"),
    ]
    take_notice(village.session, notice, moment("11-02"))
    assert said(village, "calendar", "11-03") == []
    assert 2027 in announced_years(village.session)


def test_a_towns_own_day_goes_before_the_countrys(session: Session, village: Village) -> None:
    sunday, friday = day("2027-01-03"), day("2027-01-01")
    take_notice(session, [DayOfNotice(sunday, True, "补班")], moment("11-02"))
    assert working_days(session, village.community).is_working(sunday)
    assert not working_days(session, village.community).is_working(friday)
    take_notice(session, [DayOfNotice(sunday, False, "更正")], moment("11-03"))
    assert not working_days(session, village.community).is_working(sunday)


def test_a_notice_moves_the_reminders_and_nothing_else(village: Village) -> None:
    open_cycle(village.session, village.community, 2026)
    # The 4th is a Monday: made a day off, the last reminder before the 5th comes a day earlier.
    take_notice(village.session, [DayOfNotice(day("2027-01-04"), False, "调休")], moment("11-02"))
    moved = reschedule(village.session, village.community, "放假安排")
    assert moved
    assert {row.process for row in moved} == {"audit"}
    assert all(row.step.startswith("remind") for row in moved)


def test_a_step_done_by_hand_is_no_plan_that_could_move(village: Village) -> None:
    year = Period(2026, "year", 1)
    finish(village.session, village.community, "collect", year, "open", moment("01-05"))
    assert reschedule(village.session, village.community, "调休") == []
    assert len(occurrences_of(village.session, village.community)) == 1
