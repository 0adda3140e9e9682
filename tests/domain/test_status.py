"""What operators see: each kind of trouble is found, says whom it waits for, and what to do."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, update
from sqlalchemy.orm import Session

from domain.community.registry import register_kin
from domain.kernel.local_time import local_date
from domain.kernel.reasons import kept, reason
from domain.operations.finding import Finding, counted, gather
from domain.operations.leases import drop_lease
from domain.operations.metrics import measure
from domain.operations.status import findings
from domain.review.awaited import awaited, undecided_by_stage
from domain.review.sitting import decide, queue
from domain.store.database import writing
from domain.store.tables.claims import RefusedRow, Verdict
from domain.store.tables.cycle import Lease, Occurrence, StepState
from domain.store.tables.outbox import Delivery, Message, MessageState
from domain.store.tables.people import Community
from domain.store.tables.rules import Adoption
from tests.domain.builders import Village, found, moment, review, rules, stage

Founding = Callable[..., Village]
AT = moment("04-10T12:00")


def step(village: Village, state: str = "due", due: str = "04-06", **more: Any) -> Occurrence:
    """The audit of March at its close, unless something else is said."""
    plain = {"process": "audit", "period": "2026-03", "step": "close"}
    row = Occurrence(
        community_id=village.community.id,
        state=StepState(state),
        due_at=moment(due),
        **plain | more,
    )
    village.session.add(row)
    village.session.flush()
    return row


def seen(village: Village, at: datetime = AT) -> list[Finding]:
    return findings(village.session, village.community, at)


def tick(village: Village, at: datetime = AT) -> None:
    """A clock is at work."""
    lease = Lease(name="clock", holder="c1", until=at + timedelta(seconds=90))
    village.session.merge(lease)
    village.session.flush()


def test_a_late_step_says_since_when_and_which_command_does_it(village: Village) -> None:
    tick(village)
    step(village)
    (late,) = seen(village)
    assert (late.what, late.about, late.since) == ("late", "audit close 2026-03", moment("04-06"))
    assert late.why == "was due at 2026-04-06 00:00"
    assert late.advice == "`jifen audit -c ma --period 2026-03 --step close`"


def test_a_step_that_the_clock_has_not_come_to_yet_is_not_late(village: Village) -> None:
    tick(village)
    step(village, due="04-10T11:55")
    step(village, due="04-11", period="2026-04")
    assert seen(village) == []


@pytest.mark.parametrize("state", ["done", "dropped"])
def test_what_is_over_is_no_finding(village: Village, state: str) -> None:
    step(village, state)
    assert seen(village) == []


def test_a_failed_step_says_why_and_in_which_run(village: Village) -> None:
    step(village, "failed", outcome="OperationalError", run="0c5f7a4e")
    (failed,) = seen(village)
    assert (failed.what, failed.why, failed.run) == ("failed", "OperationalError", "0c5f7a4e")
    assert "--step close" in failed.advice


def test_a_run_without_a_sign_of_life_is_late(village: Village) -> None:
    row = step(village, "claimed", claimed_at=moment("04-10T11:45"), run="r")
    assert seen(village) == []
    row.claimed_at = moment("04-10T11:00")
    (late,) = seen(village)
    assert (late.what, late.run) == ("late", "r")
    assert "no sign of life" in late.why


def test_no_clock_at_work_while_steps_are_due(village: Village) -> None:
    step(village)
    stalled, late = seen(village)
    assert (stalled.what, stalled.subject, stalled.count) == ("stalled", "clock", 1)
    assert "jifen doctor" in stalled.advice
    tick(village)
    assert seen(village) == [late]
    assert [each.what for each in seen(village, AT + timedelta(minutes=2))] == ["stalled", "late"]
    drop_lease(village.session, "clock", "c1")
    village.session.flush()
    assert seen(village)[0].what == "stalled"


def test_a_community_that_no_clock_has_taken_up(founding: Founding) -> None:
    """Nothing was ever run in it, nor planned for it, though its scheme has been in force."""
    village = founding()
    village.community.added_at = moment("01-01T08:00")
    (stalled,) = seen(village)
    assert (stalled.what, stalled.subject, stalled.count) == ("stalled", "clock", 1)
    assert stalled.since == moment("01-01T08:00")
    assert "jifen doctor" in stalled.advice
    (everywhere,) = findings(village.session, None, AT)
    assert everywhere == stalled
    tick(village)  # it will be taken up now
    assert seen(village) == []
    later = AT + timedelta(minutes=2)  # than the clock's last sign of life
    assert [each.subject for each in seen(village, later)] == ["clock"]
    village.community.added_at = later - timedelta(minutes=1)
    assert seen(village, later) == []  # it has only just been added
    assert [each.subject for each in seen(village, later + timedelta(hours=1))] == ["clock"]
    step(village, due="12-31")  # its year is open
    assert seen(village, later + timedelta(hours=1)) == []


def test_a_scheme_that_is_not_in_force_yet_misses_no_clock(founding: Founding) -> None:
    village = founding()
    village.community.added_at = moment("01-01T08:00")
    village.session.execute(update(Adoption).values(starts_on=moment("05-01").date()))
    assert seen(village) == []
    village.session.execute(update(Adoption).values(starts_on=moment("04-10").date()))
    assert [each.subject for each in seen(village)] == ["clock"]


def test_communities_with_and_without_a_plan_are_one_standstill(session: Session) -> None:
    for code in ("v1", "v2", "v3"):
        found(session, code=code).community.added_at = moment("03-01")
    step(Village(session, session.scalars(select(Community)).all()[0]))
    stalled, late = findings(session, None, AT)
    assert (stalled.what, stalled.count, stalled.since) == ("stalled", 3, moment("03-01"))
    assert late.what == "late"


def test_a_clock_without_work_is_not_missed(village: Village) -> None:
    step(village, "blocked", outcome="x")
    assert [each.what for each in seen(village)] == ["blocked"]


def test_a_blocked_step_names_the_step_before_it_and_those_who_have_not_decided(
    founding: Founding,
) -> None:
    village = founding(rules(review=review(stage("group", 2), stage("town", 1, "town"))))
    for number, ref in enumerate(("C1", "C2", "C3"), start=1):
        village.claim(ref, f"H{number}", "sweep", "03-05")
    for ref in ("C1", "C2", "C3"):
        village.decide(ref, by="r1", stage="group")
    village.decide("C1", by="r2", stage="group")
    village.claim("C4", "H1", "sweep", "04-05")  # its audit's month is not over
    tick(village)
    step(village, due="04-06")
    step(
        village,
        "blocked",
        due="04-06T09:00",
        process="publicity",
        period="2026-Q1",
        step="publish",
        outcome="the audit of 2026-03 is not closed",
    )
    late, blocked = seen(village)
    assert late.what == "late"
    assert blocked.after == ("audit", "close", "2026-03")
    assert [(each.stage, each.claims, each.people) for each in blocked.awaits] == [
        ("group", 2, ("r2", "r3")),
        ("town", 1, ("t1",)),
    ]
    assert blocked.why == (
        "the audit of 2026-03 is not closed; before it: audit close 2026-03;"
        " waits for group: r2, r3 (2); town: t1 (1)"
    )
    assert "王" not in blocked.why


def test_those_awaited_in_several_communities_are_named_with_them(session: Session) -> None:
    for code in ("v1", "v2", "v3", "v4"):
        village = found(session, code=code)
        village.claim("C1", "H1", "sweep", "03-05")
        step(village, "blocked", outcome="the audit is open")
    (blocked,) = gather(findings(session, None, AT))
    (waits,) = blocked.awaits
    assert (waits.claims, len(waits.people), waits.more) == (4, 8, 4)
    assert blocked.why.endswith(
        "waits for group: v1/r1, v1/r2, v1/r3, v2/r1, v2/r2, v2/r3, v3/r1, v3/r2 and 4 more (4)"
    )


def test_those_awaited_are_those_whose_queue_holds_something(founding: Founding) -> None:
    """The sums say the same as each reviewer's own queue: kin, own household, own area, votes."""
    terms = rules(review=review(stage("group", 2), stage("town", 1, "town"), crosswise=True))
    village = founding(terms, households=6, reviewers=0)
    for number, area in enumerate(("东", "东", "西", "西", "", ""), start=1):
        village.find(f"H{number}").area = area
    village.person("east", household="H1", area="东")
    village.person("west", household="H3", area="西")
    village.person("kin", household="H5")
    village.person("both", "reviewer", "town", household="H2", area="西")
    village.person("last", "reviewer", stages=["town"])
    session, community = village.session, village.community
    register_kin(session, community, "H5", "H6")

    def compare() -> None:
        waiting = awaited(session, local_date(AT), None, "2026-04").get(community.id, ())
        people = ("both", "east", "kin", "last", "r9", "t1", "west")
        expected: dict[str, set[str]] = {}
        claims: dict[str, int] = {}
        for each in queue(session, community):
            claims[each.stage] = claims.get(each.stage, 0) + 1
        for code in people:
            for each in queue(session, community, village.who(code)):
                expected.setdefault(each.stage, set()).add(code)
        assert {each.stage: each.claims for each in waiting} == claims
        assert {each.stage: set(each.people) for each in waiting if each.people} == expected
        by_stage = undecided_by_stage(session, local_date(AT))
        assert by_stage == {(community.id, name): count for name, count in claims.items()}

    village.person("r9")
    compare()
    for number in range(1, 7):
        village.claim(f"C{number}", f"H{number}", "sweep", "03-05")
        compare()
    for ref, voter in (
        ("C1", "west"),
        ("C1", "kin"),
        ("C3", "east"),
        ("C3", "r9"),
        ("C6", "r9"),
        ("C5", "r9"),
        ("C5", "east"),
        ("C5", "both"),
    ):
        if village.look(ref).stage == 0:
            decide(session, community, ref, voter, Verdict.APPROVE, "", AT)
        compare()
    for ref in ("C1", "C3"):
        decide(session, community, ref, "t1", Verdict.APPROVE, "", AT, "town")
        compare()


