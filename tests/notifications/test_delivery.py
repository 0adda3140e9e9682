"""Delivery from the outbox to real receivers, on both databases."""

import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from domain.community.registry import add_person, find_community
from domain.kernel.errors import Refused
from domain.kernel.local_time import end_of_day, local_date, start_of_day
from domain.store.database import reading, writing
from domain.store.tables.outbox import Bot, Message
from domain.store.tables.people import Community, Person
from notifications.channels.addresses import reaches_one_person
from notifications.channels.couriers import PARCELS_MAX
from notifications.channels.rate import MINUTE
from notifications.outbox.back_off import ATTEMPTS_MAX, BACK_OFF
from notifications.outbox.deliverer import Deliverer
from notifications.outbox.deliveries import LEASE, claim
from notifications.outbox.desk_links import Desk
from notifications.outbox.messages import enqueue
from notifications.outbox.turns import resend
from tests.notifications.mailing import (
    MORNING,
    Watch,
    deliverer,
    deliveries,
    people,
    receipts,
    states,
    write,
)
from tests.notifications.receivers import BAD, GOOD, Reply, WebReceiver, mail_receiver, web_receiver

pytestmark = pytest.mark.e2e

EARLIER = MORNING - timedelta(hours=1)


@pytest.fixture
def server() -> Iterator[WebReceiver]:
    with web_receiver() as receiver:
        receiver.reply = Reply(200, GOOD["wecombot"])
        yield receiver


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def post(engine: Engine, server: WebReceiver, watch: Watch) -> Iterator[Deliverer]:
    with closing(deliverer(engine, server, watch)) as one:
        yield one


def texts(server: WebReceiver) -> list[str]:
    return [request.json["text"]["content"] for request in server.received]


def test_all_that_waits_for_a_person_is_one_letter_a_day(
    engine: Engine, server: WebReceiver, watch: Watch, post: Deliverer
) -> None:
    people(engine, {"r1": ["wecombot://KEY1"], "r2": ["wecombot://KEY2"]})
    for number in range(3):
        write(engine, "r1", f"o{number}", EARLIER, count=number + 1)
    write(engine, "r2", "o1", EARLIER)
    assert (post.deliver_due().sent, states(engine)) == (2, [("r1", "sent")] * 3 + [("r2", "sent")])
    first, second = texts(server)
    assert first.startswith("【马鞍社区】有3件事")
    assert "姓名r1，您好" in first
    assert all(f"还有{number}件待您评议" in first for number in (1, 2, 3))
    assert second.startswith("【甲村】2026年3月积分审核：还有1件待您评议")
    # What comes later that day waits for tomorrow's letter.
    write(engine, "r1", "later", MORNING)
    watch.at = MORNING + timedelta(hours=8)
    assert post.deliver_due().sent == 0
    watch.at = start_of_day(local_date(MORNING) + timedelta(days=1)) + timedelta(
        hours=9, minutes=29
    )
    assert post.deliver_due().sent == 0
    watch.at += MINUTE
    assert post.deliver_due().sent == 1
    assert [(each.ok, each.answer) for each in receipts(engine)] == [
        (True, "HTTP 200, errcode 0: ok")
    ] * 3


def test_a_letter_waits_for_what_is_being_written(
    engine: Engine, server: WebReceiver, watch: Watch, post: Deliverer
) -> None:
    people(engine, {"r1": ["wecombot://KEY1"]})
    write(engine, "r1", "o1", MORNING)
    assert post.deliver_due().sent == 0
    write(engine, "r1", "o2", MORNING + 4 * MINUTE)
    watch.at = MORNING + 5 * MINUTE
    assert post.deliver_due().sent == 1
    assert "有2件事" in texts(server)[0]


