"""By what time the installation's clocks work, and who said that it is right."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KEPT = "time_act"
REFUSAL = "is append-only: what stands there is corrected by further entries, never edited"


def upgrade() -> None:
    op.create_table(
        "clock_mark",
        sa.Column("machine", sa.String(length=100), nullable=False),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("doubt", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("machine", name=op.f("pk_clock_mark")),
    )
    op.create_table(
        KEPT,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_act")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {KEPT}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {KEPT}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {KEPT}_no_{act} BEFORE {act.upper()} ON {KEPT}"
            f" BEGIN SELECT RAISE(ABORT, '{KEPT} {REFUSAL}'); END"
        )


def downgrade() -> None:
    op.drop_table(KEPT)
    op.drop_table("clock_mark")
