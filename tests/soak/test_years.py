"""Community-years under faults: what is promised holds after each, whatever went wrong.

`JIFEN_SEED=… pytest tests/soak/test_years.py` lives through one world again; `make soak` runs
`JIFEN_SOAK_WORLDS` of them.
"""

import os
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from domain.store.database import open_engine
from domain.store.roles import Role
from tests.selection import SOAK
from tests.soak.checks import check
from tests.soak.world import CODES, World

SEED = os.environ.get("JIFEN_SEED")
WORLDS = int(os.environ.get("JIFEN_SOAK_WORLDS", "150"))
# In a longer run every fifth world is on PostgreSQL, and every third lives for two years.
SEEDS = range(100, 100 + WORLDS) if SOAK else ()
WORLDS_LIVED = [("sqlite" if seed % 5 else "postgresql", seed) for seed in SEEDS]
Counting = Callable[[str, object], None]
# Everything here happens one after the other: what hangs does not end while it is waited for.
HASTY = Role(lock_s=0.03)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Of whoever does not wait for what another transaction holds."""
    found = open_engine(database_url, HASTY)
    yield found
    found.dispose()


def _seeds(backend: str, seed: int) -> list[tuple[str, int]]:
    return [(backend, int(SEED or seed))]


@pytest.mark.parametrize(("database_url", "seed"), _seeds("sqlite", 1), indirect=["database_url"])
def test_half_a_year_of_faults(
    engine: Engine, seed: int, monkeypatch: pytest.MonkeyPatch, record_property: Counting
) -> None:
    live(World(engine, seed, monkeypatch, month=7), seed, 1, record_property, months=6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("database_url", "seed"), _seeds("postgresql", 2), indirect=["database_url"]
)
def test_a_last_quarter_of_faults(
    engine: Engine, seed: int, monkeypatch: pytest.MonkeyPatch, record_property: Counting
) -> None:
    live(World(engine, seed, monkeypatch, month=10), seed, 1, record_property, months=3)


@pytest.mark.soak
@pytest.mark.parametrize(("database_url", "seed"), WORLDS_LIVED, indirect=["database_url"])
def test_soak(
    engine: Engine, seed: int, monkeypatch: pytest.MonkeyPatch, record_property: Counting
) -> None:
    live(World(engine, seed, monkeypatch), seed, _years(seed), record_property)


def _years(seed: int) -> int:
    return 2 if seed % 3 == 0 else 1


def live(world: World, seed: int, years: int, record_property: Counting, months: int = 12) -> None:
    """Live through the years (the first one of `months`), and check after each.

    A failure says by which seed it comes back, and what happened last.
    """
    try:
        for year in range(2026, 2026 + years):
            world.live(year)
            world.come_to_rest(year)
            check(world, year)
    except BaseException as error:
        error.add_note(f"JIFEN_SEED={seed} on {world.engine.dialect.name}; it ended like this:")
        for line in world.story:
            error.add_note(line)
        raise
    finally:
        world.close()
    record_property("count: community-years simulated", years * months / 12 * len(CODES))
    for fault, count in world.faults.counts.items():
        record_property(f"count: faults, {fault}", count)
