"""Any year of a village, by Hypothesis: see `machine`."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from domain.store.database import open_engine
from tests.domain.machine import AnyYear
from tests.selection import examples

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@pytest.fixture
def embedded(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    path = tmp_path / "jifen.db"
    shutil.copy(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


def run(engine: Engine, examples: int, steps: int, *, shrink: bool = True) -> None:
    AnyYear.engine = engine
    run_state_machine_as_test(
        AnyYear,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=SLOW,
            phases=[phase for phase in Phase if shrink or phase != Phase.shrink],
        ),
    )


def test_whatever_people_do_what_must_hold_holds(embedded: Engine) -> None:
    # Shrinking takes minutes: `make soak` does it.
    run(embedded, examples=examples(10), steps=40, shrink=False)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_soak(engine: Engine) -> None:
    run(engine, examples=120, steps=80)
