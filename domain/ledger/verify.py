"""Verifying the ledger (验账): every seal is computed again from what the tables hold now.

The village board is the outside witness: a ledger whose last journals were removed, and its head
set back, holds in itself, but no journal has the seal that a notice shows any more.

Give it a session that sees one moment throughout (`reading`), or one that holds the heads:
a journal posted between two of its queries would look like a forged one.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, String, func, select, type_coerce
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.kernel.reasons import Reason, reason
from domain.kernel.sentences import SOURCE
from domain.ledger.contents import Content, contents_of
from domain.ledger.seal import has_control, seal
from domain.store.tables.ledger import Effect, Entry, Journal, LedgerHead
from domain.store.tables.notices import Notice
from domain.store.tables.people import Community

# Communities are read this many entries at a time: memory stays bounded, queries stay few.
_ENTRIES_PER_READ = 100_000
# What reading raises where SQLite, which checks no types, holds something else in a column.
_UNREADABLE = (
    TypeError,
    ValueError,
    sqlite3.OperationalError,
    OperationalError,
)
_HEADER = (
    Journal.id,
    Journal.community_id,
    Journal.seq,
    Journal.act,
    Journal.period,
    Journal.posted_at,
    Journal.posted_by,
    Journal.ruleset_hash,
    Journal.first_entry,
    Journal.entries,
    Journal.previous,
    Journal.digest,
)


@dataclass(frozen=True)
class LedgerFault:
    """What does not hold: in which community, at which journal (its act), and how.

    `journal` is `head` where the ledger's end is at fault, and `notice KIND KEY` where the seal
    on a published notice is.
    """

    community: str
    journal: str
    why: Reason

    @property
    def problem(self) -> str:
        """How it does not hold, in English."""
        return self.why.text(SOURCE)


@dataclass
class _Ledger:
    """What the tables hold of one community; `unreadable` is the act after those `journals`."""

    code: str
    journals: list[Row[Any]] = field(default_factory=list)
    contents: dict[int, Content] = field(default_factory=dict)
    head: Row[Any] | None = None
    notices: list[Row[Any]] = field(default_factory=list)
    unreadable: str | None = None


def verify(session: Session, community: Community | None = None) -> list[LedgerFault]:
    """The first fault of each community's ledger; empty where every seal holds."""
    query = select(Community.id, Community.code).order_by(Community.id)
    if community is not None:
        query = query.where(Community.id == community.id)
    codes = {row.id: row.code for row in session.execute(query)}
    ledgers = (
        ledger for part in _parts(session, list(codes)) for ledger in _read(session, part, codes)
    )
    findings = [finding for ledger in ledgers if (finding := _first_fault(ledger))]
    return findings if community is not None else findings + _orphans(session)


def _parts(session: Session, communities: Sequence[int]) -> Iterator[list[int]]:
    if len(communities) == 1:
        yield list(communities)
        return
    query = (
        select(Journal.community_id, func.count())
        .join(Entry, Entry.journal_id == Journal.id)
        .group_by(Journal.community_id)
    )
    counts = dict(session.execute(query).tuples().all())
    part: list[int] = []
    size = 0
    for community in communities:
        if part and size + counts.get(community, 0) > _ENTRIES_PER_READ:
            yield part
            part, size = [], 0
        part.append(community)
        size += counts.get(community, 0)
    if part:
        yield part


def _read(session: Session, communities: list[int], codes: Mapping[int, str]) -> list[_Ledger]:
    """These communities' ledgers; one by one where something in them cannot be read."""
    ledgers = {key: _Ledger(codes[key]) for key in communities}
    these = Journal.community_id.in_(communities)
    try:
        contents = contents_of(session, these)
        for journal in _headers(session, these):
            ledgers[journal.community_id].journals.append(journal)
            ledgers[journal.community_id].contents = contents
        for head in _heads(session, communities):
            ledgers[head.community_id].head = head
        for notice in _notices(session, communities):
            ledgers[notice.community_id].notices.append(notice)
    except _UNREADABLE:
        if session.get_bind().dialect.name != "sqlite":
            raise  # what is stored is of the right type: something else went wrong
        return [_read_singly(session, key, codes[key]) for key in communities]
    return list(ledgers.values())


