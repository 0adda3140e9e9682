"""Refused rows as a workbook (退回清单): correct them beside their reasons, and import it again."""

import os
from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.intake.columns import COLUMN, COLUMNS, ENTRY, EXTRA, ROW, TITLES, WHY, titled
from domain.spreadsheet import Sheet, write_xlsx
from domain.store.tables.claims import RefusedRow
from domain.store.tables.people import Community


def export_refused(session: Session, community: Community, path: str | os.PathLike[str]) -> int:
    """Write the rows that wait for correction, a sheet per kind; the answer is how many.

    The original columns come first, then 行号, 问题列, 原因 and 登记号. An import leaves the first
    three alone; by 登记号 it knows which rows were corrected.
    """
    rows = session.scalars(
        select(RefusedRow)
        .where(RefusedRow.community_id == community.id, RefusedRow.corrected_at.is_(None))
        .order_by(RefusedRow.file, RefusedRow.row, RefusedRow.id)
    ).all()
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
        extra = {ROW: row.row, COLUMN: titled(kind, row.column), WHY: row.reason, ENTRY: row.id}
        yield [row.content.get(head, "") for head in heads] + [extra[name] for name in EXTRA]
