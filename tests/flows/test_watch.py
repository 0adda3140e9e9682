"""Operators are told of trouble once, again when it changed, and once when it is over."""

import threading
from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from domain.community.registry import find_community
from domain.cycle.catalogue import CATALOGUE
from domain.cycle.interventions import BY_ENGINE, hold, release
from domain.operations.finding import URGENCY, Finding
from domain.operations.leases import CLOCK_LEASE
from domain.operations.standstill import no_clock, stuck_outbox
from domain.review.awaited import Awaited
from domain.store.database import reading, writing
from domain.store.tables.cycle import Alarm, Lease, Occurrence, StepState
from domain.store.tables.outbox import Message, MessageState
from domain.store.tables.people import Community
from flows.catalogue import FLOWS
from flows.watch import letters as flows_watch
from flows.watch.sights import WatchSettings
from notifications.letters.troubles import OWN_LETTERS, finding_facts
from notifications.outbox.hours import Hours
from notifications.outbox.messages import render_message
from notifications.texts.catalogue import LOCALES, load_texts
from tests.catalogue import findings
from tests.domain.builders import Village, found, moment

pytestmark = pytest.mark.both_databases

AT = moment("04-10T12:00")
MANNER = WatchSettings(operators=("json://127.0.0.1:9/x",), ui="http://127.0.0.1:4200")
MINUTE = timedelta(minutes=1)


def watch_alone(engine: Engine, at: datetime, manner: WatchSettings) -> int:
    """With what the probes find of clock and outbox."""
    with reading(engine) as session:
        found = [*no_clock(session, at), *stuck_outbox(session, manner.outbox_before(at))]
    troubles = flows_watch.troubles_at(engine, at, found)
    lasts = {each.key for each in troubles if each.finding.what != "late"}
    return flows_watch.watch(engine, at, manner, troubles, lasts)


@pytest.fixture
def founding(engine: Engine) -> Callable[..., None]:
    def make(*codes: str, operators: bool = True) -> None:
        with writing(engine) as session:
            for code in codes or ("ma",):
                village = found(session, code=code)
                if operators:
                    village.person("op", "operator", notify=["json://127.0.0.1:9/op"])
            tick(session)

    return make


def tick(session: Session, until: datetime = AT + CLOCK_LEASE) -> None:
    session.merge(Lease(name="clock", holder="c", until=until))


def watch(engine: Engine, at: datetime, manner: WatchSettings) -> int:
    """Keep the watch while a clock is at work."""
    with writing(engine) as session:
        tick(session, at + CLOCK_LEASE)
    return watch_alone(engine, at, manner)


def fail(engine: Engine, attempt: int = 1, state: str = "failed", code: str = "ma") -> None:
    with writing(engine) as session:
        community = _community(session, code)
        row = session.scalar(
            select(Occurrence).where(
                Occurrence.community_id == community.id, Occurrence.period == "2026-03"
            )
        )
        if row is None:
            row = Occurrence(
                community_id=community.id,
                process="audit",
                period="2026-03",
                step="close",
                due_at=moment("04-06"),
            )
            session.add(row)
        row.state, row.attempt, row.outcome, row.run = StepState(state), attempt, "DataError", "abc"


def _community(session: Session, code: str) -> Community:

    return find_community(session, code)


def letters(engine: Engine, locale: str = "en") -> list[tuple[str, str, str]]:
    """To whom, title, body; of all that were written."""
    with reading(engine) as session:
        query = select(Message).where(Message.template.in_(OWN_LETTERS)).order_by(Message.id)
        return [(each.recipient, *render_message(each, locale)) for each in session.scalars(query)]


def test_a_failure_is_told_once_and_again_when_it_failed_again_and_its_end_once(
    engine: Engine, founding: Callable[..., None]
) -> None:
    founding()
    assert watch(engine, AT, MANNER) == 0
    fail(engine)
    assert watch(engine, AT, MANNER) == 2
    assert watch(engine, AT + MINUTE, MANNER) == 0
    (_, title, body), other = letters(engine)
    assert {letters(engine)[0][0], other[0]} == {"op", "operators"}
    assert title == "[Points service] Troubles to be seen to: 1"
    assert "failed: ma社区, monthly audit of 2026-03 (close)" in body
    assert "DataError" in body
    assert "jifen audit -c ma --period 2026-03 --step close" in body
    assert "http://127.0.0.1:4200/runs/flow-run/abc" in body

    fail(engine, 2, "claimed")  # an operator tries it: nothing to say yet
    assert watch(engine, AT + 2 * MINUTE, MANNER) == 0
    fail(engine, 2)
    assert watch(engine, AT + 3 * MINUTE, MANNER) == 2
    fail(engine, 3, "done")
    assert watch(engine, AT + 4 * MINUTE, MANNER) == 2
    assert watch(engine, AT + 5 * MINUTE, MANNER) == 0
    assert [title for to, title, _ in letters(engine) if to == "op"] == [
        "[Points service] Troubles to be seen to: 1",
        "[Points service] Troubles to be seen to: 1",
        "[Points service] Troubles that are over: 1",
    ]
    with reading(engine) as session:
        assert session.scalars(select(Alarm)).all() == []


