"""Finding a table's heading (表头) by its words, wherever it stands in a sheet.

Titles, notes and blank lines may stand above it, and it may have two rows, of which the upper one
names groups of columns (二级表头).
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from domain.kernel.quoting import whole

_LINES_MAX, _FILLED_MAX = 60, 25  # of a sheet, in which its heading is looked for
_TITLE_ROWS_MAX = 10
_HEAD_MAX = 500  # characters of a cell that may be a heading
_REMARK = re.compile(r"(?<=.)(?:\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】)$")
_MARK = re.compile(r"\((?:必填|选填|可不填|必须填写)\)$")


@dataclass(frozen=True)
class Heading:
    """Where a table's heading stands (rows from 0), and the heading of each column."""

    rows: tuple[int, ...]
    heads: tuple[str, ...]
    known: int = 0


def normal_heading(head: str) -> str:
    """Headings differ by blanks, case, width, and by what marks a column to be filled in."""
    plain = head if head.isascii() else unicodedata.normalize("NFKC", head)
    plain = "".join(plain.split()).strip("*:")
    if plain.endswith(")"):
        plain = _MARK.sub("", plain).strip("*:")
    return plain.casefold()


def bare_heading(head: str) -> str:
    """A heading without the remark in brackets behind it: 发生日期(年-月-日)."""
    return _REMARK.sub("", normal_heading(head))


def known_heading(head: str, words: Collection[str]) -> str | None:
    """Which of the words (as `normal_heading` writes them) a heading is; None where it is none."""
    names = (normal_heading(head), bare_heading(head))
    return next((name for name in names if name in words), None)


def heading_text(cell: Any) -> str:
    """A cell as a heading."""
    return " ".join(str(whole(cell))[:_HEAD_MAX].split())


def is_filled(cell: Any) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def find_heading(rows: Sequence[Sequence[Any]], words: Collection[str]) -> Heading:
    """The row, or two rows, with most of the words (as `normal_heading` writes them).

    Where none has any it is the first row with two filled cells, below at most a few titles.
    """
    filled = [at for at, row in enumerate(rows[:_LINES_MAX]) if any(map(is_filled, row))]
    best: Heading | None = None
    for at in filled[:_FILLED_MAX]:
        for found in (_single(rows, at, words), _double(rows, at, words)):
            if found and (best is None or _is_better(found, best)):
                best = found
    if best and best.known:
        return best
    top = next(
        (at for at in filled[:_TITLE_ROWS_MAX] if sum(map(is_filled, rows[at])) > 1),
        filled[0] if filled else 0,
    )
    return _single(rows, top, words) if rows else Heading((), ())


def _is_better(found: Heading, best: Heading) -> bool:
    """More words are better; with as many, two rows are better than their upper one alone."""
    completes = len(found.rows) > len(best.rows) and found.rows[0] == best.rows[0]
    return found.known > best.known or (found.known == best.known and completes)


def _single(rows: Sequence[Sequence[Any]], at: int, words: Collection[str]) -> Heading:
    heads = tuple(map(heading_text, rows[at]))
    return Heading((at,), heads, _known(heads, words))


def _double(rows: Sequence[Sequence[Any]], at: int, words: Collection[str]) -> Heading | None:
    """Two rows as one heading: None where the lower one is a row of the table.

    The lower row names the columns of groups, and is blank, or the same, under what the upper
    one names alone.
    """
    if at + 1 >= min(len(rows), _LINES_MAX):
        return None
    upper = [heading_text(cell) for cell in rows[at]]
    lower = [heading_text(cell) for cell in rows[at + 1]]
    pairs = list(zip(upper, lower, strict=True))
    alone = [pair for pair in pairs if known_heading(pair[0], words)]
    if not alone or any(below not in ("", above) for above, below in alone):
        return None
    merged = any(below == above for above, below in alone)
    if not any(below and (merged or not above) for above, below in pairs if below != above):
        return None
    heads = tuple(below or above for above, below in pairs)
    known = _known(heads, words)
    return Heading((at, at + 1), heads, known) if known else None


def _known(heads: Sequence[str], words: Collection[str]) -> int:
    return len({known_heading(head, words) for head in heads} - {None})
