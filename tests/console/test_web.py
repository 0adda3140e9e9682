"""The web part over real HTTP: what it shows, to whom, and what it never does."""

import base64
import http.client
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, delete

from domain.kernel.local_time import now
from domain.operations.leases import CLOCK_LEASE
from domain.store.database import writing
from domain.store.tables.cycle import Lease, Occurrence, StepState
from domain.store.tables.outbox import Message, MessageState
from tests.console.office import jifen
from tests.domain.builders import found

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-of-many-letters"


@contextmanager
def served(place: Path, url: str, *words: str, **settings: str) -> Iterator[str]:
    """The web part as a process of its own; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("JIFEN_", "PREFECT_"))}
    with (place / "web.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "console.web", "--port", str(port), *words],
            cwd=place,
            stdout=subprocess.DEVNULL,
            stderr=log,
            env={**clean, "PYTHONPATH": str(ROOT), "JIFEN_DATABASE_URL": url, **settings},
        )
    base = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            try:
                get(base, "/healthz")
                break
            except OSError:
                time.sleep(0.1)
        yield base
    finally:
        process.terminate()
        assert process.wait(60) in (0, -15)


def get(
    base: str, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], str]:
    request = urllib.request.Request(base + path, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, dict(answer.headers.items()), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers.items()), error.read().decode()


def operator(place: Path) -> dict[str, str]:
    """The header of whoever has the token that the installation made."""
    token = (place / "var" / "web.token").read_text("ascii").strip()
    return {"Authorization": f"Bearer {token}"}


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}


def trouble(engine: Engine) -> None:
    """A failed, a blocked and a late step, a claim that waits, a dead letter."""
    with writing(engine) as session:
        village = found(session, code="ma")
        village.community.name = "马鞍<i>社区"
        village.find("H1").phone = "13812345678"
        village.claim("C1", "H1", "sweep", "03-05", carried=1)
        for step, state in (("close", "failed"), ("remind_1", "blocked"), ("remind_2", "due")):
            session.add(
                Occurrence(
                    community_id=village.community.id,
                    process="audit",
                    period="2026-03",
                    step=step,
                    due_at=now() - timedelta(days=1),
                    state=StepState(state),
                    outcome="<b>DataError</b>",
                    run="abc" if state == StepState.FAILED else "",
                )
            )
        session.add(
            Message(
                community_id=village.community.id,
                recipient="r1",
                occasion="a",
                template="reminder",
                facts={},
                written_at=now(),
                state=MessageState.DEAD,
            )
        )
        session.add(Lease(name="clock", holder="c", until=now() + CLOCK_LEASE))


def test_the_pages_of_an_installation(engine: Engine, database_url: str, tmp_path: Path) -> None:
    trouble(engine)
    with served(tmp_path, database_url, JIFEN_LOG_FORMAT="json") as base:
        code, headers, page = get(base, "/status", **operator(tmp_path))
        assert code == 200
        for said in (
            "积分制运行情况",
            "马鞍&lt;i&gt;社区",
            "失败",
            "积分审核（截止）",
            "未送达",
            "1件申报过了",
            "jifen audit -c ma --period 2026-03 --step close",
            "http://127.0.0.1:4200/runs/flow-run/abc",
            "&lt;b&gt;DataError",
        ):
            assert said in page, said
        assert "<i>" not in page
        assert "<b>Data" not in page
        for secret in ("王H1", "评r1", "13812345678", "H1"):
            assert secret not in page, secret
        tags = Tags()
        tags.feed(page)
        assert not tags.seen & {"script", "iframe", "object", "form", "img", "base"}
        assert not {name for name in tags.attributes if name.startswith("on")}
        assert "unsafe" not in headers["content-security-policy"]
        assert "sha256-" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"

        code, headers, text = get(base, "/metrics", **operator(tmp_path))
        assert (code, headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
        samples = {
            (sample.name, *sorted(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
        assert samples["jifen_steps", "audit", "close", "failed"] == 1
        assert samples["jifen_outbox_messages", "dead"] == 1
        assert samples["jifen_claims_waiting", "group", "ma"] == 1
        assert 86_000 < samples["jifen_lateness_seconds", "audit"] < 87_000
        assert samples["jifen_clock_lease_expired_seconds",] < 0
        assert "王" not in text
        assert "r1" not in text

        assert samples["jifen_probe_ok", "database"] == samples["jifen_probe_ok", "clock"] == 1
        assert samples["jifen_probe_ok", "engine"] == 0
        assert ("jifen_probe_ok", "pool") not in samples  # nobody can say

        code, headers, text = get(base, "/healthz")
        assert code == 503  # no engine
        health = json.loads(text)
        assert health["database"] is health["clock"] is True
        assert health["engine"] is health["workers"] is False
        with writing(engine) as session:
            session.execute(delete(Lease))
        time.sleep(1.1)  # what the probes found is shown for a second
        health = json.loads(get(base, "/healthz")[2])
        assert (health["database"], health["clock"]) == (True, False)
        assert get(base, "/livez")[0] == 200
    lines = (tmp_path / "web.log").read_text("utf-8").splitlines()
    assert {json.loads(line)["level"] for line in lines} == {"INFO"}


def test_the_public_folder_is_served_as_it_is(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    public = tmp_path / "var" / "public"
    with served(tmp_path, database_url) as base:
        code, headers, page = get(base, "/")
        assert code == 200
        assert "公示栏还没有内容" in page
        assert get(base, "/ma/notice.html")[0] == 404
        (public / "ma").mkdir(parents=True)
        (public / "index.html").write_text("<p>公示</p>", "utf-8")
        (public / "ma" / "notice.html").write_text("<p>第一季度</p>", "utf-8")
        (tmp_path / "var" / "secret.txt").write_text("hunter2", "utf-8")
        (public / "out").symlink_to(tmp_path / "var" / "secret.txt")
        assert "公示" in get(base, "/")[2]
        code, headers, page = get(base, "/ma/notice.html")
        assert (code, page) == (200, "<p>第一季度</p>")
        for path in (
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/ma/..%2f..%2fsecret.txt",
            "/out",
            "//etc/passwd",
        ):
            code, _, page = get(base, path)
            assert code == 404, path
            assert "hunter2" not in page
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        for name, value in (
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("x-robots-tag", "noindex, nofollow, noarchive"),
            ("referrer-policy", "no-referrer"),
        ):
            assert headers[name] == value
        assert "server" not in headers
        assert get(base, "/", method="HEAD")[0] == 200
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
            code, headers, _ = get(base, "/status", method=method)
            assert code == 405
            assert headers["x-frame-options"] == "DENY"
        for path in ("/docs", "/openapi.json", "/redoc"):
            assert get(base, path)[0] == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_search_engines_are_told_to_keep_out_of_everything(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    public = tmp_path / "var" / "public"
    public.mkdir(parents=True)
    for name in ("n.html", "n.txt", "feed.xml", "robots.txt", "card.pdf"):
        (public / name).write_text("公示", "utf-8")
    with served(tmp_path, database_url) as base:
        for path in (
            "/",
            "/n.html",
            "/n.txt",
            "/feed.xml",
            "/robots.txt",
            "/card.pdf",
            "/none",
            "/status",
            "/metrics",
            "/healthz",
        ):
            assert "noindex" in get(base, path)[1]["x-robots-tag"], path
        assert "noindex" in get(base, "/", method="PUT")[1]["x-robots-tag"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_host_is_repeated_and_no_hidden_file_shown(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    public = tmp_path / "var" / "public"
    for name in (
        "ma/index.html",
        "ma/.0f.tmp",
        ".secret.tmp",
        ".git/config",
        "三村/a:b/index.html",
    ):
        (public / name).parent.mkdir(parents=True, exist_ok=True)
        (public / name).write_text("hunter2", "utf-8")
    with served(tmp_path, database_url) as base:
        for path in (
            "/ma/.0f.tmp",
            "/.secret.tmp",
            "/.git/config",
            "/%2esecret.tmp",
            "/ma/%2e0f.tmp",
            "//.secret.tmp",
            "//ma",
        ):
            code, _, page = get(base, path)
            assert (code, "hunter2" in page) == (404, False), path
        for path, leads_to in (("/ma", "./ma/"), (f"/{quote('三村')}/a:b", "./a%3Ab/")):
            client = http.client.HTTPConnection(base.partition("//")[2], timeout=20)
            client.request("GET", path, headers={"Host": "evil.example"})
            answer = client.getresponse()
            assert (answer.status, answer.headers["location"]) == (307, leads_to)
            client.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("zh_CN", ("没有这个页面", "需要口令", "这里只能查看")),
        ("en", ("There is no such page", "A token is needed", "This can only be read")),
    ],
)
def test_errors_are_pages(
    engine: Engine, database_url: str, tmp_path: Path, locale: str, said: tuple[str, ...]
) -> None:
    with served(tmp_path, database_url, JIFEN_LOCALE=locale) as base:
        for (method, path, expected), words in zip(
            (("GET", "/none/at/all", 404), ("GET", "/status", 401), ("POST", "/", 405)),
            said,
            strict=True,
        ):
            code, headers, page = get(base, path, method=method)
            assert code == expected
            assert words in page
            assert headers["content-type"].startswith("text/html")
            assert "sha256-" in headers["content-security-policy"]
            assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_operators_pages_answer_to_the_token_alone(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    with served(tmp_path, database_url) as base:
        made = tmp_path / "var" / "web.token"
        assert made.stat().st_mode & 0o077 == 0
        for path in ("/status", "/metrics"):
            for headers in (
                {},
                {"Host": "localhost"},
                {"Via": "1.1 proxy"},
                {"X-Forwarded-For": "127.0.0.1"},
                {"CF-Connecting-IP": "::1"},
                {"Authorization": "Bearer "},
            ):
                code, _, page = get(base, path, **headers)
                assert code == 401, headers
                assert "jifen status --link" in page
            assert get(base, path, **operator(tmp_path), Host="evil.example")[0] == 200
        assert get(base, "/", Host="jifen.town.example")[0] == 200
        link = jifen("status", "--link", cwd=tmp_path, JIFEN_DATABASE_URL=database_url).stdout
        assert link == f"{base.replace('//', f'//jifen:{made.read_text().strip()}@')}/status\n"
    assert made.read_text().strip() not in (tmp_path / "web.log").read_text("utf-8")
    with served(tmp_path, database_url, JIFEN_WEB_TOKEN=TOKEN) as base:
        basic = base64.b64encode(f"whoever:{TOKEN}".encode()).decode()
        for path in ("/status", "/metrics"):
            for wrong in (
                "",
                "Bearer",
                "Bearer wrong",
                "Basic xx",
                f"Digest {TOKEN}",
                "Basic " + base64.b64encode(b"x:y").decode(),
            ):
                code, headers, _ = get(base, path, Authorization=wrong)
                assert (code, headers["www-authenticate"]) == (401, 'Basic realm="jifen"')
            for right in (f"Bearer {TOKEN}", f"Basic {basic}"):
                assert get(base, path, Authorization=right, Via="1.1 proxy")[0] == 200
        assert get(base, "/healthz")[0] == 503


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_a_database_the_notices_stay(database_url: str, tmp_path: Path) -> None:
    away = "postgresql://someone:topsecret@127.0.0.1:1/nothing"
    with served(tmp_path, away) as base:
        assert get(base, "/")[0] == 200
        code, _, text = get(base, "/status", **operator(tmp_path))
        assert code == 503
        assert "数据库没有应答" in text
        for found in ("数据库不能使用", "这个目录里没有运行Prefect服务", "磁盘空间"):
            assert found in text, "what needs no database is told all the same"
        assert "topsecret" not in text
        code, _, text = get(base, "/metrics", **operator(tmp_path))
        assert code == 200  # else nobody would see what the probes say
        assert 'jifen_probe_ok{probe="database"} 0' in text
        code, _, text = get(base, "/healthz")
        health = json.loads(text)
        assert (code, health["database"], health["clock"]) == (503, False, False)
        assert get(base, "/livez")[0] == 200
    assert "topsecret" not in (tmp_path / "web.log").read_text("utf-8")