def test_what_prefect_holds_is_told_once_and_what_a_person_holds_is_not(
    engine: Engine, founding: Callable[..., None]
) -> None:
    """Who presses a button in Prefect need not know that it holds a step for good."""
    founding("ma", "an")
    for code in ("ma", "an"):
        fail(engine, state="due", code=code)
    with writing(engine) as session:
        for by, code in ((BY_ENGINE, "ma"), ("王五", "an")):
            row = session.scalars(
                select(Occurrence).where(Occurrence.community_id == _community(session, code).id)
            ).one()
            hold(session, row, by, "近期计划被删除", AT)
    assert watch(engine, AT, MANNER) == 2
    assert watch(engine, AT + MINUTE, MANNER) == 0
    (_, _, body), *_ = letters(engine)
    assert "近期计划被删除" in body
    assert "an社区" not in body
    assert "jifen step release audit -c ma --period 2026-03 --step close --why TEXT" in body
    with writing(engine) as session:
        for row in session.scalars(select(Occurrence).where(Occurrence.state == "held")).all():
            release(session, row, "王五", "可以办", AT)
    assert watch(engine, AT + 2 * MINUTE, MANNER) == 2


def test_many_failures_are_one_letter(engine: Engine, founding: Callable[..., None]) -> None:
    codes = tuple(f"v{number:02}" for number in range(30))
    founding(*codes, operators=False)
    for code in codes:
        fail(engine, code=code)
    # The installation's operators hear of all; there is nothing that a town's contact can do.
    assert watch(engine, AT, MANNER) == 1
    body = next(body for to, _, body in letters(engine) if to == "operators")
    assert "v00社区, v01社区, v02社区 and others, 30 communities in all" in body
    assert "`" not in body
    assert [to for to, _, _ in letters(engine)] == ["operators"]


def test_the_clocks_standstill_and_its_return(
    engine: Engine, founding: Callable[..., None]
) -> None:
    founding()
    fail(engine, state="due")
    with writing(engine) as session:
        tick(session, AT - MINUTE)
    assert watch_alone(engine, AT, MANNER) == 1
    assert watch_alone(engine, AT + MINUTE, MANNER) == 0
    (to, _, body), *_ = letters(engine)
    assert to == "operators"
    assert "no clock is at work" in body
    assert watch(engine, AT + 2 * MINUTE, MANNER) == 1
    assert "Over:\n- the clock" in letters(engine)[-1][2]


def test_without_operators_of_the_installation_each_address_hears_once(
    engine: Engine, founding: Callable[..., None]
) -> None:
    founding("ma", "bs")
    fail(engine, state="due")
    with writing(engine) as session:
        session.execute(update(Lease).values(until=AT - MINUTE))
    assert watch_alone(engine, AT, WatchSettings()) == 1
    assert [to for to, _, _ in letters(engine)] == ["op"]


def dead(engine: Engine, occasion: str, template: str = "reminder") -> None:
    with writing(engine) as session:
        session.add(
            Message(
                community_id=_community(session, "ma").id,
                recipient="r1",
                occasion=occasion,
                template=template,
                facts={},
                written_at=AT - MINUTE,
                state=MessageState.DEAD,
            )
        )


def test_each_new_dead_letter_is_told_but_never_one_of_our_own(
    engine: Engine, founding: Callable[..., None]
) -> None:
    founding()
    dead(engine, "a")
    assert watch(engine, AT, MANNER) == 3  # an address is something that a town's contact can get
    with writing(engine) as session:
        session.execute(
            update(Message).where(Message.template.in_(OWN_LETTERS)).values(state="dead")
        )
    assert watch(engine, AT + MINUTE, MANNER) == 0
    dead(engine, "b")
    assert watch(engine, AT + 2 * MINUTE, MANNER) == 3
    assert "not accepted: 2" in letters(engine)[-1][2]
    with writing(engine) as session:
        session.execute(update(Message).where(Message.recipient == "r1").values(state="sent"))
    assert watch(engine, AT + 3 * MINUTE, MANNER) == 3


