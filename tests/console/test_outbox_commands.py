"""Addresses and the outbox on the command line, with real receivers and no secret shown."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from domain.community.registry import find_community
from domain.kernel.local_time import parse_moment
from domain.kernel.period import Period
from domain.store.database import open_engine, writing
from notifications.letters.reminders import remind_reviewers
from notifications.outbox.back_off import ATTEMPTS_MAX
from tests.console.office import jifen
from tests.notifications.mailing import Watch, deliverer
from tests.notifications.receivers import BAD, GOOD, Reply, WebReceiver, web_receiver

SECRET = "s3cret-0123456789"
RULES = "fuling-maan-2022"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """An installation with one community, a household and a late claim."""
    jifen("init", cwd=tmp_path)
    jifen(
        "community",
        "add",
        "ma",
        "--name",
        "马鞍社区",
        "--town",
        "马鞍街道",
        "--ruleset",
        RULES,
        "--from",
        "2026-01-01",
        cwd=tmp_path,
    )
    (tmp_path / "households.csv").write_text("户号,户主\nH001,王一\nH002,李二\n", "utf-8")
    jifen("import", "households", "ma", "households.csv", cwd=tmp_path)
    return tmp_path


def add(office: Path, *words: str, code: int = 0) -> str:
    return jifen(
        "person", "add", "r1", "--role", "reviewer", "--name", "李四", *words, cwd=office, code=code
    ).stderr


def test_an_address_is_tried_out_and_never_shown(office: Path) -> None:
    addresses = (f"dingtalk://{SECRET.replace('-', '')}", f"wecombot://{SECRET}")
    said = add(office, "--notify", addresses[0], "--notify", addresses[1])
    assert "jifen person test r1" in said
    listed = jifen("person", "list", "--json", cwd=office).stdout
    assert json.loads(listed)[0]["addresses"] == ["dingtalk://***", "wecombot://***"]
    with web_receiver() as server:
        gateways = json.dumps({"wecombot": server.url, "dingtalk": server.url})
        server.reply = Reply(200, GOOD["dingtalk"])
        tried = jifen("person", "test", "r1", "--json", cwd=office, JIFEN_GATEWAYS=gateways)
        assert [each["ok"] for each in json.loads(tried.stdout)] == [True, True]
        assert "测试" in server.received[0].json["text"]["content"]
        server.reply = Reply(200, BAD["dingtalk"])
        told = jifen("person", "test", "r1", cwd=office, code=1, JIFEN_GATEWAYS=gateways)
        assert "keywords not in content" in told.stdout
        assert "dingtalk://***, wecombot://*** did not accept it" in told.stderr
        shown = jifen("config", "show", cwd=office, JIFEN_GATEWAYS=gateways).stdout
    everything = listed + tried.stdout + told.stdout + told.stderr + shown
    assert SECRET[:6] not in everything
    add(office, "--no-notify")
    assert "has no address" in jifen("person", "test", "r1", cwd=office, code=1).stderr


@pytest.mark.parametrize(
    "address", [f"nonsense{SECRET}", f"wecombot://{SECRET}/%", f"barks://h/{SECRET}1/{SECRET}2"]
)
def test_what_is_no_address_is_refused_and_not_quoted(office: Path, address: str) -> None:
    address = address.replace("/%", " %")
    said = add(office, "--notify", address, code=2)
    assert "address 1" in said
    assert SECRET not in said
    assert json.loads(jifen("person", "list", "--json", cwd=office).stdout) == []


def test_a_villager_needs_a_household(office: Path) -> None:
    words = ("person", "add", "v1", "--role", "villager", "--name", "王一")
    assert "--household" in jifen(*words, cwd=office, code=2).stderr
    jifen(*words, "--household", "H001", cwd=office)


@pytest.mark.e2e
def test_from_the_reminder_to_the_dead_letter_and_back(office: Path) -> None:
    add(office, "--notify", f"wecombot://{SECRET}")
    (office / "claims.csv").write_text(
        "编号,户号,项目,发生日期,地点,事由,方式\nC1,H001,7,2026-03-05,村东,刷外墙,居民自荐\n",
        "utf-8",
    )
    jifen("import", "claims", "ma", "claims.csv", "--as-of", "2026-03-06", cwd=office)
    assert json.loads(jifen("outbox", "list", "--json", cwd=office).stdout) == []
    _remind(office)
    with web_receiver() as server:
        gateways = json.dumps({"wecombot": server.url})

        def deliver(at: str) -> dict[str, int]:
            done = jifen(
                "outbox",
                "deliver",
                "--as-of",
                at,
                "--json",
                cwd=office,
                JIFEN_GATEWAYS=gateways,
                JIFEN_PUBLIC_URL="https://ma.example.cn/",
            )
            counts: dict[str, int] = json.loads(done.stdout)
            return counts

        server.reply = Reply(200, BAD["wecombot"])
        assert deliver("2026-04-02T22:00") == {"sent": 0, "failed": 0}
        _fail_but_once(office, server)
        assert deliver("2026-04-18T12:00") == {"sent": 0, "failed": 1}
        dead = json.loads(jifen("outbox", "list", "--state", "dead", "--json", cwd=office).stdout)
        assert dead[0]["deliveries"][0]["attempts"] == ATTEMPTS_MAX
        assert "93000" in dead[0]["deliveries"][0]["answer"]
        status = jifen("status", "--as-of", "2026-04-19", cwd=office).stdout
        assert "outbox resend" in status
        server.reply = Reply(200, GOOD["wecombot"])
        jifen("outbox", "resend", "--as-of", "2026-04-19", cwd=office)
        assert deliver("2026-04-19T12:00") == {"sent": 1, "failed": 0}
        text = server.received[-1].json["text"]["content"]
        assert "还有1件待您评议" in text
        assert "https://ma.example.cn/" in text
        for words in (("outbox", "list"), ("outbox", "list", "--json"), ("status",)):
            assert SECRET not in jifen(*words, cwd=office).stdout


def _remind(office: Path) -> None:
    """As the audit's flow does on its reminder days."""
    with opened(office) as engine, writing(engine) as session:
        at = parse_moment("2026-04-02T09:00")
        assert remind_reviewers(session, find_community(session, "ma"), Period.parse("2026-03"), at)


def _fail_but_once(office: Path, server: WebReceiver) -> None:
    """A day apart, as `jifen outbox deliver` would, until one attempt is left: only much faster."""
    watch = Watch(parse_moment("2026-04-03T12:00"))
    with opened(office) as engine, closing(deliverer(engine, server, watch)) as post:
        for _ in range(ATTEMPTS_MAX - 1):
            assert post.deliver_due().failed == 1
            watch.at += timedelta(days=1)


@contextmanager
def opened(office: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{office / 'var' / 'jifen.db'}")
    try:
        yield engine
    finally:
        engine.dispose()
