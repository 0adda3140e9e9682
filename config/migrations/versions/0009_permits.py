"""Who permits to settle a year in spite of blockers, once: made beforehand, and used up."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("permit", "permit_use")
REFUSAL = "is append-only: what stands there is corrected by further entries, never edited"


def upgrade() -> None:
    op.create_table(
        "permit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("named", sa.String(length=100), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("fk_permit_community_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_permit_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permit")),
    )
    op.create_index(op.f("ix_permit_community_id"), "permit", ["community_id"], unique=False)
    op.create_table(
        "permit_use",
        sa.Column("permit_id", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["permit_id"], ["permit.id"], name=op.f("fk_permit_use_permit_id")),
        sa.PrimaryKeyConstraint("permit_id", name=op.f("pk_permit_use")),
    )
    for table in TABLES:
        _guard(table)


def _guard(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table} {REFUSAL}'); END"
        )


def downgrade() -> None:
    op.drop_table("permit_use")
    op.drop_table("permit")
