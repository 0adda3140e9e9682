"""Putting a rehearsal's sheets into the inbox (待收件): each row waits there for its own time."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.intake.answers import Answer
from domain.intake.book import open_book
from domain.intake.cells import utc_text
from domain.intake.columns import KINDS, title_of
from domain.intake.completing import complete
from domain.intake.fitting import Fit
from domain.intake.inspection import item_places
from domain.intake.job import Job, conclude, insert_rows, key_of
from domain.intake.parsed import Fault, Parsed, digest_of
from domain.intake.rows import read_rows
from domain.intake.sheets import sheets_of
from domain.intake.timing import Timing
from domain.intake.years import Years, with_years
from domain.kernel.errors import BadSheet
from domain.kernel.local_time import start_of_day
from domain.kernel.period import Period
from domain.kernel.quoting import shown
from domain.kernel.reasons import reason
from domain.ledger.post import lock_heads
from domain.sheets.reading import Table, uncollected
from domain.store.statements import table_of
from domain.store.tables.claims import InboxRow
from domain.store.tables.people import Community

_STORED = ("kind", "file", "row", "content", "digest", "effective_at")
# A rehearsal's year has no sheets of the town's days off, and nobody to ask.
STAGED = tuple(kind for kind in KINDS if kind not in ("holidays", "survey"))
# The column that says when it happened.
_HAPPENED = {"claims": "occurred_on", "inspection": "period"}
_PERIOD_IN_NAME = re.compile(r"(\d{4}-(?:\d\d|Q[1-4]))")


def stage(
    session: Session,
    community: Community,
    kind: str,
    table: Table,
    *,
    year: int,
    until: datetime | None = None,
    period: Period | None = None,
) -> list[Answer]:
    """Put a sheet's rows into the inbox; rows that cannot be read are refused now.

    Households go before members, and claims and inspections before decisions and objections,
    whose own times hang on them. An inspection's period is in the file's name
    (`inspection-2026-03.xlsx`) unless it is given. Rows that take effect after `until` are left
    out, but for claims. The same sheet again adds nothing.
    """
    if kind not in STAGED:
        raise BadSheet(reason("not_a_kind", value=shown(kind), choices=STAGED))
    sheets = sheets_of(kind, table, period)
    lock_heads(session, [community.id])
    opening = start_of_day(date(year, 1, 1))
    job = Job(session, community, opening)
    if kind == "inspection":
        period = period or _period_of(table.file)
    with uncollected():
        times: Counter[str] = Counter()
        answers = [_stage_sheet(job, fit, year, until, period, times) for fit in sheets.fits]
    return [answer for part in answers for answer in part]


def _stage_sheet(
    job: Job,
    fit: Fit,
    year: int,
    until: datetime | None,
    period: Period | None,
    times: Counter[str],
) -> list[Answer]:
    session, community = job.session, job.community
    parsed = read_rows(with_years(fit, Years(job.today, year)))
    if parsed.kind == "inspection":
        assert period is not None
        item_places(open_book(session, community), fit, period)
    _refuse_other_years(parsed, period, year)
    complete(job, parsed, times, tentative=True)
    rows = _staged(parsed, Timing(session, community, year), period, until)
    known = _known(session, community)
    fresh = [row for row in rows if (row.kind, row.digest, row.row) not in known]
    common = {"community_id": community.id}
    insert_rows(session, table_of(InboxRow), _STORED, fresh, common)
    return _answers(job, parsed, rows, fresh)


def _refuse_other_years(parsed: Parsed, period: Period | None, year: int) -> None:
    """A rehearsal is of one year: what happened in others is refused before it comes up."""
    column = _HAPPENED.get(parsed.kind, "")
    sheet = str(period or "")
    for at, text in enumerate(parsed.texts(column)):
        when = text or sheet
        if when and not when.startswith(f"{year}"):
            why = reason("other_year", value=when, year=year)
            if at not in parsed.asides:
                parsed.add_fault(at, Fault(column, why))


class _Row(NamedTuple):
    """A row for the inbox, in the order of `_STORED`."""

    kind: str
    file: str
    row: int
    content: str
    digest: str
    effective_at: str


def _staged(
    parsed: Parsed, timing: Timing, period: Period | None, until: datetime | None
) -> list[_Row]:
    rows = []
    file = parsed.fit.table.file
    last = utc_text(until) if until else "9"
    for at, number in enumerate(parsed.numbers):
        if at in parsed.faults:
            continue
        cells, content = parsed.row(at), parsed.content(at)
        filled = parsed.filled.get(at, {})
        content |= {title_of(parsed.kind, code): text for code, text in filled.items()}
        if "household" in filled:  # found by names that may have changed when the row comes up
            for code in ("head", "group"):
                content.pop(title_of(parsed.kind, code), None)
        digest = parsed.digests[at]
        if period is not None:
            content.setdefault(title_of("inspection", "period"), str(period))
            # Its scores are no known columns, and the next period's sheet has the same households.
            digest = digest_of("claims", {"ref": as_text(content)})
        when = timing.of(parsed.kind, cells, period)
        times = {parsed.kind: when}
        if "outcome" in cells:
            times["resolutions"] = timing.resolution(cells, when)
        text = as_text(content)
        rows += [
            _Row(kind, file, number, text, digest, on)
            for kind, on in times.items()
            if on <= last or kind == "claims"
        ]
    return rows


def as_text(content: dict[str, Any]) -> str:
    """A row's content as it is stored."""
    return json.dumps(content, ensure_ascii=False)


def _known(session: Session, community: Community) -> set[tuple[str, str, int]]:
    query = select(InboxRow.kind, InboxRow.digest, InboxRow.row).where(
        InboxRow.community_id == community.id
    )
    return set(session.execute(query).tuples())


def _answers(job: Job, parsed: Parsed, rows: Sequence[_Row], fresh: Sequence[_Row]) -> list[Answer]:
    """An answer for each row that is in the inbox now, or refused."""
    staged = {row.row for row in rows}
    new = {row.row for row in fresh}
    already = [
        at for at, number in enumerate(parsed.numbers) if number in staged and number not in new
    ]
    keys = [key_of(parsed.kind, parsed.row(at)) for at in range(len(parsed))]
    refs = parsed.texts("ref") if "ref" in parsed.columns else keys
    answers = conclude(job, parsed, parsed.faults, already, refs, keys)
    return [answer for answer in answers if answer.outcome == "refused" or answer.row in staged]


def _period_of(file: str) -> Period:
    match = _PERIOD_IN_NAME.search(file)
    if not match:
        raise BadSheet(reason("period_in_name", file=file))
    return Period.parse(match[1])
