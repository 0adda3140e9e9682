"""Creating and upgrading the database (`jifen init`), and refusing one that is not up to date."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from config.grants import grant
from config.guards import one_line, refuse_unguarded
from config.private import close_to_others
from domain.kernel.errors import Refused, machine_fault
from domain.kernel.reasons import reason
from domain.store.database import open_engine, sqlite_file
from domain.store.faults import DATABASE_ERRORS, may_pass

if TYPE_CHECKING:
    from alembic.config import Config

# Every migration, oldest first: kept here so that commands need not import Alembic to compare.
REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
    "0015",
    "0016",
    "0017",
    "0018",
)
NEWEST = REVISIONS[-1]
# Any number will do as long as it stays the same: who holds it is upgrading this database.
_ADVISORY_LOCK = 4_107_202_611
_WAIT_FOR_UPGRADE = "5min"
# A migration that cannot get its lock soon would make every clerk wait behind it.
_WAIT_FOR_TABLE = "15s"
# By whether the migrations make a thing, and whether it is there.
_DIFFERENCE = {
    (True, False): "schema_missing",
    (False, True): "guard_foreign",
    (True, True): "schema_changed",
}
_STATEMENT_TIMEOUT = "30min"


class DatabaseAway(Refused):
    """The database does not answer at this moment."""


def upgrade(engine: Engine) -> str:
    """Bring the database to the newest revision, which is returned; safe to repeat, and at once.

    All of it is one transaction: another caller waits, then finds nothing left to do.
    """
    _make_folder(engine)
    _close_to_others(engine)
    try:
        with engine.begin() as connection:
            _lock(connection)
            _refuse_newer(_revision(connection))
            _run_migrations(connection)
            refuse_unguarded(connection)
            grant(connection)
    except DATABASE_ERRORS as error:
        raise Refused(reason("database_not_upgraded", why=_why(error))) from error
    return NEWEST


def current(engine: Engine) -> str | None:
    """The database's revision; None where there is none, or no database."""
    if engine.dialect.name == "sqlite" and not sqlite_file(engine).exists():
        return None  # asking would create it
    with _looking(engine) as connection:
        return _revision(connection)


def has_tables(engine: Engine) -> bool:
    """Whether there is a database with tables in it, whoever made them."""
    if engine.dialect.name == "sqlite" and not sqlite_file(engine).exists():
        return False  # asking would create it
    with engine.execution_options(reading=True).connect() as connection:
        return bool(inspect(connection).get_table_names())


def require_current_if_there(engine: Engine) -> None:
    """`require_current` for a part of the service that can wait: a database that is away passes."""
    with suppress(DatabaseAway):
        require_current(engine)


def require_current(engine: Engine) -> None:
    """Refuse to work on a database that is empty, older or newer than this program, or whose
    triggers are not those that the migrations made."""
    _close_to_others(engine)
    require_revision(engine)
    with _looking(engine) as connection:
        refuse_unguarded(connection)


def require_revision(engine: Engine) -> None:
    """Refuse a database that is empty, older or newer than this program."""
    revision = current(engine)
    if revision == NEWEST:
        return
    if revision is None:
        raise Refused(reason("database_new"))
    _refuse_newer(revision)
    raise Refused(reason("database_older"))


@contextmanager
def _looking(engine: Engine) -> Iterator[Connection]:
    """A connection that only reads; Refused, saying why, where the database cannot be used."""
    try:
        with engine.execution_options(reading=True).connect() as connection:
            yield connection
    except DATABASE_ERRORS as error:
        kind = DatabaseAway if may_pass(error) else Refused
        raise kind(reason("database_unusable", why=_why(error))) from error


def refuse_changed_schema(engine: Engine) -> None:
    """Refused where an embedded database of the newest revision has not exactly the tables, indexes
    and triggers that the migrations make; the sentence names them."""
    with TemporaryDirectory() as folder:
        fresh = open_engine(f"sqlite:///{folder}/jifen.db")
        upgrade(fresh)
        expected, found = _schema(fresh), _schema(engine)
        fresh.dispose()
    faults = tuple(
        reason(_DIFFERENCE[name in expected, name in found], name=name)
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    )
    if faults:
        raise Refused(reason("database_unguarded", faults=faults))


def _schema(engine: Engine) -> dict[str, str]:
    with _looking(engine) as connection:
        rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master")).tuples()
        return {
            name: f"{kind} {one_line(sql)}" for kind, name, sql in rows if name[:7] != "sqlite_"
        }


def _refuse_newer(revision: str | None) -> None:
    if revision is not None and revision not in REVISIONS:
        raise Refused(reason("database_newer", revision=revision))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _run_migrations(connection: Connection) -> None:
    from alembic import command  # lazy: start

    logging.getLogger("alembic").setLevel(logging.WARNING)
    command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> "Config":
    """Alembic's configuration: our migrations, in this connection's transaction, saying nothing."""
    from alembic.config import Config  # lazy: start

    config = Config(stdout=io.StringIO(), attributes={"connection": connection})
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def _lock(connection: Connection) -> None:
    """One upgrade at a time. On SQLite the engine has begun with BEGIN IMMEDIATE, which does it."""
    if connection.dialect.name != "postgresql":
        return
    for setting, value in (
        ("lock_timeout", _WAIT_FOR_UPGRADE),
        ("statement_timeout", _STATEMENT_TIMEOUT),
    ):
        connection.execute(text(f"SET LOCAL {setting} = '{value}'"))
    connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
    connection.execute(text(f"SET LOCAL lock_timeout = '{_WAIT_FOR_TABLE}'"))


def _make_folder(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        return
    folder = sqlite_file(engine).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = machine_fault(error)
        raise Refused(reason("database_folder_unmade", folder=folder, why=why)) from error


def _close_to_others(engine: Engine) -> None:
    """The file of an embedded database, and those beside it, are their owner's alone."""
    if engine.dialect.name == "sqlite":
        path = sqlite_file(engine)
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            close_to_others(path.with_name(name))


def _why(error: BaseException) -> str:
    """The database's own words, in one line; they never hold the password."""
    return " ".join(str(getattr(error, "orig", None) or error).split())
