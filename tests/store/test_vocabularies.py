"""Columns that hold a word of a vocabulary: the database, the code and the type agree on it."""

import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Column, Engine, Enum, inspect, select, text
from sqlalchemy.exc import CompileError, IntegrityError

import domain
from config.database import NEWEST, alembic_config, current, upgrade
from domain.kernel.errors import Refused
from domain.store.tables.base import Base
from domain.store.tables.claims import Claim, ClaimStatus
from domain.store.tables.everything import metadata
from tests.store.rows import insert_one, keep_one

HOME = Path(domain.__file__).parents[1]
PACKAGES = ("config", "console", "domain", "flows", "notifications")


def vocabularies() -> Iterator[tuple[Column[str], type[StrEnum]]]:
    """The columns of all tables that hold a word, each with its vocabulary."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Enum):
                assert column.type.enum_class is not None
                assert issubclass(column.type.enum_class, StrEnum)
                yield column, column.type.enum_class


WORDS = {(column.table.name, column.name): words for column, words in vocabularies()}


def test_the_database_knows_the_words_of_the_code(engine: Engine) -> None:
    known = {}
    for table, column in WORDS:
        checks = inspect(engine).get_check_constraints(table)
        (check,) = (each for each in checks if each["name"] == f"ck_{table}_{column}")
        known[table, column] = set(re.findall(r"'(\w+)'", check["sqltext"]))
    assert known == {place: set(map(str, words)) for place, words in WORDS.items()}


@pytest.mark.parametrize(("table", "column"), WORDS)
def test_the_database_takes_no_other_word(engine: Engine, table: str, column: str) -> None:
    with engine.connect() as connection:
        for word in WORDS[table, column]:
            with connection.begin_nested() as point:
                insert_one(connection, table, **{column: word})
                point.rollback()
        for other in ("", "x"):
            with pytest.raises(IntegrityError, match=f"ck_{table}_{column}"):  # noqa: SIM117
                with connection.begin_nested():
                    insert_one(connection, table, **{column: other})
        connection.rollback()


def test_a_query_takes_no_other_word() -> None:
    assert "'pending'" in str(
        select(Claim.id)
        .where(Claim.status == ClaimStatus.PENDING)
        .compile(compile_kwargs={"literal_binds": True})
    )
    with pytest.raises(CompileError, match="pendign"):
        select(Claim.id).where(Claim.status == "pendign").compile(
            compile_kwargs={"literal_binds": True}
        )


def test_what_an_older_database_holds_comes_through(blank_engine: Engine) -> None:
    upgrade(blank_engine)
    with blank_engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0017")
    for table in dict.fromkeys(table for table, _ in WORDS):
        keep_one(blank_engine, table)
    assert upgrade(blank_engine) == NEWEST
    with blank_engine.connect() as connection:
        for (table, column), words in WORDS.items():
            query = text(f'SELECT {column} FROM "{table}"')
            assert connection.scalar(query) == next(iter(words))


@pytest.mark.parametrize(
    ("table", "column"), [("claim", "status"), ("entry", "kind"), ("role", "role")]
)
def test_a_word_that_nobody_knows_is_named(blank_engine: Engine, table: str, column: str) -> None:
    upgrade(blank_engine)
    with blank_engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0017")
    keep_one(blank_engine, table, **{column: "zzz"})
    with pytest.raises(Refused, match=rf"{table} has “zzz” in {column}, .*`jifen init` again"):
        upgrade(blank_engine)
    assert current(blank_engine) == "0017"


def test_an_open_connection_sees_the_checks(blank_engine: Engine) -> None:
    upgrade(blank_engine)
    with blank_engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0017")
    with blank_engine.connect() as other:
        other.execute(text("SELECT count(*) FROM claim"))
        other.commit()
        upgrade(blank_engine)
        with pytest.raises(IntegrityError, match="ck_claim_status"):
            insert_one(other, "claim", status="x")
        other.rollback()


def test_the_code_names_words_by_their_vocabulary() -> None:
    """Texts would pass mypy however they are spelt; members of an enum do not."""
    columns = {
        f"{mapper.class_.__name__}.{name}"
        for mapper in Base.registry.mappers
        for table, name in WORDS
        if mapper.local_table is metadata.tables[table]
    }
    found = [
        f"{path.relative_to(HOME)}:{node.lineno}: {ast.unparse(node)}"
        for package in PACKAGES
        for path in (HOME / package).rglob("*.py")
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.expr) and _compares_with_text(node, columns)
    ]
    assert found == []


def _compares_with_text(node: ast.expr, columns: set[str]) -> bool:
    """`Claim.status == "x"`, `Claim.status.in_(("x",))`, or `.values(status="x")`."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "values":
            return any(
                keyword.arg in {column for _, column in WORDS}
                and isinstance(keyword.value, ast.Constant)
                for keyword in node.keywords
            )
        sides = [node.func.value, *node.args]
    else:
        return False
    names = {ast.unparse(side) for side in sides if isinstance(side, ast.Attribute)}
    return bool(names & columns) and any(
        isinstance(part, ast.Constant) and isinstance(part.value, str)
        for side in sides
        for part in ast.walk(side)
    )
