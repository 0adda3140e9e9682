"""What services answer, and what is taken for success: real plugins, processes and receivers."""

import base64
import hashlib
import hmac
import socket
import time
from collections.abc import Iterator

import pytest

from domain.kernel.errors import BadInput
from notifications.channels.answers import ServiceAnswer
from notifications.channels.couriers import (
    Courier,
    Parcel,
    checked_addresses,
    wait_for_one,
)
from tests.notifications.receivers import BAD, GOOD, Reply, WebReceiver, mail_receiver, web_receiver
from tests.selection import drawn

pytestmark = pytest.mark.e2e

LIMIT_S = 3.0
SECRETS = {
    "wecombot": "693axxx6-7aoc-4bc4",
    "dingtalk": "4f8b2c1d9e",
    "feishu": "fs-0a1b2c3d",
    "lark": "lk-0a1b2c3d",
    "schan": "SCT248562TabcDEF",
    "bark": "nysrshcqielvoxsa",
}


@pytest.fixture(scope="module")
def server() -> Iterator[WebReceiver]:
    with web_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def courier(server: WebReceiver) -> Iterator[Courier]:
    """One sending process for the whole module, as a deliverer keeps one."""
    one = Courier(dict.fromkeys(SECRETS, server.url), LIMIT_S)
    yield one
    one.close()


def address_of(service: str, server: WebReceiver) -> str:
    if service == "bark":
        return f"bark://{server.place}/{SECRETS['bark']}"
    return f"{service}://{SECRETS[service]}"


def sent(
    courier: Courier, address: str, title: str = "题目", body: str = "正文\n第二行"
) -> ServiceAnswer:
    return courier.carry(Parcel(1, address, title, body))


@pytest.mark.parametrize("service", SECRETS)
def test_a_service_that_says_yes_is_believed(
    service: str, courier: Courier, server: WebReceiver
) -> None:
    server.reply = Reply(200, GOOD[service])
    answer = sent(courier, address_of(service, server))
    assert answer.ok, answer
    request = server.received[-1]
    said = request.form if service == "schan" else request.json
    assert "正文\n第二行" in str(said).replace("\\n", "\n")


@pytest.mark.parametrize("service", SECRETS)
def test_a_service_that_answers_200_and_means_no_is_not(
    service: str, courier: Courier, server: WebReceiver
) -> None:
    server.reply = Reply(200, BAD[service])
    answer = sent(courier, address_of(service, server))
    assert not answer.ok
    code = BAD[service].get("errcode", BAD[service].get("code"))
    assert str(code) in answer.text
    words = str(BAD[service].get("errmsg") or BAD[service].get("msg") or BAD[service]["message"])
    assert words in answer.text
    assert SECRETS[service] not in answer.text


@pytest.mark.parametrize("service", SECRETS)
@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(200, b"<html>Please log in</html>"), "not in the words of"),
        (Reply(200, []), "not in the words of"),
        (Reply(200, b""), "not in the words of"),
        (Reply(500, {"errcode": 0, "code": 0}), "HTTP 500"),
        (Reply(302, b"", {"Location": "http://127.0.0.1:9/elsewhere"}), "HTTP 302"),
    ],
)
def test_whatever_is_no_clear_yes_is_a_no(
    service: str, reply: Reply, said: str, courier: Courier, server: WebReceiver
) -> None:
    server.reply = reply
    answer = sent(courier, address_of(service, server))
    assert not answer.ok
    assert said in answer.text
    assert SECRETS[service] not in answer.text


@pytest.mark.parametrize("service", SECRETS)
def test_a_service_that_wants_a_pause_is_heard(
    service: str, courier: Courier, server: WebReceiver
) -> None:
    server.reply = Reply(429, {"errcode": 1, "code": 1}, {"Retry-After": "120"})
    answer = sent(courier, address_of(service, server))
    assert (answer.ok, answer.hold_s) == (False, 120)
    server.reply = Reply(429, b"slow down", {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})
    assert sent(courier, address_of(service, server)).hold_s == 60