def test_what_is_urgent_goes_at_once_and_takes_the_rest_along(
    engine: Engine, server: WebReceiver, watch: Watch, post: Deliverer
) -> None:
    people(engine, {"r1": ["wecombot://KEY1"], "r2": ["wecombot://KEY2"]})
    watch.at = MORNING - timedelta(hours=2)  # 8:00: before the digests
    write(engine, "r1", "o1", watch.at)
    write(engine, "r2", "o1", watch.at)
    write(engine, "r1", "o2", watch.at, urgent=True)
    assert post.deliver_due().sent == 1
    assert "有2件事" in texts(server)[0]
    watch.at = MORNING
    write(engine, "r1", "o3", EARLIER)
    assert post.deliver_due().sent == 1
    assert states(engine) == [("r1", "sent"), ("r2", "sent"), ("r1", "sent"), ("r1", "waiting")]


@pytest.mark.parametrize("clock", ["21:00", "23:30", "00:10", "07:29"])
def test_nobody_is_woken(
    clock: str, engine: Engine, server: WebReceiver, watch: Watch, post: Deliverer
) -> None:
    people(engine, {"r1": ["wecombot://KEY1"]})
    watch.at = datetime.fromisoformat(f"2026-04-06T{clock}:00+08:00")
    write(engine, "r1", "o1", watch.at, urgent=True)
    assert post.deliver_due().sent == 0
    watch.at = datetime.fromisoformat("2026-04-07T07:30:00+08:00")
    assert post.deliver_due().sent == 1


def test_what_has_become_pointless_is_not_sent(
    engine: Engine, server: WebReceiver, watch: Watch, post: Deliverer
) -> None:
    people(engine, {"r1": ["wecombot://KEY1"]})
    deadline = end_of_day(date(2026, 4, 5))
    write(engine, "r1", "remind", EARLIER, expires_at=deadline)
    write(engine, "r1", "escalate", deadline, urgent=True)
    watch.at = deadline + timedelta(hours=9)  # the machine was off for days
    assert post.deliver_due().sent == 1
    assert states(engine) == [("r1", "expired"), ("r1", "sent")]
    assert "有2件事" not in texts(server)[0]


def test_who_has_no_address_is_seen_and_can_be_written_to_later(
    engine: Engine, server: WebReceiver, post: Deliverer
) -> None:
    people(engine, {"r1": [], "r2": ["wecombot://KEY2"]})
    write(engine, "r1", "o1", EARLIER)
    write(engine, "nobody", "o1", EARLIER)
    post.deliver_due()
    assert states(engine) == [("r1", "unaddressed"), ("nobody", "unaddressed")]
    with writing(engine) as session:
        community = find_community(session, "ma")
        with pytest.raises(Refused, match="have no address"):
            resend(session, community, MORNING)
        add_person(session, community, "r1", "姓名r1", ["reviewer"], notify=["wecombot://K"])
        assert resend(session, community, MORNING) == 1
    assert post.deliver_due().sent == 1
    assert states(engine) == [("r1", "sent"), ("nobody", "unaddressed")]


def test_back_off_then_dead_then_sent_again(
    engine: Engine, server: WebReceiver, watch: Watch, post: Deliverer
) -> None:
    people(engine, {"r1": ["dingtalk://TOKEN1"]})
    write(engine, "r1", "o1", EARLIER)
    server.reply = Reply(200, BAD["dingtalk"])
    for attempt, pause in enumerate((*BACK_OFF, timedelta(0)), 1):
        assert post.deliver_due().failed == 1
        assert len(server.received) == attempt
        [delivery] = deliveries(engine)
        assert delivery.attempts == attempt
        if pause:
            assert delivery.next_at == watch.at + pause
            watch.at += pause - timedelta(seconds=1)
            assert post.deliver_due().failed == 0
            watch.at += timedelta(seconds=1)
            while post.manner.hours.are_quiet(watch.at):
                watch.at += timedelta(hours=1)
    assert attempt == ATTEMPTS_MAX
    assert states(engine) == [("r1", "dead")]
    assert (delivery.state, delivery.next_at) == ("dead", None)
    said = {(each.ok, each.answer) for each in receipts(engine)}
    assert said == {(False, "HTTP 200, errcode 310000: keywords not in content")}
    watch.at += timedelta(days=3)
    assert post.deliver_due().failed == 0
    server.reply = Reply(200, GOOD["dingtalk"])
    with writing(engine) as session:
        assert resend(session, find_community(session, "ma"), watch.at) == 1
        assert resend(session, find_community(session, "ma"), watch.at) == 0
    assert post.deliver_due().sent == 1
    assert states(engine) == [("r1", "sent")]


