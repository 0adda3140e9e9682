"""Whatever is brought, each row has its answer or the file one clear refusal, and no other error.

A database that refused a file is as it was; one that took it has each accepted row once.
"""

import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config.database import upgrade
from domain.intake.answers import Answer
from domain.intake.columns import KINDS
from domain.intake.imports import import_table
from domain.intake.inbox import stage, take_due
from domain.kernel.errors import BadInput, JifenError
from domain.kernel.period import Period
from domain.sheets.reading import Table, read_table
from domain.store.database import open_engine, writing
from domain.store.tables.claims import Claim
from domain.store.tables.people import Community
from tests.intake.anything import tables
from tests.intake.desk import CLAIM, Desk, as_table, draw_survey, moment, outcomes, write_sheet
from tests.selection import examples

pytestmark = pytest.mark.integration

NOW = moment("2026-12-31")
PERIODS = {"inspection": "2026-03", "survey": "2026-H1"}
calm = settings(
    deadline=None,
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all examples: a database of SQLite in a file."""

    folder = tmp_path_factory.mktemp("desk")
    engine: Engine = open_engine(f"sqlite:///{folder / 'jifen.db'}")
    upgrade(engine)
    desk = Desk(engine, folder).open()
    desk.person("r1")
    desk.bring("members", "household member name", [["H1", "1", "王一"]])
    desk.bring("goods", "goods points stock", [["毛巾", "2", "5"]])
    desk.claims({"ref": "K1"}, {"ref": "K2", "household": "H2"})
    draw_survey(desk, 2)
    yield desk
    engine.dispose()


class Undone(Exception):
    """Takes back what an example has done."""


def brought(desk: Desk, act: Callable[[Session, Community], list[Answer]]) -> list[Answer] | None:
    """What an import answers, or None where it refused the file; then all is undone."""
    answers: list[Answer] | None = None
    try:
        with writing(desk.engine) as session:
            before = session.connection().exec_driver_sql("SELECT total_changes()").scalar()
            try:
                answers = act(session, desk.community(session))
            except JifenError as error:
                one_line(error)
                after = session.connection().exec_driver_sql("SELECT total_changes()").scalar()
                assert before == after, "a refused file has changed something"
            raise Undone
    except Undone:
        return answers


def one_line(error: JifenError) -> None:
    assert str(error)
    assert "\n" not in str(error)


def sound(answers: list[Answer]) -> None:
    """Every refusal can be read by people, in both languages."""
    for answer in answers:
        if answer.outcome == "refused":
            assert answer.column
            assert answer.why is not None
            assert answer.why.code != "said", "a reason that is only in English"
            for language in ("zh_CN", "en"):
                assert answer.reason_in(language)
                assert "\n" not in answer.reason_in(language)
                assert "{" not in answer.reason_in(language).replace(answer.value, "")
        else:
            assert answer.reason == ""


@calm
@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), tables(kind))))
def test_any_table_is_imported_or_refused(shared: Desk, drawn: tuple[str, Table]) -> None:
    kind, table = drawn

    def act(session: Any, community: Any) -> list[Answer]:
        period = Period.parse(PERIODS[kind]) if kind in PERIODS else None
        first = import_table(session, community, kind, table, NOW, period=period)
        again = import_table(session, community, kind, table, NOW, period=period)
        assert not [answer for answer in again if answer.outcome == "accepted"]
        assert [answer.row for answer in again] == [answer.row for answer in first]
        return first

    answers = brought(shared, act)
    if answers is not None:
        sound(answers)
        if kind != "inspection":
            assert [answer.row for answer in answers] == list(table.numbers)


@calm
@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), tables(kind))))
def test_any_table_is_staged_and_taken(shared: Desk, drawn: tuple[str, Table]) -> None:
    kind, table = drawn

    def act(session: Any, community: Any) -> list[Answer]:
        staged = stage(session, community, kind, table, year=2026)
        sound(staged)
        again = stage(session, community, kind, table, year=2026)
        assert not [answer for answer in again if answer.outcome == "accepted"]
        return take_due(session, community, moment("2300-01-01"))

    answers = brought(shared, act)
    if answers is not None:
        sound(answers)


@calm
@given(
    st.binary(max_size=300), st.sampled_from(["", "PK\x03\x04", "\xef\xbb\xbf", "ref,household\n"])
)
def test_random_bytes(shared: Desk, data: bytes, start: str) -> None:
    read_and_bring(shared, start.encode("latin-1") + data, ".xlsx")


def read_and_bring(desk: Desk, data: bytes, suffix: str) -> list[Answer] | None:
    path = desk.folder / f"any{suffix}"
    path.write_bytes(data)
    try:
        table = read_table(path)
    except BadInput as error:
        one_line(error)
        return None
    return brought(
        desk, lambda session, community: import_table(session, community, "claims", table, NOW)
    )


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    rows = [list(CLAIM), *([f"C{at}", *list(CLAIM.values())[1:-1], f"x{at}"] for at in range(50))]
    return write_sheet(tmp_path_factory.mktemp("book") / "a.xlsx", rows).read_bytes()


@calm
@given(st.data())
def test_damaged_workbooks(shared: Desk, workbook: bytes, data: st.DataObject) -> None:
    """Cut off, with some bytes changed, or both; under either name."""
    damaged = bytearray(workbook[: data.draw(st.integers(0, len(workbook)))])
    for _ in range(data.draw(st.integers(0, 5))):
        if damaged:
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    read_and_bring(shared, bytes(damaged), data.draw(st.sampled_from([".xlsx", ".csv"])))


@calm
@given(st.data())
def test_workbooks_with_damaged_parts(shared: Desk, workbook: bytes, data: st.DataObject) -> None:
    """The package is whole, and a part of it is not."""
    path = shared.folder / "parts.xlsx"
    path.write_bytes(workbook)
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    name = data.draw(st.sampled_from(sorted(parts)))
    content = parts[name]
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, len(content)))
    parts[name] = content[:start] + data.draw(st.binary(max_size=20)) + content[end:]
    with zipfile.ZipFile(path, "w") as package:
        for part, text in parts.items():
            package.writestr(part, text)
    read_and_bring(shared, path.read_bytes(), ".xlsx")


@calm
@given(
    st.lists(st.lists(st.text(max_size=8), max_size=8), max_size=6),
    st.sampled_from(["utf-8", "gb18030", "utf-16", "big5", "shift_jis", "latin-1", "utf-32"]),
)
def test_wrong_encodings(shared: Desk, rows: list[list[str]], encoding: str) -> None:
    text = "\n".join(",".join(row) for row in [list(CLAIM), *rows])
    read_and_bring(shared, text.encode(encoding, "ignore"), ".csv")


def test_huge_cells(shared: Desk) -> None:
    for size in (2_001, 32_767):
        table = as_table(list(CLAIM), [[*list(CLAIM.values())[:-2], "长" * size, "self"]])

        def act(session: Session, community: Community, table: Table = table) -> list[Answer]:
            return import_table(session, community, "claims", table, NOW)

        answers = brought(shared, act)
        assert answers is not None
        assert outcomes(answers) == {"refused": 1}


@pytest.mark.slow
def test_a_hundred_thousand_rows(desk: Desk) -> None:
    """Good, bad and repeated ones; then all of it once more."""
    many = 100_000
    rows = [
        [
            f"C{at}",
            f"H{at % 4}",
            "service",
            f"2026-{at % 12 + 1:02}-{at % 28 + 1:02}",
            "村口",
            f"第 {at} 次",
            "self",
        ]
        for at in range(many)
    ]
    rows += rows[:10]
    table = as_table(list(CLAIM), rows)
    for good, again in ((many * 3 // 4, 7), (0, many * 3 // 4 + 7)):
        with writing(desk.engine) as session:
            answers = import_table(session, desk.community(session), "claims", table, NOW)
        expected = {"accepted": good, "already": again, "refused": many // 4 + 3}
        assert outcomes(answers) == {name: count for name, count in expected.items() if count}
    assert desk.count(Claim) == many * 3 // 4
    assert len(desk.refused()) == many // 4
