"""Claims (申报) in bulk: read, screened and stored in one go."""

from collections.abc import Sequence

from domain.intake.answers import Answer
from domain.intake.book import Book, open_book
from domain.intake.cells import utc_text
from domain.intake.job import Job, conclude, insert_rows
from domain.intake.parsed import Parsed
from domain.intake.screening import NEW, STORED, ClaimColumns, screen
from domain.store.statements import table_of
from domain.store.tables.claims import Claim


def take_claims(
    job: Job, parsed: Parsed, book: Book | None = None, defaults: Sequence[str] | None = None
) -> list[Answer]:
    """Screen and store claims.

    `defaults` are the times of submission of rows that give none; without them it is now.
    """
    book = book or open_book(job.session, job.community)
    if defaults is None:
        defaults = [utc_text(job.now)] * len(parsed)
    sheet = _sheet(parsed, defaults)
    screened = screen(job.session, job.community, book, sheet, job.now)
    common = {"community_id": job.community.id, **NEW}
    insert_rows(job.session, table_of(Claim), STORED, screened.rows, common)
    return conclude(
        job, parsed, screened.refused, screened.already, sheet.refs, sheet.refs, screened.notes
    )


def _sheet(parsed: Parsed, defaults: Sequence[str]) -> ClaimColumns:
    return ClaimColumns(
        refs=parsed.texts("ref"),
        households=parsed.texts("household"),
        items=parsed.texts("item"),
        days=parsed.texts("occurred_on"),
        places=parsed.texts("place"),
        reasons=parsed.texts("reason"),
        channels=parsed.texts("channel"),
        members=parsed.texts("member"),
        quantities=parsed.texts("quantity"),
        scores=parsed.texts("score"),
        matters=parsed.texts("matter"),
        evidence=parsed.texts("evidence"),
        submitted=parsed.texts("submitted_at"),
        defaults=defaults,
        digests=parsed.digests,
        faults=parsed.faults,
        asides=parsed.asides,
    )
