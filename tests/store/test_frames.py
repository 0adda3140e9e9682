"""Frames into and out of both databases: what goes in comes out, to the last character."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Engine,
    Float,
    MetaData,
    Table,
    Text,
    delete,
    literal,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from domain.store.database import reading, writing
from domain.store.faults import is_held_up, may_pass
from domain.store.frames import Schema, read_frame, write_frame
from domain.store.tables.base import UtcDateTime
from domain.store.tables.people import Community

# Temporary: it goes with its transaction, and no schema is changed by it.
SCRATCH = Table(
    "scratch",
    MetaData(),
    Column("n", BigInteger),
    Column("words", Text),
    Column("day", Date),
    Column("moment", UtcDateTime),
    Column("flag", Boolean),
    Column("ratio", Float),
    prefixes=["TEMPORARY"],
)
SCHEMA: Schema = {
    "n": pl.Int64,
    "words": pl.String,
    "day": pl.Date,
    "moment": pl.Datetime("us", "UTC"),
    "flag": pl.Boolean,
    "ratio": pl.Float64,
}
TEXTS = [
    "",
    " ",
    "中文，“引号”",
    "𠮷野家 👨‍👩‍👧",
    'a "quoted" word',
    "it's",
    "''",
    '"',
    "back\\slash",
    "\\",
    "\\\\",
    "\\N",
    "\\n",
    "\\.",
    "N",
    "NULL",
    "100%",
    "%s %(x)s %%",
    "a:b :name ::text",
    "?",
    "$1",
    "a\tb",
    "one\ntwo",
    "\n",
    "one\r\ntwo\r",
    "one\n\\.\ntwo",
    "\b\v\f\x01\x1f\x7f\x85\u2028",
    "a,b;c",
    "007",
    "1.50",
    "true",
    "2026-01-01",
]


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        SCRATCH.create(session.connection())
        yield session


def all_of(session: Session, *names: str) -> pl.DataFrame:
    columns = [SCRATCH.c[name] for name in names or SCHEMA]
    query = select(*columns).order_by(SCRATCH.c.n)
    return read_frame(session, query, {column.name: SCHEMA[column.name] for column in columns})


def test_every_type_comes_back(session: Session) -> None:
    moment = datetime(2026, 3, 1, 15, 59, 59, 999_999, UTC)
    frame = pl.DataFrame(
        {
            "n": [-(2**63), 0, 2**63 - 1],
            "words": ["", None, "x"],
            "day": [date(1900, 1, 1), None, date(9000, 12, 31)],
            "moment": [moment, None, moment.replace(microsecond=0)],
            "flag": [True, None, False],
            "ratio": [0.1, None, -1e300],
        },
        schema=SCHEMA,
    )
    write_frame(session, SCRATCH, frame)
    assert_frame_equal(all_of(session), frame)
    rows = session.execute(select(SCRATCH).order_by(SCRATCH.c.n)).all()
    assert [tuple(row) for row in rows] == frame.rows()


def test_rows_written_one_by_one_are_read_alike(session: Session) -> None:
    values = {
        "n": 1,
        "words": "村",
        "day": date(2026, 2, 28),
        "moment": datetime(2026, 2, 28, tzinfo=UTC),
        "flag": True,
        "ratio": 2.5,
    }
    session.execute(SCRATCH.insert(), [values, dict.fromkeys(values, None)])
    found = all_of(session).filter(pl.col("n") == 1)
    assert found.row(0, named=True) == values


def test_nothing_has_the_types_too(session: Session) -> None:
    write_frame(session, SCRATCH, pl.DataFrame(schema=SCHEMA))
    assert_frame_equal(all_of(session), pl.DataFrame(schema=SCHEMA))


def test_only_nulls(session: Session) -> None:
    frame = pl.DataFrame({"n": [1, 2], **{name: [None] * 2 for name in list(SCHEMA)[1:]}}, SCHEMA)
    write_frame(session, SCRATCH, frame)
    assert_frame_equal(all_of(session), frame)


def test_columns_left_out_are_null(session: Session) -> None:
    write_frame(session, SCRATCH, pl.DataFrame({"n": [1]}))
    assert all_of(session, "words")["words"].to_list() == [None]


@pytest.mark.parametrize("value", TEXTS)
def test_texts(session: Session, value: str) -> None:
    frame = pl.DataFrame({"n": [1, 2, 3], "words": [value, None, value + value]})
    write_frame(session, SCRATCH, frame)
    assert_frame_equal(all_of(session, "n", "words"), frame)
    assert_frame_equal(all_of(session, "words"), frame.select("words"))
    assert session.scalar(select(SCRATCH.c.words).where(SCRATCH.c.n == 1)) == value


@pytest.mark.parametrize("value", TEXTS)
def test_texts_as_literals(session: Session, value: str) -> None:
    write_frame(session, SCRATCH, pl.DataFrame({"n": [1, 2], "words": [value, "other"]}))
    query = select(SCRATCH.c.n, literal(value)).where(SCRATCH.c.words.in_([value, "none such"]))
    found = read_frame(session, query, {"n": pl.Int64, "words": pl.String})
    assert found.rows() == [(1, value)]


def test_other_literals(session: Session) -> None:
    day, moment = date(2026, 3, 1), datetime(2026, 3, 1, 8, tzinfo=UTC)
    rows = {"n": [1, 2], "day": [day, day + timedelta(1)], "moment": [moment, moment]}
    write_frame(session, SCRATCH, pl.DataFrame({**rows, "flag": [True, False]}))
    for condition in (
        SCRATCH.c.day <= day,
        SCRATCH.c.flag,
        (SCRATCH.c.moment == moment) & (SCRATCH.c.day == day),
        SCRATCH.c.n.in_([*range(3, 20_000), 1]),
        SCRATCH.c.words.is_(None) & (SCRATCH.c.n % 2 == 1),
    ):
        found = read_frame(session, select(SCRATCH.c.n).where(condition), {"n": pl.Int64})
        assert found["n"].to_list() == [1]


def test_moments_do_not_depend_on_the_sessions_zone(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL TIME ZONE 'Asia/Shanghai'"))
    moment = datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
    frame = pl.DataFrame({"n": [1], "moment": [moment]})
    write_frame(session, SCRATCH, frame)
    naive = frame.with_columns(pl.col("moment").dt.replace_time_zone(None), n=2)
    write_frame(session, SCRATCH, naive)
    shanghai = frame.with_columns(pl.col("moment").dt.convert_time_zone("Asia/Shanghai"), n=3)
    write_frame(session, SCRATCH, shanghai)
    assert session.scalars(select(SCRATCH.c.moment)).all() == [moment] * 3
    plain = read_frame(session, select(SCRATCH.c.moment), {"moment": pl.Datetime("us")})
    assert plain["moment"].to_list() == [moment.replace(tzinfo=None)] * 3


def test_a_hundred_thousand_rows(session: Session) -> None:
    n = 300_000 if session.get_bind().dialect.name == "sqlite" else 100_000
    frame = pl.DataFrame({"n": pl.int_range(n, eager=True)}).with_columns(
        words=pl.when(pl.col("n") % 7 == 0)
        .then(pl.lit("第一行\n第二行\\"))
        .when(pl.col("n") % 5 == 0)
        .then(None)
        .otherwise(pl.format("{}号", pl.col("n"))),
        flag=pl.col("n") % 2 == 0,
    )
    write_frame(session, SCRATCH, frame)
    assert_frame_equal(all_of(session, "n", "words", "flag"), frame)


# NUL is no character of a text in PostgreSQL; a lone surrogate is none anywhere.
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.none() | ANY_TEXT, min_size=1, max_size=20))
def test_any_text(session: Session, values: list[str | None]) -> None:
    session.execute(delete(SCRATCH))
    frame = pl.DataFrame(
        {"n": range(len(values)), "words": values}, {"n": pl.Int64, "words": pl.String}
    )
    write_frame(session, SCRATCH, frame)
    assert_frame_equal(all_of(session, "n", "words"), frame)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY_TEXT)
def test_any_text_as_a_literal(session: Session, value: str) -> None:
    found = read_frame(session, select(literal(value)), {"words": pl.String})
    assert found["words"].to_list() == [value]


def test_what_the_session_has_not_sent_yet_is_seen(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(Community(code="ma", name="马鞍", town="", added_at=datetime.now(UTC)))
        found = read_frame(session, select(Community.code), {"code": pl.String})
        assert found["code"].to_list() == ["ma"]


def test_frames_are_part_of_the_transaction(engine: Engine) -> None:
    frame = pl.DataFrame(
        {"code": ["ma"], "name": [""], "town": [""], "added_at": [datetime.now(UTC)]}
    )
    with engine.connect() as connection, Session(connection) as session:
        write_frame(session, Community.metadata.tables["community"], frame)
        session.rollback()
    with reading(engine) as session:
        assert read_frame(session, select(Community.id), {"id": pl.Int64}).is_empty()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("value", ["1.5", "'x'", "x'00'"])
def test_a_value_of_another_type_is_never_rounded(session: Session, value: str) -> None:
    session.execute(text(f"INSERT INTO scratch (n) VALUES (1), ({value})"))
    with pytest.raises(TypeError):
        read_frame(session, select(SCRATCH.c.n), {"n": pl.Int64})


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_holds_a_frame_up_is_an_error_of_the_database(engine: Engine) -> None:
    table = Community.__table__
    assert isinstance(table, Table)
    frame = pl.DataFrame({"code": ["ma"], "name": ["马鞍"]})
    with writing(engine) as holder, Session(engine) as session:
        holder.execute(text("LOCK TABLE community IN ACCESS EXCLUSIVE MODE"))
        session.execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(DBAPIError) as thrown:
            write_frame(session, table, frame)
    assert is_held_up(thrown.value)
    assert may_pass(thrown.value)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_frame_cut_off_is_an_error_of_the_database(engine: Engine) -> None:
    with Session(engine) as session:
        me = session.scalar(text("SELECT pg_backend_pid()"))
        with engine.connect() as other:
            other.execute(text(f"SELECT pg_terminate_backend({me})"))
        with pytest.raises(DBAPIError) as thrown:
            read_frame(session, select(Community.id), {"id": pl.Int64})
    assert may_pass(thrown.value)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_frame_that_sqlite_refuses_is_an_error_of_the_database(session: Session) -> None:
    nowhere = select(text("nothing")).select_from(text("nowhere"))
    with pytest.raises(DBAPIError):
        read_frame(session, nowhere, {"n": pl.Int64})
