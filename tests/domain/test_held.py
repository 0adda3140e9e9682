"""What people do to a step: held, released, tried again, dropped; kept, and once."""

from collections.abc import Callable, Sequence

import pytest

from domain.community.adoption import adopt
from domain.cycle.due import Batch, Share, claim_due, next_due
from domain.cycle.interventions import acts_of, drop, hold, release, retry
from domain.cycle.occurrences import (
    coming,
    find_occurrence,
    finish,
    open_cycle,
    reschedule,
    take_step,
)
from domain.kernel.errors import BadInput, JifenError, Refused
from domain.kernel.period import Period
from domain.kernel.reasons import reason, told
from domain.operations.metrics import measure
from domain.operations.status import findings
from domain.rules.load import shipped
from domain.store.tables.cycle import Occurrence, StepState
from tests.domain.builders import Village, day, moment

Founding = Callable[..., Village]
MAAN = shipped("fuling-maan-2022")
AT = moment("04-07")
WHO = ("李运维", "村里还在核对名单")


@pytest.fixture
def open_village(founding: Founding) -> Village:
    """A village whose year is written and done up to the audit of March."""
    village = founding(MAAN)
    open_cycle(village.session, village.community, 2026)
    for row in village.session.query(Occurrence).filter(Occurrence.due_at < moment("04-05")):
        row.state, row.done_at = StepState.DONE, row.due_at
    village.session.flush()
    return village


def step_of(village: Village, process: str, step: str, period: str = "2026-03") -> Occurrence:
    found = find_occurrence(village.session, village.community, process, Period.parse(period), step)
    assert found is not None
    return found


def claimed(village: Village) -> list[tuple[str, str, str]]:
    return [(each.process, each.period, each.step) for each in batches(village)]


def batches(village: Village) -> Sequence[Batch]:
    return claim_due(village.session, AT, AT, Share())


def kept_acts(village: Village, occurrence: Occurrence) -> list[tuple[str, str, str]]:
    return [(each.act, each.by, each.why) for each in acts_of(village.session, occurrence)]


def test_a_held_step_waits_and_the_others_go_on(open_village: Village) -> None:
    village = open_village
    audit = step_of(village, "audit", "close")
    assert hold(village.session, audit, *WHO, AT)
    assert claimed(village) == [("publicity", "2026-Q1", "publish")]
    assert audit.state == "held"
    (found,) = [each for each in findings(village.session, None, AT) if each.what == "held"]
    assert found.about == "audit close 2026-03"
    assert found.why == "held by 李运维 because: 村里还在核对名单"
    assert found.command == (
        f"jifen step release audit -c {village.community.code} --period 2026-03 --step close"
        " --why TEXT"
    )
    (held,) = [
        each
        for each in coming(village.session, village.community, 2026)
        if (each.step.step, str(each.step.period)) == ("close", "2026-03")
    ]
    assert (held.state, told(held.why)) == ("held", "李运维暂停了这一步：村里还在核对名单")
    measured = measure(village.session, AT)
    assert measured.steps["audit", "close", StepState.HELD] == 1
    assert measured.lateness["audit"] == 0


def test_a_step_is_held_before_its_time_and_is_a_finding_at_once(open_village: Village) -> None:
    village = open_village
    settle = step_of(village, "settle", "settle", "2026")
    hold(village.session, settle, *WHO, AT)
    whats = {(each.what, each.about) for each in findings(village.session, None, AT)}
    assert ("held", "settle settle 2026") in whats


def test_what_is_released_is_due_again(open_village: Village) -> None:
    village = open_village
    audit = step_of(village, "audit", "close")
    due_at = audit.due_at
    hold(village.session, audit, *WHO, AT)
    assert next_due(village.session) != due_at
    assert release(village.session, audit, "王主任", "核对完了", AT)
    assert (audit.state, audit.due_at) == ("due", due_at)
    assert claimed(village) == [("audit", "2026-03", "close")]
    assert kept_acts(village, audit) == [("hold", *WHO), ("release", "王主任", "核对完了")]


def test_what_is_done_twice_changes_nothing(open_village: Village) -> None:
    village = open_village
    audit, report = (
        step_of(village, "audit", "close"),
        step_of(village, "settle", "preview", "2026"),
    )
    assert [hold(village.session, audit, *WHO, AT) for _ in range(2)] == [True, False]
    assert [release(village.session, audit, *WHO, AT) for _ in range(2)] == [True, False]
    assert not retry(village.session, audit, *WHO, AT)
    assert [drop(village.session, report, *WHO, AT) for _ in range(2)] == [True, False]
    assert len(kept_acts(village, audit)) == 2
    assert len(kept_acts(village, report)) == 1


def test_a_run_does_not_take_what_is_held(open_village: Village) -> None:
    village = open_village
    (batch,) = batches(village)
    audit = step_of(village, "audit", "close")
    hold(village.session, audit, *WHO, AT)
    for attempt in (batch.attempt, 0):
        why = take_step(
            village.session, village.community, "audit", Period.parse("2026-03"), "close", attempt
        )
        assert why is not None
        assert why.text("en") == "held: held by 李运维 because: 村里还在核对名单"
        for state in ("done", "blocked", "failed"):
            finish(
                village.session,
                village.community,
                "audit",
                Period.parse("2026-03"),
                "close",
                AT,
                state=StepState(state),
                attempt=attempt,
            )
    assert audit.state == StepState.HELD


