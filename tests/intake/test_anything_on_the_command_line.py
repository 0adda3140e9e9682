"""`jifen import` with whatever is brought: answers or one line, and a database whole either way."""

import io
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from config.database import upgrade
from console.main import run
from domain.intake.columns import KINDS
from domain.sheets.reading import Table
from domain.store.tables.claims import Claim, RefusedRow
from tests.conftest import opened
from tests.intake.anything import tables
from tests.intake.desk import CLAIM, Desk, draw_survey, write_sheet
from tests.intake.test_anything_brought import PERIODS, calm

ROOT = Path(__file__).resolve().parents[2]
REFUSED = {"row", "ref", "outcome", "column", "value", "reason", "faults", "household", "note"}


class Said(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str


class Office:
    """An installation with a desk, where commands are given in this process."""

    def __init__(self, url: str, desk: Desk) -> None:
        self.url, self.desk = url, desk

    def jifen(self, *words: str) -> Said:
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setenv("JIFEN_DATABASE_URL", self.url)
            code = run(list(words))
        return Said(code, out.getvalue(), err.getvalue())

    def bring(self, kind: str, path: Path) -> dict[str, Any] | None:
        """Import a file: its answers, or None where it was refused and changed nothing."""
        before = self.desk.snapshot()
        period = ["--period", PERIODS[kind]] if kind in PERIODS else []
        words = ["import", kind, "c", str(path), "--json", "--as-of", "2026-11-20T12:00", *period]
        said = self.jifen(*words)
        if said.code:
            assert said.code in (1, 2)
            assert said.out == ""
            assert re.fullmatch(r"\S[^\n]*\n", said.err), said.err
            assert self.desk.snapshot() == before
            return None
        answers: dict[str, Any] = json.loads(said.out)
        complete(answers)
        again = json.loads(self.jifen(*words).out)
        assert (again["accepted"], again["refused"]) == (0, answers["refused"])
        assert again["already"] == answers["accepted"] + answers["already"]
        return answers


def complete(answers: dict[str, Any]) -> None:
    """Each row has its answer, a refused one in Chinese."""
    rows = answers["rows"]
    for outcome in ("accepted", "already", "refused"):
        assert answers[outcome] == sum(row["outcome"] == outcome for row in rows)
    for row in rows:
        assert REFUSED <= set(row) <= REFUSED | {"sheet", "hidden"}
        assert [fault["column"] for fault in row["faults"][:1]] == [row["column"]] * bool(
            row["reason"]
        )
        assert bool(row["reason"]) == (row["outcome"] == "refused")
        if row["reason"]:
            assert re.search("[\u4e00-\u9fff]", row["reason"])
            assert "\n" not in row["reason"]


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of SQLite with a desk, to copy."""
    folder = tmp_path_factory.mktemp("furnished")
    with opened(f"sqlite:///{folder / 'jifen.db'}") as engine:
        upgrade(engine)
        desk = Desk(engine, folder).open()
        desk.person("r1")
        desk.bring("members", "household member name", [["H1", "1", "王一"]])
        desk.bring("goods", "goods points stock", [["毛巾", "2", "5"]])
        desk.claims({"ref": "K1"}, {"ref": "K2", "household": "H2"})
        draw_survey(desk, 2)
    return folder / "jifen.db"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("office")


def bring(furnished: Path, place: Path, kind: str, path: Path) -> dict[str, Any] | None:
    """Import a file at a fresh office."""
    for old in place.glob("office.db*"):
        old.unlink()
    database = shutil.copy(furnished, place / "office.db")
    with opened(f"sqlite:///{database}") as engine:
        return Office(f"sqlite:///{database}", Desk(engine, place)).bring(kind, path)


def saved(table: Table, path: Path, encoding: str) -> Path:
    """A table as a file; what a program could not save in it is left out."""
    rows = [list(table.header), *([_cell(cell) for cell in row] for row in table.cells)]
    if path.suffix == ".csv":
        rows = [
            [str(cell).encode(encoding, "ignore").decode(encoding) for cell in row] for row in rows
        ]
    return write_sheet(path, rows, encoding)


def _cell(cell: Any) -> Any:
    if isinstance(cell, date):
        return str(cell) if cell.year < 1900 else _naive(cell)
    if isinstance(cell, int | float):
        return cell if math.isfinite(cell) else str(cell)
    return re.sub("[\0-\x08\x0b\x0c\x0e-\x1f]", "", str(cell))


def _naive(cell: Any) -> Any:
    return cell.replace(microsecond=0) if isinstance(cell, datetime) else cell


formats = st.sampled_from(
    [
        (".xlsx", "utf-8"),
        (".csv", "utf-8"),
        (".csv", "utf-8-sig"),
        (".csv", "gb18030"),
        (".csv", "utf-16"),
        (".csv", "big5"),
    ]
)
kinds = st.sampled_from(KINDS)


@pytest.mark.integration
@calm
@given(kinds.flatmap(lambda kind: st.tuples(st.just(kind), tables(kind))), formats, st.booleans())
def test_any_sheet(
    furnished: Path, place: Path, drawn: tuple[str, Table], form: tuple[str, str], renamed: bool
) -> None:
    kind, table = drawn
    suffix, encoding = form
    path = saved(table, place / f"sheet{suffix}", encoding)
    if renamed:
        path = path.rename(place / ("sheet.csv" if suffix == ".xlsx" else "sheet.xlsx"))
    bring(furnished, place, kind, path)


@pytest.mark.integration
@calm
@given(kinds, st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\xef\xbb\xbf"]))
def test_any_bytes(furnished: Path, place: Path, kind: str, data: bytes, start: bytes) -> None:
    path = place / "bytes.xlsx"
    path.write_bytes(start + data)
    bring(furnished, place, kind, path)


@pytest.fixture(scope="module")
def workbook(place: Path) -> bytes:
    return write_sheet(place / "whole.xlsx", [list(CLAIM), list(CLAIM.values())]).read_bytes()


@pytest.mark.integration
@calm
@given(kinds, st.data())
def test_a_workbook_cut_off(
    furnished: Path, place: Path, workbook: bytes, kind: str, data: st.DataObject
) -> None:
    path = place / "cut.xlsx"
    path.write_bytes(workbook[: data.draw(st.integers(0, len(workbook)))])
    bring(furnished, place, kind, path)


@pytest.fixture
def office(database_url: str, engine: Engine, tmp_path: Path) -> Office:
    return Office(database_url, Desk(engine, tmp_path).open())


@pytest.mark.parametrize("form", [(".xlsx", "utf-8"), (".csv", "gb18030"), (".csv", "utf-8-sig")])
def test_what_clerks_write(office: Office, form: tuple[str, str]) -> None:
    suffix, encoding = form
    header = ["编号", "户号", "项目", "发生日期", "地点", "事由", "方式", "次数"]
    rows: list[list[object]] = [
        ["C1", "H1", "sweep", "2026年3月5日", "村东", "扫街", "居民自荐", ""],
        [""] * 8,
        ["C2", "H2", "sweep", "2026/3/6", "村东", "扫街", "self", "1"],
        ["C3", "H3", "sweep", 46087, "村东", "扫街", "小组现场看", ""],
        ["C4", "H1", "sweep", "2026-02-30", "村东", "扫街", "居民自荐", ""],
        ["C5", "H1", "sweep", 45321, "村东", "扫街", "居民自荐", ""],
        ["C6", "H1", "sweep", "2026-03-08", "村东", "长" * 30_000, "居民自荐", ""],
        ["C7", "H1", "sweep", "2026-03-09", "村东", "=SUM(A1)", "居民自荐", ""],
    ]
    path = write_sheet(office.desk.folder / f"sheet{suffix}", [header, *rows], encoding)
    answers = office.bring("claims", path)
    assert answers is not None
    assert [(row["row"], row["ref"], row["column"]) for row in answers["rows"]] == [
        (2, "C1", ""),
        (4, "C2", ""),
        (5, "C3", ""),
        (6, "C4", "发生日期"),
        (7, "C5", "发生日期"),
        (8, "C6", "事由"),
        (9, "C7", ""),
    ]
    assert [row["reason"] for row in answers["rows"]][3:6] == [
        "没有“2026-02-30”这一天：2026 年 2 月只有 28 天",
        "2024-01-30 时尚无生效的积分细则",
        "最多 2000 个字，现有 30000 个，请缩短",
    ]
    assert office.desk.count(Claim) == 4
    listed = office.jifen("import", "refused", "c", "--out", str(path.parent / "refused.xlsx"))
    assert (listed.code, listed.err) == (
        0,
        f"3 refused rows written to {path.parent}/refused.xlsx\n",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_files_that_are_none(office: Office, kind: str) -> None:
    for name, data in (
        ("empty.csv", b""),
        ("nul.xlsx", bytes(2_000)),
        ("old.xls", b"\xd0\xcf\x11\xe0" * 200),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256))),
        ("open.csv", b'"' + b"x" * 40_000),
        ("wide.csv", b"," * 100_000),
        ("blank.csv", b" \n , , \n"),
    ):
        path = office.desk.folder / name
        path.write_bytes(data)
        assert office.bring(kind, path) is None
    assert office.bring(kind, office.desk.folder) is None
    assert office.bring(kind, office.desk.folder / "nowhere.csv") is None


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_hundred_thousand_rows(office: Office) -> None:
    path = office.desk.folder / "many.csv"
    line = "C{at},H{home},service,2026-03-05,村口,扫街,self,第{at}次\n"
    header = "编号,户号,项目,发生日期,地点,事由,方式,事项"
    rows = "".join(line.format(at=at, home=at % 4) for at in range(100_000))
    path.write_text(f"{header}\n{rows}", "gb18030")
    answers = office.bring("claims", path)
    assert answers is not None
    assert (answers["accepted"], answers["refused"]) == (75_000, 25_000)
    assert office.desk.count(Claim) == 75_000


@pytest.mark.e2e
def test_killed_at_any_moment_it_is_as_it_was_or_complete(office: Office) -> None:
    """kill -9, later and later, until an import gets through; then once more to the end."""
    rows = [[f"C{at}", *list(CLAIM.values())[1:], str(at)] for at in range(10_000)]
    rows.append(["C", "H9", *list(CLAIM.values())[2:], ""])
    path = office.desk.write([*CLAIM, "matter"], rows, ".csv")
    words = ["import", "claims", "c", str(path), "--as-of", "2026-11-20T12:00"]
    environment = {**os.environ, "JIFEN_DATABASE_URL": office.url, "PYTHONPATH": str(ROOT)}
    ended, delay = False, 0.5
    while not ended:
        command = [sys.executable, "-m", "console.main", *words]
        process = subprocess.Popen(
            command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        ended = process.wait() == 0
        assert (office.desk.count(Claim), office.desk.count(RefusedRow)) in ((0, 0), (10_000, 1))
        delay *= 1.5
    assert office.jifen(*words).code == 0
    assert (office.desk.count(Claim), office.desk.count(RefusedRow)) == (10_000, 1)
