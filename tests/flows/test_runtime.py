"""What a worker's process works with, where nobody has set it: the installation's settings."""

from pathlib import Path

import pytest

from flows import runtime


def test_a_workers_process_reads_the_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(runtime, "_runtime", [])
    monkeypatch.setenv("JIFEN_DATABASE_URL", f"sqlite:///{tmp_path / 'village.db'}")
    monkeypatch.setenv("JIFEN_OUTBOX_AGE_MINUTES", "7")
    monkeypatch.chdir(tmp_path)
    runtime._from_settings.cache_clear()
    try:
        assert str(runtime.engine().url).endswith("village.db")
        assert runtime.manner().outbox_age_minutes == 7
    finally:
        runtime.engine().dispose()
        runtime._from_settings.cache_clear()
