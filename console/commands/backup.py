"""`jifen backup`, `jifen restore`."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from config.database import refuse_changed_schema, require_revision, upgrade
from config.guards import refuse_unguarded
from config.settings import load
from console.commands.ledger import refuse_broken
from console.common import AsJson, conclude, say
from console.language import spoken
from console.wording import _
from domain.kernel.errors import BadInput, Refused
from domain.kernel.local_time import now
from domain.kernel.reasons import reason
from domain.ledger.verify import verify
from domain.operations.backups import note
from domain.store import backup as store
from domain.store.database import open_engine, reading, writing
from domain.store.faults import DATABASE_ERRORS, database_fault
from domain.store.roles import READER


def register(parent: typer.Typer) -> None:
    parent.command("backup")(backup)
    parent.command("restore")(restore)


def backup(
    to: Annotated[
        Path, typer.Argument(metavar="FILE", help="A new file, or a folder for one with the time.")
    ],
    keep: Annotated[
        int | None, typer.Option("--keep", min=1, help="In a folder: remove all but the newest.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Copy the database while the service runs, check its seals, and note when it was done.

    On PostgreSQL, `pg_dump` does it.

    Example: jifen backup backup/ --keep 30
    """
    if keep and not to.is_dir():
        raise BadInput(reason("keep_needs_folder", file=to))
    engine = open_engine(load().database_url.get_secret_value())
    try:
        require_revision(engine)
        file = to / _name(engine) if to.is_dir() else to
        store.save(engine, file)
        _check_copy(engine, file)
    finally:
        engine.dispose()
    _note(file)
    removed = store.prune(to, keep) if keep else []
    conclude(
        _(
            "{file} holds all of it, and every seal holds; keep it elsewhere than on this machine"
        ).format(file=file),
        {"file": str(file), "ok": True, "removed": [str(each) for each in removed]},
        as_json,
    )


def _note(file: Path) -> None:
    """Keep when it was; where that has to wait for another's work, the copy is as good."""
    engine = open_engine(load().database_url.get_secret_value(), READER)
    try:
        with writing(engine) as session:
            note(session, str(file), file.stat().st_size)
    except DATABASE_ERRORS as error:
        say(
            _("its time could not be noted: {why}").format(why=database_fault(error).text(spoken()))
        )
    finally:
        engine.dispose()


def _name(engine: Engine) -> str:
    kind = "db" if engine.dialect.name == "sqlite" else "dump"
    return f"{now():{store.NAME}}.{kind}"


def _check_copy(engine: Engine, file: Path) -> None:
    if engine.dialect.name != "sqlite":
        _check(engine)
        return
    # Looked at, never touched: it stays the one file that it is.
    copy = open_engine(f"sqlite:///{file.absolute().as_uri()}?mode=ro&immutable=1&uri=true")
    try:
        _check(copy)
    finally:
        copy.dispose()


def restore(
    copy: Annotated[Path, typer.Argument(metavar="FILE", help="What `jifen backup` wrote.")],
    as_json: AsJson = False,
) -> None:
    """Make a copy the database again, where there is none: upgraded, and only if its seals hold
    and its tables and triggers are ours. On PostgreSQL, into an empty database.

    Example: jifen restore backup/2026-11-22.db
    """
    engine = open_engine(load().database_url.get_secret_value())
    try:
        store.put_back(copy, engine, _prepare)
    except Refused as refusal:
        raise Refused(reason("copy_refused", file=copy, why=refusal.why)) from refusal
    finally:
        engine.dispose()
    conclude(
        _("the database is again as in {file}, and every seal holds").format(file=copy),
        {"file": str(copy), "ok": True},
        as_json,
    )


def _prepare(engine: Engine) -> None:
    upgrade(engine)
    if engine.dialect.name == "sqlite":
        refuse_changed_schema(engine)
    _check(engine)


def _check(engine: Engine) -> None:
    with reading(engine) as session:
        refuse_unguarded(session.connection())
        refuse_broken(verify(session))