@pytest.mark.parametrize("state", ["blocked", "failed"])
def test_the_latest_attempt_takes_its_step_again(open_village: Village, state: str) -> None:
    village = open_village
    month = Period.parse("2026-03")
    (batch,) = batches(village)
    step = (village.session, village.community, "audit", month, "close")
    assert take_step(*step, batch.attempt) is None
    finish(*step, AT, state=StepState(state), outcome="out of order", attempt=batch.attempt)
    # An attempt before it has no say.
    earlier = take_step(*step, batch.attempt + 1)
    assert earlier == reason("taken_over_by", attempt=batch.attempt)
    assert take_step(*step, batch.attempt) is None
    finish(*step, AT, attempt=batch.attempt)
    why = take_step(*step, batch.attempt)
    assert why is not None
    assert why.text() == "已于2026-04-07 00:00办结"


def test_what_was_given_back_is_the_clocks(open_village: Village) -> None:
    village = open_village
    (batch,) = batches(village)
    audit = step_of(village, "audit", "close")
    audit.state = StepState.DUE
    step = (village.session, village.community, "audit", Period.parse("2026-03"), "close")
    why = take_step(*step, batch.attempt)
    assert why is not None
    assert why.code == "step_waits"
    finish(*step, AT, state=StepState.FAILED, outcome="late news", attempt=batch.attempt)
    assert audit.state == "due"


def test_who_tries_again_does_not_wait_for_the_clocks_hour(open_village: Village) -> None:
    village = open_village
    (batch,) = batches(village)
    audit = step_of(village, "audit", "close")
    for state in ("blocked", "failed"):
        audit.state = StepState(state)
        assert ("audit", "2026-03", "close") not in claimed(village)
        assert retry(village.session, audit, *WHO, AT)
        (again,) = [each for each in batches(village) if each.process == "audit"]
        assert again.attempt > batch.attempt
    assert kept_acts(village, audit) == [("retry", *WHO)] * 2


def test_only_what_nothing_rests_on_is_dropped(open_village: Village) -> None:
    village = open_village
    dropped, refusals = set(), set()
    for row in village.session.query(Occurrence).filter(Occurrence.state == "due"):
        try:
            drop(village.session, row, *WHO, AT)
        except Refused as refusal:
            refusals.add(refusal.why.code)
        else:
            dropped.add((row.process, row.step.partition("_")[0]))
    assert dropped == {
        ("audit", "remind"),
        ("audit", "oversee"),
        ("objections", "remind"),
        ("objections", "window"),
        ("settle", "preview"),
        ("settle", "remind"),
    }
    assert refusals == {"step_needed"}


def test_another_calendar_does_not_bring_back_what_was_dropped(open_village: Village) -> None:
    village = open_village
    preview = step_of(village, "settle", "preview", "2026")
    preview.moved_why = "the calendar"
    drop(village.session, preview, *WHO, AT)
    adopt(village.session, village.community, shipped("wulong-changba-2023"), day("07-01"), AT)
    reschedule(village.session, village.community, "another calendar")
    assert preview.state == "dropped"
    assert "李运维" in told(preview.outcome)
    assert release(village.session, preview, *WHO, AT)
    assert preview.state == "due"


def test_what_the_calendar_moves_stays_held(open_village: Village) -> None:
    village = open_village
    audit = step_of(village, "audit", "close", "2026-08")
    hold(village.session, audit, *WHO, AT)
    before = audit.due_at
    review = MAAN.review.model_copy(update={"due": MAAN.review.due.model_copy(update={"day": 8})})
    later = MAAN.model_copy(update={"version": "later", "review": review})
    adopt(village.session, village.community, later, day("07-01"), AT)
    reschedule(village.session, village.community, "another scheme")
    assert (audit.state, audit.due_at > before) == ("held", True)


@pytest.mark.parametrize(
    ("state", "act", "sentence"),
    [
        ("done", hold, "is done"),
        ("dropped", hold, "release it first"),
        ("done", release, "is done"),
        ("blocked", release, "retry it"),
        ("failed", release, "retry it"),
        ("dropped", release, "was not dropped by a person"),
        ("claimed", retry, "is being done"),
        ("held", retry, "release it first"),
        ("done", retry, "is done"),
        ("dropped", retry, "release it first"),
        ("done", drop, "is done"),
        ("claimed", drop, "is being done"),
    ],
)
def test_what_cannot_be_done_is_refused_and_leaves_nothing(
    open_village: Village, state: str, act: Callable[..., bool], sentence: str
) -> None:
    preview = step_of(open_village, "settle", "preview", "2026")
    preview.state = StepState(state)
    open_village.session.flush()
    with pytest.raises(Refused, match=sentence):
        act(open_village.session, preview, *WHO, AT)
    assert preview.state == state
    assert kept_acts(open_village, preview) == []


@pytest.mark.parametrize(("by", "why"), [("", "because"), ("me", " "), (" ", ""), ("x" * 101, "w")])
def test_who_and_why_are_wanted(open_village: Village, by: str, why: str) -> None:
    audit = step_of(open_village, "audit", "close")
    for act in (hold, retry, release, drop):
        audit.state = {retry: StepState.FAILED, release: StepState.HELD}.get(act, StepState.DUE)
        open_village.session.flush()
        subject = audit if act is not drop else step_of(open_village, "settle", "preview", "2026")
        with pytest.raises((BadInput, JifenError)):
            act(open_village.session, subject, by, why, AT)
        assert kept_acts(open_village, subject) == []


def test_a_step_that_the_cycle_does_not_have_may_be_dropped(open_village: Village) -> None:
    village = open_village
    stray = Occurrence(
        community_id=village.community.id,
        process="audit",
        period="2026-Q1",
        step="close",
        due_at=AT,
        state=StepState.BLOCKED,
    )
    village.session.add(stray)
    village.session.flush()
    assert drop(village.session, stray, *WHO, AT)
    assert stray.state == "dropped"
