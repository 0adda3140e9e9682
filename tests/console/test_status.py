"""`jifen status` and `jifen metrics`: counts first, links, and an exit code for monitoring."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from console.main import run
from domain.operations.leases import CLOCK_LEASE
from domain.operations.metrics import COMMUNITIES_MAX, measure
from domain.store.database import reading, writing
from domain.store.tables.cycle import Lease, Occurrence, StepState
from domain.store.tables.outbox import Message
from tests.domain.builders import found, moment

AT = "2026-04-10T12:00"


@pytest.fixture
def office(
    engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """An installation whose database is the test's; add a community with steps of these states."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JIFEN_DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")

    def add(code: str, *states: str) -> None:
        with writing(engine) as session:
            village = found(session, code=code)
            for number, state in enumerate(states, start=1):
                session.add(
                    Occurrence(
                        community_id=village.community.id,
                        process="audit",
                        step="close",
                        period=f"2026-{number:02}",
                        due_at=moment("04-06"),
                        state=StepState(state),
                        outcome="why",
                        run="abc",
                    )
                )
            session.merge(
                Lease(name="clock", holder="c", until=moment("04-10T12:00") + CLOCK_LEASE)
            )

    return add


def status(*words: str, code: int = 0) -> None:
    assert run(["status", "--as-of", AT, *words]) == code


def test_counts_first_then_what_to_do(
    office: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    office("ma", "failed", "due")
    office("bs", "blocked")
    status()
    said = capsys.readouterr()
    assert said.out.startswith("1 failed, 1 late, 1 blocked; communities: 2\n")
    assert "http://127.0.0.1:4200/runs/flow-run/abc" in said.out
    assert "jifen audit -c ma --period 2026-01 --step close" in said.out
    assert said.err == ""
    status("-c", "bs")
    assert capsys.readouterr().out.startswith("1 blocked; communities: 1")


def test_on_a_chinese_terminal(
    office: Callable[..., None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    office("ma", "failed", "due")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    status("--check", code=1)
    said = capsys.readouterr()
    assert "2026年1月积分审核（截止）" in said.out
    assert "执行失败：why" in said.out
    assert "请先排除原因，然后 `jifen audit -c ma --period 2026-01 --step close`" in said.out
    assert said.err.startswith("失败 1；逾期 1：请先排除原因")
    status("--json")
    assert json.loads(capsys.readouterr().out)[0]["about"] == "audit close 2026-01"


def test_one_json_document(
    office: Callable[..., None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    office("ma", "failed")
    monkeypatch.setenv("JIFEN_PREFECT_UI_URL", "https://ui.example")
    status("--json")
    assert json.loads(capsys.readouterr().out) == [
        {
            "community": "ma",
            "what": "failed",
            "about": "audit close 2026-01",
            "why": "why",
            "do": "clear that, then `jifen audit -c ma --period 2026-01 --step close`",
            "count": 1,
            "since": "2026-04-06T00:00:00+08:00",
            "waits_for": [],
            "run": "https://ui.example/runs/flow-run/abc",
        }
    ]


def test_a_check_fails_for_what_needs_an_operator(
    office: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    office("ma", "blocked")
    status("--check")
    office("bs", "due")
    capsys.readouterr()
    status("--check", code=1)
    said = capsys.readouterr()
    assert said.err == "1 late: `jifen audit -c bs --period 2026-01 --step close`\n"
    status("--check", "--json", code=1)
    assert len(json.loads(capsys.readouterr().out)) == 2
    status("--check", "-c", "ma")
    status("-c", "zz", code=1)


def test_nothing_to_say(office: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    office("ma", "done")
    status("--check")
    assert capsys.readouterr().out == "nothing is late, blocked, failed or undelivered\n"


def test_metrics_can_be_read_by_prometheus(
    engine: Engine, office: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    office("ma", "failed", "done", "due")
    office("bs", "done")
    with writing(engine) as session:
        for number in range(3):
            session.add(
                Message(
                    community_id=1,
                    recipient="r1",
                    occasion=str(number),
                    template="reminder",
                    facts={},
                    written_at=moment("04-10T10:00") + timedelta(hours=number // 2),
                )
            )
    assert run(["metrics", "--as-of", AT]) == 0
    families = {
        family.name: {tuple(sample.labels.values()): sample.value for sample in family.samples}
        for family in text_string_to_metric_families(capsys.readouterr().out)
    }
    steps = {tuple(sorted(key)): value for key, value in families["jifen_steps"].items()}
    # What is done is not counted: it only grows.
    assert steps == {("audit", "close", "due"): 1, ("audit", "close", "failed"): 1}
    lateness = families["jifen_lateness_seconds"]
    assert {process: s for (process,), s in lateness.items() if s} == {"audit": 4.5 * 86400}
    assert not any(families["jifen_blocked_seconds"].values())
    assert families["jifen_outbox_messages"] == {("waiting",): 3}
    assert families["jifen_outbox_oldest_seconds"] == {("waiting",): 7200}
    assert families["jifen_communities"] == {(): 2}
    assert "jifen_last_journal_timestamp_seconds" not in families


def test_of_many_communities_only_totals(engine: Engine) -> None:
    at = moment("04-10")
    with writing(engine) as session:
        for number in range(COMMUNITIES_MAX + 1):
            village = found(session, code=f"v{number:03}", households=1, reviewers=0)
            village.claim("C1", "H1", "sweep", "03-05")
            if number == COMMUNITIES_MAX - 1:
                session.flush()
                few = measure(session, at)
    assert few.claims == {(f"v{n:03}", "group"): 1 for n in range(COMMUNITIES_MAX)}
    with reading(engine) as session:
        assert measure(session, at).claims == {("", "group"): COMMUNITIES_MAX + 1}
