"""Importing a sheet (导入): every row is accepted, already there, or refused with its reason."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from domain.intake.answers import Answer
from domain.intake.claims import take_claims
from domain.intake.completing import complete
from domain.intake.decisions import take_decisions
from domain.intake.fitting import Fit
from domain.intake.households import take_households, take_members
from domain.intake.inspection import take_inspection
from domain.intake.job import Job
from domain.intake.objections import take_objections
from domain.intake.parsed import Parsed
from domain.intake.refused import export_refused
from domain.intake.rows import read_rows
from domain.intake.sheets import Sheets, rows_hidden, sheets_of
from domain.intake.shop import take_goods, take_redemptions
from domain.intake.survey import take_survey
from domain.intake.years import Years, with_years
from domain.kernel.period import Period
from domain.kernel.reasons import Reason
from domain.ledger.post import lock_heads
from domain.occasions.occasion import Tell, silent
from domain.sheets.reading import Table, uncollected
from domain.store.tables.people import Community

__all__ = ["Answer", "export_refused", "import_table", "remarks"]


def import_table(
    session: Session,
    community: Community,
    kind: str,
    table: Table,
    now: datetime,
    *,
    period: Period | None = None,
    tell: Tell = silent,
) -> list[Answer]:
    """Import a table's rows in the caller's transaction; one answer per row.

    `kind` is one of `columns.KINDS`; an inspection sheet needs its `period`, a month or
    quarter, and a survey's its half year.
    All sheets of a workbook that hold such rows are taken. BadInput where a header does not fit:
    then nothing has changed.
    """
    sheets = sheets_of(kind, table, period)
    # Imports and the ledger's journals of a community wait for each other: no audit closes
    # between a claim's screening and its storing, and no number is taken twice.
    lock_heads(session, [community.id])
    job = Job(session, community, now, tell)
    with uncollected():
        times: Counter[str] = Counter()
        return [
            answer for fit in sheets.fits for answer in _take_sheet(job, sheets, fit, period, times)
        ]


def _take_sheet(
    job: Job, sheets: Sheets, fit: Fit, period: Period | None, times: Counter[str]
) -> list[Answer]:
    years = Years(job.today, period.start.year if period else None)
    parsed = read_rows(with_years(fit, years))
    complete(job, parsed, times)
    answers = take(job, parsed, period)
    hidden = fit.table.hidden
    if len(sheets.fits) == 1 and not hidden:
        return answers
    sheet = fit.table.sheet if len(sheets.fits) > 1 else ""
    return [answer._replace(sheet=sheet, hidden=answer.row in hidden) for answer in answers]


def remarks(
    kind: str, table: Table, answers: Iterable[Answer], period: Period | None = None
) -> list[Reason]:
    """What a clerk should know of an import besides its rows' answers.

    Sheets that were passed over, and hidden rows that were accepted: there is no undo, so what
    was taken in unseen is said.
    """
    said = list(sheets_of(kind, table, period).passed)
    by_sheet: dict[str, set[int]] = {}
    for answer in answers:
        if answer.hidden and answer.outcome == "accepted":
            by_sheet.setdefault(answer.sheet, set()).add(answer.row)
    hidden = (rows_hidden(table.file, sheet, sorted(rows)) for sheet, rows in by_sheet.items())
    return [*said, *hidden]


def take(job: Job, parsed: Parsed, period: Period | None = None) -> list[Answer]:
    """Take the rows of any kind, completed."""
    if parsed.kind in OF_A_PERIOD:
        return OF_A_PERIOD[parsed.kind](job, parsed, period)
    return WAYS[parsed.kind](job, parsed)


WAYS: dict[str, Callable[[Job, Parsed], list[Answer]]] = {
    "households": take_households,
    "members": take_members,
    "claims": take_claims,
    "decisions": take_decisions,
    "objections": take_objections,
    "redemptions": take_redemptions,
    "goods": take_goods,
}
OF_A_PERIOD: dict[str, Callable[[Job, Parsed, Period | None], list[Answer]]] = {
    "inspection": take_inspection,
    "survey": take_survey,
}
