"""The ledger as a file (台账): the columns of INTERFACE.md, in CSV and XLSX."""

import io
import os
from collections.abc import Iterator, Sequence
from decimal import Decimal

from domain.clock import local_iso
from domain.ledger.accounts import Line
from domain.points import format_points, json_points
from domain.spreadsheet_writing import Sheet, write_csv, write_xlsx

LEDGER_COLUMNS = (
    "seq", "journal", "posted_at", "period", "household", "member", "kind", "item", "ref",
    "points", "reason",
)  # fmt: skip


def ledger_csv(lines: Sequence[Line]) -> str:
    """Entries as CSV with a header; points are decimals, and no text can be a formula."""
    stream = io.StringIO()
    write_csv(stream, LEDGER_COLUMNS, _rows(lines))
    return stream.getvalue()


def write_ledger_xlsx(
    path: str | os.PathLike[str], lines: Sequence[Line], sheet: str = "ledger"
) -> None:
    """Entries as a workbook, under the same column names."""
    write_xlsx(path, [Sheet(sheet, LEDGER_COLUMNS, _rows(lines))])


def ledger_documents(lines: Sequence[Line]) -> list[dict[str, object]]:
    """Entries as JSON, under the same names; `points` are numbers."""
    return [
        dict(zip(LEDGER_COLUMNS, row, strict=True)) | {"points": json_points(line.points)}
        for line, row in zip(lines, _rows(lines), strict=True)
    ]


def _rows(lines: Sequence[Line]) -> Iterator[Sequence[object]]:
    for line in lines:
        yield (
            line.seq, line.journal, local_iso(line.posted_at), line.period, line.household,
            line.member or "", line.kind, line.item or "", line.ref or "",
            Decimal(format_points(line.points)), line.reason,
        )  # fmt: skip
