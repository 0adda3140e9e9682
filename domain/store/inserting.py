"""Inserting where a row may be there already (ON CONFLICT), in each database's own words.

A module of its own: most commands need neither of the two dialects.
"""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from domain.store.tables.base import Base


def insert_into(session: Session, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can say what to do about a row that is there."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
