"""Text in columns (CSV): which mark separates the columns, and the rows.

The mark is the one by which a line gives most of the words that a heading has.
"""

import csv
import io
import re
from collections.abc import Collection

from domain.kernel.errors import BadSheet
from domain.kernel.reasons import reason
from domain.sheets.headings import find_heading
from domain.sheets.protected_text import may_be_protected, unprotected
from domain.sheets.xlsx import COLUMNS_MAX, ROWS_MAX
from domain.sheets.xlsx_cells import Lists
from domain.sheets.xlsx_text import CELL_MAX

_COLUMNS_MAX = 5 * COLUMNS_MAX  # blank ones beyond the table are forgiven
_HEAD_CHARS = 100_000  # of a text, where its header is looked for
_HEAD_LINES = 60
_TITLE_ROWS_MAX = 60
# The first of those with which a heading has as many known words.
_USUAL_MARKS = ",;\t"
_MARKS = _USUAL_MARKS + "|，；、"
_SAID = re.compile(f'(?i)"?sep=([{re.escape(_MARKS)}])"?[\\s,;]*')


def rows_of_text(text: str, name: str, words: Collection[str]) -> Lists:
    """The rows, all of one width; BadSheet names the line that is not CSV."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_mark(text, words), strict=True)
    rows: Lists = []
    protected = may_be_protected(text)
    try:
        for row in reader:
            if len(rows) > ROWS_MAX + _TITLE_ROWS_MAX:
                where = reason("in_file", file=name)
                raise BadSheet(reason("too_many_rows", where=where, limit=f"{ROWS_MAX:,}"))
            _check_row(row, reader.line_num, name)
            rows.append(list(map(unprotected, row)) if protected else row)
    except csv.Error as error:
        raise BadSheet(
            reason("not_csv", file=name, line=reader.line_num, why=str(error))
        ) from error
    if rows and _SAID.fullmatch(text.partition("\n")[0].rstrip("\r")):
        rows[0] = []
    return _widened(rows)


def _widened(rows: Lists) -> Lists:
    width = max(map(len, rows), default=0)
    for row in rows:
        row.extend([""] * (width - len(row)))
    return rows


def _check_row(row: list[str], line: int, name: str) -> None:
    if len(row) > _COLUMNS_MAX:
        raise BadSheet(reason("line_wide", file=name, line=line, columns=f"{len(row):,}"))
    if max(map(len, row), default=0) > CELL_MAX:
        raise BadSheet(reason("line_long", file=name, line=line, limit=f"{CELL_MAX:,}"))


def _mark(text: str, words: Collection[str]) -> str:
    """What separates columns: what the file says, what makes a heading, or what comes first."""
    lines = text[:_HEAD_CHARS].splitlines()[:_HEAD_LINES]
    if lines and (said := _SAID.fullmatch(lines[0].rstrip("\r"))):
        return said[1]
    known = {mark: _words_known(lines, mark, words) for mark in _MARKS}
    best = max(_MARKS, key=lambda mark: known[mark])
    if known[best]:
        return best
    first = next((line for line in lines if any(mark in line for mark in _USUAL_MARKS)), "")
    return max(_USUAL_MARKS, key=first.count)


def _words_known(lines: list[str], mark: str, words: Collection[str]) -> int:
    """How many of the words a heading has that is separated by the mark."""
    if not words:
        return 0
    try:
        return find_heading(_widened(list(csv.reader(lines, delimiter=mark))), words).known
    except csv.Error:
        return 0
