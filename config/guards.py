"""The database's own guards (防改触发器): that they are there, as the migrations made them.

What keeps the ledger append-only is in the database. Whoever takes it away, or adds a trigger of
their own, changes what later acts do: such a database is refused before anything is done with it.
"""

import re
from collections.abc import Iterator

from sqlalchemy import Connection, Row, inspect, text

from domain.kernel.errors import Refused
from domain.kernel.reasons import Reason, reason
from domain.store.tables.everything import metadata

# The tables in which a migration lets nothing be changed or deleted.
APPEND_ONLY = (
    "backup",
    "decision",
    "discarded_row",
    "effect",
    "entry",
    "journal",
    "notice",
    "objection_event",
    "permit",
    "permit_use",
    "ruleset_version",
    "step_act",
    "survey_correction",
    "time_act",
)
_REFUSAL = "is append-only: what stands there is corrected by further entries, never edited"
_ACTS = ("update", "delete")
# Of PostgreSQL's pg_trigger: before DELETE, UPDATE or TRUNCATE, once a statement.
_BEFORE_CHANGE = 2 | 8 | 16 | 32
_FUNCTION = f"""
    BEGIN
        RAISE EXCEPTION '% {_REFUSAL}', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END
"""
_SQLITE = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')"
# All that fires on a table, or stands in for one, in the schema that we use.
_POSTGRESQL = """
    WITH ours AS (SELECT * FROM pg_class WHERE relnamespace = current_schema()::regnamespace)
    SELECT 'trigger' AS kind, t.tgname AS name, c.relname AS of,
        t.tgenabled IN ('O', 'A') AND t.tgtype = :type AND t.tgqual IS NULL
            AND t.tgattr::text = '' AND l.lanname = 'plpgsql' AS plain,
        p.prosrc AS body
    FROM pg_trigger t JOIN ours c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
        JOIN pg_language l ON l.oid = p.prolang
    WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'off', t.tgname, c.relname, false, '' FROM pg_trigger t JOIN ours c ON c.oid = t.tgrelid
    WHERE t.tgisinternal AND t.tgenabled NOT IN ('O', 'A')
    UNION ALL
    SELECT 'rule', r.rulename, c.relname, false, ''
    FROM pg_rewrite r JOIN ours c ON c.oid = r.ev_class WHERE c.relkind IN ('r', 'p')
    UNION ALL
    SELECT 'policy', c.relname, c.relname, false, '' FROM ours c WHERE c.relrowsecurity
    UNION ALL
    SELECT 'view', c.relname, c.relname, false, '' FROM ours c WHERE c.relkind IN ('v', 'm', 'f')
    UNION ALL
    SELECT 'off', 'session_replication_role', '', false, ''
    WHERE current_setting('session_replication_role') <> 'origin'
"""


def refuse_unguarded(connection: Connection) -> None:
    """Refused where the database lacks a table or guard of ours, has one that was changed, or a
    foreign trigger, rule or view in the place of a table; the sentence names them."""
    found = tuple(sorted(_faults(connection), key=lambda each: str(each.values["name"])))
    if found:
        raise Refused(reason("database_unguarded", faults=found))


def one_line(sql: str | None) -> str:
    """A statement of the schema, whatever its spaces."""
    return re.sub(r"\s+", " ", sql or "").strip()


def _faults(connection: Connection) -> Iterator[Reason]:
    if connection.dialect.name == "postgresql":
        expected, found, others = _on_postgresql(connection)
    else:
        expected, found, others = _on_sqlite(connection)
    for name in expected.keys() - found.keys():
        yield reason("guard_missing", name=name)
    for name in found.keys() - expected.keys():
        yield reason("guard_foreign", name=name)
    for name in expected.keys() & found.keys():
        if expected[name] != found[name]:
            yield reason("guard_changed", name=name)
    for name in others:
        yield reason("guard_foreign", name=name)
    for name in metadata.tables.keys() - set(inspect(connection).get_table_names()):
        yield reason("schema_missing", name=name)


_Compared = tuple[dict[str, object], dict[str, object], list[str]]


def _on_sqlite(connection: Connection) -> _Compared:
    expected: dict[str, object] = {
        f"{table}_no_{act}": (
            f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table} {_REFUSAL}'); END"
        )
        for table in APPEND_ONLY
        for act in _ACTS
    }
    rows = connection.execute(text(_SQLITE)).all()
    found: dict[str, object] = {
        row.name: one_line(row.sql) for row in rows if row.type == "trigger"
    }
    return expected, found, [row.name for row in rows if row.type == "view" and _is_ours(row)]


def _on_postgresql(connection: Connection) -> _Compared:
    body = one_line(_FUNCTION)
    expected: dict[str, object] = {
        f"{table}_append_only": (table, True, body) for table in APPEND_ONLY
    }
    rows = connection.execute(text(_POSTGRESQL), {"type": _BEFORE_CHANGE}).all()
    found: dict[str, object] = {}
    for row in rows:
        if row.kind == "trigger":
            # Two tables may have triggers of one name: the second must not hide the first.
            name = row.name if row.name not in found else f"{row.name} ({row.of})"
            found[name] = (row.of, row.plain, one_line(row.body))
    others = [
        row.name
        for row in rows
        if row.kind in ("off", "rule", "policy") or (row.kind == "view" and _is_ours(row))
    ]
    return expected, found, others


def _is_ours(row: Row[tuple[str, ...]]) -> bool:
    """A town may have views of its own, but none in the place of a table."""
    return row.name in metadata.tables