def test_an_address_that_works_gets_it_once_while_another_is_tried_again(
    engine: Engine, server: WebReceiver, watch: Watch, post: Deliverer
) -> None:
    people(engine, {"r1": ["wecombot://GOOD", "wecombot://BAD", "wecombot://GOOD"]})
    write(engine, "r1", "o1", EARLIER)
    server.reply = lambda request: Reply(
        200, GOOD["wecombot"] if request.query["key"] == "GOOD" else BAD["wecombot"]
    )
    tally = post.deliver_due()
    assert (tally.sent, tally.failed) == (1, 1)
    assert states(engine) == [("r1", "sending")]
    server.reply = Reply(200, GOOD["wecombot"])
    watch.at += BACK_OFF[0]
    assert post.deliver_due().sent == 1
    assert [request.query["key"] for request in server.received] == ["GOOD", "BAD", "BAD"]
    assert states(engine) == [("r1", "sent")]


def test_an_address_that_was_removed_is_left_alone(
    engine: Engine, server: WebReceiver, watch: Watch, post: Deliverer
) -> None:
    people(engine, {"r1": ["wecombot://OLD"]})
    write(engine, "r1", "o1", EARLIER)
    server.reply = Reply(200, BAD["wecombot"])
    post.deliver_due()
    with writing(engine) as session:
        community = find_community(session, "ma")
        add_person(session, community, "r1", "姓名r1", ["reviewer"], notify=["wecombot://NEW"])
    server.reply = Reply(200, GOOD["wecombot"])
    watch.at += timedelta(hours=1)
    assert post.deliver_due().sent == 0
    assert states(engine) == [("r1", "unaddressed")]
    with writing(engine) as session:
        assert resend(session, find_community(session, "ma"), watch.at) == 1
    assert post.deliver_due().sent == 1
    assert [request.query["key"] for request in server.received] == ["OLD", "NEW"]


@pytest.mark.parametrize(("scheme", "limit"), [("wecombot", 20), ("feishu", 100)])
def test_a_robot_gets_no_more_a_minute_than_it_takes(
    scheme: str, limit: int, engine: Engine, server: WebReceiver, watch: Watch
) -> None:
    """Many people are reached through the robot of one group, by two deliverers in turns."""
    count = limit + 10
    people(engine, {f"r{n}": [f"{scheme}://GROUP?a={n}"] for n in range(count)})
    for number in range(count):
        write(engine, f"r{number}", "o1", EARLIER)
    server.reply = Reply(200, GOOD[scheme])
    went: list[datetime] = []
    with (
        closing(deliverer(engine, server, watch)) as one,
        closing(deliverer(engine, server, watch)) as other,
    ):
        for turn in range(40):
            post = one if turn % 2 else other
            went += [watch.at] * post.deliver_due().sent
            watch.at += timedelta(seconds=3)
    assert len(went) == count
    assert max(sum(at <= each < at + MINUTE for each in went) for at in went) <= limit


def test_a_service_that_asks_for_a_pause_is_left_alone_for_all(
    engine: Engine, server: WebReceiver, watch: Watch, post: Deliverer
) -> None:
    """But for what lay ready for the courier when it asked."""
    count = 2 * PARCELS_MAX
    people(engine, {f"r{n}": [f"schan://KEY?a={n}"] for n in range(count)})
    for number in range(count):
        write(engine, f"r{number}", "o1", EARLIER)
    server.reply = Reply(429, b"", {"Retry-After": "600"})
    assert 1 <= post.deliver_due().failed <= PARCELS_MAX
    asked = len(server.received)
    with reading(engine) as session:
        assert session.scalars(select(Bot.free_at)).all() == [watch.at + timedelta(minutes=10)]
    watch.at += timedelta(minutes=9, seconds=59)
    post.deliver_due()
    assert len(server.received) == asked
    server.reply = Reply(200, GOOD["schan"])
    watch.at += timedelta(seconds=1)
    assert post.deliver_due().sent == count


