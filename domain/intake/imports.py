"""Importing a sheet (导入): every row is accepted, already there, or refused with its reason."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from domain.intake.answers import Answer
from domain.intake.claims import take_claims
from domain.intake.columns import fit
from domain.intake.decisions import take_decisions
from domain.intake.households import take_households, take_members
from domain.intake.inspection import take_inspection
from domain.intake.job import Job
from domain.intake.objections import take_objections
from domain.intake.parsed import Parsed
from domain.intake.refused import export_refused
from domain.intake.rows import read_rows
from domain.intake.shop import take_goods, take_redemptions
from domain.ledger.post import lock_heads
from domain.period import Period
from domain.spreadsheet import Table, uncollected
from domain.store.tables.people import Community

__all__ = ["Answer", "export_refused", "import_table"]


def import_table(
    session: Session,
    community: Community,
    kind: str,
    table: Table,
    now: datetime,
    *,
    period: Period | None = None,
) -> list[Answer]:
    """Import a table's rows in the caller's transaction; one answer per row.

    `kind` is one of `columns.KINDS`; an inspection sheet needs its `period`, a month or quarter.
    BadInput where the header does not fit: then nothing has changed.
    """
    fitted = fit(kind, table)
    # Imports and the ledger's journals of a community wait for each other: no audit closes
    # between a claim's screening and its storing, and no number is taken twice.
    lock_heads(session, [community.id])
    with uncollected():
        return take(Job(session, community, now), read_rows(fitted), period)


def take(job: Job, parsed: Parsed, period: Period | None = None) -> list[Answer]:
    """Take the rows of any kind."""
    if parsed.kind == "inspection":
        return take_inspection(job, parsed, period)
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
