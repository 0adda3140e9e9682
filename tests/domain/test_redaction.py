"""No secret and no person's number gets through into a log or an error."""

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.redaction import redacted

KEY = "hunter2hunter2"


def schemes() -> list[str]:
    """Every scheme of a notification address that Apprise knows, ours included."""
    from apprise import Apprise  # lazy: start

    known: set[str] = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Apprise's own, as it loads
        services = Apprise().details()["schemas"]
    for service in services:
        known.update(service["protocols"] or ())
        known.update(service["secure_protocols"] or ())
    return sorted(known)


def test_no_part_of_any_notification_address_is_shown() -> None:
    found = schemes()
    assert len(found) > 150
    for scheme in found:
        for rest in (KEY, f"user:{KEY}@example.org", f"{KEY}@{KEY}/{KEY}/?to={KEY}", f"x/{KEY}"):
            for form in ("%s", "to %s: refused", "('%s',)", '{"url": "%s"}', "（%s）", "<%s>"):
                said = redacted(form % f"{scheme}://{rest}")
                assert KEY not in said, (scheme, rest, form)
                assert scheme in said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            f"postgresql+psycopg://jifen:{KEY}@db.town:5432/jifen?sslpassword={KEY}",
            "postgresql+psycopg://***@db.town:5432/jifen?***",
        ),
        (f"postgresql://u:a@b{KEY}@h/db", "postgresql://***@h/db"),
        (f"host=db password={KEY} dbname=x", "host=db password=*** dbname=x"),
        ("sqlite:////srv/jifen/var/jifen.db", "sqlite:////srv/jifen/var/jifen.db"),
        ("http://127.0.0.1:4200/api/flow_runs/7", "http://127.0.0.1:4200/api/flow_runs/7"),
        (f"http://u:{KEY}@127.0.0.1:4200/api", "http://***@127.0.0.1:4200/api"),
        (f"https://open.feishu.cn/open-apis/bot/v2/hook/{KEY}", "https://open.feishu.cn/***"),
        (
            f"POST https://oapi.dingtalk.com/robot/send?access_token={KEY} 200",
            "POST https://oapi.dingtalk.com/***?*** 200",
        ),
        ("at: https://sqlalche.me/e/20/f405)", "at: https://sqlalche.me/e/20/f405)"),
        ("https://sqlalche.me.example/e/20", "https://sqlalche.me.example/***"),
        ("see https://prefect.town.example/", "see https://prefect.town.example/"),
        (f"access_token={KEY}&x=1", "access_token=***&x=1"),
        (f"Authorization: Bearer {KEY}", "Authorization: ***"),
        (f"header Bearer {KEY}", "header Bearer ***"),
        (f"{{'password': '{KEY}'}}", "{'password': '***'}"),
        (f"SMTP_PASSWORD={KEY}", "SMTP_PASSWORD=***"),
        ("call 13812345678 now", "call *** now"),
        ("call +86 13812345678", "call ***"),
        ("id 50010119900101123X", "id ***"),
        ("run 2026-03 of 2000 communities in 138 s", "run 2026-03 of 2000 communities in 138 s"),
    ],
)
def test_what_is_left(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_a_database_error_keeps_its_words_and_loses_its_values() -> None:
    error = (
        "(psycopg.errors.UniqueViolation) duplicate key value violates unique constraint\n"
        "DETAIL:  Key (community_id, code)=(1, 王小明) already exists.\n"
        "[SQL: INSERT INTO household (head, phone) VALUES (%(head)s, %(phone)s)]\n"
        "[parameters: {'head': '王小明', 'phone': '13812345678', 'x': ['a]b']}]\n"
        "(Background on this error at: https://sqlalche.me/e/20/gkpj)"
    )
    said = redacted(error)
    assert "王小明" not in said
    assert "13812345678" not in said
    assert "unique constraint" in said
    assert "[parameters hidden]" in said


@given(st.text())
def test_any_text_can_be_redacted_and_again(text: str) -> None:
    once = redacted(text)
    assert redacted(once) == once