def test_dingtalk_shuts_a_robot_up_for_ten_minutes(courier: Courier, server: WebReceiver) -> None:
    server.reply = Reply(200, {"errcode": 130101, "errmsg": "send too fast"})
    answer = sent(courier, address_of("dingtalk", server))
    assert (answer.ok, answer.hold_s) == (False, 600)


def test_what_the_services_are_sent(courier: Courier, server: WebReceiver) -> None:
    server.reply = lambda request: Reply(200, {"errcode": 0, "code": 0})
    text = "题目\r\n正文\n第二行"
    assert sent(courier, "wecombot://KEY-1").ok
    assert server.received[-1].path == "/cgi-bin/webhook/send"
    assert server.received[-1].query == {"key": "KEY-1"}
    assert server.received[-1].json == {"msgtype": "text", "text": {"content": text}}
    assert sent(courier, "dingtalk://TOKEN/13800138000").ok
    assert server.received[-1].query == {"access_token": "TOKEN"}
    assert server.received[-1].json["at"]["atMobiles"] == ["13800138000"]
    assert server.received[-1].json["text"]["content"] == text
    assert sent(courier, "feishu://TOKEN").ok
    assert server.received[-1].path == "/open-apis/bot/v2/hook/TOKEN"
    assert server.received[-1].json == {"msg_type": "text", "content": {"text": text}}
    assert sent(courier, "schan://SCTKEY").ok
    assert server.received[-1].path == "/SCTKEY.send"
    assert server.received[-1].form == {"title": "题目", "desp": "正文\n第二行"}


def test_robots_with_a_secret_are_signed(courier: Courier, server: WebReceiver) -> None:
    server.reply = Reply(200, {"errcode": 0, "code": 0})
    assert sent(courier, "dingtalk://SECdefghi@TOKEN").ok
    query = server.received[-1].query
    expected = hmac.new(b"SECdefghi", f"{query['timestamp']}\nSECdefghi".encode(), hashlib.sha256)
    assert query["sign"] == base64.b64encode(expected.digest()).decode()
    assert sent(courier, "feishu://TOKEN?secret=abc%2Bdef").ok
    said = server.received[-1].json
    expected = hmac.new(f"{said['timestamp']}\nabc+def".encode(), b"", hashlib.sha256)
    assert said["sign"] == base64.b64encode(expected.digest()).decode()


def test_options_that_hide_a_failure_are_without_effect(
    courier: Courier, server: WebReceiver
) -> None:
    server.reply = Reply(500, b"")
    count = len(server.received)
    answer = sent(courier, f"json://{server.place}/hook?optional=yes&retry=5&wait=60")
    assert not answer.ok
    assert "500" in answer.text
    assert len(server.received) == count + 1


@pytest.mark.parametrize("kind", drawn(["wecombot", "json"]))
def test_silence_and_a_trickle_end_in_time(
    kind: str, courier: Courier, server: WebReceiver
) -> None:
    address = "wecombot://KEY" if kind == "wecombot" else f"json://{server.place}/x?rto=60"
    for reply in (Reply(200, {}, wait_s=30), Reply(200, {}, trickle_s=0.2)):
        server.reply = reply
        start = time.monotonic()
        answer = sent(courier, address)
        assert not answer.ok
        assert time.monotonic() - start < LIMIT_S + 2
    # The same process goes on.
    server.reply = Reply(200, GOOD["wecombot"])
    assert sent(courier, "wecombot://KEY").ok


def test_nobody_there_is_said_at_once(courier: Courier) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        start = time.monotonic()
        answer = sent(courier, f"jsons://user:pa55word@127.0.0.1:{port}/tokentoken/")
        assert time.monotonic() - start < LIMIT_S
    assert not answer.ok
    assert "pa55word" not in answer.text
    assert "tokentoken" not in answer.text


