"""A PostgreSQL database as a file (转储): written and read by PostgreSQL's own tools."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from domain.kernel.errors import Refused
from domain.kernel.reasons import reason

# A dump of a county takes minutes; one that takes so long has hung.
_TIMEOUT_S = 6 * 3600
_FUNCTION = "refuse_change()"


def dump(engine: Engine, to: Path) -> None:
    """Write what the database holds at this moment into a file; Refused, saying why, where the
    tool is missing or fails."""
    _run(engine, "pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--file={to}")


def load_dump(source: Path, engine: Engine, prepare: Callable[[Engine], None]) -> None:
    """Fill an empty database from a dump; whatever goes wrong, it is empty again."""
    with engine.connect() as connection:
        if inspect(connection).get_table_names():
            raise Refused(reason("database_not_empty"))
    try:
        # Only what is in the schema: that one is there, and may be another user's.
        _run(
            engine,
            "pg_restore",
            "--no-owner",
            "--no-acl",
            "--exit-on-error",
            "--schema=public",
            "--single-transaction",
            str(source),
        )
        prepare(engine)
    except BaseException:
        _empty(engine)
        raise


def _empty(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in inspect(connection).get_table_names():
            connection.execute(text(f'DROP TABLE "{table}" CASCADE'))
        connection.execute(text(f"DROP FUNCTION IF EXISTS {_FUNCTION}"))


def _run(engine: Engine, tool: str, *words: str) -> None:
    """Let the tool work on the database; the password goes past the list of processes."""
    url = engine.url.set(drivername="postgresql")
    address = url.set(password=None).render_as_string(hide_password=False)
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    try:
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own tool, our own words
            [tool, f"--dbname={address}", "--no-password", *words],
            env={**os.environ, **secret, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except FileNotFoundError:
        raise Refused(reason("tool_missing", tool=tool)) from None
    if done.returncode:
        raise Refused(reason("tool_failed", tool=tool, why=_last_line(done.stderr)))


def _last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if "error:" in line or "fatal:" in line.lower()]
    return (lines or said.strip().splitlines() or [""])[0].partition("error: ")[2] or said.strip()
