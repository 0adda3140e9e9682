"""The inbox (待收件): rows of a rehearsal's sheets, each waiting for its own time.

`stage` reads a sheet and puts its rows there; `take_due` takes in what has come due, in the
order in which it would have come, through the same import as any sheet.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.community.registry import versions_of
from domain.intake.answers import Answer
from domain.intake.book import Book, open_book
from domain.intake.cells import Text, utc_text
from domain.intake.claims import take_claims
from domain.intake.columns import REF_MAX, title_of
from domain.intake.completing import complete
from domain.intake.decisions import stage_number
from domain.intake.fitting import fit
from domain.intake.imports import take
from domain.intake.job import Job, conclude, key_of
from domain.intake.objections import take_objections
from domain.intake.parsed import Fault, Parsed, parse
from domain.intake.staging import stage
from domain.intake.timing import OWN_TIME
from domain.kernel.errors import JifenError
from domain.kernel.local_time import end_of_day, local_date
from domain.kernel.reasons import reason
from domain.ledger.post import lock_heads
from domain.occasions.occasion import Tell, silent
from domain.sheets.reading import Table, uncollected
from domain.store.tables.claims import InboxRow
from domain.store.tables.objections import Objection
from domain.store.tables.people import Community

__all__ = ["refuse_late", "stage", "take_due"]

_CODE = Text(REF_MAX, code=True)

# The order of what comes at the same moment.
ORDER = (
    "goods",
    "households",
    "members",
    "claims",
    "inspection",
    "decisions",
    "objections",
    "resolutions",
    "redemptions",
)


class DueRow(NamedTuple):
    """A row of the inbox that has come due."""

    id: int
    kind: str
    file: str
    row: int
    content: dict[str, Any]
    effective_at: datetime


def take_due(
    session: Session,
    community: Community,
    now: datetime,
    kinds: Collection[str] | None = None,
    tell: Tell = silent,
) -> list[Answer]:
    """Take in the inbox's rows that have come due, each at its own time; once each.

    `kinds` limits which are taken (see `ORDER`). What cannot be taken is refused and kept, like a
    row of any other import.
    """
    lock_heads(session, [community.id])
    rows = _due(session, community, now, kinds)
    if not rows:
        return []
    with uncollected():
        answers = _take_all(session, community, rows, tell)
    taken = [{"id": row.id, "taken_at": now} for row in rows]
    session.execute(update(InboxRow), taken)
    return answers


def refuse_late(session: Session, community: Community, end: datetime, year: int) -> list[Answer]:
    """Refuse the rows that take effect only after the replay of a year has come to its end, so that
    none of them is left out without a word. They count as the year's own."""
    lock_heads(session, [community.id])
    rows = _due(session, community, datetime.max.replace(tzinfo=UTC), None)
    job = Job(session, community, min(end, end_of_day(date(year, 12, 31))))
    answers: list[Answer] = []
    for (kind, _), group in groupby(rows, lambda row: (row.kind, row.file)):
        batch = list(group)
        parsed = _parsed(job, "objections" if kind == "resolutions" else kind, batch)
        column = "decided_at" if kind == "resolutions" else OWN_TIME.get(kind, "household")
        days = [local_date(row.effective_at) for row in batch]
        refused = {
            at: Fault(column, reason("after_end", day=day, end=local_date(end)))
            for at, day in enumerate(days)
        }
        keys = [key_of(parsed.kind, parsed.row(at)) for at in range(len(parsed))]
        refs = parsed.texts("ref") if "ref" in parsed.columns else keys
        answers += conclude(job, parsed, refused, [], refs, keys)
    if rows:
        session.execute(update(InboxRow), [{"id": row.id, "taken_at": end} for row in rows])
    return answers


def _due(
    session: Session, community: Community, now: datetime, kinds: Collection[str] | None
) -> list[DueRow]:
    query = select(
        InboxRow.id,
        InboxRow.kind,
        InboxRow.file,
        InboxRow.row,
        InboxRow.content,
        InboxRow.effective_at,
    ).where(
        InboxRow.community_id == community.id,
        InboxRow.taken_at.is_(None),
        InboxRow.effective_at <= now,
    )
    if kinds is not None:
        query = query.where(InboxRow.kind.in_(kinds))
    rows = [DueRow(*row) for row in session.execute(query)]
    if not rows:
        return []
    latest = versions_of(session, community)[-1].ruleset
    title = title_of("decisions", "stage")

    def place(row: DueRow) -> tuple[datetime, int, int, str, int]:
        level = stage_number(latest, str(row.content.get(title, "")))
        return row.effective_at, ORDER.index(row.kind), level, row.file, row.row

    return sorted(rows, key=place)


def _take_all(
    session: Session, community: Community, rows: Sequence[DueRow], tell: Tell
) -> list[Answer]:
    """Rows of one kind that come one after the other are one sheet; claims at whatever times."""
    answers: list[Answer] = []
    book: Book | None = None

    def together(row: DueRow) -> tuple[object, ...]:
        return row.kind, row.file, None if row.kind == "claims" else row.effective_at

    for _, group in groupby(rows, together):
        batch = list(group)
        job = Job(session, community, batch[-1].effective_at, tell)
        if batch[0].kind != "claims":
            # New households, or points decided on: what claims are screened against has changed.
            book = None if batch[0].kind in ("households", "members") else book
            answers += _take_batch(job, batch)
            continue
        book = book or open_book(session, community)
        defaults = [utc_text(row.effective_at) for row in batch]
        answers += take_claims(job, _parsed(job, "claims", batch), book, defaults)
    return answers


def _take_batch(job: Job, batch: Sequence[DueRow]) -> list[Answer]:
    kind = batch[0].kind
    if kind == "resolutions":
        # An objection that was refused when it was filed has had its answer.
        refs = {row.id: _ref(row) for row in batch}
        filed = _filed(job, list(refs.values()))
        batch = [row for row in batch if refs[row.id] in filed]
        if not batch:
            return []
    parsed = _parsed(job, "objections" if kind == "resolutions" else kind, batch)
    try:
        if kind in ("objections", "resolutions"):
            return take_objections(job, parsed, "filing" if kind == "objections" else "outcome")
        return take(job, parsed)
    except JifenError as error:
        # The sheet as a whole no longer fits (another ruleset was adopted since it was staged).
        refused = {at: Fault("household", error.why) for at in range(len(parsed))}
        refs_or_homes = parsed.texts("household")
        return conclude(job, parsed, refused, [], refs_or_homes, refs_or_homes)


def _ref(row: DueRow) -> str:
    return _CODE(row.content.get(title_of("objections", "ref"), ""))


def _filed(job: Job, refs: Sequence[str]) -> set[str]:
    query = select(Objection.ref).where(
        Objection.community_id == job.community.id, Objection.ref.in_(refs)
    )
    return set(job.session.scalars(query))


def _parsed(job: Job, kind: str, batch: Sequence[DueRow]) -> Parsed:
    """The rows as the sheet that they came from."""
    heads = list(dict.fromkeys(head for row in batch for head in row.content))
    cells = [[row.content.get(head, "") for head in heads] for row in batch]
    numbers = [row.row for row in batch]
    parsed = parse(kind, fit(kind, Table(batch[0].file, "", tuple(heads), numbers, cells)))
    complete(job, parsed, Counter())
    return parsed