def test_overdue_claims_open_objections_and_refused_rows(village: Village) -> None:
    tick(village)
    village.award("C1", "H1", on="03-05")
    village.object("O1", "C1", "H1", at="04-01")
    village.claim("C2", "H2", "sweep", "03-07", carried=1)
    village.session.add(
        RefusedRow(
            community_id=village.community.id,
            kind="claims",
            file="a.csv",
            row=3,
            column="item",
            value="x",
            reason="unknown",
            content={},
            digest="0" * 64,
            refused_at=moment("04-01"),
        )
    )
    by_subject = {each.subject: each for each in seen(village)}
    assert by_subject["claims"].count == 1
    assert by_subject["objections"].what == "waiting"
    assert "jifen objection resolve O1" in by_subject["objections"].advice
    assert by_subject["refused"].advice == "`jifen import refused ma --out refused.xlsx`"
    tick(village, moment("05-30"))
    # Past its deadline, it still waits for people: the service is not late.
    later = {each.subject: each for each in seen(village, moment("05-30"))}
    assert {each.what for each in later.values()} == {"waiting"}
    assert later["unanswered"].about == "objection O1"
    assert "jifen objection resolve O1" in later["unanswered"].advice


def message(village: Village, occasion: str, state: str, written: str, **more: Any) -> None:
    village.session.add(
        Message(
            community_id=village.community.id,
            recipient="r1",
            occasion=occasion,
            template="reminder",
            facts={},
            written_at=moment(written),
            state=MessageState(state),
            **more,
        )
    )
    village.session.flush()


