"""Statements (语句): parts of a list too long for one, rows that one changed, a model's table."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Table, Update
from sqlalchemy.orm import Session

from domain.store.tables.base import Base

# Values that one statement names at most; a driver takes 32,766 parameters and more.
NAMED_MAX = 5_000
Value = TypeVar("Value")


def in_chunks(values: Sequence[Value], size: int = NAMED_MAX) -> Iterator[Sequence[Value]]:
    """The parts of a list, in order, each short enough to be named in one statement."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def affected(session: Session, change: Update) -> int:
    """Execute an UPDATE; how many rows it found to change."""
    result: Any = session.execute(change)
    assert isinstance(result, CursorResult)
    return result.rowcount


def table_of(model: type[Base]) -> Table:
    """The table that a model is kept in."""
    table = model.__table__
    assert isinstance(table, Table)
    return table
