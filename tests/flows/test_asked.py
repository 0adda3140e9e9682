"""What a run is asked for: communities by name too, no time later than now, a period that there
is; a refusal is a state with one sentence, in the installation's language."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas import State
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.exceptions import PrefectHTTPStatusError
from sqlalchemy import Engine, func, select, update

from config import prefect_file
from domain.community.adoption import add_community
from domain.community.registry import add_person, find_community
from domain.cycle.occurrences import find_occurrence, open_cycle
from domain.kernel.errors import BadInput, Refused
from domain.kernel.local_time import now
from domain.kernel.period import Period
from domain.rules.load import shipped
from domain.settlement.permits import permit_force, use_permit
from domain.store.database import reading, writing
from domain.store.tables.cycle import Occurrence
from domain.store.tables.ledger import Journal
from domain.store.tables.people import Community, Household
from domain.store.tables.settlement import Permit, PermitUse, Settlement
from flows.catalogue import FLOWS
from flows.catalogue import run as run_flow
from flows.clock.deployments import deploy_all, deployment_of
from flows.settlement import settle_by_hand
from flows.status import status_flow
from flows.steps.names import whom
from flows.steps.runtime import use

pytestmark = pytest.mark.xdist_group("prefect")
LAST_YEAR = now().year - 1
# As Prefect's form sends it: without a zone.
OPENED = datetime.fromisoformat(f"{LAST_YEAR}-01-01T08:00")


@pytest.fixture
def village(on_engine: Engine) -> Engine:
    """Two communities of one town; the runs speak Chinese, as an installation's do."""
    use(on_engine, language="zh_CN")
    with writing(on_engine) as session:
        for code, name in (("ma", "马鞍社区"), ("ly", "柳荫村")):
            community = add_community(
                session,
                code,
                name,
                "马鞍街道",
                shipped("fuling-maan-2022"),
                OPENED.date(),
                now() - timedelta(days=700),
            )
            session.add(
                Household(
                    community_id=community.id, code="H1", head="王小明", enrolled_on=OPENED.date()
                )
            )
        add_person(session, community, "t1", "李镇长", ["town"])
        add_person(session, community, "k1", "张文书", ["clerk"])
    return on_engine


def asked(process: str, **parameters: Any) -> State[Any]:
    state: State[Any] | None = FLOWS[process](**parameters, return_state=True)
    assert state is not None
    return state


def said(state: State[Any]) -> str:
    message = state.message or ""
    assert "\n" not in message
    return message


def logged(state: State[Any]) -> str:
    run = state.state_details.flow_run_id
    assert run is not None
    with get_client(sync_client=True) as client:
        chosen = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run]))
        return "\n".join(each.message for each in client.read_logs(chosen))


def test_a_name_is_taken_where_a_code_is_asked(village: Engine) -> None:
    period = str(LAST_YEAR)
    state = asked("collect", communities=["马鞍社区", " ly "], period=period, step="open")
    assert said(state) == "办结2个"
    assert state.is_completed()
    again = asked("collect", communities=["ma", "马鞍社区"], period=period, step="open")
    assert said(again) == "无需办理1个：ma：已开账"


def test_a_name_that_several_have_is_refused(village: Engine) -> None:
    with writing(village) as session:
        session.execute(update(Community).values(name="幸福村"))
    state = asked("collect", communities=["幸福村"], period="2026-03")
    assert state.is_failed()
    assert said(state) == "有几个社区都叫“幸福村”：请写编号（ly、ma）"


@pytest.mark.parametrize(
    ("process", "parameters", "sentence"),
    [
        ("collect", {"communities": ["nowhere"], "period": "2026-03"}, "没有编号或名称为“nowhere”"),
        ("audit", {"communities": [], "period": "2026-03"}, "没有写社区"),
        ("audit", {"communities": ["  "], "period": "2026-03"}, "没有写社区"),
        ("audit", {"communities": ["ma"], "period": "2026-Q1"}, "请写月份，如2026-03"),
        ("publicity", {"communities": ["ma"], "period": "2026-03"}, "请写季度"),
        ("report", {"communities": ["ma"], "period": "2026"}, "请写半年"),
        ("settle", {"communities": ["ma"], "period": "2026-H1"}, "请写年度"),
        ("audit", {"communities": ["ma"], "period": "三月"}, "三月"),
    ],
)
def test_what_cannot_be_meant_is_a_failed_run_without_a_traceback(
    village: Engine, process: str, parameters: dict[str, Any], sentence: str
) -> None:
    state = asked(process, **parameters)
    assert state.is_failed()
    assert sentence in said(state)
    assert "Traceback" not in logged(state)
    with reading(village) as session:
        assert session.scalar(select(func.count()).select_from(Occurrence)) == 0