def test_an_outbox_that_ages_but_not_for_the_night(
    engine: Engine, founding: Callable[..., None]
) -> None:
    founding()
    with writing(engine) as session:
        session.add(
            Message(
                community_id=_community(session, "ma").id,
                recipient="r1",
                occasion="a",
                template="reminder",
                facts={},
                urgent=True,
                written_at=moment("04-09T20:30"),
            )
        )
    for quiet in ("04-09T22:40", "04-10T03:00", "04-10T08:50"):
        assert watch(engine, moment(quiet), MANNER) == 0, quiet
    assert watch(engine, moment("04-10T09:05"), MANNER) == 1
    assert "should have gone out: 1" in letters(engine)[-1][2]


def test_many_watches_tell_once(engine: Engine, founding: Callable[..., None]) -> None:
    founding()
    fail(engine)
    told: list[int] = []
    ready = threading.Barrier(4)

    def one() -> None:
        ready.wait()
        told.append(watch(engine, AT, MANNER))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(told) == [0, 0, 0, 2]
    assert len(letters(engine)) == 2


def test_nobody_to_tell_is_no_fault(engine: Engine) -> None:
    with writing(engine) as session:
        village: Village = found(session)
        village.session.execute(update(Lease).values(until=AT))
    assert watch(engine, AT, WatchSettings()) == 0
    fail(engine)
    watch(engine, AT, WatchSettings())


def test_what_was_found_before_the_first_community_is_told_with_it(engine: Engine) -> None:
    seen = [Finding("waiting", "calendar", period="2027")]

    def look() -> int:
        there = flows_watch.troubles_at(engine, AT, seen)
        return flows_watch.watch(engine, AT, MANNER, there)

    assert look() == 0
    with writing(engine) as session:
        found(session)
    assert [look() for _ in range(2)] == [1, 0]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_finding_can_be_put_into_words(locale: str) -> None:

    texts = load_texts(locale)
    page = texts.environment.from_string(
        f'{{% from "{locale}/finding.txt" import about, where, why %}}'
        "{{ about(f) }}|{{ where(f) }}|{{ why(f) }}"
    )
    pairs = [(what, subject) for what, subject in findings() if subject != "step"]
    names = dict.fromkeys([*(kind.name for kind in CATALOGUE), "remind_2"])
    steps = [("late", "step", process, step) for process in FLOWS for step in names]
    rows = [
        *[(*pair, "", "") for pair in pairs],
        *steps,
        ("failed", "step", "audit", "close"),
        ("blocked", "step", "audit", "close"),
    ]
    for what, subject, process, step in rows:
        finding = Finding(
            what,
            subject,
            ("a", "b", "c", "d"),
            process,
            "2026-03" if process else "",
            step,
            since=AT,
            said="x",
            after=("audit", "remind_1", "2026-03"),
            awaits=(Awaited("group", 3, ("r1",)), Awaited("town", 1, ())),
        )
        said = page.render(f=finding_facts(finding, dict.fromkeys("abcd", "村"), "http://ui"))
        about, where, why = said.split("|")
        assert about.strip()
        assert "4" in where or "1" in where
        assert why.strip(), (what, subject)
        assert not why.startswith(("；", ";")), (what, subject)
    assert set(URGENCY) == set(texts.catalogue["findings"])


def test_a_chinese_letter_reads_as_one(engine: Engine, founding: Callable[..., None]) -> None:
    founding()
    fail(engine)
    watch(engine, AT, MANNER)
    _, title, body = letters(engine, "zh_CN")[0]
    assert title == "【积分运行】1项异常需要处理"
    assert body == (
        "1. 失败：ma社区，2026年3月积分审核（截止）\n"
        "执行失败：DataError。\n"
        "处理办法：请先排除原因，然后 jifen audit -c ma --period 2026-03 --step close\n"
        "运行记录：http://127.0.0.1:4200/runs/flow-run/abc\n"
    )


@given(st.integers(0, 3 * 1440), st.integers(0, 2 * 1440))
def test_time_awake_is_counted_without_the_quiet_hours(later: int, awake: int) -> None:
    hours = Hours()
    until = moment("04-10") + later * MINUTE
    since = hours.awake_before(until, awake * MINUTE)
    minutes = int((until - since) / MINUTE)
    assert sum(not hours.are_quiet(since + n * MINUTE) for n in range(minutes)) == awake
    never_quiet = Hours(time(0), time(0))
    assert never_quiet.awake_before(until, awake * MINUTE) == until - awake * MINUTE
