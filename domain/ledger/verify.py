"""Verifying the ledger (验账): every seal is computed again from what the tables hold now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.ledger.seal import CONTROL, LINE, SEALED, content_of, seal
from domain.store.frames import read_frame
from domain.store.tables import Community, Entry, Household, Journal, LedgerHead, Member

_TEXTS = ("household", "member", "kind", "item", "ref", "reason")
# Communities are read this many entries at a time: memory stays bounded, queries stay few.
_ENTRIES_PER_READ = 500_000


@dataclass(frozen=True)
class Finding:
    """What does not hold: in which community, at which journal (its act), and how."""

    community: str
    journal: str
    problem: str


def verify(session: Session, community: Community | None = None) -> list[Finding]:
    """The first fault of each community's ledger; empty where every seal holds."""
    communities = [community] if community else _all(session)
    findings: list[Finding] = []
    for part in _parts(session, communities):
        findings += _verify_part(session, part)
    if community is None:
        findings += _orphans(session)
    return findings


def _all(session: Session) -> Sequence[Community]:
    return session.scalars(select(Community).order_by(Community.id)).all()


def _parts(session: Session, communities: Sequence[Community]) -> Iterator[list[Community]]:
    counts = dict(
        session.execute(select(LedgerHead.community_id, LedgerHead.entries)).tuples().all()
    )
    part: list[Community] = []
    size = 0
    for community in communities:
        if part and size + counts.get(community.id, 0) > _ENTRIES_PER_READ:
            yield part
            part, size = [], 0
        part.append(community)
        size += counts.get(community.id, 0)
    if part:
        yield part


def _verify_part(session: Session, communities: list[Community]) -> list[Finding]:
    ids = [community.id for community in communities]
    journals: dict[int, list[Journal]] = {key: [] for key in ids}
    for journal in session.scalars(
        select(Journal).where(Journal.community_id.in_(ids)).order_by(Journal.seq)
    ):
        journals[journal.community_id].append(journal)
    heads = {
        head.community_id: head
        for head in session.scalars(select(LedgerHead).where(LedgerHead.community_id.in_(ids)))
    }
    contents = _contents(session, ids)
    findings = [
        _first_fault(community, journals[community.id], heads.get(community.id), contents)
        for community in communities
    ]
    return [finding for finding in findings if finding]


def _contents(session: Session, communities: list[int]) -> dict[int, tuple[str, int, bool]]:
    """By journal: the canonical content, how many entries, and whether it is well formed."""
    query = (
        select(
            Entry.journal_id, Entry.line, Household.code, Member.code, Entry.year, Entry.kind,
            Entry.item, Entry.ref, Entry.points, Entry.reason,
        )
        .join(Journal, Journal.id == Entry.journal_id)
        .outerjoin(Household, Household.id == Entry.household_id)
        .outerjoin(Member, Member.id == Entry.member_id)
        .where(Journal.community_id.in_(communities))
        .order_by(Entry.journal_id, Entry.line)
    )  # fmt: skip
    numbers = {"line", "year", "points"}
    schema = {"journal_id": pl.Int64} | {
        name: pl.Int64 if name in numbers else pl.String for name in SEALED
    }
    rows = read_frame(session, query, schema)
    clean = pl.concat_list(
        pl.col(name).str.contains(CONTROL).fill_null(False) for name in _TEXTS
    ).list.any()
    return {
        int(journal): (text, int(count), bool(ok))
        for journal, text, count, ok in rows.with_columns(content_of(), _dirty=clean)
        .group_by("journal_id", maintain_order=True)
        .agg(
            pl.col("content").str.join(LINE),
            pl.len(),
            ((pl.col("line") == pl.int_range(1, pl.len() + 1)) & ~pl.col("_dirty")).all(),
        )
        .iter_rows()
    }


def _first_fault(
    community: Community,
    journals: list[Journal],
    head: LedgerHead | None,
    contents: dict[int, tuple[str, int, bool]],
) -> Finding | None:
    previous, entries = "", 0
    for number, journal in enumerate(journals, start=1):
        text, count, well_formed = contents.get(journal.id, ("", 0, True))
        expected = seal(community.code, journal, previous, [text] if count else [])
        checks = {
            "a journal before it is missing or was added": journal.seq == number,
            "it does not follow from the journal before it": journal.previous == previous,
            "its entries do not follow on": journal.first_entry == entries + 1,
            "entries were added or removed": journal.entries == count,
            "its lines are out of order or not well formed": well_formed,
            "its content does not match its seal": journal.digest == expected,
        }
        for problem, holds in checks.items():
            if not holds:
                return Finding(community.code, journal.act, problem)
        previous, entries = journal.digest, entries + count
    if head is None:
        return Finding(community.code, "head", "the ledger's head is missing")
    if (head.journals, head.entries, head.digest) != (len(journals), entries, previous):
        return Finding(community.code, "head", "journals at the end are missing or were added")
    return None


def _orphans(session: Session) -> list[Finding]:
    """Entries without a journal, and journals without a community."""
    findings = []
    entries = session.scalar(
        select(func.count())
        .select_from(Entry)
        .outerjoin(Journal, Journal.id == Entry.journal_id)
        .where(Journal.id.is_(None))
    )
    journals = session.scalar(
        select(func.count())
        .select_from(Journal)
        .outerjoin(Community, Community.id == Journal.community_id)
        .where(Community.id.is_(None))
    )
    if entries:
        findings.append(Finding("?", "?", f"{entries} entries belong to no journal"))
    if journals:
        findings.append(Finding("?", "?", f"{journals} journals belong to no community"))
    return findings
