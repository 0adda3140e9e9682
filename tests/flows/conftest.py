"""Flow runs on a real local Prefect server, and the sample folders."""

from pathlib import Path

import pytest
from sqlalchemy import Engine


@pytest.fixture
def on_engine(prefect_api: str, engine: Engine) -> Engine:
    """Flow runs of this test work on the test's database."""
    from flows.steps.runtime import use  # lazy: settings

    use(engine)
    return engine


@pytest.fixture
def rulesets() -> Path:
    """Where the schemes ship."""
    return Path(__file__).resolve().parents[2] / "rulesets"
