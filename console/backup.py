"""`jifen backup`, `jifen restore`: of an embedded database."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from config.database import refuse_changed_schema, require_revision, upgrade
from config.guards import refuse_unguarded
from config.settings import load
from console.common import AsJson, conclude
from console.ledger import refuse_broken
from console.wording import _
from domain.errors import Refused
from domain.ledger.verify import verify
from domain.reasons import reason
from domain.store import backup as store
from domain.store.database import open_engine, reading


def register(parent: typer.Typer) -> None:
    parent.command("backup")(backup)
    parent.command("restore")(restore)


def backup(
    to: Annotated[Path, typer.Argument(metavar="FILE", help="A new file; none is overwritten.")],
    as_json: AsJson = False,
) -> None:
    """Copy the database into a file, while the service runs, and check the copy's seals.

    Example: jifen backup backup/2026-11-22.db
    """
    engine = open_engine(load().database_url.get_secret_value())
    try:
        require_revision(engine)
        store.save(engine, to)
    finally:
        engine.dispose()
    # Looked at, never touched: it stays the one file that it is.
    copy = open_engine(f"sqlite:///{to.absolute().as_uri()}?mode=ro&immutable=1&uri=true")
    try:
        _check(copy)
    finally:
        copy.dispose()
    conclude(
        _(
            "{file} holds all of it, and every seal holds; keep it elsewhere than on this machine"
        ).format(file=to),
        {"file": str(to), "ok": True},
        as_json,
    )


def restore(
    copy: Annotated[Path, typer.Argument(metavar="FILE", help="What `jifen backup` wrote.")],
    as_json: AsJson = False,
) -> None:
    """Make a copy the database again, where there is none: upgraded, and only if its seals hold
    and its tables and triggers are ours.

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


def _prepare(part: Path) -> None:
    engine = open_engine(f"sqlite:///{part.absolute()}")
    try:
        upgrade(engine)
        refuse_changed_schema(engine)
        _check(engine)
    finally:
        engine.dispose()


def _check(engine: Engine) -> None:
    with reading(engine) as session:
        refuse_unguarded(session.connection())
        refuse_broken(verify(session))