def test_no_time_later_than_now_stands_in_for_now(village: Engine) -> None:
    later = now() + timedelta(hours=3)
    ahead = {"communities": ["ma"], "period": f"{now().year}-01", "as_of": later}
    for as_of in (later, later + timedelta(days=400), later.replace(tzinfo=None)):
        state = asked("audit", **ahead | {"as_of": as_of + timedelta(hours=8)})
        assert state.is_failed()
        assert "晚于现在" in said(state)
    with pytest.raises(Refused, match="only in a rehearsal"):
        run_flow("audit", **ahead, step="close")
    assert status_flow(as_of=later, return_state=True).is_failed()
    with reading(village) as session:
        assert session.scalar(select(func.count()).select_from(Journal)) == 0
    with writing(village) as session:
        session.execute(update(Community).where(Community.code == "ma").values(rehearsed=True))
    assert asked("audit", **ahead).is_failed()  # the other one is the installation's
    with writing(village) as session:
        session.execute(update(Community).values(rehearsed=True))
    assert "办结1个" in said(asked("audit", **ahead))


def test_a_time_without_a_zone_is_the_villages(village: Engine) -> None:
    opened = {"communities": ["ma"], "period": str(LAST_YEAR), "step": "open"}
    assert asked("collect", **opened, as_of=OPENED).is_completed()
    with reading(village) as session:
        posted = session.scalars(select(Journal.posted_at)).all()
    assert [at.isoformat() for at in posted] == [f"{LAST_YEAR}-01-01T00:00:00+00:00"]


def test_a_dry_run_with_blockers_is_blocked_and_names_them(village: Engine) -> None:
    for state in (
        settle_by_hand(community="马鞍社区", year=LAST_YEAR, return_state=True),
        asked("settle", communities=["ma"], period=str(LAST_YEAR), step="settle", dry_run=True),
    ):
        assert (state.name, state.is_completed()) == ("Blocked", False)
        for words in ("暂不能办理1个", f"{LAST_YEAR}-12的审核未办结", f"{LAST_YEAR}-Q4未公示"):
            assert words in said(state)
        run = state.state_details.flow_run_id
        assert run is not None
        with get_client(sync_client=True) as client:
            found = client.read_artifacts(
                artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run]))
            )
        (row,) = json.loads(str(found[0].data))
        assert row["state"] == "blocked"
        assert "未公示" in row["said"]
        assert "Traceback" not in logged(state)
    use(village, language="en")
    told = said(settle_by_hand(community="ma", year=LAST_YEAR, return_state=True))
    assert told.startswith(
        f"1 blocked: ma: {LAST_YEAR} of 马鞍社区 cannot be settled: audit_open (1)"
    )
    with reading(village) as session:
        assert session.scalar(select(func.count()).select_from(Occurrence)) == 0


def test_a_dry_run_of_what_is_refused_is_blocked_too(village: Engine) -> None:
    year = now().year + 1
    state = asked("publicity", communities=["ma"], period=f"{now().year - 1}-Q1", dry_run=True)
    assert state.name == "Blocked"
    assert "不能公示" in said(state)
    assert asked("audit", communities=["ma"], period=f"{year}-01", dry_run=True).name == "Blocked"


def test_a_dry_run_is_blocked_as_the_clocks_runs_are(village: Engine) -> None:
    """Grey: it was asked what stands in the way, and has said so; real work has failed."""
    period = str(LAST_YEAR)
    dry = (
        settle_by_hand(community="ma", year=LAST_YEAR, return_state=True),
        asked("settle", communities=["ma"], period=period, step="settle", dry_run=True),
        asked("publicity", communities=["ma"], period=f"{LAST_YEAR}-Q1", dry_run=True),
    )
    assert {(each.type.value, each.name) for each in dry} == {("CANCELLED", "Blocked")}
    meant = asked("settle", communities=["ma"], period=period, step="settle")
    assert (meant.type.value, meant.name) == ("FAILED", "Blocked")


