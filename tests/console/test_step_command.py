"""`jifen step`: what people do to steps, in a command; kept, told, and refused in a sentence."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select

from console.main import run
from console.who import who
from domain.cycle.occurrences import open_cycle
from domain.store.database import reading, writing
from domain.store.tables.cycle import Occurrence, StepAct, StepState
from tests.domain.builders import found

WHY = ("--why", "核对名单")
MARCH = ("audit", "--period", "2026-03")


@pytest.fixture
def office(
    engine: Engine, database_url: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Engine:
    """Two communities whose year is written; of one, March's audit is blocked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JIFEN_DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")
    with writing(engine) as session:
        for code in ("ma", "bs"):
            village = found(session, code=code)
            open_cycle(session, village.community, 2026)
        audit = session.scalars(
            select(Occurrence).where(
                Occurrence.process == "audit",
                Occurrence.period == "2026-03",
                Occurrence.step == "close",
                Occurrence.community_id == village.community.id,
            )
        ).one()
        audit.state, audit.outcome = StepState.BLOCKED, "undecided"
    return engine


@pytest.fixture
def step(office: Engine, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Give `jifen step …`; what it printed: a JSON document, or what it complained of."""

    def give(*words: str, code: int = 0) -> Any:
        assert run(["step", *words, *([] if code else ["--json"])]) == code
        said = capsys.readouterr()
        if code:
            assert said.out == ""
            assert said.err.count("\n") == 1, said.err
            return said.err
        return json.loads(said.out)

    return give


def test_a_step_is_held_and_released(step: Callable[..., Any], office: Engine) -> None:
    done = step("hold", *MARCH, "-c", "ma", *WHY, "--by", "李运维")
    assert (done["act"], done["by"], done["why"]) == ("hold", "李运维", "核对名单")
    (row,) = done["steps"]
    assert (row["community"], row["state"], row["already"]) == ("ma", "held", False)
    assert row["said"] == "held by 李运维 because: 核对名单"
    (again,) = step("hold", *MARCH, "-c", "ma", *WHY)["steps"]
    assert again["already"]
    (row,) = step("release", *MARCH, "-c", "ma", *WHY)["steps"]
    assert (row["state"], row["said"]) == ("due", f"released by {who()} because: 核对名单")
    with reading(office) as session:
        acts = session.execute(select(StepAct.act, StepAct.by).order_by(StepAct.id)).tuples().all()
    assert acts == [("hold", "李运维"), ("release", who())]


def test_the_list_shows_what_waits_and_what_was_done(step: Callable[..., Any]) -> None:
    step("hold", "settle", "--period", "2026", "-c", "ma", *WHY)
    step("drop", *MARCH, "--step", "remind_1", "-c", "ma", *WHY)
    listed = {(each["community"], each["step"], each["state"]) for each in step("list")}
    assert {("ma", "settle", "held"), ("ma", "remind_1", "dropped")} <= listed
    assert ("bs", "close", "blocked") in listed
    (one,) = step("list", "audit", "--period", "2026-03", "--step", "close", "-c", "bs")
    assert (one["state"], one["said"], one["acts"]) == ("blocked", "undecided", [])
    acts = [(each["step"], act["act"]) for each in step("list", "--acts") for act in each["acts"]]
    assert sorted(acts) == [("remind_1", "drop"), ("settle", "hold")]
    step("release", "settle", "--period", "2026", "-c", "ma", *WHY)
    acts = [(each["step"], act["act"]) for each in step("list", "--acts") for act in each["acts"]]
    assert sorted(acts) == [("remind_1", "drop"), ("settle", "hold"), ("settle", "release")]


def test_of_several_those_are_done_that_fit(step: Callable[..., Any]) -> None:
    rows = step("retry", *MARCH, *WHY)["steps"]
    assert [(row["community"], row["state"]) for row in rows] == [("bs", "due"), ("ma", "due")]
    assert [row["already"] for row in rows] == [False, True]
    step("hold", *MARCH, "-c", "bs", *WHY)
    rows = step("retry", *MARCH, *WHY)["steps"]
    assert [row["refused"] for row in rows] == [True, False]
    assert "release it first" in rows[0]["said"]


def test_what_cannot_be_meant_is_refused_in_one_sentence(
    step: Callable[..., Any], office: Engine
) -> None:
    for words, code, sentence in (
        (("hold", *MARCH, "-c", "nowhere", *WHY), 1, "no community"),
        (("hold", "audit", "--period", "2026-13", "-c", "ma", *WHY), 2, "2026-13"),
        (("hold", "audit", "--period", "2031-03", "-c", "ma", *WHY), 1, "see `jifen calendar"),
        (("hold", *MARCH, "--step", "publish", "-c", "ma", *WHY), 2, "publish"),
        (("hold", *MARCH, "-c", "ma", "--why", " "), 2, "say who does this"),
        (("hold", *MARCH, "-c", "ma", *WHY, "--by", ""), 2, "say who does this"),
        (("drop", *MARCH, "-c", "ma", *WHY), 1, "other steps rest on it: hold it instead"),
        (("release", *MARCH, "-c", "bs", *WHY), 1, "retry it"),
    ):
        assert sentence in step(*words, code=code), words
    assert run(["step", "hold", *MARCH, "-c", "ma"]) == 2  # no reason
    with reading(office) as session:
        assert session.scalars(select(StepAct)).all() == []


def test_people_read_it_in_their_language(
    office: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIFEN_LOCALE", "zh_CN")
    assert run(["step", "hold", *MARCH, "-c", "ma", *WHY, "--by", "李运维"]) == 0
    assert "李运维暂停了这一步：核对名单" in capsys.readouterr().out
    assert run(["step", "hold", *MARCH, "-c", "ma", *WHY]) == 0
    assert "本来就是这样" in capsys.readouterr().err
    assert run(["step", "list", "--acts"]) == 0
    assert "暂停" in capsys.readouterr().out
    assert run(["status", "-c", "ma", "--as-of", "2026-04-07"]) == 0
    assert "jifen step release audit -c ma --period 2026-03 --step close" in capsys.readouterr().out
