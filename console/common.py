"""What commands share: the database, times and periods as options, and how things are printed."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from config.database import require_current
from config.settings import load
from console.wording import _
from domain.community.registry import find_community
from domain.community.rehearsals import require_no_later
from domain.kernel.errors import Refused
from domain.kernel.local_time import YEAR_MAX, YEAR_MIN, local_date, now, parse_moment
from domain.kernel.reasons import reason
from domain.kernel.visible_text import plain, plain_json
from domain.store import database
from domain.store.roles import COMMAND, QUERY, Role
from domain.store.tables.people import Community

AsJson = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="TIME", help="Stands in for now, e.g. 2026-04-05.")
]
CommunityCode = Annotated[
    str | None,
    typer.Option(
        "--community", "-c", metavar="CODE", help="May be left out where there is only one."
    ),
]
Year = Annotated[int | None, typer.Option("--year", min=YEAR_MIN, max=YEAR_MAX)]


def open_database(role: Role = COMMAND) -> Engine:
    """The engine that the settings name, with a role's limits; its schema must be current."""
    engine = database.open_engine(load().database_url.get_secret_value(), role)
    try:
        require_current(engine)
    except Refused:
        engine.dispose()
        raise
    return engine


@contextmanager
def reading(role: Role = QUERY) -> Iterator[Session]:
    """A session for a reading command."""
    engine = open_database(role)
    try:
        with database.reading(engine) as session:
            yield session
    finally:
        engine.dispose()


@contextmanager
def writing() -> Iterator[Session]:
    """A session for a command that changes something: all of it, or nothing."""
    engine = open_database()
    try:
        with database.writing(engine) as session:
            database.watch(session)
            yield session
    finally:
        engine.dispose()


@contextmanager
def trying() -> Iterator[Session]:
    """A session for a command that only tries what it would change."""
    engine = open_database()
    try:
        with database.trying(engine) as session:
            yield session
    finally:
        engine.dispose()


def moment(as_of: str | None) -> datetime:
    """`--as-of`, or the database's now; Refused where it is later, but in a rehearsal's."""
    meant = parse_moment(as_of) if as_of else None
    with reading() as session:
        present = database.database_now(session)
        if meant is not None:
            require_no_later(session, meant, present)
    return meant or present


def the_community(session: Session, code: str | None) -> Community:
    """The community that is meant: the one named, or the only one there is."""
    if code:
        return find_community(session, code)
    communities = session.scalars(select(Community).limit(2)).all()
    if len(communities) == 1:
        return communities[0]
    if not communities:
        raise Refused(reason("no_community_yet"))
    raise Refused(reason("several_communities"))


def communities_meant(session: Session, codes: Sequence[str]) -> list[Community]:
    """Those named (also as `a,b`), or all."""
    named = [code.strip() for text in codes for code in text.split(",") if code.strip()]
    if named:
        return [find_community(session, code) for code in dict.fromkeys(named)]
    found = list(session.scalars(select(Community).order_by(Community.code)))
    if not found:
        raise Refused(reason("no_community_yet"))
    return found


def print_json(document: Any) -> None:
    """One JSON document on stdout; Chinese is not escaped where the terminal can show it."""
    text = json.dumps(document, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write(plain_json(_shown_in(sys.stdout.encoding, text)) + "\n")


def _shown_in(encoding: str | None, text: str) -> str:
    """JSON in which what an encoding lacks is escaped as JSON does it."""
    try:
        text.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return "".join(each if _is_in(encoding, each) else json.dumps(each)[1:-1] for each in text)
    return text


def _is_in(encoding: str | None, character: str) -> bool:
    try:
        return bool(character.encode(encoding or "utf-8"))
    except UnicodeEncodeError:
        return False


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A plain table for people. On a terminal what is too long folds within its column."""
    table = [[_cell(each) for each in row] for row in (headers, *rows)]
    if sys.stdout.isatty():
        _print_folded(table)
        return
    # Where no person looks, nothing is folded: a script reads a row from a line.
    from rich.cells import cell_len  # lazy: start

    lines = [[" ".join(cell.splitlines()) for cell in row] for row in table]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for row in lines:
        padded = (
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        )
        print("  ".join(padded).rstrip())


def _cell(value: object) -> str:
    """A cell on its lines, which nothing in it may leave."""
    return "" if value is None else "\n".join(map(plain, str(value).splitlines()))


def _print_folded(table: list[list[str]]) -> None:
    from rich.console import Console  # lazy: start
    from rich.table import Table  # lazy: start

    shown = Table(box=None, header_style="bold", pad_edge=False)
    for header in table[0]:
        shown.add_column(header, overflow="fold")
    for row in table[1:]:
        shown.add_row(*row)
    Console(highlight=False, markup=False).print(shown)


def put(*words: object, end: str = "\n") -> None:
    """A line of the result for people, in which nothing gives the terminal orders."""
    print(*(plain(str(word)) for word in words), end=end)


def say(text: str) -> None:
    """A message for people: on stderr, so that stdout stays the result."""
    print(plain(text), file=sys.stderr)


def conclude(said: str, document: Any, as_json: bool, *, already: bool = False) -> None:
    """The end of a command that does something: with `--json` what it did, and a message.

    `already`: it was done before, and nothing has changed now.
    """
    if as_json:
        print_json(document)
    say(_("already there, nothing is changed: {said}").format(said=said) if already else said)


def conclude_act(said: str, row: dict[str, Any], as_json: bool, session: Session) -> None:
    """The end of a command that may be given twice; its JSON says whether it was done `already`."""
    already = not database.has_changed(session)
    conclude(said, row | {"already": already}, as_json, already=already)


def latest_year_of(session: Session, community: Community) -> int:
    """The latest year that has entries; else this one."""
    from domain.ledger.accounts import latest_year  # lazy: start

    return latest_year(session, community.id) or local_date(now()).year
