"""Every program refuses a database of another version, in one sentence that says what to do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from config.database import NEWEST, current
from tests.console.office import Said, jifen

ROOT = Path(__file__).resolve().parents[2]
OTHERS = {"0001": "older version of jifen: run `jifen init`", "9999": "newer version of jifen"}
PROGRAMS = (("init", "--check"), ("clock",), ("worker",), ("status",), ("metrics",))
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.e2e
@pytest.mark.parametrize(("version", "said"), OTHERS.items())
def test_every_program_refuses_it(
    engine: Engine, version: str, said: str, database_url: str, tmp_path: Path
) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": version})
    answers = [
        jifen(*words, cwd=tmp_path, code=1, JIFEN_DATABASE_URL=database_url) for words in PROGRAMS
    ]
    for answer in (*answers, web(tmp_path, database_url)):
        assert (answer.code, answer.stdout, answer.stderr.count("\n")) == (1, "", 1), answer
        assert said in answer.stderr
    assert current(engine) == version


def web(place: Path, url: str) -> Said:
    done = subprocess.run(
        [sys.executable, "-m", "console.web", "--port", "1"],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "JIFEN_DATABASE_URL": url},
    )
    return Said(done.returncode, done.stdout, done.stderr)


def test_a_database_that_is_up_to_date_passes_the_check(database_url: str, tmp_path: Path) -> None:
    answer = jifen("init", "--check", "--json", cwd=tmp_path, JIFEN_DATABASE_URL=database_url)
    assert json.loads(answer.stdout) == {"revision": NEWEST}


@pytest.mark.usefixtures("database_url")
def test_the_check_makes_no_database(tmp_path: Path) -> None:
    place = tmp_path / "new"
    place.mkdir()
    assert "run `jifen init`" in jifen("init", "--check", cwd=place, code=1).stderr
    assert list(place.iterdir()) == []