@pytest.mark.parametrize("attempt", [7, -1])
def test_an_attempt_that_there_never_was_is_refused(village: Engine, attempt: int) -> None:
    """A form has a field for it, and whoever fills it in is told what it stands for."""
    with writing(village) as session:
        open_cycle(session, find_community(session, "ma"), LAST_YEAR)
    state = asked(
        "collect", communities=["ma"], period=str(LAST_YEAR), step="open", attempt=attempt
    )
    assert state.is_failed()
    assert said(state) == f"没有第{attempt}次办理：这一步最近一次是第0次；手工办理请写0"
    with reading(village) as session:
        community = find_community(session, "ma")
        row = find_occurrence(session, community, "collect", Period.parse(str(LAST_YEAR)), "open")
        assert row is not None
        assert (row.state, row.attempt, row.outcome) == ("due", 0, "")


def test_a_community_that_is_named_twice_is_one(village: Engine) -> None:
    twice = ["ma", "ma", " 马鞍社区"]
    assert whom(twice) == "马鞍社区"
    assert whom([*twice, "ly"]) == "2个社区（村）"
    assert whom(["nowhere", "nowhere"]) == "nowhere"
    state = asked("collect", communities=twice, period=str(LAST_YEAR), step="open")
    assert said(state) == "办结1个"


def test_by_hand_a_reason_is_wanted(village: Engine) -> None:
    state = settle_by_hand(community="ma", year=LAST_YEAR, dry_run=False, return_state=True)
    assert state.is_failed()
    assert said(state) == "请在reason里写明为什么手工结算"


def test_what_is_refused_by_hand_is_kept_only_of_a_step_that_was_due(village: Engine) -> None:
    year = now().year + 1
    with writing(village) as session:
        community = session.scalars(select(Community).where(Community.code == "ma")).one()
        open_cycle(session, community, year)
    refused = {"communities": ["ma"], "period": str(year), "step": "settle"}
    assert asked("settle", **refused).name == "Blocked"
    with reading(village) as session:
        community = session.scalars(select(Community).where(Community.code == "ma")).one()
        row = find_occurrence(session, community, "settle", Period.parse(str(year)), "settle")
        assert row is not None
        assert (row.state, row.outcome) == ("due", "")
    # Of a year that has no steps written: nothing is left that would be tried for ever.
    asked("settle", **refused | {"period": str(year + 1)})
    with reading(village) as session:
        later = select(func.count()).select_from(Occurrence)
        assert session.scalar(later.where(Occurrence.period == str(year + 1))) == 0


def forced(by: str, why: str, **more: Any) -> State[Any]:
    return asked(
        "settle",
        communities=["ly"],
        period=str(LAST_YEAR),
        step="settle",
        force_by=by,
        reason=why,
        **more,
    )


def test_a_form_alone_forces_nothing(village: Engine) -> None:
    state = forced("李镇长", "as agreed")
    assert state.name == "Blocked"
    assert "没有有效的强行结算许可" in said(state)
    with reading(village) as session:
        assert session.scalar(select(func.count()).select_from(Settlement)) == 0


def test_who_has_the_right_permits_once(village: Engine) -> None:
    with writing(village) as session:
        ly = session.scalars(select(Community).where(Community.code == "ly")).one()
        for nobody in ("张文书", "k1", "某人", " "):
            with pytest.raises(Refused):
                permit_force(session, ly, LAST_YEAR, nobody, "急", now())
        permit_force(session, ly, LAST_YEAR, "t1", "年底等不及", now())
    assert "没有有效" in said(forced("t1", "另一个原因"))
    assert "没有有效" in said(forced("李镇长", "年底等不及"))
    state = forced("t1", "年底等不及")
    assert said(state) == "办结1个"
    with reading(village) as session:
        kept = session.scalars(select(Settlement)).one()
        assert (kept.forced_by, kept.forced_why) == ("李镇长", "年底等不及")
        assert session.scalar(select(func.count()).select_from(PermitUse)) == 1
    with writing(village) as session:
        ly = session.scalars(select(Community).where(Community.code == "ly")).one()
        with pytest.raises(Refused, match="nobody has permitted"):
            use_permit(session, ly, LAST_YEAR, "t1", "年底等不及", now())


