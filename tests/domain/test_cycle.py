"""The review cycle: what falls due when, each thing once, in the order of its doing."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.community.adoption import adopt
from domain.community.registry import versions_of
from domain.cycle.calendar import WorkingDays
from domain.cycle.due import Share
from domain.cycle.occurrences import (
    coming,
    find_occurrence,
    finish,
    keep_open,
    occurrences_of,
    open_cycle,
)
from domain.cycle.plan import Step, plan, sort_key
from domain.kernel.errors import Refused
from domain.kernel.local_time import local_date, local_text
from domain.kernel.period import Period
from domain.operations.status import findings
from domain.rules.evaluate import Version
from domain.rules.load import ruleset_ids, shipped
from domain.rules.schema import Ruleset
from domain.store.tables.cycle import StepState
from tests.domain.builders import CLEARING, Village, day, moment, review, rules
from tests.rules.builders import SOURCE, item

Founding = Callable[..., Village]
MAAN = shipped("fuling-maan-2022")
CHANGBA = shipped("wulong-changba-2023")


def planned(terms: Ruleset, year: int = 2026, since: str = "2024-01-01") -> list[Step]:
    return plan([Version(day(since), terms)], year)


def due(steps: list[Step], process: str, period: str, step: str) -> str:
    """When a step is due, as people read it."""
    (found,) = [
        each
        for each in steps
        if (each.process, str(each.period), each.step) == (process, period, step)
    ]
    return local_text(found.due_at)


def named(steps: list[Step], process: str, step: str) -> list[str]:
    return [str(each.period) for each in steps if (each.process, each.step) == (process, step)]


def test_maans_year_as_the_office_knows_it() -> None:
    steps = planned(MAAN)
    assert due(steps, "collect", "2026", "open") == "2026-01-01 00:00"
    assert due(steps, "collect", "2026-03", "collect") == "2026-04-01 00:00"
    assert due(steps, "audit", "2026-09", "remind_1") == "2026-09-28 09:00"
    assert due(steps, "audit", "2026-09", "remind_2") == "2026-09-30 09:00"
    assert due(steps, "audit", "2026-03", "close") == "2026-04-05 23:59"
    assert due(steps, "publicity", "2026-Q1", "publish") == "2026-04-06 09:00"
    assert due(steps, "publicity", "2026-Q1", "close") == "2026-04-13 23:59"
    assert due(steps, "settle", "2026", "preview") == "2027-01-06 09:01"
    assert due(steps, "settle", "2026", "settle") == "2027-01-14 00:00"
    assert due(steps, "settle", "2026", "clear") == "2027-01-31 23:59"
    assert due(steps, "objections", "2026-Q1", "window") == "2026-04-13 09:00"
    assert due(steps, "objections", "2026-Q4", "window") == "2027-01-13 09:00"
    # Three times before the last window closes, and the morning after.
    reminders = [due(steps, "settle", "2026", f"remind_{number}") for number in (1, 2, 3, 4)]
    assert reminders == [
        "2027-01-08 09:00",
        "2027-01-12 09:00",
        "2027-01-13 09:00",
        "2027-01-14 09:00",
    ]
    assert named(steps, "audit", "close") == [f"2026-{n:02}" for n in range(1, 13)]
    assert named(steps, "publicity", "publish") == [f"2026-Q{n}" for n in range(1, 5)]
    assert named(steps, "redemption", "close") == []
    assert named(steps, "report", "report") == []


def test_changba_redeems_by_half_years_and_reports_in_june_and_december() -> None:
    steps = planned(CHANGBA)
    assert due(steps, "redemption", "2026-H1", "close") == "2026-07-01 00:00"
    assert due(steps, "redemption", "2026-H2", "close") == "2027-01-01 00:00"
    assert due(steps, "report", "2026-H1", "report") == "2026-06-18 09:00"
    assert due(steps, "report", "2026-H2", "report") == "2026-12-04 09:00"


def test_longyuzhuang_audits_by_quarter_and_opens_each() -> None:
    steps = planned(shipped("longyuzhuang"))
    assert named(steps, "audit", "close") == ["2026-03", "2026-06", "2026-09", "2026-12"]
    assert named(steps, "collect", "open") == ["2026", *(f"2026-Q{n}" for n in range(1, 5))]
    assert due(steps, "collect", "2026-Q2", "open") == "2026-04-01 00:00"
    assert due(steps, "publicity", "2026-Q1", "close") == "2026-04-09 23:59"
    assert named(steps, "settle", "clear") == []


def test_ninghe_is_never_cleared() -> None:
    assert named(planned(shipped("ninghe")), "settle", "clear") == []


@pytest.mark.parametrize("scheme", ruleset_ids())
@pytest.mark.parametrize("year", [2025, 2026, 2041])
def test_every_step_of_every_scheme_is_due_once_and_in_its_time(scheme: str, year: int) -> None:
    terms = shipped(scheme)
    steps = planned(terms, year)
    assert steps
    keys = [(step.process, step.period, step.step) for step in steps]
    assert len(set(keys)) == len(keys)
    assert steps == sorted(steps, key=sort_key)
    for step in steps:
        assert step.due_at.tzinfo is not None
        assert step.period.year == year
        reminder = step.step.startswith(("remind", "window"))
        assert reminder or step.process == "report" or step.due_at >= _earliest(step)
        assert local_date(step.due_at) <= date(year + 1, 3, 1)


def _earliest(step: Step) -> datetime:
    """No period is closed before it is over."""
    first = step.period.start if step.step == "open" else step.period.end + timedelta(days=1)
    return moment(str(first))


@pytest.mark.parametrize("scheme", ruleset_ids())
def test_each_step_comes_after_what_it_needs(scheme: str) -> None:
    order = {
        (step.process, str(step.period), step.step): number
        for number, step in enumerate(planned(shipped(scheme)))
    }
    for quarter in range(1, 5):
        last = f"2026-{3 * quarter:02}"
        chain = [
            ("collect", last, "collect"),
            ("audit", last, "close"),
            ("publicity", f"2026-Q{quarter}", "publish"),
            ("publicity", f"2026-Q{quarter}", "close"),
        ]
        if quarter == 4:
            chain += [("settle", "2026", "settle"), ("settle", "2026", "clear")]
        places = [order[step] for step in chain if step in order]
        assert len(places) >= 4
        assert places == sorted(places)
    assert order["publicity", "2026-Q4", "publish"] < order["settle", "2026", "preview"]
    assert order["collect", "2026", "open"] == 0


def test_steps_due_at_the_same_moment_have_an_order() -> None:
    steps = planned(CHANGBA)
    at = [step for step in steps if local_text(step.due_at) == "2026-07-01 00:00"]
    assert [(step.process, step.step) for step in at] == [
        ("collect", "collect"),
        ("redemption", "close"),
    ]


@given(
    year=st.integers(2020, 2040),
    starts=st.lists(
        st.dates(date(2019, 6, 1), date(2041, 6, 1)), min_size=1, max_size=3, unique=True
    ),
    data=st.data(),
)
def test_whatever_is_adopted_when_a_plan_has_each_step_once(
    year: int, starts: list[date], data: st.DataObject
) -> None:
    schemes = [data.draw(st.sampled_from(ruleset_ids())) for _ in starts]
    versions = [Version(on, shipped(each)) for on, each in zip(starts, schemes, strict=True)]
    steps = plan(versions, year)
    assert steps == plan(list(reversed(versions)), year)
    keys = [(step.process, step.period, step.step) for step in steps]
    assert len(set(keys)) == len(keys)
    assert steps == sorted(steps, key=sort_key)
    first = min(starts)
    assert bool(steps) == (first.year <= year)
    for step in steps:
        assert step.period.year == year
        assert step.period.end >= first


def test_a_scheme_that_starts_in_the_year_has_no_steps_before() -> None:
    steps = planned(CHANGBA, since="2026-05-20")
    assert due(steps, "collect", "2026", "open") == "2026-05-20 00:00"
    assert named(steps, "audit", "close")[0] == "2026-05"
    assert named(steps, "publicity", "publish")[0] == "2026-Q2"
    assert named(steps, "report", "report") == ["2026-H1", "2026-H2"]
    assert planned(CHANGBA, since="2026-06-25")[0].period == Period.parse("2026")
    assert named(planned(CHANGBA, since="2026-06-25"), "report", "report") == ["2026-H2"]
    assert planned(CHANGBA, 2025, since="2026-05-20") == []


def test_reports_are_those_of_the_version_then_in_force() -> None:
    versions = [Version(day("2024-01-01"), MAAN), Version(day("07-01"), CHANGBA)]
    assert named(plan(versions, 2026), "report", "report") == ["2026-H2"]
    back = [Version(day("2024-01-01"), CHANGBA), Version(day("07-01"), MAAN)]
    assert named(plan(back, 2026), "report", "report") == ["2026-H1"]


def test_a_year_is_cleared_after_its_last_window_even_where_that_closes_late() -> None:
    late = rules(closing={**CLEARING, "clears_on": "01-02"})
    steps = planned(late)
    assert due(steps, "settle", "2026", "clear") == due(steps, "settle", "2026", "settle")
    named = [step.step for step in steps if not step.step.startswith("remind")]
    assert named[-2:] == ["settle", "clear"]


def test_reminders_are_on_working_days() -> None:
    calendar = WorkingDays(days_off={day("04-03")})
    versions = [Version(day("2024-01-01"), rules(review=review(reminders_working_days=[1])))]
    steps = plan(versions, 2026, calendar)
    assert due(steps, "audit", "2026-03", "remind_1") == "2026-04-02 09:00"


def written(village: Village) -> list[tuple[str, str, str, str]]:
    return [
        (each.process, each.period, each.step, each.state)
        for each in occurrences_of(village.session, village.community)
    ]


def test_a_cycle_is_written_once(founding: Founding) -> None:
    village = founding(MAAN)
    count = open_cycle(village.session, village.community, 2026)
    assert count == len(planned(MAAN)) == len(written(village))
    assert open_cycle(village.session, village.community, 2026) == 0
    assert [each[:3] for each in written(village)] == [
        (step.process, str(step.period), step.step) for step in planned(MAAN)
    ]


def test_a_change_of_rules_adds_what_is_missing_and_keeps_what_is_done(
    founding: Founding,
) -> None:
    village = founding(rules(item("sweep", points=3)))
    open_cycle(village.session, village.community, 2026)
    done(village, "audit", "2026-01", "close", "02-06")
    later = rules(item("yard", "base", points=40, per="quarter"), version="2")
    adopt(village.session, village.community, later, day("07-01"), moment("06-01"))
    assert open_cycle(village.session, village.community, 2026) == 2
    assert ("audit", "2026-01", "close", "done") in written(village)
    assert [each[1] for each in written(village) if each[2] == "open"] == [
        "2026",
        "2026-Q3",
        "2026-Q4",
    ]


def done(
    village: Village,
    process: str,
    period: str,
    step: str,
    at: str,
    state: str = "done",
    outcome: str = "",
) -> None:
    finish(
        village.session,
        village.community,
        process,
        Period.parse(period),
        step,
        moment(at),
        state=StepState(state),
        outcome=outcome,
    )


def state(village: Village, process: str, period: str, step: str) -> str | None:
    found = find_occurrence(village.session, village.community, process, Period.parse(period), step)
    return found.state if found else None


def test_what_became_of_a_step_is_kept(founding: Founding) -> None:
    village = founding(MAAN)
    open_cycle(village.session, village.community, 2026)
    step = ("audit", "2026-03", "close")
    done(village, *step, "04-06", state="blocked", outcome="undecided")
    assert state(village, *step) == "blocked"
    done(village, *step, "04-07", outcome="registered")
    done(village, *step, "04-08", state="failed", outcome="late")
    found = find_occurrence(
        village.session, village.community, "audit", Period.parse("2026-03"), "close"
    )
    assert found is not None
    assert (found.state, found.outcome, found.done_at) == ("done", "registered", moment("04-07"))


@pytest.mark.parametrize("opened", [True, False])
def test_collecting_early_does_not_end_the_months_collecting(
    founding: Founding, opened: bool
) -> None:
    village = founding(MAAN)
    if opened:
        open_cycle(village.session, village.community, 2026)
    done(village, "collect", "2026-03", "collect", "03-15")
    assert state(village, "collect", "2026-03", "collect") in ("due", None)
    open_cycle(village.session, village.community, 2026)
    assert state(village, "collect", "2026-03", "collect") == "due"
    done(village, "collect", "2026-03", "collect", "04-01")
    assert state(village, "collect", "2026-03", "collect") == "done"


def test_what_no_cycle_wrote_is_kept_too(founding: Founding) -> None:
    village = founding(MAAN)
    done(village, "audit", "2026-03", "close", "04-06")
    assert state(village, "audit", "2026-03", "close") == "done"


def test_steps_done_by_hand_do_not_keep_the_service_from_opening_the_cycle(
    founding: Founding,
) -> None:
    village = founding(MAAN)
    done(village, "collect", "2026", "open", "01-01")
    done(village, "audit", "2026-03", "close", "04-06")
    assert keep_open(village.session, moment("2026-04-07")) > 0
    assert state(village, "audit", "2026-04", "close") == "due"
    assert state(village, "audit", "2026-03", "close") == "done"
    assert keep_open(village.session, moment("2026-04-08")) == 0


def test_what_was_done_by_hand_is_shown_beside_the_plan(founding: Founding) -> None:
    village = founding(MAAN)
    before = [each.step for each in coming(village.session, village.community, 2026)]
    done(village, "collect", "2026", "open", "01-01")
    after = coming(village.session, village.community, 2026)
    assert [each.step for each in after] == before
    assert [each.state for each in after] == ["done"] + ["planned"] * (len(before) - 1)


def test_what_is_coming_is_as_written_else_as_planned(founding: Founding) -> None:
    village = founding(MAAN)
    before = coming(village.session, village.community, 2026)
    assert {each.state for each in before} == {"planned"}
    open_cycle(village.session, village.community, 2026)
    done(village, "collect", "2026", "open", "01-01")
    after = coming(village.session, village.community, 2026)
    assert [each.step for each in after] == [each.step for each in before]
    assert after[0].state == "done"
    assert {each.state for each in after[1:]} == {"due"}


def test_januarys_calendar_shows_what_is_left_of_last_year(founding: Founding) -> None:
    village = founding(MAAN)
    open_cycle(village.session, village.community, 2026)
    for process, period, step, _ in written(village):
        if period < "2026-11" and period != "2026" and (period, step) != ("2026-03", "close"):
            done(village, process, period, step, "2026-12-01")
    shown = [
        (str(each.step.period), each.step.step)
        for each in coming(village.session, village.community, 2027)
        if each.step.period.year == 2026 and each.state != "done"
    ]
    assert ("2026-12", "close") in shown
    assert ("2026", "settle") in shown
    assert ("2026-03", "close") in shown
    assert ("2026-05", "close") not in shown
    of_2026 = coming(village.session, village.community, 2026)
    assert {each.step.period.year for each in of_2026} == {2026}


def test_a_community_before_its_first_ruleset_has_no_steps(founding: Founding) -> None:
    village = founding(since="07-01")
    assert plan(versions_of(village.session, village.community), 2025) == []
    assert open_cycle(village.session, village.community, 2025) == 0


def test_findings_name_what_is_late_blocked_overdue_and_disputed(founding: Founding) -> None:
    village = founding(MAAN)
    open_cycle(village.session, village.community, 2026)
    at = moment("04-06")
    for _, period, step, _ in written(village):
        found = find_occurrence(
            village.session, village.community, "audit", Period.parse(period), step
        )
        if found is not None and found.due_at < moment("04-05"):
            done(village, "audit", period, step, "04-05")
    done(village, "audit", "2026-03", "close", "04-06", state="blocked", outcome="undecided")
    village.claim("C1", "H1", "8", "02-05")
    village.award("C2", "H1", "8", on="02-06")
    village.close("2026-02")
    village.object("O1", "C2", "H2", at="03-10")
    seen = findings(village.session, village.community, at)
    whats = [(each.what, each.about) for each in seen]
    assert ("blocked", "audit close 2026-03") in whats
    assert ("late", "collect open 2026") in whats
    assert ("late", "collect collect 2026-03") in whats
    assert ("waiting", "overdue claims") in whats
    assert ("waiting", "objection O1") in whats
    assert not any("2026-Q1" in about for _, about in whats)
    assert all(each.advice for each in seen)


def test_a_quiet_community_has_no_findings(village: Village) -> None:
    village.tick("03-01")
    assert findings(village.session, village.community, moment("03-01")) == []


def test_plan_of_rules_that_audit_by_quarter_for_part_of_a_year(founding: Founding) -> None:
    """Each month's end belongs to exactly one audit that the cycle closes and may close."""
    quarterly = rules(item("sweep", points=3), audit={"every": "quarter", **SOURCE})
    village = founding(quarterly)
    adopt(
        village.session,
        village.community,
        rules(item("sweep", points=3), version="2"),
        day("08-10"),
        moment("06-01"),
    )
    steps = plan(versions_of(village.session, village.community), 2026)
    closes = named(steps, "audit", "close")
    assert closes == ["2026-03", "2026-06", "2026-08", "2026-09", "2026-10", "2026-11", "2026-12"]
    for period in closes:
        village.close(period)
    with pytest.raises(Refused, match="audits by quarter"):
        village.close("2026-07")


@given(st.integers(1, 5000), st.integers(1, 200), st.integers(1, 2000), st.integers(1, 16))
def test_a_step_is_cut_into_as_many_runs_as_are_done_at_once(
    communities: int, least: int, most: int, at_once: int
) -> None:
    found = [(f"c{number}", number) for number in range(communities)]
    parts = Share(least, most, at_once).parts(found)
    assert [each for part in parts for each in part] == found
    assert all(0 < len(part) <= most for part in parts)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert len(parts) == max(min(at_once, communities // least), -(-communities // most))
