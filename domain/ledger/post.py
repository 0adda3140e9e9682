"""Posting (记账): journals are added to the end of a community's ledger, once per act."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from domain.kernel.errors import BadInput
from domain.kernel.reasons import reason
from domain.ledger.seal import (
    CONTROL_CHARACTERS,
    FIELD,
    LINE,
    NULL,
    SEALED,
    SEALED_EFFECT,
    SEALED_TEXTS,
    has_control,
    seal,
)
from domain.store.frames import read_frame, write_frame
from domain.store.statements import NAMED_MAX, in_chunks, table_of
from domain.store.tables.ledger import Effect, Entry, Journal, LedgerHead
from domain.store.tables.people import Community, Household, Member

# What callers hand in: one row per entry, in the order in which it shall stand.
ENTRY_COLUMNS = pl.Schema(
    {
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
)
# And what rules took from their claims, where they did (see `Effect`).
EFFECT_COLUMNS = pl.Schema(
    {
        "community": pl.Int64,
        "claim": pl.Int64,
        "ref": pl.String,
        "rule": pl.String,
        "points": pl.Int64,
    }
)
_JOURNAL_IDS = {"community": pl.Int64, "journal_id": pl.Int64}


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


def no_effects() -> pl.DataFrame:
    """A frame of effects with no row."""
    return pl.DataFrame(schema=EFFECT_COLUMNS)


def post(
    session: Session,
    act: Act,
    entries: pl.DataFrame,
    rulesets: Mapping[int, str],
    effects: pl.DataFrame | None = None,
) -> dict[int, Journal]:
    """Post one journal per community in `rulesets` (community id → ruleset hash), with what rules
    took from the claims behind it.

    A community that already has this act keeps it and gets nothing; the others' new journals
    come back by community id. Entries of communities not named are an error of the caller.
    """
    if has_control((act.key, act.period, act.by)):
        raise _control_character(act, "act")
    heads = lock_heads(session, list(rulesets))
    done = _communities_with(session, act.key, list(rulesets))
    todo = [community for community in rulesets if community not in done]
    entries = entries.select(pl.col(name).cast(kind) for name, kind in ENTRY_COLUMNS.items())
    if not entries["community"].is_in(list(rulesets)).all():
        raise ValueError(f"{act.key}: entries of a community that was not named")
    if not todo:
        return {}
    if done:
        entries = entries.filter(pl.col("community").is_in(todo))
    rows = _numbered(session, act, entries)
    taken = no_effects() if effects is None else effects.sort(SEALED_EFFECT)
    journals = _sealed(session, act, rows, taken, {key: heads[key] for key in todo}, rulesets)
    _store(session, journals, heads)
    ids = {community: journal.id for community, journal in journals.items()}
    _write(session, Entry, rows.rename({"household": "household_id", "member": "member_id"}), ids)
    _write(session, Effect, taken.rename({"claim": "claim_id"}), ids)
    return journals


def _sealed(
    session: Session,
    act: Act,
    rows: pl.DataFrame,
    taken: pl.DataFrame,
    heads: Mapping[int, LedgerHead],
    rulesets: Mapping[int, str],
) -> dict[int, Journal]:
    """The journals that follow on these heads, sealed, not yet stored."""
    counts = dict(rows.group_by("community").len().iter_rows())
    texts = [
        dict(
            part.group_by("community", maintain_order=True)
            .agg(pl.col("content").str.join(LINE))
            .iter_rows()
        )
        for part in (rows, taken.with_columns(_contents(SEALED_EFFECT)))
    ]
    codes = dict(_rows_of(session, select(Community.id, Community.code), Community.id, list(heads)))
    journals = {}
    for community, head in heads.items():
        contents = [text[community] for text in texts if community in text]
        journal = Journal(
            community_id=community,
            seq=head.journals + 1,
            act=act.key,
            period=act.period,
            posted_at=act.at,
            posted_by=act.by,
            ruleset_hash=rulesets[community],
            first_entry=head.entries + 1,
            entries=counts.get(community, 0),
            previous=head.digest,
            digest="",
        )
        journal.digest = seal(codes[community], journal, head.digest, contents)
        journals[community] = journal
    return journals


def lock_heads(session: Session, communities: list[int]) -> dict[int, LedgerHead]:
    """The communities' ledger heads, locked until the transaction ends.

    Always in the order of ids, so that two batches cannot wait for each other.
    """
    heads: dict[int, LedgerHead] = {}
    for part in in_chunks(sorted(communities)):
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
    return {row[0] for row in _rows_of(session, query, Journal.community_id, communities)}


def _numbered(session: Session, act: Act, entries: pl.DataFrame) -> pl.DataFrame:
    """Entries with their line in their journal and their canonical content."""
    rows = _with_codes(session, entries).with_columns(
        line=pl.int_range(1, pl.len() + 1).over("community")
    )
    sealed = rows.drop("household", "member").rename(
        {"household_code": "household", "member_code": "member"}
    )
    _refuse_unsealable(act, rows, sealed)
    return rows.drop("household_code", "member_code").with_columns(
        sealed.select(_contents(SEALED)).to_series()
    )


def _contents(columns: Sequence[str]) -> pl.Expr:
    """`content_of` many rows at once, from a frame with these sealed columns."""
    return pl.concat_str(
        [pl.col(name).cast(pl.String).fill_null(NULL) for name in columns], separator=FIELD
    ).alias("content")


def _with_codes(session: Session, entries: pl.DataFrame) -> pl.DataFrame:
    """Entries with the codes of their households and members, null where there is none such."""
    of_entries = _households_of(entries)
    households = read_frame(
        session,
        select(Household.community_id, Household.id, Household.code).where(of_entries),
        {"community": pl.Int64, "household": pl.Int64, "household_code": pl.String},
    )
    members = pl.DataFrame(
        schema={"household": pl.Int64, "member": pl.Int64, "member_code": pl.String}
    )
    if entries["member"].null_count() < entries.height:
        query = select(Member.household_id, Member.id, Member.code).join(
            Household, Household.id == Member.household_id
        )
        members = read_frame(session, query.where(of_entries), dict(members.schema))
    return entries.join(
        households, on=["community", "household"], how="left", maintain_order="left"
    ).join(members, on=["household", "member"], how="left", maintain_order="left")


def _households_of(entries: pl.DataFrame) -> ColumnElement[bool]:
    """Those that have entries; where these are many, all of their communities."""
    households = entries["household"].unique().sort().to_list()
    if len(households) <= NAMED_MAX:
        return Household.id.in_(households)
    return Household.community_id.in_(entries["community"].unique().sort().to_list())


def _refuse_unsealable(act: Act, rows: pl.DataFrame, sealed: pl.DataFrame) -> None:
    """What `verify` would find fault with must not get in."""
    if rows["household_code"].null_count():
        raise ValueError(f"{act.key}: an entry of a household that its community does not have")
    if rows["member_code"].null_count() > rows["member"].null_count():
        raise ValueError(f"{act.key}: an entry of a member that its household does not have")
    for name in (each for each in SEALED if each in SEALED_TEXTS):
        if sealed[name].unique().str.contains_any(CONTROL_CHARACTERS).any():
            raise _control_character(act, name)


def _control_character(act: Act, where: str) -> BadInput:
    return BadInput(reason("unsealable", act=repr(act.key), where=where))


def _store(
    session: Session, journals: Mapping[int, Journal], heads: Mapping[int, LedgerHead]
) -> None:
    """Write journals and heads, whether it is one journal or thousands."""
    session.add_all(journals.values())
    for community, journal in journals.items():
        head = heads[community]
        head.journals = journal.seq
        head.entries += journal.entries
        head.digest = journal.digest
    session.flush()


def _write(
    session: Session, model: type[Entry | Effect], rows: pl.DataFrame, journals: Mapping[int, int]
) -> None:
    """Write the rows of these communities with their journals' ids (community id → journal id)."""
    ids = pl.DataFrame(list(journals.items()), schema=_JOURNAL_IDS, orient="row")
    table = table_of(model)
    frame = ids.join(rows, on="community", maintain_order="right")
    write_frame(session, table, frame.select(column.name for column in table.columns))


def _rows_of(session: Session, query: Select[Any], column: Any, values: list[int]) -> Iterator[Any]:
    """The query's rows in which the column has one of many values."""
    for part in in_chunks(values):
        yield from session.execute(query.where(column.in_(part)))
