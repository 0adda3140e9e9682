"""The State Council's notice of holidays (放假安排) as a sheet: 日期, 至, 安排, 节日."""

from collections.abc import Iterator
from datetime import date, timedelta

from domain.cycle.town_days import DayOfNotice
from domain.intake.fitting import fit, words_of
from domain.intake.parsed import Parsed, parse
from domain.kernel.errors import BadSheet
from domain.kernel.reasons import reason
from domain.sheets.reading import Table, read_table

KIND = "holidays"
# No holiday is longer; a slip of the pen in a date must not make a month of days off.
DAYS_MAX = 15


def read_notice(path: str) -> list[DayOfNotice]:
    """The days of a sheet; BadSheet names the first row that cannot be read: a notice is taken in
    whole or not at all."""
    table: Table = read_table(path, words_of(KIND))
    parsed = parse(KIND, fit(KIND, table))
    return [each for at in range(len(parsed)) for each in _days(parsed, at)]


def _days(parsed: Parsed, at: int) -> Iterator[DayOfNotice]:
    row = parsed.numbers[at]
    if at in parsed.faults:
        raise BadSheet(reason("notice_row", row=row, why=parsed.faults[at].why))
    cells = parsed.row(at)
    first = date.fromisoformat(cells["day"])
    last = date.fromisoformat(cells.get("until") or cells["day"])
    if not first <= last < first + timedelta(days=DAYS_MAX):
        why = reason("notice_span", first=first, last=last, most=DAYS_MAX)
        raise BadSheet(reason("notice_row", row=row, why=why))
    for count in range((last - first).days + 1):
        day = first + timedelta(days=count)
        yield DayOfNotice(day, cells["working"] == "working", cells.get("why", ""))
