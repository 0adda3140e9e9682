"""A clerk's desk for the tests: a community, and sheets that are typed and imported.

Points are written as people write them, days as `03-05` of 2026. A sheet is a list of rows under
a header line: `desk.bring("claims", "ref household …", [...])`.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from domain.audit.books import open_books
from domain.community.adoption import add_community
from domain.community.registry import add_person, find_community
from domain.intake.answers import Answer
from domain.intake.fitting import words_of
from domain.intake.imports import import_table
from domain.kernel.local_time import parse_moment
from domain.kernel.period import Period
from domain.rules.schema import Ruleset
from domain.sheets.reading import Table, read_table
from domain.store.database import reading, writing
from domain.store.tables.base import Base
from domain.store.tables.claims import Claim, RefusedRow
from domain.store.tables.everything import metadata
from domain.store.tables.people import Community
from domain.store.tables.settlement import Settlement
from domain.surveys.draw import draw
from tests.domain.builders import day, rules
from tests.rules.builders import SOURCE, item

NOW = "2026-12-31T12:00"
# What a claim needs besides what a test is about.
CLAIM = {
    "ref": "C1",
    "household": "H1",
    "item": "sweep",
    "occurred_on": "2026-03-05",
    "place": "村委会",
    "reason": "清扫",
    "channel": "self",
}
ITEMS = (
    item("base", "base", points=6, per="year"),
    item("sweep", points=3),
    item("fine", "deduction", points=-5),
    item("monthly", points=5, per="month"),
    item("honour", points=5, highest_of="honours"),
    item("merit", points=4, highest_of="honours"),
    item("tidy", "graded", points=10),
    item("wiped", "zeroing", points=None, zeroes=("base",)),
    item("shame", "record", points=None, lists="black"),
    item("unpriced", points=None),
    item("skill", points=4, of="member"),
    item("proven", points=4, evidence="required"),
    item("backed", points=4, evidence="expected"),
    item("seen", points=4, channels=("inspection",)),
    item(
        "service",
        points=5,
        caps=(
            {
                "id": "event",
                "max": 10,
                "per": "event",
                "source": None,
                "reason": "made up for a test",
            },
        ),
    ),
)


def village_rules(**parts: Any) -> Ruleset:
    """A ruleset with an item of each kind."""
    parts.setdefault("channels", ["self", "inspection"])
    parts["participants"] = {
        "members": True,
        **parts.get("participants", {"opt_in": False, **SOURCE}),
    }
    # What a claim rests on is a promise, so that no approval needs a note.
    items = [each if "evidence" in each else {**each, "evidence": "promise"} for each in ITEMS]
    return rules(*items, **parts)


@dataclass
class Desk:
    """A community's desk: brings sheets, and looks at what became of them."""

    engine: Engine
    folder: Path
    ruleset: Ruleset = field(default_factory=village_rules)
    sheets: int = 0

    def open(self, households: Sequence[str] = ("H1", "H2", "H3"), since: str = "01-01") -> "Desk":
        """Found the community, with households that enrolled when the year opened."""
        with writing(self.engine) as session:
            add_community(
                session, "c", "马鞍", "镇", self.ruleset, day(since), moment("2025-12-01")
            )
        if households:
            rows = [[code, f"王{code}", "2026-01-01"] for code in households]
            self.bring("households", "household head enrolled_on", rows, now="2026-01-01")
        return self

    def bring(
        self,
        kind: str,
        header: str,
        rows: Sequence[Sequence[Any]],
        *,
        now: str = NOW,
        suffix: str = ".csv",
        period: str | None = None,
    ) -> list[Answer]:
        """Import a sheet with these rows."""
        return self.hand_in(kind, self.write(header.split(), rows, suffix), now=now, period=period)

    def hand_in(
        self, kind: str, path: Path, *, now: str = NOW, period: str | None = None
    ) -> list[Answer]:
        """Import a file."""
        table = read_table(path, words_of(kind))
        with writing(self.engine) as session:
            return import_table(
                session,
                find_community(session, "c"),
                kind,
                table,
                moment(now),
                period=Period.parse(period) if period else None,
            )

    def claim(self, now: str = NOW, **cells: Any) -> Answer:
        """Import one claim; what is not said is as in `CLAIM`."""
        return self.claims(cells, now=now)[0]

    def claims(self, *rows: dict[str, Any], now: str = NOW) -> list[Answer]:
        """Import claims; numbers that are not given run C1, C2, …"""
        filled = [{**CLAIM, "ref": f"C{at}", **row} for at, row in enumerate(rows, 1)]
        header = list(dict.fromkeys(code for row in filled for code in row))
        cells = [[row.get(code, "") for code in header] for row in filled]
        return self.bring("claims", " ".join(header), cells, now=now)

    def person(self, code: str, household: str | None = None, *roles: str) -> None:
        """A reviewer, or someone with other roles."""
        with writing(self.engine) as session:
            community = find_community(session, "c")
            add_person(
                session, community, code, f"评{code}", roles or ("reviewer",), household=household
            )

    def write(self, header: Sequence[Any], rows: Sequence[Sequence[Any]], suffix: str) -> Path:
        """A file of its own with this table."""
        self.sheets += 1
        path = self.folder / f"sheet{self.sheets}{suffix}"
        return write_sheet(path, [header, *rows])

    def count(self, table: type[Base], **fields: Any) -> int:
        """How many rows a table has."""
        with reading(self.engine) as session:
            return session.scalar(select(func.count()).select_from(table).filter_by(**fields)) or 0

    def stored(self, ref: str) -> Claim:
        """A stored claim."""
        with reading(self.engine) as session:
            return session.scalars(select(Claim).where(Claim.ref == ref)).one()

    def refused(self) -> list[RefusedRow]:
        """The rows that wait for correction."""
        with reading(self.engine) as session:
            query = select(RefusedRow).where(RefusedRow.corrected_at.is_(None))
            return list(session.scalars(query.order_by(RefusedRow.id)))

    def community(self, session: Session) -> Community:
        return find_community(session, "c")

    def rows_of(self, table: type[Base]) -> list[Any]:
        """All rows of a table, as plain values."""
        with reading(self.engine) as session:
            return list(session.execute(select(table.__table__)).all())

    def snapshot(self) -> list[Any]:
        """Everything in the database."""
        with reading(self.engine) as session:
            return [
                session.execute(select(table).order_by(*table.primary_key)).all()
                for table in metadata.sorted_tables
            ]


