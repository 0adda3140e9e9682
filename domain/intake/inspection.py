"""Inspection sheets (入户检查表): a row per household, a column per graded item.

Each filled cell becomes a claim with its score, and the sheet is the group's recorded decision
on all of them (小组现场看). Rows that someone signed (评议人) are that person's votes.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from domain.community.registry import find_household, find_person
from domain.intake.answers import Answer
from domain.intake.book import Book, Days, open_book
from domain.intake.faults import home_fault
from domain.intake.fitting import Fit
from domain.intake.job import Job, Unfit, conclude, insert_rows
from domain.intake.marks import Marks, Where
from domain.intake.parsed import Fault, Parsed
from domain.intake.screening import NEW, STORED, Screened, screen
from domain.kernel.errors import BadInput, BadSheet, JifenError, Refused
from domain.kernel.period import Period
from domain.kernel.quoting import shown
from domain.kernel.reasons import Reason, reason
from domain.review.reviewers import Reviewers
from domain.review.sitting import Sitting, current_stage, decide_by_sheet
from domain.rules.versions import version_on
from domain.store.statements import in_chunks, table_of
from domain.store.tables.claims import Claim, ClaimStatus, Verdict

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
        raise BadSheet(reason("period_needed"))
    marks = _marks(job, book, parsed, period)
    sheet = marks.sheet()
    screened = screen(job.session, job.community, book, sheet, job.now)
    common = {"community_id": job.community.id, **NEW}
    insert_rows(job.session, table_of(Claim), STORED, screened.rows, common)
    _decide(job, marks, screened)
    return conclude(
        job, marks, screened.refused, screened.already, sheet.refs, sheet.refs, screened.notes
    )


def item_places(book: Book, fit: Fit, period: Period) -> dict[str, int]:
    """The columns named after graded items, by code; BadInput names one that is none."""
    items, _ = book.parts(version_on(book.versions, period.end))
    at_fault = {"where": fit.table.where, "taken": fit.table.taken}
    places: dict[str, int] = {}
    for head, place in fit.items.items():
        item = items.find(head)
        if not isinstance(item, Reason) and item.kind != "graded":
            item = reason("item_not_graded", item=item.code)
        if isinstance(item, Reason):
            raise BadSheet(reason("column_no_item", **at_fault, head=shown(head), why=item))
        if item.code in places:
            raise BadSheet(reason("item_twice", **at_fault, item=item.code))
        places[item.code] = place
    return places


def _check_period(job: Job, period: Period) -> None:
    if period.kind not in _KINDS:
        raise BadSheet(reason("period_kind", period=str(period)))
    if period.start > job.today:
        raise Refused(reason("period_early", period=str(period)))


def _marks(job: Job, book: Book, parsed: Parsed, period: Period | None) -> Marks:
    marks = Marks("inspection", parsed.fit, {}, {}, [], [])
    days = book.days(job.now)
    reviewers = Reviewers(job.session, job.community)
    places: dict[Period | None, dict[str, int]] = {None: {}}
    for source, cells in enumerate(parsed.fit.table.cells):
        own = period
        try:
            own = _row_period(job, parsed, source, period)
            if own not in places:
                places[own] = _own_places(book, parsed, own)
            on = min(own.end, job.today)
            household = _row_household(days, parsed, source, on.isoformat())
            if reviewer := parsed.texts("reviewer")[source]:
                _require_signer(job, book, reviewers, reviewer, household, on)
        except Unfit as error:
            known = places.get(own, {})
            marks.refuse_row(parsed, source, error.fault, own, known)
            continue
        for item, place in places[own].items():
            if str(cells[place]).strip():
                where = Where(place, household, own, item, reviewer)
                marks.add(job, book, source, cells[place], where)
    for at, mark in enumerate(marks.marks):
        if mark.source in parsed.notes:
            marks.notes[at] = parsed.notes[mark.source]
            marks.filled[at] = parsed.filled[mark.source]
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


def _own_places(book: Book, parsed: Parsed, own: Period) -> dict[str, int]:
    """The columns of items, for a row that names a period of its own."""
    try:
        return item_places(book, parsed.fit, own)
    except JifenError as error:
        raise Unfit("period", error.why) from error


def _require_signer(
    job: Job, book: Book, reviewers: Reviewers, reviewer: str, household: str, on: date
) -> None:
    """Unfit where a person may not sign for a household."""
    ruleset = version_on(book.versions, on).ruleset
    stage = ruleset.review.stages[0]
    try:
        person = find_person(job.session, job.community, reviewer)
        home = find_household(job.session, job.community, household)
        reviewers.require(ruleset, person, stage, home)
    except Refused as error:
        raise Unfit("reviewer", error.why) from error


def _decide(job: Job, marks: Marks, screened: Screened) -> None:
    """What is new and unsigned is the group's decision; each signature is a vote."""
    signed = [at for at in (*screened.taken, *screened.already) if marks.marks[at].reviewer]
    unsigned = [at for at in screened.taken if not marks.marks[at].reviewer]
    claims = _claims(job, [marks.marks[at].claim["ref"] for at in unsigned])
    by_day: dict[date, list[Claim]] = {}
    for at in unsigned:
        claim = claims[marks.marks[at].claim["ref"]]
        by_day.setdefault(claim.occurred_on, []).append(claim)
    for together in by_day.values():
        decide_by_sheet(job.session, job.community, together, marks.fit.table.file, job.now)
    voted = _vote(job, marks, screened, signed)
    screened.already = [at for at in screened.already if at not in voted]


def _claims(job: Job, refs: Sequence[str]) -> dict[str, Claim]:
    claims: dict[str, Claim] = {}
    for part in in_chunks(refs):
        these = Claim.ref.in_(part)
        query = select(Claim).where(Claim.community_id == job.community.id, these)
        claims |= {claim.ref: claim for claim in job.session.scalars(query)}
    return claims


def _vote(job: Job, marks: Marks, screened: Screened, signed: Sequence[int]) -> set[int]:
    """Count signatures as approvals; the answer is where one was new."""
    sitting = Sitting(job.session, job.community, [marks.marks[at].claim["ref"] for at in signed])
    voted = set()
    for at in sorted(signed):
        mark = marks.marks[at]
        claim, reviewer = sitting.claims[mark.claim["ref"]], mark.reviewer
        if (
            claim.status != ClaimStatus.PENDING
            or claim.stage
            or _has_approved(sitting, claim, reviewer)
        ):
            continue
        try:
            sitting.decide(claim.ref, reviewer, Verdict.APPROVE, marks.fit.table.file, job.now)
        except Refused as error:
            screened.refused[at] = Fault("reviewer", error.why)
            continue
        voted.add(at)
    return voted


def _has_approved(sitting: Sitting, claim: Claim, reviewer: str) -> bool:
    stage = current_stage(sitting.ruleset_of(claim), claim).id
    given = sitting.given(claim, stage, sitting.people[reviewer])
    return given is not None and given.verdict == Verdict.APPROVE
