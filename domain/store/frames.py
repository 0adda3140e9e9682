"""Many rows at once: Polars frames out of and into the database.

PostgreSQL streams text with COPY; SQLite hands over tuples. Neither makes an object per row, so
a million households stay affordable.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

import polars as pl
from sqlalchemy import Connection, Select, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

# COPY's text format: NULL is told from any text, and a line break never stands in a field.
_NULL = "\\N"
_ESCAPES = {
    "\\": "\\\\",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\v": "\\v",
    "\f": "\\f",
    "\r": "\\r",
}
_ESCAPED = r"[\\\x08\t\n\x0b\x0c\r]"  # any of these
# Slices bound the memory that the text, or the tuples, of a million rows would take.
_SLICE = 200_000
_MOMENT = "%Y-%m-%d %H:%M:%S%.6f"
# For what is left of a transaction on PostgreSQL: moments in UTC; sums of a batch of communities
# in memory; no compiling of queries that take less time than that; and the journals of a batch
# read by their key rather than a county's whole ledger, as their entries lie together.
_BULK = (
    "SET LOCAL TIME ZONE 'UTC'; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off;"
    " SET LOCAL random_page_cost = 1.1"
)
Schema = dict[str, Any]


def read_frame(session: Session, query: Select[Any], schema: Schema) -> pl.DataFrame:
    """The query's rows; `schema` names its columns in order and gives their types.

    A value that is not of its column's type (SQLite would keep one) is an error, never rounded.
    """
    session.flush()
    connection = session.connection()
    statement = str(
        query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    )
    if connection.dialect.name == "postgresql":
        return _copy_out(connection, statement, schema)
    return pl.concat(_fetch(connection, statement, schema))


def write_frame(session: Session, table: Table, frame: pl.DataFrame) -> None:
    """Insert a frame whose column names are the table's."""
    session.flush()
    if frame.is_empty():
        return
    connection = session.connection()
    columns = ", ".join(f'"{name}"' for name in frame.columns)
    frame = frame.with_columns(_moments_as_text(frame))
    if connection.dialect.name == "postgresql":
        _copy_in(connection, f'COPY "{table.name}" ({columns})', frame)
    else:
        _insert(connection, f'INSERT INTO "{table.name}" ({columns})', frame)


def _insert(connection: Connection, target: str, frame: pl.DataFrame) -> None:
    constants = _constants(frame)
    values = ", ".join(constants.get(name, "?") for name in frame.columns)
    for part in frame.drop(constants).iter_slices(_SLICE):
        connection.exec_driver_sql(f"{target} VALUES ({values})", part.rows())


def _constants(frame: pl.DataFrame) -> dict[str, str]:
    """Columns that say the same in every row, as SQL says it: binding them takes most of the time.

    Never the first column: there are as many rows to bind as it has.
    """
    alike = frame.select(pl.all().eq_missing(pl.all().first()).all()).row(0)
    columns = zip(frame.columns, frame.row(0), alike, strict=True)
    found = {name: _literal(value) for name, value, constant in list(columns)[1:] if constant}
    return {name: literal for name, literal in found.items() if literal is not None}


def _literal(value: object) -> str | None:
    """What SQLite is certain to read as this very value; None where there is no such text."""
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, str) and "\0" not in value:
        return "'" + value.replace("'", "''") + "'"
    return None


def _fetch(connection: Connection, statement: str, schema: Schema) -> Iterator[pl.DataFrame]:
    """SQLite's rows, a slice at a time; at least one frame, so that there is a schema."""
    raw = {name: _raw_type(kind, boolean=pl.Int64) for name, kind in schema.items()}
    cursor = connection.connection.cursor()
    try:
        with _driver(connection):
            cursor.execute(statement)
        while True:
            with _driver(connection):
                rows = cursor.fetchmany(_SLICE)
            # Column by column: built from rows, Polars would quietly make 2 of 2.5.
            frame = pl.DataFrame(
                [
                    pl.Series(name, list(map(itemgetter(place), rows)), kind)
                    for place, (name, kind) in enumerate(raw.items())
                ]
            )
            yield frame.with_columns(_typed(name, kind) for name, kind in schema.items())
            if len(rows) < _SLICE:
                return
    finally:
        cursor.close()


def _raw_type(kind: Any, boolean: Any) -> Any:
    """The type in which a value arrives: days and moments as text, truth as the database has it."""
    if kind == pl.Boolean:
        return boolean
    return pl.String if kind in (pl.Date, pl.Datetime) else kind


