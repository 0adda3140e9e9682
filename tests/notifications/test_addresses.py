"""Addresses are secrets: what may be seen of them, and what is taken out of services' words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.channels.addresses import bot_of, bytes_max, shown_address, without_secrets

SECRET = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=8, max_size=40)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("wecombot://693a-7aoc", "wecombot://***"),
        ("dingtalk://SECabc@tok/13800138000", "dingtalk://***"),
        ("mailtos://li:pa55@qq.com?to=li@qq.com", "mailtos://***@qq.com"),
        ("mailto://pa55word", "mailto://***"),
        ("jsons://u:p@gateway.town:8443/hook/9?x=1", "jsons://gateway.town:8443/***"),
        ("bark://10.0.0.3/device", "bark://10.0.0.3/***"),
        ("tgram://123:abc/4", "tgram://***"),
        ("not an address", "***"),
        ("", "***"),
    ],
)
def test_what_may_be_shown(address: str, shown: str) -> None:
    assert shown_address(address) == shown


@given(SECRET, SECRET, SECRET, SECRET)
def test_no_secret_is_left(user: str, password: str, token: str, value: str) -> None:
    for address in (
        f"wecombot://{token}?a={value}",
        f"dingtalk://{user}@{token}/",
        f"mailto://{user}:{password}@example.com?to={value}",
        f"jsons://{user}:{password}@example.com/{token}/?x={value}",
        f"tgram://{token}/{value}",
    ):
        text = f"POST {address} failed: {user}, {password}, /{token}?{value} of example.com"
        left = without_secrets(text, address)
        used = [secret for secret in (user, password, token, value) if secret in address]
        assert not [secret for secret in used if secret in left]
        assert not [secret for secret in used if secret in shown_address(address)]


def test_a_quoted_secret_is_found_in_both_forms() -> None:
    address = "mailto://clerk:p%40ss%2Fword@example.com"
    assert without_secrets("p@ss/word or p%40ss%2Fword", address) == "*** or ***"


def test_one_robot_is_one_whoever_is_mentioned() -> None:
    assert bot_of("dingtalk://tok/13800138000") == bot_of("dingtalk://secret@tok/13900139000")
    assert bot_of("wecombot://a") != bot_of("wecombot://b")


def test_wecom_takes_least() -> None:
    assert bytes_max("wecombot://k") == 2048 < bytes_max("mailto://x")