def test_undelivered_messages_and_people_without_an_address(village: Village) -> None:
    tick(village)
    message(village, "a", "dead", "04-01")
    message(village, "b", "dead", "04-02")
    message(village, "c", "sent", "04-02")
    message(village, "d", "unaddressed", "04-03")
    message(village, "e", "unaddressed", "02-03")
    dead, unaddressed = seen(village)
    assert (dead.what, dead.count, dead.since) == ("dead", 2, moment("04-01"))
    assert (unaddressed.what, unaddressed.count) == ("waiting", 1)
    assert "jifen outbox resend -c ma" in dead.advice


def test_an_outbox_that_nobody_empties(village: Village) -> None:
    tick(village)
    message(village, "a", "waiting", "04-10T09:30")  # the person's turn comes tomorrow
    message(village, "b", "waiting", "04-10T11:00", urgent=True)
    assert seen(village) == []
    message(village, "c", "waiting", "04-10T09:30", urgent=True)
    message(village, "d", "waiting", "04-09T09:30")
    village.session.add(
        Delivery(
            community_id=village.community.id,
            recipient="r1",
            turn=1,
            channel="c",
            shown="x://",
            bot="b",
            next_at=moment("04-10T08:00"),
        )
    )
    (stuck,) = seen(village)
    assert (stuck.what, stuck.subject, stuck.count) == ("stalled", "outbox", 3)
    assert stuck.since == moment("04-09T09:30")
    assert findings(village.session, None, AT, moment("04-08")) == []


