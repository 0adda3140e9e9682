"""What the tables hold of journals' contents now, in the form in which it is sealed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, func, select, type_coerce
from sqlalchemy.orm import Session

from domain.ledger.seal import LINE, SEALED, SEALED_EFFECT, SEALED_TEXTS, content_of, has_control
from domain.store.tables.claims import Claim
from domain.store.tables.ledger import Effect, Entry, Journal
from domain.store.tables.people import Household, Member

# In place of the code of a member whom the household does not have; no code reads like this.
_NO_SUCH_MEMBER = "\x1d"


@dataclass(frozen=True)
class Content:
    """A journal's entries: their canonical text, how many, and whether they are well formed; and
    the canonical text of what rules took from the claims behind it."""

    text: str = ""
    count: int = 0
    well_formed: bool = True
    taken: str = ""


def contents_of(session: Session, which: ColumnElement[bool]) -> dict[int, Content]:
    """The entries of some journals, by journal.

    Households and members count only where the community, or the household, has them: codes
    are alike in every village, so that an entry could be moved to a namesake. Kinds are read as the
    texts that they are: who changed one need not have kept to the vocabulary.
    """
    query = (
        select(
            Entry.journal_id,
            Entry.line,
            Household.code,
            func.coalesce(Member.code, case((Entry.member_id.is_not(None), _NO_SUCH_MEMBER))),
            Entry.year,
            type_coerce(Entry.kind, String),
            Entry.item,
            Entry.ref,
            Entry.points,
            Entry.reason,
        )
        .join(Journal, Journal.id == Entry.journal_id)
        .outerjoin(
            Household,
            and_(
                Household.id == Entry.household_id, Household.community_id == Journal.community_id
            ),
        )
        .outerjoin(
            Member,
            and_(Member.id == Entry.member_id, Member.household_id == Entry.household_id),
        )
        .where(which)
    )
    rows = session.execute(query.order_by(Entry.journal_id, Entry.line)).tuples()
    contents = {
        journal: _content([row[1:] for row in entries])
        for journal, entries in groupby(rows, key=itemgetter(0))
    }
    for journal, taken in _taken(session, which):
        contents[journal] = replace(contents.get(journal, Content()), taken=taken)
    return contents


def _taken(session: Session, which: ColumnElement[bool]) -> Iterator[tuple[int, str]]:
    """By journal, the text of what rules took; a claim counts only where the community has it."""
    query = (
        select(Effect.journal_id, Claim.ref, Effect.rule, Effect.points)
        .join(Journal, Journal.id == Effect.journal_id)
        .outerjoin(
            Claim,
            and_(Claim.id == Effect.claim_id, Claim.community_id == Journal.community_id),
        )
        .where(which)
        .order_by(Effect.journal_id)
    )
    for journal, effects in groupby(session.execute(query).tuples(), key=itemgetter(0)):
        rows = [row[1:] for row in effects]
        _require_types(SEALED_EFFECT, rows)
        # By code points, as they were sealed: databases sort by the rules of languages.
        rows.sort(key=lambda row: (row[0] or "", row[1]))
        yield journal, LINE.join(map(content_of, rows))


def _require_types(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """ValueError where a value is not of its column's type, which SQLite would keep."""
    for name, column in zip(names, zip(*rows, strict=True), strict=True):
        kind = str if name in SEALED_TEXTS else int
        if not set(map(type, column)) <= {kind, type(None)}:
            raise ValueError(f"{name} holds what is not of its type")


def _content(entries: Sequence[Sequence[Any]]) -> Content:
    """From the sealed fields of a journal's entries."""
    _require_types(SEALED, entries)
    columns = list(zip(*entries, strict=True))
    in_order = columns[0] == tuple(range(1, len(entries) + 1))
    clean = not any(map(has_control, columns))
    return Content(LINE.join(map(content_of, entries)), len(entries), in_order and clean)
