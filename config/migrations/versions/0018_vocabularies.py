"""Words of a vocabulary are checked by the database: states, verdicts, roles, kinds, acts.

A word that this version does not know stops the upgrade before anything is changed, with a
sentence that names it; so all that is in the tables holds to the constraints.

On SQLite the words of the tables change, as in 0007: a check changes nothing of what is stored, and
to copy a table would lose what refers to its rows, and take as long as a county's ledger is large.
(See https://sqlite.org/lang_altertable.html.) On PostgreSQL the constraints are valid from the
beginning: an upgrade is one transaction, which would hold its lock as long where they were made
NOT VALID and validated afterwards.
"""

import sqlalchemy as sa
from alembic import op

from domain.kernel.errors import Refused
from domain.kernel.reasons import reason

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# The largest tables last: each is locked until the end.
VOCABULARIES = {
    ("community", "web_list"): ("first", "full"),
    ("role", "role"): (
        "clerk",
        "reviewer",
        "town",
        "committee",
        "supervisor",
        "shop",
        "operator",
        "villager",
        "group",
    ),
    ("step_act", "act"): ("hold", "release", "retry", "drop", "by_hand"),
    ("notice", "kind"): ("quarter", "year", "correction", "redemption", "report"),
    ("objection", "status"): ("open", "upheld", "dismissed"),
    ("objection_event", "act"): ("filed", "upheld", "dismissed", "appealed"),
    ("occurrence", "state"): (
        "due",
        "claimed",
        "blocked",
        "failed",
        "held",
        "done",
        "dropped",
    ),
    ("outbox", "state"): ("waiting", "sending", "sent", "dead", "unaddressed", "expired"),
    ("delivery", "state"): ("waiting", "sending", "sent", "dead", "dropped"),
    ("claim", "status"): ("approved", "rejected", "pending", "annulled"),
    ("decision", "verdict"): ("approve", "reject"),
    ("entry", "kind"): (
        "base",
        "award",
        "deduction",
        "correction",
        "zeroing",
        "bonus",
        "redemption",
        "refund",
        "clearing",
        "carry_over",
    ),
}


def upgrade() -> None:
    for (table, column), words in VOCABULARIES.items():
        _refuse_foreign(table, column, words)
    for table, column in VOCABULARIES:
        if op.get_bind().dialect.name == "sqlite":
            _reword(table, ")", f", {_check(table, column)})")
        else:
            op.execute(f"ALTER TABLE {table} ADD {_check(table, column)}")


def downgrade() -> None:
    for table, column in VOCABULARIES:
        if op.get_bind().dialect.name == "sqlite":
            _reword(table, f", {_check(table, column)})", ")")
        else:
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}")


def _refuse_foreign(table: str, column: str, words: tuple[str, ...]) -> None:
    values = sa.table(table, sa.column(column, sa.Text()))
    foreign = sa.select(values).where(values.c[column].not_in(words)).limit(1)
    found = op.get_bind().scalar(foreign)
    if found is not None:
        raise Refused(
            reason("word_foreign", table=table, column=column, value=str(found), choices=words)
        )


def _check(table: str, column: str) -> str:
    words = ", ".join(f"'{word}'" for word in VOCABULARIES[table, column])
    return f"CONSTRAINT ck_{table}_{column} CHECK ({column} IN ({words}))"


def _reword(table: str, ending: str, other: str) -> None:
    """Let a table of SQLite end otherwise."""
    connection = op.get_bind()
    sql = connection.scalar(
        sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :table"),
        {"table": table},
    ).rstrip()
    if not sql.endswith(ending):
        raise RuntimeError(f"{table} does not end in {ending}")
    op.execute("PRAGMA writable_schema = ON")
    connection.execute(
        sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :table"),
        {"sql": sql.removesuffix(ending) + other, "table": table},
    )
    # Who has the database open reads the schema again.
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = RESET")
