"""Posting (记账): journals are added to the end of a community's ledger, once per act."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Select, insert, select, update
from sqlalchemy.orm import Session

from domain.ledger.seal import LINE, content_of, seal
from domain.store.frames import read_frame, write_frame
from domain.store.tables import Community, Entry, Household, Journal, LedgerHead, Member

# What callers hand in: one row per entry, in the order in which it shall stand.
ENTRY_COLUMNS = {
    "community": pl.Int64,
    "household": pl.Int64,
    "member": pl.Int64,
    "year": pl.Int64,
    "kind": pl.String,
    "item": pl.String,
    "ref": pl.String,
    "points": pl.Int64,
    "reason": pl.String,
}
_CHUNK = 10_000


@dataclass(frozen=True)
class Act:
    """What a journal is for: unique within a community (`audit:2026-03`, `objection:12`, …)."""

    key: str
    period: str
    at: datetime
    by: str = "jifen"


def no_entries() -> pl.DataFrame:
    """A frame of entries with no row."""
    return pl.DataFrame(schema=ENTRY_COLUMNS)


def post(
    session: Session, act: Act, entries: pl.DataFrame, rulesets: Mapping[int, str]
) -> dict[int, Journal]:
    """Post one journal per community in `rulesets` (community id → ruleset hash).

    A community that already has this act keeps it and gets nothing; the others' new journals
    come back by community id. Entries of communities not named are an error of the caller.
    """
    heads = lock_heads(session, list(rulesets))
    done = _communities_with(session, act.key, list(rulesets))
    todo = [community for community in rulesets if community not in done]
    if not todo:
        return {}
    rows = _numbered(session, entries.filter(pl.col("community").is_in(todo)))
    contents = {
        int(community): (int(count), text)
        for community, count, text in rows.group_by("community", maintain_order=True).agg(
            pl.len(), pl.col("content").str.join(LINE)
        ).iter_rows()
    }  # fmt: skip
    codes = dict(_in_chunks(session, select(Community.id, Community.code), Community.id, todo))
    journals = {}
    for community in todo:
        count, text = contents.get(community, (0, ""))
        head = heads[community]
        journal = Journal(
            community_id=community,
            seq=head.journals + 1,
            act=act.key,
            period=act.period,
            posted_at=act.at,
            posted_by=act.by,
            ruleset_hash=rulesets[community],
            first_entry=head.entries + 1,
            entries=count,
            previous=head.digest,
            digest="",
        )
        journal.digest = seal(codes[community], journal, head.digest, [text] if count else [])
        journals[community] = journal
    _store(session, journals, rows)
    return journals


def lock_heads(session: Session, communities: list[int]) -> dict[int, LedgerHead]:
    """The communities' ledger heads, locked until the transaction ends.

    Always in the order of ids, so that two batches cannot wait for each other.
    """
    heads: dict[int, LedgerHead] = {}
    for part in _chunks(sorted(communities)):
        found = session.scalars(
            select(LedgerHead)
            .where(LedgerHead.community_id.in_(part))
            .order_by(LedgerHead.community_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        heads.update({head.community_id: head for head in found})
    return heads


def _communities_with(session: Session, act: str, communities: list[int]) -> set[int]:
    query = select(Journal.community_id).where(Journal.act == act)
    return {row[0] for row in _in_chunks(session, query, Journal.community_id, communities)}


def _numbered(session: Session, entries: pl.DataFrame) -> pl.DataFrame:
    """Entries with their line in their journal and their canonical content."""
    households = read_frame(
        session,
        select(Household.id, Household.code).where(
            Household.community_id.in_(entries["community"].unique().sort().to_list())
        ),
        {"household": pl.Int64, "household_code": pl.String},
    )
    members = pl.DataFrame(schema={"member": pl.Int64, "member_code": pl.String})
    if entries["member"].null_count() < entries.height:
        members = read_frame(
            session,
            select(Member.id, Member.code)
            .join(Household, Household.id == Member.household_id)
            .where(Household.community_id.in_(entries["community"].unique().sort().to_list())),
            {"member": pl.Int64, "member_code": pl.String},
        )
    rows = (
        entries.join(households, on="household", how="left", maintain_order="left")
        .join(members, on="member", how="left", maintain_order="left")
        .with_columns(line=pl.int_range(1, pl.len() + 1).over("community"))
    )
    sealed = rows.drop("household", "member").rename(
        {"household_code": "household", "member_code": "member"}
    )
    return rows.drop("household_code", "member_code").with_columns(
        sealed.select(content_of()).to_series()
    )


def _store(session: Session, journals: dict[int, Journal], rows: pl.DataFrame) -> None:
    """Write journals, entries and heads; set-based, whether it is one journal or thousands."""
    if len(journals) == 1:
        session.add_all(journals.values())
        session.flush()
    else:
        _insert_journals(session, journals)
    ids = pl.DataFrame(
        [(community, journal.id) for community, journal in journals.items()],
        schema={"community": pl.Int64, "journal_id": pl.Int64},
        orient="row",
    )
    write_frame(
        session,
        Entry.__table__,  # type: ignore[arg-type]
        rows.join(ids, on="community", how="left", maintain_order="left").select(
            "journal_id",
            "line",
            "kind",
            "item",
            "ref",
            "points",
            "reason",
            "year",
            household_id="household",
            member_id="member",
        ),
    )
    session.execute(
        update(LedgerHead),
        [
            {
                "community_id": community,
                "journals": journal.seq,
                "entries": journal.first_entry + journal.entries - 1,
                "digest": journal.digest,
            }
            for community, journal in journals.items()
        ],
    )


def _insert_journals(session: Session, journals: dict[int, Journal]) -> None:
    fields = [column.name for column in Journal.__table__.columns if column.name != "id"]
    session.execute(
        insert(Journal),
        [{field: getattr(journal, field) for field in fields} for journal in journals.values()],
    )
    act = next(iter(journals.values())).act
    query = select(Journal.community_id, Journal.id).where(Journal.act == act)
    for community, key in _in_chunks(session, query, Journal.community_id, list(journals)):
        journals[community].id = key


def _chunks(values: list[int]) -> list[list[int]]:
    """Parts small enough for one statement's parameters."""
    return [values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK)]


def _in_chunks(
    session: Session, query: Select[Any], column: Any, values: list[int]
) -> Iterator[Any]:
    for part in _chunks(values):
        yield from session.execute(query.where(column.in_(part)))
