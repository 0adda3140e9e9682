"""A step started by hand: only what the cycle has, not before its time, with who and why kept; a
refusal is one sentence in the run's state, and leaves nothing behind."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from prefect.client.schemas import State
from sqlalchemy import Engine, select, update

from domain.community.adoption import add_community
from domain.cycle.occurrences import keep_open
from domain.kernel.local_time import LOCAL, now
from domain.operations.timekeeping import accept
from domain.rules.load import shipped
from domain.store.database import reading, writing
from domain.store.tables.cycle import Occurrence, StepAct, StepState
from domain.store.tables.ledger import Journal
from domain.store.tables.people import Community, Household
from domain.store.tables.timekeeping import ClockMark
from flows.catalogue import FLOWS
from flows.settlement import settle_by_hand
from flows.steps.runtime import use
from tests.flows import test_asked

pytestmark = pytest.mark.xdist_group("prefect")
YEAR = now().year
WHO = {"by": "张文书", "why": "镇里要看"}


@pytest.fixture
def village(on_engine: Engine) -> Engine:
    """A community whose year runs since New Year, and next year's where that is near."""
    use(on_engine, language="zh_CN")
    started = datetime(YEAR, 1, 1, tzinfo=LOCAL)
    with writing(on_engine) as session:
        community = add_community(
            session,
            "ma",
            "马鞍社区",
            "马鞍街道",
            shipped("fuling-maan-2022"),
            started.date(),
            started,
        )
        session.add(
            Household(
                community_id=community.id, code="H1", head="王小明", enrolled_on=started.date()
            )
        )
        keep_open(session, now())
    return on_engine


def everything(engine: Engine) -> tuple[Any, ...]:
    """What a refusal may not change."""
    with reading(engine) as session:
        columns = (
            Occurrence.process,
            Occurrence.period,
            Occurrence.step,
            Occurrence.state,
            Occurrence.outcome,
            Occurrence.due_at,
        )
        steps = session.execute(select(*columns).order_by(*columns)).all()
        journals = session.scalars(select(Journal.act)).all()
        return tuple(steps), tuple(journals), tuple(session.scalars(select(StepAct.act)))


def asked(process: str, **parameters: Any) -> State[Any]:
    return test_asked.asked(process, **{"communities": ["ma"], **parameters})


FUTURE = now() + timedelta(days=97)
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("audit", {"period": f"{YEAR}-12", "as_of": FUTURE}, "晚于现在"),
    ("audit", {"period": f"{YEAR}-12", "as_of": FUTURE.replace(tzinfo=None)}, "晚于现在"),
    ("audit", {"period": f"{YEAR}-Q1"}, "请写月份"),
    ("audit", {"period": f"{YEAR + 1}-05"}, "还没有结束"),
    ("audit", {"period": f"{YEAR}-13"}, f"{YEAR}-13"),
    ("audit", {"period": f"{YEAR - 3}-05"}, "不"),
    ("audit", {"period": f"{YEAR + 1}-05", "step": "remind_1"}, "到期"),
    ("settle", {"period": f"{YEAR}", "step": "settle"}, "才能结算"),
    ("settle", {"period": f"{YEAR}", "step": "clear"}, ""),
    ("settle", {"period": f"{YEAR}", "step": "preview"}, "到期"),
    ("settle", {"period": f"{YEAR + 1}", "step": "settle"}, ""),
    ("publicity", {"period": f"{YEAR + 1}-Q1"}, ""),
    ("publicity", {"period": f"{YEAR + 1}-Q1", "step": "close"}, ""),
    ("redemption", {"period": f"{YEAR}-H1"}, ""),
    ("report", {"period": f"{YEAR + 1}-H1"}, "还没有开始"),
    ("collect", {"period": f"{YEAR + 1}-06"}, "到期"),
    ("collect", {"period": f"{YEAR + 1}", "step": "open"}, ""),
    ("collect", {"period": f"{YEAR - 3}", "step": "open"}, ""),
    ("audit", {"period": f"{YEAR}-05", "communities": []}, "没有写社区"),
    ("audit", {"period": f"{YEAR}-05", "communities": ["某村"]}, "没有编号或名称"),
    ("audit", {"period": f"{YEAR}-05", "communities": [f"x{n}" for n in range(300)]}, "没有编号"),
]


