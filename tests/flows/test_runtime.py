"""What a worker's process works with, where nobody has set it: the installation's settings."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, text

from domain.kernel.errors import Refused
from flows.steps import runtime


@pytest.fixture
def as_a_worker(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str
) -> Iterator[None]:
    """A process in which nobody has said what its runs work on."""
    monkeypatch.setattr(runtime, "_runtime", [])
    monkeypatch.setenv("JIFEN_DATABASE_URL", database_url)
    monkeypatch.setenv("JIFEN_OUTBOX_AGE_MINUTES", "7")
    monkeypatch.chdir(tmp_path)
    forget()
    yield
    forget()


def forget() -> None:
    runtime._settings.cache_clear()
    runtime._from_settings.cache_clear()


@pytest.mark.usefixtures("as_a_worker")
def test_a_workers_process_reads_the_settings(database_url: str) -> None:
    try:
        assert runtime.engine().url.database == make_url(database_url).database
        assert runtime.manner().outbox_age_minutes == 7
    finally:
        runtime.engine().dispose()


@pytest.mark.usefixtures("as_a_worker")
def test_a_run_refuses_a_database_of_another_version(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(Refused, match="of an older version of jifen"):
        runtime.engine()


@pytest.mark.usefixtures("as_a_worker", "prefect_api")
@pytest.mark.xdist_group("prefect")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("flow", ["collect", "status"])
def test_such_a_run_has_failed_in_one_sentence(engine: Engine, flow: str) -> None:
    from flows import catalogue, status  # lazy: settings

    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    asked = {"communities": ["ma"], "period": "2026-03", "by": "李运维", "why": "补录"}
    asked = asked if flow == "collect" else {}
    state = (catalogue.FLOWS | status.FLOWS)[flow](**asked, return_state=True)
    assert state.is_failed()
    assert state.message == "数据库是旧版本建立的：请运行 `jifen init` 升级"