def test_the_same_trouble_in_many_communities_is_one_line(session: Session) -> None:
    villages = [found(session, code=f"v{number:02}", households=1) for number in range(12)]
    tick(villages[0])
    for village in villages:
        step(village)
    step(villages[3], "failed", period="2026-02", outcome="DataError", run="x")
    everything = findings(session, None, AT)
    assert counted(everything) == {
        "stalled": 0,
        "failed": 1,
        "dead": 0,
        "late": 12,
        "risk": 0,
        "held": 0,
        "blocked": 0,
        "waiting": 0,
    }
    failed, late = gather(everything)
    assert (failed.communities, failed.run) == (("v03",), "x")
    assert (late.count, len(late.communities)) == (12, 12)
    # Too many to name: for all, the command skips those that are done.
    assert late.advice == "`jifen audit --period 2026-03 --step close`"
    few = gather(each for each in everything if each.communities[0] < "v02")
    assert few[0].advice == "`jifen audit -c v00,v01 --period 2026-03 --step close`"


def test_of_many_communities_the_first_steps_are_named_and_the_others_counted(
    village: Village,
) -> None:
    tick(village)
    for number in range(1, 10):
        step(village, due=f"03-{number:02}", step=f"s{number}")
    step(village, "failed", due="04-01", step="s10", outcome="DataError")
    assert len(seen(village)) == 10
    named = findings(village.session, None, AT)
    assert [(each.what, each.step, each.count) for each in named] == [
        ("failed", "s10", 1),
        ("late", "s1", 1),
        ("late", "s2", 1),
        ("late", "s3", 1),
        ("late", "s4", 1),
        ("late", "", 5),
    ]
    assert named[-1].command == "jifen status -c ma"
    assert counted(named)["late"] == counted(seen(village))["late"] == 9


def test_many_communities_take_no_more_queries_than_one(engine: Engine) -> None:
    counts = []
    for size in (1, 30):
        with writing(engine) as session:
            for number in range(size):
                village = found(session, code=f"n{size}-{number}", households=1, reviewers=1)
                village.claim("C1", "H1", "sweep", "03-05")
                step(village)
                step(village, "blocked", process="publicity", period="2026-Q1", step="publish")
        statements: list[str] = []

        def note(
            _c: Any, _cursor: Any, statement: str, *_: Any, kept: list[str] = statements
        ) -> None:
            kept.append(statement)

        with writing(engine) as session:
            event.listen(engine, "before_cursor_execute", note)
            everything = findings(session, None, AT)
            event.remove(engine, "before_cursor_execute", note)
        assert len([each for each in everything if each.awaits]) >= size
        counts.append(len(statements))
    assert counts[0] == counts[1] < 40


def test_five_blocked_steps_make_no_sixth_late(village: Village) -> None:
    tick(village)
    for number in range(1, 8):
        step(village, "blocked", due=f"03-{number:02}", step=f"s{number}", outcome="x")
    assert {each.what for each in findings(village.session, None, AT)} == {"blocked"}
    assert counted(findings(village.session, None, AT))["blocked"] == 7
    step(village, due="04-01", step="close")
    assert counted(findings(village.session, None, AT))["late"] == 1


def test_a_late_step_says_why_it_was_given_back(village: Village) -> None:
    tick(village)
    row = step(village, outcome=kept(reason("engine_took_nothing")))
    assert "engine did not answer" in seen(village)[0].why
    row.process, row.outcome = (
        "collect",
        "3 accepted",
    )  # what an evening's collection did, the last time
    assert seen(village)[0].why == "was due at 2026-04-06 00:00"


def test_what_waits_for_people_is_not_measured_as_late(village: Village) -> None:
    step(village, "blocked")
    measured = measure(village.session, AT)
    assert (measured.lateness["audit"], measured.blocked["audit"]) == (0, 4.5 * 86400)
    step(village, step="remind_1")
    assert measure(village.session, AT).lateness["audit"] == 4.5 * 86400