def draw_survey(desk: Desk, count: int | None = None) -> None:
    """Households are drawn for a survey of 2026-H1, by the seal of the year's opening."""
    with writing(desk.engine) as session:
        community = desk.community(session)
        open_books(session, community, Period.parse("2026"), moment("2026-01-01"))
        draw(session, community, Period.parse("2026-H1"), moment("2026-06-10"), count)


def settle(desk: Desk) -> None:
    """2026 is settled."""
    with writing(desk.engine) as session:
        key = desk.community(session).id
        session.add(Settlement(community_id=key, year=2026, settled_at=moment("2027-01-20")))


def moment(text: str) -> datetime:
    """A time in Asia/Shanghai."""
    return parse_moment(text).astimezone(UTC)


def write_sheet(path: Path, rows: Sequence[Sequence[Any]], encoding: str = "utf-8") -> Path:
    """A CSV or XLSX file of these rows, as its suffix says."""
    if path.suffix == ".xlsx":
        book = xlsxwriter.Workbook(str(path))
        fill(book, book.add_worksheet(), rows)
        book.close()
        return path
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def fill(book: Any, page: Any, rows: Sequence[Sequence[Any]]) -> None:
    """Write rows into a worksheet, dates as Excel has them."""
    dates = book.add_format({"num_format": "yyyy/m/d"})
    times = book.add_format({"num_format": "yyyy/m/d h:mm"})
    for line, row in enumerate(rows):
        for at, cell in enumerate(row):
            if isinstance(cell, datetime):
                page.write_datetime(line, at, cell, times)
            elif hasattr(cell, "year"):
                page.write_datetime(line, at, cell, dates)
            elif isinstance(cell, str):
                page.write_string(line, at, cell)
            else:
                page.write(line, at, cell)


def outcomes(answers: Sequence[Answer]) -> dict[str, int]:
    """How many rows had which outcome."""
    return dict(Counter(answer.outcome for answer in answers))


def why(answer: Answer) -> str:
    """The code of an answer's reason; blank where it was not refused."""
    return answer.why.code if answer.why else ""


def as_table(header: Sequence[str], rows: Sequence[Sequence[Any]], file: str = "t.csv") -> Table:
    """A table as `read_table` gives it, without a file."""
    return Table(
        file, "0" * 64, tuple(header), range(2, len(rows) + 2), [list(row) for row in rows]
    )
