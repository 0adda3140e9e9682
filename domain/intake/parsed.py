"""A sheet's rows as normal texts, column by column, with what could not be read."""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import repeat
from typing import Any, NamedTuple, cast

from domain.intake.cells import BadCell, Moment, Text, refuse_formula, require_clear
from domain.intake.columns import COLUMNS, Column
from domain.intake.fitting import Fit
from domain.kernel.quoting import Shown, whole
from domain.kernel.reasons import Reason, reason
from domain.sheets.number_formats import plain

_SEPARATOR = "\x1f"  # a control character, which no text contains
_PART = 8_192  # rows at a time: they stay in the processor's caches
_SAMPLE = 1_000  # cells that tell whether a column's cells repeat
_KEPT_MAX = 10_000  # characters of a cell that are kept with a refused row


class Fault(NamedTuple):
    """Why a row is refused: the code of the column, and the reason; `also` are its other faults."""

    column: str
    why: Reason
    also: "tuple[Fault, ...]" = ()

    @property
    def columns(self) -> set[str]:
        """The columns in which something is wrong."""
        return {self.column, *(fault.column for fault in self.also)}


def together(faults: Iterable[Fault]) -> Fault | None:
    """All that is wrong with a row as one fault, the first one leading."""
    found = list(faults)
    if not found:
        return None
    first, *rest = found
    others = (each for fault in rest for each in (fault._replace(also=()), *fault.also))
    return first._replace(also=(*first.also, *others))


@dataclass
class Parsed:
    """Rows by column: `columns[code][i]` is the normal text of row `i`, "" where it is blank.

    `faults` holds each unreadable row's bad cells. `asides` are those that are
    no rows at all. `filled` is what the program filled in, by row and column, and `notes` say so.
    A row's digest is sha256 over its known
    columns, whatever their order, headings and blank companions in the sheet.
    """

    kind: str
    fit: Fit
    columns: dict[str, list[str]]
    faults: dict[int, Fault]
    digests: list[str]
    numbers: Sequence[int]
    asides: set[int] = field(default_factory=set, kw_only=True)
    filled: dict[int, dict[str, str]] = field(default_factory=dict, kw_only=True)
    notes: dict[int, Reason] = field(default_factory=dict, kw_only=True)

    def __len__(self) -> int:
        return len(self.digests)

    def add_fault(self, at: int, fault: Fault) -> None:
        """Say what else is wrong with row `at`."""
        known = self.faults.get(at)
        self.faults[at] = fault if known is None else known._replace(also=(*known.also, fault))

    def fill(self, at: int, code: str, text: str, note: Reason) -> None:
        """Put in what row `at` leaves out, as if the sheet had said it."""
        self.columns.setdefault(code, [""] * len(self))[at] = text
        self.digests[at] = digest_of(self.kind, self.row(at))
        self.filled.setdefault(at, {})[code] = text
        known = self.notes.get(at)
        self.notes[at] = reason("notes", all=(known, note)) if known else note

    def is_given(self, at: int, code: str) -> bool:
        """Whether the program filled in a column of row `at`."""
        return code in self.filled.get(at, {})

    def row(self, at: int) -> dict[str, str]:
        """One row's filled cells by code."""
        return {code: texts[at] for code, texts in self.columns.items() if texts[at]}

    def texts(self, code: str) -> Sequence[str]:
        """A column, all blank where the sheet does not have it."""
        return self.columns.get(code) or [""] * len(self)

    def heading(self, at: int, code: str) -> str:
        """How the sheet heads a column (of row `at`)."""
        return self.fit.heading(code)

    def raw(self, at: int, code: str) -> Any:
        """A cell as the clerk wrote it; "" where the sheet has no such column."""
        place = self.fit.places.get(code, self.fit.items.get(code))
        return "" if place is None else self.fit.table.cells[at][place]

    def keys(self, at: int, key: str) -> tuple[str, ...]:
        """By what keys refused rows are known that are done with once row `at` is taken."""
        return (key,)

    def entry(self, at: int) -> int | None:
        """Which refused row this one corrects, where the sheet says so (登记号)."""
        if self.fit.entry is None:
            return None
        cell = self.fit.table.cells[at][self.fit.entry]
        text = str(whole(cell))
        return int(text) if text.strip().isdecimal() and len(text) < 18 else None

    def content(self, at: int) -> dict[str, Any]:
        """The row as it came, for JSON: known columns that are filled, under usual headings."""
        titles = {column.code: column.title for column in COLUMNS[self.kind]}
        places = {**self.fit.places, **self.fit.items}
        cells = self.fit.table.cells[at]
        return {
            titles.get(code, code): as_json(cells[place])
            for code, place in places.items()
            if cells[place] != ""
        }


