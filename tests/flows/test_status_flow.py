"""The status flow: the findings as artifacts in Prefect's UI."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from sqlalchemy import Engine

from domain.store.database import writing
from domain.store.tables.cycle import Occurrence, StepState
from domain.store.tables.people import Household
from flows.status import FLOWS, status_flow
from flows.steps.runtime import use
from tests.domain.builders import found, moment

pytestmark = pytest.mark.xdist_group("prefect")


def artifacts(run: UUID) -> dict[str | None, Any]:
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(
            artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run]))
        )
    return {each.key: each.data for each in found}


def test_the_findings_are_artifacts(on_engine: Engine, tmp_path: Path) -> None:
    assert FLOWS["status"].name == "status"
    quiet = status_flow(as_of=moment("04-10"), return_state=True)
    assert quiet.is_completed()
    assert quiet.message == "nothing is late, blocked, failed or undelivered"
    with writing(on_engine) as session:
        village = found(session)
        name = session.get_one(Household, 1).head
        for state, period in (("failed", "2026-02"), ("due", "2026-03")):
            session.add(
                Occurrence(
                    community_id=village.community.id,
                    process="audit",
                    period=period,
                    step="close",
                    due_at=moment("04-06"),
                    state=StepState(state),
                    outcome="DataError",
                    run="abcdefghij",
                )
            )
    # What it finds is not its own failure.
    loud = status_flow(as_of=moment("04-10"), return_state=True)
    assert loud.is_completed()
    assert loud.message == "1 stalled, 1 failed, 1 late"
    assert loud.state_details.flow_run_id is not None
    found_there = artifacts(loud.state_details.flow_run_id)
    rows = json.loads(found_there["status"])
    assert [row["what"] for row in rows] == ["stalled", "failed", "late"]
    assert rows[1]["run"] == "[abcdefgh](/runs/flow-run/abcdefghij)"
    assert rows[1]["communities"] == "ma"
    assert "| failed | 1 |" in found_there["status-counts"]
    assert "1 of 1 community" in found_there["status-counts"]
    assert name not in json.dumps(found_there, ensure_ascii=False)


def test_it_says_so_in_the_language_of_the_installation(on_engine: Engine) -> None:
    with writing(on_engine) as session:
        village = found(session)
        session.add(
            Occurrence(
                community_id=village.community.id,
                process="audit",
                period="2026-02",
                step="close",
                due_at=moment("04-06"),
                state=StepState.FAILED,
                outcome="DataError",
            )
        )
    use(on_engine, language="zh_CN")
    told = status_flow(as_of=moment("04-10"), return_state=True)
    assert told.message == "失败 1"
    assert told.state_details.flow_run_id is not None
    (row,) = json.loads(artifacts(told.state_details.flow_run_id)["status"])
    assert list(row) == ["情况", "社区（村）", "事项", "原因", "处理办法", "运行记录"]
    assert (row["情况"], row["原因"]) == ("失败", "执行失败：DataError")
    assert row["处理办法"].startswith("请先排除原因")
