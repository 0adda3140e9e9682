"""The main job: every scheme's sample year, on the real engine."""

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterStartTime,
    FlowRunFilterTags,
)
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from domain.cards.cardbook import card_book
from domain.community.registry import find_community
from domain.cycle.interventions import may_drop
from domain.cycle.occurrences import occurrences_of
from domain.kernel.documents import document, documents
from domain.kernel.points import json_points
from domain.ledger.accounts import SCORE_KINDS, lines
from domain.ledger.verify import verify
from domain.store.database import reading
from domain.store.tables.claims import Claim, Decision
from domain.store.tables.ledger import Entry
from domain.store.tables.people import Household, Kin, Person
from flows.rehearsal.folder import read_folder

SCHEMES = (
    "banan-fengsheng",
    "baoshan-2023",
    "fuling-maan-2022",
    "longyuzhuang",
    "ninghe",
    "wulong-changba-2023",
    "zhongping",
)
# Its year has the fewest steps: a daily run takes this one.
QUICKEST = "longyuzhuang"

pytestmark = [
    pytest.mark.xdist_group("prefect"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


def replay(folder: Path, until: date | None = None) -> dict[str, Any]:
    from flows.rehearsal.replay import rehearse  # lazy: settings

    result = rehearse(read_folder(folder), until, lambda _day, _step: None)
    return cast(dict[str, Any], document(result))


@pytest.mark.parametrize(
    "scheme",
    [pytest.param(each, marks=() if each == QUICKEST else pytest.mark.slow) for each in SCHEMES],
)
def test_a_year_of_each_scheme(on_engine: Engine, rulesets: Path, scheme: str) -> None:
    result = replay(rulesets / scheme / "sample")
    assert result["settled"]
    assert result["ledger_ok"]
    assert result["blockers"] == []
    assert result["claims"]["undecided"] == 0
    assert result["claims"]["awarded"] > 0
    assert result["flow_runs"] > 0
    with reading(on_engine) as session:
        community = find_community(session, result["community"])
        # A year that is settled on its day needs no reminder of that the morning after.
        assert all(
            each.state == "done" or (each.process == "settle" and may_drop(each))
            for each in occurrences_of(session, community)
        )
        entries = lines(session, community.id)
        for row in result["households"]:
            own = [each for each in entries if each.household == row["household"]]
            score = sum(each.points for each in own if each.kind in SCORE_KINDS)
            assert row["score"] == json_points(score)
            assert row["balance"] == json_points(sum(each.points for each in own))
            (shown,) = documents(card_book(session, community, result["year"], row["household"]))
            assert shown["rank"] == row["rank"]
            assert shown["score"] == row["score"]
        _nobody_decided_for_kin(session)


def _nobody_decided_for_kin(session: Session) -> None:
    decided = (
        select(func.count())
        .select_from(Decision)
        .join(Claim, Claim.id == Decision.claim_id)
        .join(Person, Person.id == Decision.person_id)
    )
    own = decided.where(Person.household_id == Claim.household_id)
    kin = decided.join(
        Kin, (Kin.household_id == Person.household_id) & (Kin.kin_id == Claim.household_id)
    )
    assert session.scalar(own) == 0
    assert session.scalar(kin) == 0


@pytest.mark.parametrize(
    ("scheme", "stops", "ends"),
    [
        ("zhongping", date(2026, 1, 31), date(2026, 3, 10)),
        pytest.param("zhongping", date(2026, 6, 30), None, marks=pytest.mark.slow),
        pytest.param("wulong-changba-2023", date(2026, 6, 30), None, marks=pytest.mark.slow),
    ],
)
def test_in_two_parts_at_once_and_again_it_is_the_same(
    on_engine: Engine, rulesets: Path, tmp_path: Path, scheme: str, stops: date, ends: date | None
) -> None:
    folder = rulesets / scheme / "sample"
    half = replay(folder, until=stops)
    assert not half["settled"]
    whole = replay(folder, until=ends)
    assert whole["settled"] == (ends is None)
    assert whole["journals"] > half["journals"]
    at_once = replay(_renamed(folder, tmp_path / "other", whole["community"]), until=ends)
    assert at_once["households"] == whole["households"]
    assert at_once["claims"] == whole["claims"]
    with reading(on_engine) as session:
        assert verify(session) == []
        entries = session.scalar(select(func.count()).select_from(Entry))
    again = replay(folder, until=ends)
    with reading(on_engine) as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == entries
    assert again == whole | {"seconds": again["seconds"], "flow_runs": 0}


def _renamed(folder: Path, other: Path, code: str) -> Path:
    """The same folder for another community."""
    shutil.copytree(folder, other)
    toml = other / "community.toml"
    text = toml.read_text("utf-8")
    toml.write_text(text.replace(f'code = "{code}"', 'code = "elsewhere"'), "utf-8")
    return other


def test_operators_can_read_the_runs(on_engine: Engine, rulesets: Path) -> None:
    began = datetime.now(UTC)
    replay(rulesets / "zhongping" / "sample", until=date(2026, 2, 28))
    with get_client(sync_client=True) as client:
        (run,) = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(
                tags=FlowRunFilterTags(all_=["audit", "close", "2026-01"]),
                start_time=FlowRunFilterStartTime(after_=began),
            )
        )
        (table,) = client.read_artifacts(
            artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
        )
    with reading(on_engine) as session:
        name = session.scalars(select(Household.head).limit(1)).one()
    assert run.name.startswith("audit close 2026-01 · ")
    assert table.key == "audit-close-2026-01"
    assert "done" in json.dumps(table.data)
    assert name not in json.dumps(table.data, ensure_ascii=False)