def test_a_permit_is_for_its_day_and_its_year(village: Engine) -> None:
    with writing(village) as session:
        ly = session.scalars(select(Community).where(Community.code == "ly")).one()
        permit_force(session, ly, LAST_YEAR, "t1", "急", now() - timedelta(days=2))
        permit_force(session, ly, LAST_YEAR - 1, "t1", "急", now())
    assert forced("t1", "急").name == "Blocked"
    with reading(village) as session:
        assert session.scalar(select(func.count()).select_from(Permit)) == 2
        assert session.scalar(select(func.count()).select_from(PermitUse)) == 0


def test_a_refusal_reaches_whoever_runs_a_flow_here(village: Engine) -> None:
    with pytest.raises(BadInput, match="is no period of this step"):
        run_flow("audit", communities=["ma"], period="2026-Q1", step="close")


GOOD: dict[str, Any] = {"communities": ["ma"], "period": "2026-03"}


@pytest.fixture(scope="module")
def deployed(prefect_api: str) -> str:
    """The deployment of the audit, as the service makes it; made twice, as by each start."""
    deploy_all(prefect_file())
    deploy_all(prefect_file())
    return deployment_of("audit")


@pytest.mark.parametrize(
    "parameters",
    [
        {"nonsense": 1},
        {"communities": "ma"},
        {"communities": [3]},
        {"communities": None},
        {"period": 2026},
        {"step": "nonsense"},
        {"dry_run": "perhaps"},
        {"attempt": "first"},
        {"as_of": "yesterday"},
        {"as_of": 5},
        {"as_of": "2026-13-01"},
        {"as_of": "2026-04-05T25:00"},
        {"as_of": "2026-02-31T10:00"},
        {"as_of": "2025-02-29"},
        {"as_of": "2100-02-29"},
        {"as_of": "2026-04-31"},
        {"as_of": ["2026-04-05"]},
        {"command": "touch x"},
    ],
)
def test_a_run_with_other_parameters_is_refused_when_it_is_made(
    deployed: str, parameters: dict[str, Any]
) -> None:
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(deployed)
        before = len(client.read_flow_runs())
        with pytest.raises(PrefectHTTPStatusError, match=r"409|422"):
            client.create_flow_run_from_deployment(deployment.id, parameters=GOOD | parameters)
        assert len(client.read_flow_runs()) == before


def test_no_switch_leaves_the_check_of_parameters_out(deployed: str) -> None:
    wrong = {"parameters": GOOD | {"nonsense": 1}, "enforce_parameter_schema": False}
    with get_client(sync_client=True) as client:
        made = {"id": client.read_deployment_by_name(deployed).id}
        before = len(client.read_flow_runs())
        with pytest.raises(PrefectHTTPStatusError, match="409"):
            client.request(
                "POST", "/deployments/{id}/create_flow_run", path_params=made, json=wrong
            )
        bulk: Any = "/deployments/{id}/create_flow_run/bulk"  # unknown to the client's own list
        several = client.request("POST", bulk, path_params=made, json=[wrong]).json()
        assert {each["status"] for each in several["results"]} == {"FAILED"}
        assert len(client.read_flow_runs()) == before


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"as_of": None},
        {"as_of": "2026-04-05"},
        {"as_of": "2024-02-29"},
        {"as_of": "2000-02-29"},
        {"as_of": "2026-04-05T09:00"},
        {"as_of": "2026-04-05T01:00:00.123Z"},
        {"as_of": "2026-04-05T09:00:00.123456+08:00"},
        {"step": "remind_1", "dry_run": True, "attempt": 3},
    ],
)
def test_a_run_with_the_parameters_of_its_flow_is_made(
    deployed: str, parameters: dict[str, Any]
) -> None:
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(deployed)
        made = client.create_flow_run_from_deployment(deployment.id, parameters=GOOD | parameters)
        assert made.parameters == deployment.parameters | GOOD | parameters
        client.delete_flow_run(made.id)
