"""What a step does when it cannot be done: it is blocked, says why, and is done later."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from prefect.client.schemas import State
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from domain.community.adoption import add_community
from domain.community.registry import find_community
from domain.cycle.due import Share, claim_due
from domain.cycle.occurrences import find_occurrence, open_cycle
from domain.kernel.local_time import start_of_day
from domain.kernel.period import Period
from domain.ledger.verify import verify
from domain.operations.status import findings
from domain.rules.load import shipped
from domain.store.database import reading, writing
from domain.store.tables.cycle import StepState
from domain.store.tables.ledger import Entry
from domain.store.tables.people import Community, Household
from notifications.letters.troubles import finding_facts
from notifications.texts.catalogue import load_texts

pytestmark = pytest.mark.xdist_group("prefect")
SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=SHANGHAI)


@pytest.fixture
def village(on_engine: Engine) -> Engine:
    """A community with two households and its year's steps."""
    with writing(on_engine) as session:
        community = add_community(
            session,
            "ma",
            "马鞍社区",
            "马鞍街道",
            shipped("fuling-maan-2022"),
            NEW_YEAR.date(),
            NEW_YEAR,
        )
        for code in ("H1", "H2"):
            session.add(
                Household(
                    community_id=community.id,
                    code=code,
                    head="王小明",
                    enrolled_on=NEW_YEAR.date(),
                )
            )
        open_cycle(session, community, 2026)
    return on_engine


def run(process: str, period: str, step: str, as_of: datetime, **more: Any) -> list[dict[str, str]]:
    from flows.catalogue import run as run_flow  # lazy: settings

    return run_flow(process, communities=["ma"], period=period, step=step, as_of=as_of, **more)


def test_blocked_then_done(village: Engine) -> None:
    at = datetime(2026, 4, 6, 9, tzinfo=SHANGHAI)
    blocked = run("publicity", "2026-Q1", "publish", at)
    assert blocked[0]["state"] == "blocked"
    assert "audit of 2026-03" in blocked[0]["said"]
    with reading(village) as session:
        community = session.merge(_community(session))
        found = findings(session, community, at)
        (it,) = [f for f in found if (f.what, f.about) == ("blocked", "publicity publish 2026-Q1")]
        assert it.why.startswith("2026-Q1 cannot be published: the audit of 2026-03 is not closed")
        # On a page and in a letter it is said in their language.
        said = finding_facts(it, {"ma": "马鞍社区"}, "")
        # A template's macros are attributes of its module.
        page: Any = load_texts("zh_CN").environment.get_template("zh_CN/finding.txt").module
        assert "暂不能办理：2026-03的审核还没有办结" in str(page.why(said))
    assert run("audit", "2026-03", "close", at)[0]["state"] == "done"
    assert run("publicity", "2026-Q1", "publish", at)[0]["state"] == "done"
    assert run("publicity", "2026-Q1", "publish", at)[0]["state"] == "skipped"


def test_a_dry_run_changes_nothing(village: Engine) -> None:
    at = datetime(2026, 4, 6, 9, tzinfo=SHANGHAI)
    would = run("collect", "2026", "open", at, dry_run=True)
    assert would[0]["state"] == "would be done"
    with reading(village) as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == 0
    assert run("collect", "2026", "open", at)[0]["said"] == "base entries: 12"


def test_one_failure_leaves_the_others_alone(village: Engine) -> None:
    from flows.catalogue import FLOWS  # lazy: settings

    with writing(village) as session:
        add_community(
            session, "bs", "宝山村", "罗泾镇", shipped("baoshan-2023"), NEW_YEAR.date(), NEW_YEAR
        )
    state: State[Any] | None = FLOWS["publicity"](
        communities=["ma", "bs"],
        period="2026-Q1",
        step="publish",
        as_of=datetime(2026, 4, 6, 9, tzinfo=SHANGHAI),
        return_state=True,
    )
    assert state is not None
    assert state.name == "Blocked"
    assert "2 blocked" in (state.message or "")


def test_a_run_thought_dead_cannot_post(village: Engine) -> None:
    opening = start_of_day(NEW_YEAR.date())
    with writing(village) as session:
        first = claim_due(session, opening, opening, Share())
    assert [(batch.process, batch.step, batch.attempt) for batch in first] == [
        ("collect", "open", 1)
    ]
    with writing(village) as session:
        row = find_occurrence(session, _community(session), "collect", Period.parse("2026"), "open")
        assert row is not None
        row.state = StepState.DUE  # as the reaper leaves it
    with writing(village) as session:
        second = claim_due(session, opening, opening, Share())
    assert second[0].attempt == 2
    assert run("collect", "2026", "open", opening, attempt=1)[0]["state"] == "skipped"
    with reading(village) as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == 0
    assert run("collect", "2026", "open", opening, attempt=2)[0]["state"] == "done"
    with reading(village) as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == 12
        assert verify(session) == []


def _community(session: Session) -> Community:

    return find_community(session, "ma")


def test_flows_are_short() -> None:
    """A good flow reads like the office's own description of the step."""
    flows = Path(__file__).resolve().parents[2] / "flows"
    for name in ("collect", "audit", "publicity", "redemption", "settlement", "report"):
        assert len((flows / f"{name}.py").read_text("utf-8").splitlines()) < 140
