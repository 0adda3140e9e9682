"""A copy of the database (备份): taken while it is in use, and put back."""

import errno
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine

from domain.kernel.errors import BadInput, Refused, machine_fault
from domain.kernel.reasons import reason
from domain.store.database import open_engine, sqlite_file
from domain.store.dump import dump, load_dump

# Whoever copies the database has all households' data: the file is its owner's alone.
_OWNERS_ONLY = 0o600
# How copies are named in a folder of them: by the moment, in UTC, so that they stand in order.
NAME = "jifen-%Y%m%dT%H%M%SZ"
NAMED = re.compile(r"jifen-\d{8}T\d{6}Z\.(db|dump)")


def save(engine: Engine, to: Path) -> None:
    """Write what the database holds at this moment into a new file, whole or not at all.

    Refused where the file exists, or cannot be written.
    """
    with _new(to) as part:
        if engine.dialect.name == "postgresql":
            dump(engine, part)
        else:
            _copy(sqlite_file(engine), part)


def put_back(copy: Path, engine: Engine, prepare: Callable[[Engine], None]) -> None:
    """Make a copy the database again; Refused where there is one already.

    `prepare` upgrades and checks what will be in place; where it refuses, nothing is.
    """
    if not copy.is_file():
        raise BadInput(reason("copy_missing", file=copy))
    if engine.dialect.name == "postgresql":
        load_dump(copy, engine, prepare)
        return
    to = sqlite_file(engine)
    to.parent.mkdir(parents=True, exist_ok=True)
    with _new(to) as part:
        _copy(copy, part)
        aside = open_engine(f"sqlite:///{part.absolute()}")
        try:
            prepare(aside)
        finally:
            aside.dispose()


def prune(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest `keep` of the copies that a folder holds by our names."""
    old = sorted(each for each in folder.iterdir() if NAMED.fullmatch(each.name))[:-keep]
    for each in old:
        each.unlink()
    return old


@contextmanager
def _new(to: Path) -> Iterator[Path]:
    """A file of the owner's alone that gets its name once it is whole."""
    if to.exists():
        raise Refused(reason("copy_exists", file=to))
    part = to.with_name(f"{to.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNERS_ONLY))
        yield part
        part.replace(to)
    except OSError as error:
        raise Refused(reason("file_unwritable", file=to, why=machine_fault(error))) from error
    finally:
        for end in ("", "-wal", "-shm"):
            part.with_name(part.name + end).unlink(missing_ok=True)


def _copy(source: Path, part: Path) -> None:
    try:
        with closing(_opened(source)) as here, closing(sqlite3.connect(part)) as there:
            here.backup(there)
            # One file, without a log beside it: it can be carried away as it is.
            there.execute("PRAGMA journal_mode = DELETE")
            if there.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise sqlite3.DatabaseError
            there.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        # Where there is no room for the copy, nothing is wrong with the database.
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise BadInput(reason("copy_broken", file=source)) from None


def _opened(path: Path) -> sqlite3.Connection:
    """Read only: a database that is not there must not come to be by looking for it."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