def _typed(name: str, kind: Any) -> pl.Expr:
    column = pl.col(name)
    if kind == pl.Date:
        return column.str.to_date("%Y-%m-%d")
    if kind == pl.Boolean:
        return column.cast(pl.String).is_in(["1", "t"])
    if kind == pl.Datetime:
        # PostgreSQL ends in the session's zone, which `_BULK` sets to UTC; SQLite in none.
        text = column.str.replace(r"\+00$", "")
        text = pl.when(text.str.contains(".", literal=True)).then(text).otherwise(text + ".0")
        moment = text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us").alias(name)
        return moment.dt.replace_time_zone(getattr(kind, "time_zone", None))
    return column


def _moments_as_text(frame: pl.DataFrame) -> Iterator[pl.Expr]:
    """Days and moments as SQLAlchemy writes them: UTC, in a form that both databases read."""
    for name, kind in frame.schema.items():
        column = pl.col(name)
        if kind == pl.Date:
            yield column.dt.strftime("%Y-%m-%d")
        elif isinstance(kind, pl.Datetime):
            moment = column.dt.convert_time_zone("UTC") if kind.time_zone else column
            yield moment.dt.strftime(_MOMENT)


@contextmanager
def _driver(connection: Connection) -> Iterator[None]:
    """Raise the driver's errors as SQLAlchemy does, so that whoever catches errors of the database
    (it is locked, it is gone) catches them; without the statement, which may hold personal data."""
    dialect = connection.dialect
    assert dialect.loaded_dbapi is not None
    try:
        yield
    except dialect.loaded_dbapi.Error as error:
        is_cut_off = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
        if is_cut_off:
            connection.invalidate(error)
        raise DBAPIError.instance(
            None,
            None,
            error,
            dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=is_cut_off,
            dialect=dialect,
        ) from error


def _copy_out(connection: Connection, statement: str, schema: Schema) -> pl.DataFrame:
    raw = {name: _raw_type(kind, boolean=pl.String) for name, kind in schema.items()}
    connection.exec_driver_sql(_BULK)
    buffer = io.BytesIO()
    cursor = connection.connection.cursor()
    # Compiled for psycopg, every percent sign is doubled; `copy` takes the statement as it is.
    copied = f"COPY ({statement.replace('%%', '%')}) TO STDOUT"
    with _driver(connection), cursor.copy(copied) as copy:
        if first := copy.read():
            buffer.write(first)
            _take_rows(cursor.connection.pgconn, buffer)
    if not buffer.tell():
        return pl.DataFrame(schema=schema)
    buffer.seek(0)
    frame = pl.read_csv(
        buffer,
        has_header=False,
        schema=raw,
        separator="\t",
        quote_char=None,
        null_values=[_NULL],
        empty_string_is_null=False,
    )
    return frame.with_columns(_unescaped(frame)).with_columns(
        _typed(name, kind) for name, kind in schema.items()
    )


def _take_rows(server: Any, buffer: io.BytesIO) -> None:
    """What follows the first row of a COPY. psycopg would wait for each row anew: up to ten times
    what the query takes."""
    from psycopg import errors, pq  # lazy: start

    while (taken := server.get_copy_data(0))[0] > 0:
        buffer.write(taken[1])
    # All of them, so that the connection is free again; the first says how it went.
    result, *_ = iter(server.get_result, None)
    if result.status != pq.ExecStatus.COMMAND_OK:
        raise errors.error_from_result(result)


def _copy_in(connection: Connection, target: str, frame: pl.DataFrame) -> None:
    connection.exec_driver_sql(_BULK)
    cursor = connection.connection.cursor()
    with _driver(connection), cursor.copy(f"{target} FROM STDIN") as copy:
        for part in frame.iter_slices(_SLICE):
            text = io.BytesIO()
            part.with_columns(_escaped(part)).write_csv(
                text, include_header=False, separator="\t", quote_style="never", null_value=_NULL
            )
            copy.write(text.getbuffer())


def _escaped(frame: pl.DataFrame) -> Iterator[pl.Series]:
    """The columns that hold characters which COPY's text format writes otherwise, so written."""
    for column in frame.select(pl.col(pl.String)):
        if column.str.contains(_ESCAPED).any():
            yield column.str.replace_many(_ESCAPES)


def _unescaped(frame: pl.DataFrame) -> Iterator[pl.Series]:
    """The columns in which COPY wrote escapes, as they were; one pass, left to right."""
    for column in frame.select(pl.col(pl.String)):
        if column.str.contains("\\", literal=True).any():
            yield column.str.replace_many({text: char for char, text in _ESCAPES.items()})
