"""Inspection sheets (入户检查表): a row per household, a column per graded item.

Each filled cell becomes a claim with its score, and the sheet is the group's recorded decision
on all of them (小组现场看).
"""

from typing import Any

from sqlalchemy import select

from domain.errors import BadInput, Refused
from domain.intake.answers import Answer
from domain.intake.book import Book, Days, open_book
from domain.intake.columns import Fit
from domain.intake.job import Job, Unfit, conclude, insert_rows, require_person
from domain.intake.marks import Marks, Where
from domain.intake.parsed import Fault, Parsed
from domain.intake.reasons import Reason, reason, said, shown
from domain.intake.screening import NEW, STORED, home_fault, screen
from domain.period import Period
from domain.review import decide_by_sheet
from domain.rules.versions import version_on
from domain.store.tables import Claim

_CHUNK = 5_000
_KINDS = ("month", "quarter")


def take_inspection(job: Job, parsed: Parsed, period: Period | None) -> list[Answer]:
    """Turn a sheet into claims that it decides.

    A row's own 期间, where the sheet has that column, goes before `period`. Refused and BadInput
    where the period or a heading cannot be meant; else each filled cell has its answer.
    """
    book = open_book(job.session, job.community)
    if period is not None:
        _check_period(job, period)
        item_places(book, parsed.fit, period)
    elif "period" not in parsed.columns:
        raise BadInput("an inspection sheet needs its period: say --period 2026-03 or 2026-Q1")
    marks = _marks(job, book, parsed, period)
    sheet = marks.sheet()
    screened = screen(job.session, job.community, book, sheet, job.now)
    signatures = parsed.texts("reviewer")
    taken = list(zip(screened.taken, screened.rows, strict=True))
    for reviewer in dict.fromkeys(signatures):
        signed = [(at, row) for at, row in taken if signatures[marks.marks[at].source] == reviewer]
        why = _record(job, [row for _, row in signed], reviewer, parsed.fit.table.file)
        if why is not None:
            column = "reviewer" if reviewer else "household"
            screened.refused.update({at: Fault(column, why) for at, _ in signed})
    return conclude(job, marks, screened.refused, screened.already, sheet.refs, sheet.refs)


def item_places(book: Book, fit: Fit, period: Period) -> dict[str, int]:
    """The columns named after graded items, by code; BadInput names one that is none."""
    items, _ = book.parts(version_on(book.versions, period.end))
    places: dict[str, int] = {}
    for head, place in fit.items.items():
        item = items.find(head)
        if not isinstance(item, Reason) and item.kind != "graded":
            item = reason("item_not_graded", item=item.code)
        if isinstance(item, Reason):
            raise BadInput(f"{fit.table.file}: column “{shown(head)}”: {item.text('en')}")
        if item.code in places:
            raise BadInput(f"{fit.table.file} has the item {item.code} twice: leave one column")
        places[item.code] = place
    return places


def _check_period(job: Job, period: Period) -> None:
    if period.kind not in _KINDS:
        raise BadInput(f"an inspection is of a month or a quarter, not of {period}")
    if period.start > job.today:
        raise Refused(f"{period} has not begun: enter its inspection once it has been made")


def _marks(job: Job, book: Book, parsed: Parsed, period: Period | None) -> Marks:
    marks = Marks("inspection", parsed.fit, {}, {}, [], [])
    days = book.days(job.now)
    places: dict[Period | None, dict[str, int]] = {None: {}}
    for source, cells in enumerate(parsed.fit.table.cells):
        own = period
        try:
            own = _row_period(job, parsed, source, period)
            if own not in places:
                places[own] = item_places(book, parsed.fit, own)
            household = _row_household(days, parsed, source, min(own.end, job.today).isoformat())
            if reviewer := parsed.texts("reviewer")[source]:
                require_person(job, "reviewer", reviewer)
        except Unfit as error:
            known = places.get(own, {})
            marks.refuse_row(parsed, source, error.fault, own, known)
            continue
        for item, place in places[own].items():
            if str(cells[place]).strip():
                where = Where(place, household, own, item)
                marks.add(job, book, source, cells[place], where)
    marks.numbers = [parsed.numbers[mark.source] for mark in marks.marks]
    return marks


def _row_household(days: Days, parsed: Parsed, source: int, on: str) -> str:
    """A row's household; Unfit where it does not take part on the day."""
    code, day = parsed.texts("household")[source], days[on]
    if isinstance(day, Reason):
        raise Unfit("household", day)
    home = day.homes[code]
    if not home.since <= on <= home.until:
        raise Unfit("household", home_fault(day, home, code, on).why)
    return code


def _row_period(job: Job, parsed: Parsed, source: int, period: Period | None) -> Period:
    """The period a row is of; Unfit where its own cells do not say."""
    if source in parsed.faults:
        fault = parsed.faults[source]
        raise Unfit(fault.column, fault.why)
    text = parsed.texts("period")[source]
    if not text:
        if period is None:
            raise Unfit("period", reason("blank"))
        return period
    try:
        own = Period.parse(text)
        _check_period(job, own)
    except BadInput as error:
        raise Unfit("period", reason("other_period", value=shown(text))) from error
    except Refused as error:
        raise Unfit("period", reason("period_ahead", period=text)) from error
    return own


def _record(job: Job, rows: list[tuple[Any, ...]], reviewer: str, file: str) -> Reason | None:
    """Store claims and the sheet's decision on them, or say why whoever signed may not."""
    if not rows:
        return None
    try:
        with job.session.begin_nested():
            _store(job, rows, reviewer, file)
    except Refused as error:
        return said(error)
    return None


def _store(job: Job, rows: list[tuple[Any, ...]], reviewer: str, file: str) -> None:
    common = {"community_id": job.community.id, **NEW}
    insert_rows(job.session, Claim.__table__, STORED, rows, common)  # type: ignore[arg-type]
    claims: list[Claim] = []
    for start in range(0, len(rows), _CHUNK):
        refs = [row[0] for row in rows[start : start + _CHUNK]]
        found = job.session.scalars(
            select(Claim)
            .where(Claim.community_id == job.community.id, Claim.ref.in_(refs))
            .order_by(Claim.id)
            # After a refusal the same keys may have been given to other claims.
            .execution_options(populate_existing=True)
        )
        claims.extend(found)
    decide_by_sheet(job.session, job.community, claims, reviewer or None, file, job.now)
