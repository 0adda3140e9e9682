"""A town that began with the first release comes up to this one, with half a year of its record."""

import json
import lzma
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from config.database import NEWEST
from tests.console.office import Said, jifen

DATA = Path(__file__).parent / "data"


def kept(name: str) -> str:
    """What the first release left, or answered."""
    return lzma.decompress((DATA / f"release-0.1.0.{name}.xz").read_bytes()).decode()


@pytest.fixture
def first_release(blank_url: str) -> str:
    """The URL of a database as the first release has left it."""
    url = make_url(blank_url)
    if url.get_backend_name() == "sqlite":
        path = Path(str(url.database))
        path.parent.mkdir()
        with closing(sqlite3.connect(path)) as database:
            database.executescript(kept("sqlite.sql"))
    else:
        with psycopg.connect(blank_url, autocommit=True) as connection:
            connection.execute(kept("postgresql.sql").encode(), prepare=False)
    return blank_url


def test_the_first_releases_record_comes_through_an_upgrade(
    first_release: str, tmp_path: Path
) -> None:
    def given(*words: str, code: int = 0) -> Said:
        return jifen(*words, cwd=tmp_path, code=code, JIFEN_DATABASE_URL=first_release)

    def told(*words: str) -> Any:
        return json.loads(given(*words, "--json").stdout)

    assert "older version" in given("ledger", "verify", code=1).stderr
    for _ in range(2):  # it is safe to repeat
        assert told("init") == {"revision": NEWEST}
    given("ledger", "export", "-c", "longyu", "--out", "ledger.csv")
    assert (tmp_path / "ledger.csv").read_bytes() == kept("ledger.csv").encode()
    assert "every seal holds" in given("ledger", "verify").stderr
    answers = json.loads(kept("answers.json"))
    for household, card in answers["cards"].items():
        assert_holds(card, told("card", household, "-c", "longyu"))
    for ref, explanation in answers["explain"].items():
        # Which words of a clause are quoted has been bettered since.
        del explanation["clause"]
        assert_holds(explanation, told("explain", ref, "-c", "longyu"))
    for words in (("status",), ("calendar",), ("metrics",), ("notice", "list", "-c", "longyu")):
        given(*words)


def assert_holds(then: Any, now: Any) -> None:
    """All that was answered then is answered now, the same; more may be."""
    if isinstance(then, dict):
        for name, value in then.items():
            assert_holds(value, now[name])
    elif isinstance(then, list):
        assert len(then) == len(now)
        for each, other in zip(then, now, strict=True):
            assert_holds(each, other)
    else:
        assert then == now
