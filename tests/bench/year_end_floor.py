"""The year end in SQL written by hand for 马鞍's rules: the least that it can be done in."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl
import psycopg
from sqlalchemy import Boolean, Integer, Select, make_url, select

from domain.ledger.accounts import SCORE_KINDS
from domain.store.database import open_engine, reading
from domain.store.frames import Schema, read_frame
from domain.store.tables.ledger import Entry, Journal, LedgerHead
from domain.store.tables.settlement import FinalPlace, Settlement
from tests.bench.district import HASH, RULESET, YEAR

# What a journal's digest covers: its header, and its lines.
HEADER = (
    "community.code || '|' || (journals + 1) || '|{act}|{year}|{at}|jifen|{hash}|'"
    " || (head.entries + 1) || '|' || coalesce(lines, 0) || '|' || head.digest"
    " || coalesce(content, '')"
)
LINE = "line || '|' || code || '|{year}|{kind}|' || points || '|{reason}'"
SUMS = """
SELECT household_id, CAST(sum(CASE WHEN kind IN {score_kinds} THEN points ELSE 0 END) AS bigint)
    AS score, CAST(sum(points) AS bigint) AS balance
FROM entry WHERE year = {year} GROUP BY household_id
"""
# What the two databases write differently. PostgreSQL reads in parallel for a table that is made
# of what was read; SQLite does best with one that has a key, and is filled in its order.
POSTGRESQL = {
    "accounts": f"CREATE TEMPORARY TABLE account AS {SUMS}",
    "contents": f"string_agg({LINE}, ';' ORDER BY line)",
    "digest": f"encode(sha256(convert_to({HEADER}, 'UTF8')), 'hex')",
    "larger": "greatest",
    "zone": "+00",
}
SQLITE = {
    "accounts": f"INSERT INTO account {SUMS}",
    "contents": f"group_concat({LINE}, ';')",  # in the order in which the rows come
    "digest": f"sha256({HEADER})",
    "larger": "max",
    "zone": ".000000",
}
PRAGMAS = (
    "foreign_keys = ON",
    "synchronous = FULL",
    "temp_store = MEMORY",
    "cache_size = -262144",
    "threads = 2",
)

GATE = """
SELECT EXISTS (
    SELECT 1 FROM claim WHERE registered IS NULL AND status IN ('pending', 'approved')
        AND occurred_on BETWEEN '{year}-01-01' AND '{year}-12-31'
) OR EXISTS (
    SELECT 1 FROM objection JOIN claim ON claim.id = objection.claim_id
    WHERE objection.status = 'open' AND occurred_on BETWEEN '{year}-01-01' AND '{year}-12-31'
) OR EXISTS (
    SELECT 1 FROM community WHERE id NOT IN (
        SELECT community_id FROM journal WHERE act = 'audit:{year}-12')
    OR id NOT IN (
        SELECT community_id FROM notice
        WHERE kind = 'quarter' AND key = '{year}-Q4' AND closes_at <= '{at}')
    OR id IN (SELECT community_id FROM settlement WHERE year = {year})
)
"""
STANDING = """
INSERT INTO standing
    (community_id, year, household_id, score, ranked_by, rank, honours, support)
SELECT community_id, {year}, id, score, score, place,
    CASE WHEN place <= 3 THEN 'top_three' ELSE '' END,
    from_below <= {larger}(households * 5 / 100, 1) AND place > 1
FROM (
    SELECT community_id, id, score,
        rank() OVER (PARTITION BY community_id ORDER BY score DESC) AS place,
        rank() OVER (PARTITION BY community_id ORDER BY score) AS from_below,
        count(*) OVER (PARTITION BY community_id) AS households
    FROM (
        SELECT community_id, id, coalesce(score, 0) AS score
        FROM household LEFT JOIN account ON account.household_id = household.id
        WHERE enrolled_on <= '{year}-12-31' AND (left_on IS NULL OR left_on >= '{year}-12-31')
    ) AS scored
) AS ranked
"""
BONUS = """
INSERT INTO movement (community_id, household_id, line, points)
SELECT community_id, household_id,
    row_number() OVER (PARTITION BY community_id ORDER BY household_id), balance
FROM standing JOIN account USING (household_id)
WHERE standing.year = {year} AND rank <= 3 AND balance > 0
"""
WHAT_IS_LEFT = """
INSERT INTO movement (community_id, household_id, line, points)
SELECT community_id, household_id,
    row_number() OVER (PARTITION BY community_id ORDER BY household_id), -balance
FROM account JOIN household ON household.id = account.household_id
WHERE balance <> 0
"""
JOURNALS = """
INSERT INTO journal (community_id, seq, act, period, posted_at, posted_by, ruleset_hash,
    first_entry, entries, previous, digest)
SELECT head.community_id, journals + 1, '{act}', '{year}', '{at}', 'jifen', '{hash}',
    head.entries + 1, coalesce(lines, 0), head.digest,
    {digest}
