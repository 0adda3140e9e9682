"""A copy of an embedded database (备份): taken while it is in use, and put back."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from domain.errors import BadInput, Refused
from domain.reasons import reason
from domain.store.database import sqlite_file

# Whoever copies the database has all households' data: the file is its owner's alone.
_OWNERS_ONLY = 0o600


def save(engine: Engine, to: Path) -> None:
    """Write what the database holds at this moment into a new file, whole or not at all.

    Refused where the file exists, and on PostgreSQL, which has `pg_dump` for it.
    """
    _copy(_embedded(engine), to)


def put_back(copy: Path, engine: Engine, prepare: Callable[[Path], None]) -> None:
    """Make a copy the database again; Refused where there is one already.

    `prepare` upgrades and checks what will be put in place; where it refuses, nothing is.
    """
    if not copy.is_file():
        raise BadInput(reason("copy_missing", file=copy))
    to = _embedded(engine)
    to.parent.mkdir(parents=True, exist_ok=True)
    _copy(copy, to, prepare)


def _embedded(engine: Engine) -> Path:
    """The database's file; Refused where it is on PostgreSQL."""
    if engine.dialect.name != "sqlite":
        raise Refused(reason("database_is_postgresql"))
    return sqlite_file(engine)


def _copy(source: Path, to: Path, prepare: Callable[[Path], None] = lambda _: None) -> None:
    if to.exists():
        raise Refused(reason("copy_exists", file=to))
    part = to.with_name(f"{to.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNERS_ONLY))
    try:
        with closing(_opened(source)) as here, closing(sqlite3.connect(part)) as there:
            here.backup(there)
            # One file, without a log beside it: it can be carried away as it is.
            there.execute("PRAGMA journal_mode = DELETE")
            if there.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise sqlite3.DatabaseError
            there.execute("SELECT version_num FROM alembic_version").fetchone()
        prepare(part)
        part.replace(to)
    except sqlite3.DatabaseError:
        raise BadInput(reason("copy_broken", file=source)) from None
    finally:
        for end in ("", "-wal", "-shm"):
            part.with_name(part.name + end).unlink(missing_ok=True)


def _opened(path: Path) -> sqlite3.Connection:
    """Read only: a database that is not there must not come to be by looking for it."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
