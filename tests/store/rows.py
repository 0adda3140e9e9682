"""Rows of any table, past all that the program would ask for."""

import sqlite3
from contextlib import closing

from sqlalchemy import JSON, Boolean, Connection, Date, Engine, Enum, Integer, String, text

from domain.store.tables.base import UtcDateTime
from domain.store.tables.everything import metadata

_LITERALS = {
    Integer: "1",
    Boolean: "true",
    JSON: "'{}'",
    Date: "'2026-01-01'",
    UtcDateTime: "'2026-01-01 00:00:00'",
    String: "'x'",
}


def insert_one(connection: Connection, table: str, **words: str) -> None:
    """One row, in some columns with these `words`; its foreign keys lead nowhere, and nobody
    looks."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    else:
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    connection.execute(text(_statement(table, words)))
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = origin"))


def keep_one(engine: Engine, table: str, **words: str) -> None:
    """The same, for good."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            insert_one(connection, table, **words)
        return
    with closing(sqlite3.connect(str(engine.url.database))) as database, database:
        database.execute(_statement(table, words))


def _statement(table: str, words: dict[str, str]) -> str:
    values = {}
    for column in metadata.tables[table].columns:
        if isinstance(column.type, Enum):
            values[column.name] = f"'{column.type.enums[0]}'"
        else:
            kinds = (text for kind, text in _LITERALS.items() if isinstance(column.type, kind))
            values[column.name] = next(kinds)
    values |= {column: f"'{word}'" for column, word in words.items()}
    return f'INSERT INTO "{table}" ({", ".join(values)}) VALUES ({", ".join(values.values())})'