@pytest.mark.parametrize(("process", "parameters", "sentence"), REFUSED)
def test_a_refusal_is_one_sentence_and_stores_nothing(
    village: Engine, process: str, parameters: dict[str, Any], sentence: str
) -> None:
    before = everything(village)
    state = asked(process, **parameters, **_who(process))
    assert state.is_failed()
    assert sentence in test_asked.said(state)
    assert "Traceback" not in test_asked.logged(state)
    assert everything(village) == before


def _who(process: str) -> dict[str, str]:
    return {"by": WHO["by"], "reason" if process == "settle" else "why": WHO["why"]}


@pytest.mark.parametrize(("process", "parameters"), [each[:2] for each in REFUSED[:12]])
def test_a_dry_run_stores_nothing_either(
    village: Engine, process: str, parameters: dict[str, Any]
) -> None:
    before = everything(village)
    asked(process, **parameters, dry_run=True)
    assert everything(village) == before


def test_who_and_why_are_kept(village: Engine) -> None:
    state = asked("collect", period=f"{YEAR}", step="open", **WHO)
    assert test_asked.said(state) == "办结1个"
    with reading(village) as session:
        (act,) = session.scalars(select(StepAct))
        step = session.get_one(Occurrence, act.occurrence_id)
    assert (act.act, act.by, act.why) == ("by_hand", *WHO.values())
    assert (step.step, step.state) == ("open", "done")
    # The same work twice changes nothing.
    before = everything(village)
    again = asked("collect", period=f"{YEAR}", step="open", **WHO)
    assert test_asked.said(again).startswith("无需办理1个")
    assert everything(village) == before


def test_a_step_before_the_community_was_added_may_be_done_and_a_refusal_is_not_kept(
    village: Engine,
) -> None:
    with writing(village) as session:
        row = session.scalars(
            select(Occurrence).where(
                Occurrence.process == "publicity", Occurrence.step == "publish"
            )
        ).first()
        assert row is not None
        row.state, row.due_at = StepState.DROPPED, now() - timedelta(days=200)
        period = row.period
    before = everything(village)
    assert asked("publicity", period=period, **WHO).is_failed()
    assert everything(village) == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("wrong", [timedelta(days=40), -timedelta(days=40)])
def test_on_a_machine_whose_time_is_doubted_nothing_is_done(
    village: Engine, wrong: timedelta
) -> None:
    """An embedded database's clock last worked at another time: which is right, nobody knows."""
    this = (Occurrence.period == f"{YEAR}", Occurrence.step == "open")
    with writing(village) as session:
        session.add(ClockMark(machine="m1", swept_at=now() - wrong, seen_at=now() - wrong))
        session.execute(update(Occurrence).where(*this).values(state="claimed", attempt=7))
    before = everything(village)
    assert "jifen time accept" in test_asked.said(
        asked("collect", period=f"{YEAR}", step="open", **WHO)
    )
    assert everything(village) == before
    # The clock's run, which had waited for a worker, gives back what it has claimed.
    queued = asked("collect", period=f"{YEAR}", step="open", attempt=7)
    assert queued.is_failed()
    with reading(village) as session:
        assert session.scalars(select(Journal)).all() == []
        assert session.scalar(select(Occurrence.state).where(*this)) == "due"
    with writing(village) as session:
        accept(session, "张文书", "钟已对好", now())
    assert asked("collect", period=f"{YEAR}", step="open", **WHO).is_completed()


def test_a_form_asks_for_who_and_why(village: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.steps.running.is_on_worker", lambda: True)
    for named in ({}, {"by": "张文书"}, {"why": "镇里要看"}, {"by": " ", "why": "x"}):
        state = asked("collect", period=f"{YEAR}", step="open", **named)
        assert state.is_failed()
        assert test_asked.said(state) == "请写明由谁（by）、为什么（why）手工办理"
    state = settle_by_hand("ma", YEAR, dry_run=False, reason="年底", return_state=True)
    assert "请写明由谁" in test_asked.said(state)
    with reading(village) as session:
        assert session.scalars(select(Journal)).all() == []
        assert session.scalars(select(Community.code)).all() == ["ma"]
    assert set(FLOWS) >= {"collect", "audit"}