def test_a_courier_that_dies_is_started_again(courier: Courier, server: WebReceiver) -> None:
    """One message fails; what lay ready behind it is sent by the next process, once."""
    asked = len(server.received)
    server.reply = lambda request: Reply(
        200, GOOD["wecombot"], wait_s=3 * ("FIRST" in request.query["key"])
    )
    for number, key in enumerate(("FIRST", "SECOND", "THIRD")):
        courier.take(Parcel(number, f"wecombot://{key}", "题", "文"))
    while len(server.received) == asked:
        time.sleep(0.01)
    assert courier._process is not None
    courier._process.kill()
    answers = []
    while courier.is_busy:
        wait_for_one([courier], 1)
        answers += [(parcel.key, answer.text) for parcel, answer in courier.answers()]
    good = "HTTP 200, errcode 0: ok"
    assert answers == [(0, "the sending process died"), (1, good), (2, good)]
    assert len(server.received) == asked + 3


def test_a_courier_takes_no_more_than_its_pipe_holds(courier: Courier, server: WebReceiver) -> None:
    """So that nobody waits for it, however long it takes over one message."""
    server.reply = Reply(200, GOOD["wecombot"], wait_s=1)
    start = time.monotonic()
    while courier.room:
        courier.take(Parcel(1, "wecombot://KEY", "题", "文" * 9_900))
    assert time.monotonic() - start < 1
    server.reply = Reply(200, GOOD["wecombot"])
    while courier.is_busy:
        wait_for_one([courier], 5)
        assert all(answer.ok for _, answer in courier.answers())


def test_mail_goes_out_and_its_servers_words_come_back(courier: Courier) -> None:
    with mail_receiver() as mail:
        address = (
            f"mailto://clerk:pa55word@127.0.0.1:{mail.port}"
            "?from=jifen@village.cn&to=li@village.cn&mode=insecure"
        )
        assert sent(courier, address, body="甲<乙>\n丙").ok
        [received] = mail.mails
        assert received["Subject"] == "题目"
        body = received.get_body(("html", "plain"))
        assert body is not None
        text = body.get_content()
        assert "甲&lt;乙&gt;" in text
        assert "<br" in text
        mail.refusals["RCPT"] = "550 5.1.1 no such mailbox"
        answer = sent(courier, address)
        assert not answer.ok
        assert "no such mailbox" in answer.text
        mail.refusals = {"AUTH": "535 5.7.8 authentication failed"}
        answer = sent(courier, address)
        assert "authentication failed" in answer.text
        assert "pa55word" not in answer.text
        mail.trickle_s = 0.2
        start = time.monotonic()
        assert not sent(courier, address).ok
        assert time.monotonic() - start < LIMIT_S + 2
        assert len(mail.mails) == 1


PASTED = [
    ("wecombot://KEY-1", "wecombot://KEY-1"),
    ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=KEY-1", "wecombot://KEY-1"),
    ("https://oapi.dingtalk.com/robot/send?access_token=abc1", "dingtalk://abc1"),
    ("https://open.feishu.cn/open-apis/bot/v2/hook/ab-1", "feishu://ab-1"),
    ("https://open.larksuite.com/open-apis/bot/v2/hook/ab-1", "lark://ab-1"),
    ("https://sctapi.ftqq.com/SCT1.send", "schan://SCT1"),
    (" mailtos://u:p@example.com ", "mailtos://u:p@example.com"),
    ("dingtalk://tok/13800138000,13900139000", "dingtalk://tok/13800138000,13900139000"),
]


def test_what_a_service_hands_out_may_be_pasted() -> None:
    assert checked_addresses([given for given, _ in PASTED]) == [kept for _, kept in PASTED]


@pytest.mark.parametrize(
    "given",
    [
        "nonsense-s3cret",
        "https://example.com/s3cret",
        "wecombot://",
        "wecombot://s3 cret",
        "bark://host/s3cret1/s3cret2",
        "mailto://u:s3cret@example.com?to=a@b.cn,c@d.cn",
        "",
        "dingtalk://s3cret-with-dashes",
        "://",
        "mailto://",
    ],
)
def test_what_is_no_address_is_refused_without_being_quoted(
    given: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(BadInput) as refused:
        checked_addresses([given])
    seen = capfd.readouterr()
    assert "s3cret" not in str(refused.value) + seen.out + seen.err + caplog.text