def _read_singly(session: Session, community: int, code: str) -> _Ledger:
    """Journal by journal, up to the first that cannot be read."""
    ledger = _Ledger(code)
    these = Journal.community_id == community
    for key in session.scalars(select(Journal.id).where(these).order_by(Journal.seq)).all():
        try:
            contents = contents_of(session, Journal.id == key)
            ledger.journals += _headers(session, Journal.id == key)
        except _UNREADABLE:
            # As SQLite writes it, whatever it holds: only there can it come to this.
            act = session.scalar(select(func.hex(Journal.act)).where(Journal.id == key))
            ledger.unreadable = bytes.fromhex(str(act)).decode(errors="replace")
            return ledger
        ledger.contents |= contents
    try:
        ledger.head = next(iter(_heads(session, [community])), None)
    except _UNREADABLE:
        ledger.unreadable = "head"
        return ledger
    try:
        ledger.notices = list(_notices(session, [community]))
    except _UNREADABLE:
        ledger.unreadable = "notices"
    return ledger


def _heads(session: Session, communities: Sequence[int]) -> Sequence[Row[Any]]:
    columns = (LedgerHead.community_id, LedgerHead.journals, LedgerHead.entries, LedgerHead.digest)
    query = select(*columns).where(LedgerHead.community_id.in_(communities))
    return session.execute(query).all()


def _notices(session: Session, communities: Sequence[int]) -> Sequence[Row[Any]]:
    """The seal that each notice shows (`printed`), and that it was published with (`seal`)."""
    printed = Notice.content["seal"].as_string().label("printed")
    query = select(
        Notice.community_id,
        type_coerce(Notice.kind, String).label("kind"),
        Notice.key,
        Notice.seal,
        printed,
    )
    query = query.where(Notice.community_id.in_(communities)).order_by(Notice.id)
    return session.execute(query).all()


def _headers(session: Session, which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    return session.execute(select(*_HEADER).where(which).order_by(Journal.seq)).all()


def _first_fault(ledger: _Ledger) -> LedgerFault | None:
    previous, entries = "", 0
    for number, journal in enumerate(ledger.journals, start=1):
        content = ledger.contents.get(journal.id, Content())
        texts = [content.text] if content.count else []
        texts += [content.taken] if content.taken else []
        checks = {
            "seal_number": journal.seq == number,
            "seal_previous": journal.previous == previous,
            "seal_first_entry": journal.first_entry == entries + 1,
            "seal_entries": journal.entries == content.count,
            "seal_lines": content.well_formed,
            "seal_fields": _is_clean(journal),
            "seal_content": journal.digest == seal(ledger.code, journal, previous, texts),
        }
        for code, holds in checks.items():
            if not holds:
                return LedgerFault(ledger.code, str(journal.act), reason(code))
        previous, entries = journal.digest, entries + content.count
    if ledger.unreadable is not None:
        return LedgerFault(ledger.code, ledger.unreadable, reason("seal_unreadable"))
    return _fault_of_head(ledger, entries, previous) or _fault_of_notice(ledger)


def _fault_of_head(ledger: _Ledger, entries: int, digest: str) -> LedgerFault | None:
    head = ledger.head
    if head is None:
        return LedgerFault(ledger.code, "head", reason("seal_no_head"))
    if (head.journals, head.entries, head.digest) != (len(ledger.journals), entries, digest):
        return LedgerFault(ledger.code, "head", reason("seal_head"))
    return None


def _fault_of_notice(ledger: _Ledger) -> LedgerFault | None:
    """A seal covers its journal's number, and so its place: it is enough that one has it."""
    seals = {"", *(journal.digest for journal in ledger.journals)}  # "": before the first journal
    for notice in ledger.notices:
        name = f"notice {notice.kind} {notice.key}"
        if notice.printed != notice.seal:
            return LedgerFault(ledger.code, name, reason("seal_of_notice"))
        if notice.seal not in seals:
            return LedgerFault(ledger.code, name, reason("seal_of_no_journal"))
    return None


def _is_clean(journal: Row[Any]) -> bool:
    return not has_control((journal.act, journal.period, journal.posted_by, journal.ruleset_hash))


def _orphans(session: Session) -> list[LedgerFault]:
    """Entries and effects without a journal, and journals without a community."""
    findings = []
    rows: tuple[tuple[str, type[Entry | Effect]], ...] = (("entries", Entry), ("effects", Effect))
    for what, model in rows:
        lost = session.scalar(
            select(func.count())
            .select_from(model)
            .outerjoin(Journal, Journal.id == model.journal_id)
            .where(Journal.id.is_(None))
        )
        if lost:
            findings.append(LedgerFault("?", "?", reason(f"seal_{what}_alone", count=lost)))
    journals = session.scalar(
        select(func.count())
        .select_from(Journal)
        .outerjoin(Community, Community.id == Journal.community_id)
        .where(Community.id.is_(None))
    )
    if journals:
        findings.append(LedgerFault("?", "?", reason("seal_journals_alone", count=journals)))
    return findings