FROM ledger_head AS head JOIN community ON community.id = head.community_id
LEFT JOIN (
    SELECT community_id, count(*) AS lines, {contents} AS content
    FROM (
        SELECT movement.community_id, line, code, points
        FROM movement JOIN household ON household.id = household_id
        ORDER BY movement.community_id, line
    ) AS ordered GROUP BY community_id
) AS contents ON contents.community_id = head.community_id
"""
ENTRIES = """
INSERT INTO entry (journal_id, line, household_id, year, kind, points, reason)
SELECT journal.id, line, household_id, {year}, '{kind}', points, '{reason}'
FROM movement JOIN journal USING (community_id) WHERE act = '{act}'
ORDER BY journal.id, line
"""
HEADS = """
UPDATE ledger_head
SET journals = journal.seq, entries = ledger_head.entries + journal.entries,
    digest = journal.digest
FROM journal WHERE journal.community_id = ledger_head.community_id AND act = '{act}'
"""
SETTLEMENTS = """
INSERT INTO settlement (community_id, year, settled_at) SELECT id, {year}, '{at}' FROM community
"""
CLEARED = "UPDATE settlement SET cleared_at = '{at}' WHERE year = {year}"
ACCOUNT_TABLE = "CREATE TEMPORARY TABLE account (household_id INTEGER PRIMARY KEY, score, balance)"
MOVEMENT_TABLE = """
CREATE TEMPORARY TABLE movement
    (community_id INTEGER, household_id INTEGER, line INTEGER, points BIGINT)
"""
SETTLE = (GATE, "{accounts}", STANDING, BONUS, JOURNALS, ENTRIES, HEADS, SETTLEMENTS)
CLEAR = ("{accounts}", WHAT_IS_LEFT, JOURNALS, ENTRIES, HEADS, CLEARED)


class Floor:
    """Settles in one transaction, and clears in another; each on a connection of its own."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.on_postgresql = self.url.get_backend_name() == "postgresql"

    def work(self) -> None:
        honour, closing = RULESET.standing.honours[0], RULESET.closing
        bonus = honour.source or honour.reason or ""
        clearing = closing.source or closing.reason or ""
        self._act(SETTLE, "settlement", f"{YEAR + 1}-01-13 01:00:00", "bonus", bonus)
        self._act(CLEAR, "clearing", f"{YEAR + 1}-02-01 01:00:00", "clearing", clearing)

    def _act(self, statements: Sequence[str], act: str, at: str, kind: str, reason: str) -> None:
        dialect = POSTGRESQL if self.on_postgresql else SQLITE
        values = {
            "year": YEAR,
            "hash": HASH,
            "kind": kind,
            "reason": reason.replace("'", "''"),
            "score_kinds": tuple(map(str, SCORE_KINDS)),
            "act": f"{act}:{YEAR}",
            "at": at + dialect["zone"],
        }
        said = {name: text.format(**values) for name, text in dialect.items()}
        connection = self._connect()
        connection.execute(MOVEMENT_TABLE)
        for statement in statements:
            cursor = connection.execute(statement.format(**values, **said))
            if statement == GATE and cursor.fetchone()[0]:
                raise RuntimeError("a community cannot be settled")
        connection.commit()
        connection.close()

    def _connect(self) -> Any:
        if self.on_postgresql:
            plain = self.url.render_as_string(hide_password=False)
            return psycopg.connect(plain, options="-c work_mem=256MB -c jit=off")
        return _sqlite(str(self.url.database))

    def keep(self) -> None:
        """Nothing: all of it is in the database."""


def _sqlite(path: str) -> sqlite3.Connection:
    """With the guarantees that ours has: foreign keys, and on the disk when it is committed."""
    connection = sqlite3.connect(path, isolation_level="IMMEDIATE")
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("sha256", 1, _sha256, deterministic=True)
    connection.execute(ACCOUNT_TABLE)
    return connection


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def results(url: str) -> Iterator[tuple[str, pl.DataFrame]]:
    """What a year end leaves behind, but for ids and digests: the same on both sides."""
    acts = Journal.act.in_((f"settlement:{YEAR}", f"clearing:{YEAR}"))
    queries: dict[str, Select[Any]] = {
        "standings": select(FinalPlace).order_by(FinalPlace.household_id),
        "entries": select(
            Journal.community_id,
            Journal.act,
            Entry.line,
            Entry.household_id,
            Entry.member_id,
            Entry.year,
            Entry.kind,
            Entry.item,
            Entry.ref,
            Entry.points,
            Entry.reason,
        )
        .join(Journal, Journal.id == Entry.journal_id)
        .where(acts)
        .order_by(Journal.community_id, Journal.act, Entry.line),
        "journals": select(
            Journal.community_id,
            Journal.seq,
            Journal.act,
            Journal.period,
            Journal.posted_at,
            Journal.posted_by,
            Journal.ruleset_hash,
            Journal.first_entry,
            Journal.entries,
        )
        .where(acts)
        .order_by(Journal.community_id, Journal.seq),
        "heads": select(LedgerHead.community_id, LedgerHead.journals, LedgerHead.entries).order_by(
            LedgerHead.community_id
        ),
        "settlements": select(Settlement).order_by(Settlement.community_id),
    }
    engine = open_engine(url)
    with reading(engine) as session:
        for name, query in queries.items():
            yield name, read_frame(session, query, _schema(query))
    engine.dispose()


def _schema(query: Select[Any]) -> Schema:
    types: Schema = {}
    for column in query.selected_columns:
        whole = pl.Int64 if isinstance(column.type, Integer) else pl.String
        types[column.name] = pl.Boolean if isinstance(column.type, Boolean) else whole
    return types
