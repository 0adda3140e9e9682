"""Why a step failed, in one sentence: by what the database or the program said."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from domain.kernel.errors import Refused
from domain.kernel.reasons import reason
from domain.store.database import open_engine, writing
from domain.store.faults import why_failed


def thrown(engine: Engine, statement: str, *before: str) -> DBAPIError:
    def run(session: Session) -> None:
        for each in (*before, statement):
            session.execute(text(each), {"name": "王小明"})

    with pytest.raises(DBAPIError) as caught, Session(engine) as session:
        run(session)
    return caught.value


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT * FROM nowhere WHERE head = :name", "failed_database_lacks"),
        ("SELECT nowhere FROM household WHERE head = :name", "failed_database_lacks"),
        ("SELECT head FROM household WHERE head = :name GROUP BY", "failed_in_program"),
        ("INSERT INTO lease (name) VALUES (:name)", "failed_in_program"),
    ],
)
def test_what_a_statement_meets(engine: Engine, statement: str, code: str) -> None:
    why = why_failed(thrown(engine, statement))
    assert why.code == code
    for language in ("zh_CN", "en"):
        said = why.text(language)
        assert "\n" not in said
        assert "王小明" not in said
        assert "SELECT" not in said


def test_a_table_that_is_held(engine: Engine) -> None:
    other = open_engine(engine.url)
    try:
        with writing(other) as holder:
            if engine.dialect.name == "postgresql":
                holder.execute(text("LOCK TABLE claim IN ACCESS EXCLUSIVE MODE"))
                error = thrown(engine, "SELECT * FROM claim", "SET LOCAL lock_timeout = 20")
            else:
                holder.execute(text("SELECT 1"))  # begins by taking the file for writing
                waiting_less = engine.execution_options(reading=True)
                write = "DELETE FROM lease"
                error = thrown(waiting_less, write, "PRAGMA busy_timeout = 20")
    finally:
        other.dispose()
    assert why_failed(error).code == "database_locked"


def test_a_database_that_went_away(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        gone = open_engine(f"sqlite:///{engine.url.database}/not a folder/jifen.db")
        error = thrown(gone, "SELECT 1")
    else:
        error = thrown(engine, "SELECT pg_terminate_backend(pg_backend_pid())")
    assert why_failed(error).code == "failed_database_gone"


def test_a_server_that_is_not_there() -> None:
    engine = open_engine("postgresql://someone:secret@127.0.0.1:9/none")
    said = why_failed(thrown(engine, "SELECT 1"))
    assert said.code == "failed_database_gone"
    assert "secret" not in said.text()
    engine.dispose()


@pytest.mark.integration
def test_a_full_disk(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'small.db'}")
    with writing(engine) as session:
        session.execute(text("CREATE TABLE t (x)"))
        session.execute(text("PRAGMA max_page_count = 3"))
    error = thrown(engine, "INSERT INTO t VALUES (zeroblob(1000000))", "PRAGMA max_page_count = 3")
    assert why_failed(error).code == "database_disk_full"
    engine.dispose()


def _divide() -> None:
    _ = 1 / 0


def _lose_a_key() -> None:
    nothing: dict[str, str] = {}
    _ = nothing["access_token=abcdef"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (_divide, "a fault of the program: ZeroDivisionError: division by zero"),
        (_lose_a_key, "a fault of the program: KeyError: 'access_token=***'"),
    ],
)
def test_a_fault_of_our_own(fault: Callable[[], None], said: str) -> None:
    with pytest.raises((ArithmeticError, LookupError)) as caught:
        fault()
    assert why_failed(caught.value).text("en") == said


def test_a_refusal_is_its_own_sentence() -> None:
    assert why_failed(Refused(reason("step_is_gone"))) == reason("step_is_gone")
    assert why_failed(sqlite3.OperationalError("")).text("en").endswith("OperationalError")
