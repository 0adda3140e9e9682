"""Importing a workbook of claims: read, screened and stored, against merely reading it.

100,000 claims of 600 households for 宝山, in the workbook that the template's 13 columns make. The
floor is calamine handing over the rows as Python lists; ours ends with the commit to SQLite.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import python_calamine as calamine
import xlsxwriter
from sqlalchemy import func, select

from config.database import upgrade
from domain.community.adoption import add_community
from domain.community.registry import find_community
from domain.intake.imports import import_table
from domain.rules.load import shipped
from domain.sheets.reading import read_table
from domain.store.database import open_engine, reading, writing
from domain.store.tables.claims import Claim
from domain.store.tables.people import Household
from tests.bench.harness import Result, Side, best_of, in_own_process, report

CLAIMS, HOUSEHOLDS = 100_000, 600
ROUNDS = 5
REACH_RATIO = 3.0
RULESET = "baoshan-2023"
NOW = datetime(2026, 12, 31, tzinfo=UTC)
HEADER = (
    "编号",
    "户号",
    "项目",
    "发生日期",
    "地点",
    "事由",
    "方式",
    "成员编号",
    "次数",
    "评分",
    "事项",
    "依据",
    "申报时间",
)
ITEMS = (
    "volunteering",
    "meeting-promise",
    "village-rules",
    "sorting-promise",
    "垃圾分类承诺",
    "sanitation",
    "fire-gear",
    "courtyard",
    "training",
)
DEEDS = (
    "参加村庄清洁行动，清理房前屋后杂物",
    "主动调解邻里纠纷，双方达成和解",
    "参加护林防火巡逻志愿服务",
    "照顾独居老人，帮助买菜送药",
    "协助开展防汛值守，转移群众物资",
)


def run(scale: float) -> Result:
    """Both sides in turns, each run in a process of its own."""
    claims = max(1_000, round(CLAIMS * scale))
    with tempfile.TemporaryDirectory() as folder:
        write_workbook(Path(folder) / "claims.xlsx", claims)
        found_community(Path(folder) / "empty.db")
        ours, floor = best_of(ROUNDS, lambda: _side("ours", folder), lambda: _side("floor", folder))
    ratio = ours.seconds / floor.seconds
    return Result(
        name="importing",
        ours_seconds=ours.seconds,
        floor_seconds=floor.seconds,
        ratio=ratio,
        reach=f"ratio ≤ {REACH_RATIO:g}",
        reached=ratio <= REACH_RATIO,
        peak_memory_mib=ours.peak_memory_mib,
        notes=(
            f"{claims:,} claims of {HOUSEHOLDS:,} households from XLSX into SQLite, all accepted;"
            f" floor: calamine reads the rows, {floor.peak_memory_mib:,.0f} MiB; best of {ROUNDS}"
        ),
    )


def _side(name: str, folder: str) -> Side:
    return in_own_process("tests.bench.importing", name, folder)


def write_workbook(path: Path, claims: int) -> None:
    """Claims of a year, each household's on days of their own."""
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet("申报")
    page.write_row(0, 0, HEADER)
    days = book.add_format({"num_format": "yyyy/m/d"})
    moments = book.add_format({"num_format": "yyyy/m/d h:mm"})
    for line, row in enumerate(_rows(claims), 1):
        for at, cell in enumerate(row):
            if isinstance(cell, datetime):
                page.write_datetime(line, at, cell, moments)
            elif isinstance(cell, date):
                page.write_datetime(line, at, cell, days)
            elif cell != "":
                page.write(line, at, cell)
    book.close()


def _rows(claims: int) -> Iterator[tuple[Any, ...]]:
    each = -(-claims // HOUSEHOLDS)
    for number in range(claims):
        turn, home = divmod(number, HOUSEHOLDS)
        on = date(2026, 1, 1) + timedelta(days=turn * 364 // each)
        handed_in = datetime.combine(on, datetime.min.time()) + timedelta(
            days=number % 2, minutes=480 + number * 7 % 720
        )
        yield (
            f"2026-{number:06}",
            f"H{home:03}",
            ITEMS[number % len(ITEMS)],
            on,
            f"{home % 19 + 1}组村民活动广场",
            f"{on.month}月{on.day}日{DEEDS[number % len(DEEDS)]}",
            "居民自荐",
            "",
            1 if number % 3 else "",
            "",
            f"第{number % 977}次活动",
            f"照片{number:06}.jpg、活动签到表",
            handed_in,
        )


def found_community(path: Path) -> None:
    """A database with the community and its households."""
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    with writing(engine) as session:
        opening = date(2026, 1, 1)
        community = add_community(session, "bs", "宝山", "罗泾镇", shipped(RULESET), opening, NOW)
        session.add_all(
            Household(community_id=community.id, code=f"H{at:03}", head="王", enrolled_on=opening)
            for at in range(HOUSEHOLDS)
        )
    engine.dispose()


class Ours:
    """Read, screen, store, commit; every claim must have been accepted."""

    def __init__(self, folder: Path) -> None:
        self.sheet = folder / "claims.xlsx"
        database = folder / "ours.db"
        for old in folder.glob("ours.db*"):
            old.unlink()
        shutil.copy(folder / "empty.db", database)
        self.engine = open_engine(f"sqlite:///{database}")

    def work(self) -> None:
        table = read_table(self.sheet)
        with writing(self.engine) as session:
            community = find_community(session, "bs")
            self.answers = import_table(session, community, "claims", table, NOW)

    def keep(self) -> None:
        assert {answer.outcome for answer in self.answers} == {"accepted"}
        with reading(self.engine) as session:
            stored = session.scalar(select(func.count()).select_from(Claim))
        assert stored == len(self.answers)


class Floor:
    """calamine alone."""

    def __init__(self, folder: Path) -> None:
        self.sheet = folder / "claims.xlsx"

    def work(self) -> None:
        book = calamine.CalamineWorkbook.from_path(str(self.sheet))
        self.rows = book.get_sheet_by_index(0).to_python()

    def keep(self) -> None:
        assert self.rows


if __name__ == "__main__":
    sides: dict[str, type[Ours] | type[Floor]] = {"ours": Ours, "floor": Floor}
    side = sides[sys.argv[1]](Path(sys.argv[2]))
    report(side.work, side.keep)
