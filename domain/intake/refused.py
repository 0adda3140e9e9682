"""Refused rows as a workbook (退回清单): correct them beside their reasons, and import it again.

A row that is nothing to be taken in, such as a sheet's total, is discarded (作废) with a reason: it
is kept, and waits for nobody.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.intake.answers import COLUMNS_JOINED_BY
from domain.intake.cells import BadCell, day
from domain.intake.columns import COLUMN, COLUMNS, ENTRY, EXTRA, ROW, TITLES, WHY, title_of
from domain.intake.fitting import titled
from domain.kernel.errors import Refused
from domain.kernel.local_time import local_date, start_of_day
from domain.kernel.names import require_who_and_why
from domain.kernel.reasons import reason
from domain.sheets.reading import Sheet, write_xlsx
from domain.store.tables.claims import DiscardedRow, RefusedRow, still_waits
from domain.store.tables.people import Community

_DAY = title_of("claims", "occurred_on")
_SETTLED_BY = 3  # the month until which rows of the year before still come in
_PERIOD_IN_NAME = re.compile(r"(\d{4})-(?:\d\d|Q[1-4])")


def discard(
    session: Session,
    community: Community,
    by: str,
    why: str,
    at: datetime,
    *,
    entries: Sequence[int] = (),
    files: Sequence[str] = (),
) -> tuple[list[RefusedRow], int]:
    """Discard the rows of these entries (登记号) or of these files: they are kept and wait no more.

    The answer is what was discarded now, and how many of the entries were before. Refused, all of
    it, for an entry that there is not or that was corrected, and a file of which no row waits.
    """
    require_who_and_why("discard_lacks", by, why)
    mine = RefusedRow.community_id == community.id
    meant = RefusedRow.id.in_(entries) | (RefusedRow.file.in_(files) & still_waits())
    rows = session.scalars(select(RefusedRow).where(mine, meant).order_by(RefusedRow.id)).all()
    known = {row.id: row for row in rows}
    for entry in entries:
        if entry not in known:
            raise Refused(reason("discard_unknown", community=community.name, entry=entry))
        if known[entry].corrected_at is not None:
            raise Refused(reason("discard_corrected", entry=entry))
    for file in files:
        if all(row.file != file for row in rows):
            raise Refused(reason("discard_no_file", community=community.name, file=file))
    query = select(DiscardedRow.refused_row_id).where(DiscardedRow.refused_row_id.in_(known))
    before = set(session.scalars(query))
    now = [row for row in rows if row.id not in before]
    session.add_all(
        DiscardedRow(refused_row_id=row.id, by=by.strip(), why=why.strip(), at=at) for row in now
    )
    session.flush()
    return now, len(before)


def refused_rows(
    session: Session, community: Community, year: int | None = None
) -> list[RefusedRow]:
    """The rows that wait for correction, by file and row; of one year where it is given."""
    rows = session.scalars(
        select(RefusedRow)
        .where(RefusedRow.community_id == community.id, still_waits())
        .order_by(RefusedRow.file, RefusedRow.row, RefusedRow.id)
    )
    return [row for row in rows if year is None or _year_of(row) == year]


def _year_of(row: RefusedRow) -> int:
    """The year in which a row was refused; while the year before is still settled, that one for a
    row which tells of a day in it, or whose file's name does."""
    refused = local_date(row.refused_at)
    # A rehearsal refuses what is of other years when its own opens.
    opening = row.refused_at == start_of_day(date(refused.year, 1, 1))
    if refused.month > _SETTLED_BY or opening:
        return refused.year
    named = _PERIOD_IN_NAME.search(row.file)
    told = int(named[1]) if named else refused.year
    with suppress(BadCell):
        told = date.fromisoformat(day(row.content.get(_DAY, ""))).year
    return told if told == refused.year - 1 else refused.year


def export_refused(
    session: Session,
    community: Community,
    path: str | os.PathLike[str],
    year: int | None = None,
) -> int:
    """Write the rows that wait for correction, a sheet per kind; the answer is how many.

    The original columns come first, then 行号, 问题列, 原因 and 登记号. An import leaves the first
    three alone; by 登记号 it knows which rows were corrected.
    """
    rows = refused_rows(session, community, year)
    by_kind: dict[str, list[RefusedRow]] = {kind: [] for kind in TITLES}
    for row in rows:
        by_kind[row.kind].append(row)
    sheets = [_sheet(kind, found) for kind, found in by_kind.items() if found]
    write_xlsx(path, sheets or [Sheet("退回清单", EXTRA, [])])
    return len(rows)


def _sheet(kind: str, rows: Sequence[RefusedRow]) -> Sheet:
    heads = [column.title for column in COLUMNS[kind]]
    heads += sorted({head for row in rows for head in row.content} - set(heads))
    used = [head for head in heads if any(head in row.content for row in rows)]
    required = {column.title for column in COLUMNS[kind] if column.required}
    # A required column stays, though no row filled it in: there it is to be filled in.
    shown = [head for head in heads if head in used or head in required]
    return Sheet(TITLES[kind], [*shown, *EXTRA], _lines(kind, shown, rows))


def _lines(kind: str, heads: Sequence[str], rows: Sequence[RefusedRow]) -> Iterator[list[object]]:
    for row in rows:
        columns = row.column.split(COLUMNS_JOINED_BY)
        named = COLUMNS_JOINED_BY.join(titled(kind, column) for column in columns)
        extra = {ROW: row.row, COLUMN: named, WHY: row.reason, ENTRY: row.id}
        yield [row.content.get(head, "") for head in heads] + [extra[name] for name in EXTRA]
