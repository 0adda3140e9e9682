"""kill -9 in the middle of a settlement of 20,000 households: the end is that of a quiet year."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from domain.store.database import reading
from tests.soak.cluster import Cluster, find
from tests.soak.settling import COMMUNITIES, Town, build, end_state

SEED = int(os.environ.get("JIFEN_SEED", "1"))
KILLS = int(os.environ.get("JIFEN_SOAK_KILLS", "50"))
KILLS_A_ROUND = 17
pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(find("initdb") is None, reason="initdb is not there: no PostgreSQL to kill"),
    pytest.mark.timeout(3 * 3600),
]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    cluster = Cluster()
    yield cluster
    cluster.close()


def test_killed_at_random_it_ends_as_if_nothing_had_been(
    cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    build(cluster.create("town"), monkeypatch)
    monkeypatch.undo()
    dice = Random(SEED)
    quiet = _round(cluster, tmp_path, 0, 0, dice, record_property)
    assert quiet["seals that do not hold"] == []
    assert len(quiet["settlements"]) == COMMUNITIES
    assert all(cleared for _, _, cleared, _ in quiet["settlements"])
    left, number = KILLS, 0
    while left > 0:
        number += 1
        loud = _round(cluster, tmp_path, number, min(left, KILLS_A_ROUND), dice, record_property)
        for what, found in quiet.items():
            assert loud[what] == found, f"{what} in round {number} of JIFEN_SEED={SEED}"
        left -= KILLS_A_ROUND


def _round(
    cluster: Cluster,
    folder: Path,
    number: int,
    kills: int,
    dice: Random,
    record_property: Callable[[str, object], None],
) -> dict[str, Any]:
    name = f"round{number}"
    cluster.create(name, template="town")
    cluster.create(f"{name}_prefect")
    town = Town(cluster, name, folder / name)
    try:
        town.start()
        town.settle(kills, dice)
        with reading(town.engine) as session:
            state = end_state(session)
    finally:
        town.stop()
    for victim, count in town.kills.items():
        record_property(
            f"count: processes killed in a settlement of 20,000 households, {victim}", count
        )
    return state