def test_long_letters_are_cut_to_what_the_service_takes(
    engine: Engine, server: WebReceiver, post: Deliverer
) -> None:
    people(engine, {"r1": ["wecombot://KEY1"]})
    for number in range(60):
        write(engine, "r1", f"o{number}", EARLIER, count=number)
    assert post.deliver_due().sent == 1
    [text] = texts(server)
    assert 1500 < len(text.encode()) <= 2048
    assert text.startswith("【马鞍社区】有60件事")
    assert text.rstrip().endswith("请在系统中查看。）")


def test_a_template_that_fails_stops_nobody_else(
    engine: Engine, server: WebReceiver, watch: Watch, post: Deliverer
) -> None:
    people(engine, {"r1": ["wecombot://KEY1"], "r2": ["wecombot://KEY2"]})
    write(engine, "r1", "o1", EARLIER, count="{{")
    with writing(engine) as session:
        message = session.scalars(select(Message)).one()
        message.facts = {}
    write(engine, "r2", "o1", EARLIER)
    assert post.deliver_due().sent == 1
    assert states(engine) == [("r1", "sending"), ("r2", "sent")]
    assert "template" in receipts(engine)[0].answer


def test_mail_and_robot_side_by_side_and_no_secret_anywhere(
    engine: Engine, server: WebReceiver, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with mail_receiver() as mail:
        addresses = [
            f"mailto://clerk:pa55word@127.0.0.1:{mail.port}?from=j@v.cn&to=li@v.cn&mode=insecure",
            "wecombot://s3cret-key-0123456789",
            "dingtalk://SECs3cret@s3crettoken",
            f"jsons://hook:pa55word@{server.place}/s3cret-path/",
        ]
        people(engine, {"r1": addresses})
        write(engine, "r1", "o1", EARLIER)
        server.reply = lambda request: Reply(
            200, {"errcode": 1, "errmsg": f"{request.path} {request.query}"}
        )
        with closing(deliverer(engine, server, watch)) as post:
            tally = post.deliver_due()
        assert (tally.sent, tally.failed) == (1, 3)
        assert len(mail.mails) == 1
    kept = "".join(each.answer for each in receipts(engine))
    kept += "".join(each.shown + each.channel + each.bot for each in deliveries(engine))
    for secret in ("s3cret", "pa55word"):
        assert secret not in kept + caplog.text
    shown = sorted(each.shown for each in deliveries(engine))
    assert shown == [
        "dingtalk://***",
        f"jsons://{server.place}/***",
        f"mailto://***@127.0.0.1:{mail.port}",
        "wecombot://***",
    ]
    assert all(len(each.answer) <= 500 for each in receipts(engine))


def test_an_attempt_that_nobody_answers_for_is_made_again_once(
    engine: Engine, server: WebReceiver, watch: Watch, post: Deliverer
) -> None:
    """A deliverer claims and ends; another takes over, and the third time it is people's turn."""
    people(engine, {"r1": ["wecombot://KEY1"]})
    write(engine, "r1", "o1", EARLIER)
    post._open_turns()
    with writing(engine) as session:
        assert len(claim(session, watch.at, 5)) == 1
        assert claim(session, watch.at, 5) == []
    watch.at += LEASE
    with writing(engine) as session:
        [again] = claim(session, watch.at, 5)
        assert again.attempt == 2
    watch.at += LEASE
    assert post.deliver_due().sent == 0
    assert states(engine) == [("r1", "dead")]
    assert [each.ok for each in receipts(engine)] == [None, None]
    with writing(engine) as session:
        assert resend(session, find_community(session, "ma"), watch.at) == 1
    assert post.deliver_due().sent == 1


def test_the_way_to_the_desk_goes_to_one_person_alone(
    engine: Engine, server: WebReceiver, watch: Watch
) -> None:
    own, group = "schan://SCT1", "wecombot://KEY1"
    people(engine, {"r1": [own, group], "r2": ["schan://SCT2"]})
    desk = Desk("https://gs.example.cn", "a-key-of-many-letters")
    with writing(engine) as session:
        community = session.scalars(select(Community)).one()
        facts = {"community": community.name, "objection": "O1", "deadline": "2026-04-09"}
        enqueue(session, community, "r2", "o", "objection_overdue", facts, EARLIER)
        ids = dict(session.execute(select(Person.code, Person.id)).tuples().all())
    for number in range(40):
        write(engine, "r1", f"o{number}", EARLIER, count=number + 1)
    with closing(deliverer(engine, server, watch, desk=desk)) as post:
        post.deliver_due()
    said = [
        request.json["text"]["content"] if "webhook" in request.path else request.form["desp"]
        for request in server.received
    ]
    [in_group] = [
        text for text, asked in zip(said, server.received, strict=True) if "webhook" in asked.path
    ]
    [asked] = [text for text in said if "姓名r1" in text and text != in_group]
    [told] = [text for text in said if "姓名r2" in text]
    # Near the top: what is too long for a service is cut off at the end.
    assert desk.link(ids["r1"], watch.at) in asked
    assert "/desk/" not in in_group
    assert "请从只发给您本人的信里打开评议台" in in_group
    assert len(in_group.encode()) <= 2_048
    assert "/desk/" not in told
    assert "评议台" not in told


@pytest.mark.parametrize(
    ("address", "personal"),
    [
        ("mailto://u:p@m.example", True),
        ("mailtos://u:p@m.example?to=k@e.cn", True),
        ("mailto://u:p@m.example/k@e.cn", True),
        ("schan://SCT1", True),
        ("barks://a.example/KEY", True),
        ("mailto://u:p@m.example?to=a@e.cn,b@e.cn", False),
        ("mailto://u:p@m.example/a@e.cn/b@e.cn", False),
        ("mailto://u:p@m.example?to=a@e.cn&cc=b@e.cn", False),
        ("bark://a.example/K1/K2", False),
        ("mailto://u:p@m.example?to=a@e.cn%20b@e.cn", False),
        ("WECOMBOT://K", False),
        ("wecombot://K", False),
        ("dingtalk://K", False),
        ("feishu://K", False),
        ("lark://K", False),
        ("slack://a/b/c", False),
        ("tgram://b/c", False),
        ("json://a.example/x", False),
        ("jsons://a.example/x", False),
        ("ntfy://topic", False),
        ("discord://a/b", False),
        ("nonsense", False),
        ("", False),
    ],
)
def test_what_reaches_one_person(address: str, personal: bool) -> None:
    assert reaches_one_person(address) is personal


def test_a_clock_that_was_wrong_once_holds_up_no_letter(
    engine: Engine, server: WebReceiver, watch: Watch, post: Deliverer
) -> None:
    people(engine, {"r1": ["wecombot://KEY1"], "r2": ["wecombot://KEY2"]})
    watch.at = MORNING + timedelta(days=40)
    write(engine, "r1", "o1", watch.at - timedelta(hours=1))
    write(engine, "r2", "o1", watch.at)  # not settled yet
    server.reply = Reply(200, BAD["wecombot"])
    assert post.deliver_due().sent == 0
    server.reply = Reply(200, GOOD["wecombot"])
    watch.at = MORNING
    assert post.deliver_due().sent == 2
    write(engine, "r1", "o2", MORNING)
    watch.at = MORNING + timedelta(days=1)
    assert post.deliver_due().sent == 1
