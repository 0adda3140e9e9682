"""The ledger as a file (台账): the columns of INTERFACE.md in CSV and JSON, a workbook to read."""

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from domain.kernel.local_time import local_iso, local_text
from domain.kernel.points import format_points, json_points
from domain.ledger.accounts import Line
from domain.ledger.citations import Citations
from domain.sheets.writing import Sheet, write_csv, write_xlsx
from domain.store.tables.people import Community
from notifications.texts.catalogue import Texts

LEDGER_COLUMNS = (
    "seq",
    "journal",
    "posted_at",
    "period",
    "household",
    "member",
    "kind",
    "item",
    "ref",
    "points",
    "reason",
)

_BOOK_COLUMNS = (
    "seq",
    "journal",
    "posted_at",
    "period",
    "household",
    "head",
    "member",
    "kind",
    "item",
    "name",
    "ref",
    "points",
    "basis",
)


def ledger_csv(lines: Sequence[Line]) -> str:
    """Entries as CSV with a header; points are decimals, and no text can be a formula."""
    stream = io.StringIO()
    write_csv(stream, LEDGER_COLUMNS, _rows(lines))
    return stream.getvalue()


def write_ledger_xlsx(
    path: str | os.PathLike[str],
    community: Community,
    lines: Sequence[Line],
    heads: Mapping[str, str],
    citations: Citations,
    texts: Texts,
) -> None:
    """Entries as a workbook for the office: whole names, kinds and items in words beside the codes,
    and what each entry rests on. `heads` are the heads of households by number."""
    rows = (
        (
            line.seq,
            line.journal,
            local_text(line.posted_at),
            texts.period(line.period),
            line.household,
            heads.get(line.household, ""),
            line.member or "",
            texts.label("kinds", line.kind),
            line.item or "",
            citations.item_name(line.item) or "",
            line.ref or "",
            Decimal(format_points(line.points)),
            _basis(line, citations),
        )
        for line in lines
    )
    name = texts.label("sheets", "ledger")
    title = f"{community.town}{community.name} {name}"
    columns = [texts.label("ledger", column) for column in _BOOK_COLUMNS]
    write_xlsx(path, [Sheet(name, columns, rows, title)])


def _basis(line: Line, citations: Citations) -> str:
    basis = citations.basis(line.reason, line.item)
    return basis.id or basis.text


def ledger_documents(lines: Sequence[Line]) -> list[dict[str, object]]:
    """Entries as JSON, under the same names; `points` are numbers."""
    return [
        dict(zip(LEDGER_COLUMNS, row, strict=True)) | {"points": json_points(line.points)}
        for line, row in zip(lines, _rows(lines), strict=True)
    ]


def _rows(lines: Sequence[Line]) -> Iterator[Sequence[object]]:
    for line in lines:
        yield (
            line.seq,
            line.journal,
            local_iso(line.posted_at),
            line.period,
            line.household,
            line.member or "",
            line.kind,
            line.item or "",
            line.ref or "",
            Decimal(format_points(line.points)),
            line.reason,
        )
