"""Proxies are for couriers: our own parts are reached whatever the environment says."""

import os
from collections.abc import Iterator
from contextlib import closing

import pytest

from notifications.channels.answers import ServiceAnswer
from notifications.channels.couriers import Courier, Parcel
from notifications.channels.proxies import KEPT, couriers_environment, for_couriers_only
from tests.notifications.receivers import Reply, WebReceiver, web_receiver

pytestmark = pytest.mark.e2e

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def server() -> Iterator[WebReceiver]:
    with web_receiver() as receiver:
        receiver.reply = Reply(200, {})
        yield receiver


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that says nothing of proxies yet."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv(KEPT, "")  # so that it is put back at the end
    monkeypatch.delenv(KEPT)
    return monkeypatch


def sent(address: str) -> ServiceAnswer:
    with closing(Courier({}, 5.0)) as courier:
        return courier.carry(Parcel(1, address, "题目", "正文"))


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY"])
def test_a_courier_goes_through_the_users_proxy(
    name: str, variables: pytest.MonkeyPatch, server: WebReceiver
) -> None:
    variables.setenv(name, server.url)
    for_couriers_only()
    assert sent("json://hooks.village.invalid/notice").ok
    assert server.received[-1].path == "/notice"


def test_a_courier_reaches_this_machine_past_the_proxy(
    variables: pytest.MonkeyPatch, server: WebReceiver
) -> None:
    for name in ("http_proxy", "ALL_PROXY"):
        variables.setenv(name, NOBODY)
    for_couriers_only()
    assert sent(f"json://{server.place}/notice").ok


def test_what_the_user_exempts_stays_exempt_for_couriers(
    variables: pytest.MonkeyPatch, server: WebReceiver
) -> None:
    variables.setenv("http_proxy", server.url)
    variables.setenv("NO_PROXY", "hooks.village.invalid")
    for_couriers_only()
    assert not sent("json://hooks.village.invalid/notice").ok


def test_a_socks_proxy_that_is_away_is_a_failed_delivery(variables: pytest.MonkeyPatch) -> None:
    variables.setenv("all_proxy", "socks5://127.0.0.1:9")
    for_couriers_only()
    answer = sent("json://hooks.village.invalid/notice")
    assert not answer.ok
    assert "plugin failed" not in answer.text


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, "127.0.0.1,localhost,::1"),
        ({"no_proxy": "a.example"}, "a.example,127.0.0.1,localhost,::1"),
        ({"NO_PROXY": "a.example, b.example"}, "a.example,b.example,127.0.0.1,localhost,::1"),
        (
            {"no_proxy": "a.example", "NO_PROXY": "b.example"},
            "a.example,b.example,127.0.0.1,localhost,::1",
        ),
        ({"no_proxy": "*"}, "*"),
    ],
)
def test_our_own_parts_know_no_proxy(
    given: dict[str, str], kept: str, variables: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        variables.setenv(name, value)
    variables.setenv("https_proxy", NOBODY)
    for_couriers_only()
    for_couriers_only()  # a child does it again
    assert os.environ["no_proxy"] == os.environ["NO_PROXY"] == "*"
    found = couriers_environment()
    assert found["no_proxy"] == found["NO_PROXY"] == kept
    assert found["https_proxy"] == NOBODY
