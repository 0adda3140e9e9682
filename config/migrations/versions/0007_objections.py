"""An objection may be about an entry, a notice, or a claim that was never entered."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_REQUIRED, _FREE = "claim_id INTEGER NOT NULL", "claim_id INTEGER"


def upgrade() -> None:
    _let_claim_be(_REQUIRED, _FREE, nullable=True)
    op.add_column(
        "objection", sa.Column("about", sa.String(length=120), nullable=False, server_default="")
    )
    op.add_column("objection", sa.Column("year", sa.Integer(), nullable=False, server_default="0"))
    for name in ("journal_id", "line", "notice_id"):
        op.add_column("objection", sa.Column(name, sa.Integer(), nullable=True))
    year = "extract(year FROM claim.occurred_on)"
    if op.get_bind().dialect.name == "sqlite":
        year = "CAST(strftime('%Y', claim.occurred_on) AS INTEGER)"
    op.execute(
        "UPDATE objection SET"  # noqa: S608 - our own words
        " about = (SELECT claim.ref FROM claim WHERE claim.id = objection.claim_id),"
        f" year = (SELECT {year} FROM claim WHERE claim.id = objection.claim_id)"
    )


def downgrade() -> None:
    for name in ("notice_id", "line", "journal_id", "year", "about"):
        op.drop_column("objection", name)
    _let_claim_be(_FREE, _REQUIRED, nullable=False)


def _let_claim_be(before: str, after: str, *, nullable: bool) -> None:
    """Whether an objection needs a claim.

    SQLite keeps the table's words; to copy the table would lose what refers to its rows. See
    https://sqlite.org/lang_altertable.html on changes that leave the content as it is.
    """
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("objection", "claim_id", existing_type=sa.Integer(), nullable=nullable)
        return
    op.execute("PRAGMA writable_schema = ON")
    op.execute(
        f"UPDATE sqlite_schema SET sql = replace(sql, '{before}', '{after}')"  # noqa: S608
        " WHERE type = 'table' AND name = 'objection'"
    )
    op.execute("PRAGMA writable_schema = RESET")