def as_json(cell: Any) -> Any:
    """A cell as JSON takes it, and as the same cell reads again; cut where it is beyond reason."""
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Shown):
        return _shown_as_text(cell)
    cell = whole(cell)
    if isinstance(cell, bool | int) or (isinstance(cell, float) and math.isfinite(cell)):
        return cell
    return str(cell)[:_KEPT_MAX].replace("\0", "\ufffd")


def _shown_as_text(cell: Shown) -> str:
    """What a cell shows; and its value, where that is another number: read again, it is refused."""
    try:
        require_clear(cell)
    except BadCell:
        return cell.text if "%" in cell.text else f"{cell.text}（{plain(float(cell))}）"
    return cell.text


def parse(kind: str, fit: Fit) -> Parsed:
    """Read all known columns of a table."""
    read: dict[str, list[str]] = {code: [] for code in fit.places}
    parsed = Parsed(kind, fit, read, {}, [], fit.table.numbers)
    for start in range(0, len(fit.table.cells), _PART):
        _parse_part(parsed, start)
    return parsed


def _parse_part(parsed: Parsed, start: int) -> None:
    """Read some rows, column by column."""
    fit, rows = parsed.fit, parsed.fit.table.cells[start : start + _PART]
    cells = list(zip(*rows, strict=True))
    read: list[Iterable[str]] = []
    faulty: set[int] = set()
    for column in COLUMNS[parsed.kind]:
        if column.code not in fit.places:
            if not column.aside:
                read.append(repeat("", len(rows)))
            continue
        texts, bad = _parse_column(column, cells[fit.places[column.code]])
        for at, why in bad.items():
            parsed.add_fault(start + at, Fault(column.code, why))
        faulty.update(bad)
        parsed.columns[column.code] += texts
        if not column.aside:
            read.append(texts)
    joined = map(_SEPARATOR.join, zip(*read, strict=True))
    contents = map(str.encode, map(str.rstrip, joined, repeat(_SEPARATOR)))
    digests = [found.hexdigest() for found in map(hashlib.sha256, contents)]
    for at in faulty:
        digests[at] = _digest_as_written(parsed, rows[at])
    parsed.digests += digests


def _digest_as_written(parsed: Parsed, cells: Sequence[Any]) -> str:
    """The digest of a row that cannot be read."""
    places = (parsed.fit.places.get(column.code) for column in COLUMNS[parsed.kind])
    written = ("" if place is None else str(as_json(cells[place])) for place in places)
    return _sha256(_SEPARATOR.join(written))


def digest_of(kind: str, cells: Mapping[str, str]) -> str:
    """The digest of one row: its texts in the order of the kind's columns, blank ends dropped.

    A column that is added to the contract must therefore come last, or stored digests change.
    """
    texts = (cells.get(column.code, "") for column in COLUMNS[kind] if not column.aside)
    return _sha256(_SEPARATOR.join(texts).rstrip(_SEPARATOR))


def _sha256(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def parse_cell(column: Column, cell: Any) -> str:
    """One cell's normal text; BadCell where it cannot be read."""
    refuse_formula(cell)
    text = "" if _is_blank(cell) else column.parse(cell)
    text = "" if text == column.usual else text
    if not text and column.is_needed:
        raise BadCell(reason("blank"))
    return text


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _parse_column(column: Column, cells: tuple[Any, ...]) -> tuple[list[str], dict[int, Reason]]:
    """Each cell's text, and by position why the bad ones are bad."""
    repeats = len(set(cells[:_SAMPLE])) < _SAMPLE // 2
    if isinstance(column.parse, Text | Moment) and not repeats:
        texts = column.parse.whole(cells)
        if texts is not None and (all(texts) or not column.is_needed):
            return texts, {}
    if {bool, Shown} & set(map(type, cells)):  # True equals 1, and is another cell; so does 001
        distinct = results = [_result(column, cell) for cell in cells]
    else:
        # Dates, households and items repeat: each is read once.
        known = {cell: _result(column, cell) for cell in set(cells)}
        distinct, results = list(known.values()), list(map(known.__getitem__, cells))
    if not any(isinstance(result, Reason) for result in distinct):
        return cast(list[str], results), {}
    bad = {at: result for at, result in enumerate(results) if isinstance(result, Reason)}
    return ["" if isinstance(result, Reason) else result for result in results], bad


def _result(column: Column, cell: Any) -> str | Reason:
    try:
        return parse_cell(column, cell)
    except BadCell as error:
        return error.why
