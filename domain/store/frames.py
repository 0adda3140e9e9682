"""Many rows at once: Polars frames out of and into the database.

PostgreSQL streams text with COPY; SQLite hands over tuples. Neither makes an object per row, so
a million households stay affordable.
"""

import io
from collections.abc import Iterator
from typing import Any

import polars as pl
from sqlalchemy import Connection, Select, Table
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
# Slices bound the memory that the text, or the tuples, of a million rows would take.
_SLICE = 200_000
_MOMENT = "%Y-%m-%d %H:%M:%S%.6f"
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
    if connection.dialect.name == "postgresql":
        _copy_in(connection, f'COPY "{table.name}" ({columns})', frame)
        return
    marks = ", ".join("?" * frame.width)
    statement = f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})'  # noqa: S608 - our names
    for part in frame.with_columns(_moments_as_text(frame)).iter_slices(_SLICE):
        connection.exec_driver_sql(statement, part.rows())


def _fetch(connection: Connection, statement: str, schema: Schema) -> Iterator[pl.DataFrame]:
    """SQLite's rows, a slice at a time; at least one frame, so that there is a schema."""
    raw = {name: _raw_type(kind, boolean=pl.Int64) for name, kind in schema.items()}
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement)
        while True:
            rows = cursor.fetchmany(_SLICE)
            # Column by column: built from rows, Polars would quietly make 2 of 2.5.
            values = zip(*rows, strict=True) if rows else ((),) * len(raw)
            frame = pl.DataFrame(
                [
                    pl.Series(name, column, kind)
                    for (name, kind), column in zip(raw.items(), values, strict=True)
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
        # PostgreSQL ends in the session's zone, which `_copy_out` sets to UTC; SQLite in none.
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


def _copy_out(connection: Connection, statement: str, schema: Schema) -> pl.DataFrame:
    raw = {name: _raw_type(kind, boolean=pl.String) for name, kind in schema.items()}
    connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
    buffer = io.BytesIO()
    cursor = connection.connection.cursor()
    # Compiled for psycopg, every percent sign is doubled; `copy` takes the statement as it is.
    with cursor.copy(f"COPY ({statement.replace('%%', '%')}) TO STDOUT") as copy:
        for block in copy:
            buffer.write(block)
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


def _copy_in(connection: Connection, target: str, frame: pl.DataFrame) -> None:
    connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
    cursor = connection.connection.cursor()
    plain = frame.with_columns(_moments_as_text(frame))
    with cursor.copy(f"{target} FROM STDIN") as copy:
        for part in plain.iter_slices(_SLICE):
            text = part.with_columns(_escaped(part))
            copy.write(
                text.write_csv(
                    include_header=False, separator="\t", quote_style="never", null_value=_NULL
                )
            )


def _escaped(frame: pl.DataFrame) -> Iterator[pl.Series]:
    """The columns that hold characters which COPY's text format writes otherwise, so written."""
    for column in frame.select(pl.col(pl.String)):
        if column.str.contains_any(list(_ESCAPES)).any():
            yield column.str.replace_many(_ESCAPES)


def _unescaped(frame: pl.DataFrame) -> Iterator[pl.Series]:
    """The columns in which COPY wrote escapes, as they were; one pass, left to right."""
    for column in frame.select(pl.col(pl.String)):
        if column.str.contains("\\", literal=True).any():
            yield column.str.replace_many({text: char for char, text in _ESCAPES.items()})
