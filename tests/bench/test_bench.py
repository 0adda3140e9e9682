"""Every benchmark runs, at a small part of its size, and both of its sides do the same work."""

from collections.abc import Callable

import pytest

from tests.bench import importing, monthly_audit, outbox, reading, scoring, year_end
from tests.bench.harness import Result
from tests.conftest import Postgres
from tests.selection import drawn

SCALE = 0.001
BENCHMARKS: dict[str, Callable[[float], Result]] = {
    "scoring": scoring.run,
    "year_end_sqlite": year_end.on_sqlite,
    "monthly_audit": lambda scale: monthly_audit.run(scale, with_flows=False),
    "importing": importing.run,
    "outbox": outbox.run,
    "reading": reading.run,
}


@pytest.fixture(autouse=True)
def _once(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (scoring, year_end, importing, outbox, reading):
        monkeypatch.setattr(module, "ROUNDS", 1)


@pytest.mark.parametrize("name", drawn(BENCHMARKS, 2))
def test_a_benchmark_reports_a_ratio(name: str) -> None:
    check(BENCHMARKS[name](SCALE), name)


def test_the_year_end_on_postgresql(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIFEN_TEST_POSTGRES_URL", postgres.server)
    check(year_end.on_postgresql(SCALE), "year_end_postgresql")


def check(result: Result, name: str) -> None:
    assert result.name == name
    assert result.ratio == pytest.approx(result.ours_seconds / result.floor_seconds)
    assert result.ratio > 0
    assert result.peak_memory_mib > 0
