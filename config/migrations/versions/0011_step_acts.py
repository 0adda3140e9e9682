"""What operators do to the steps of the cycle: hold, release, retry, drop, start by hand."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLE = "step_act"
REFUSAL = "is append-only: what stands there is corrected by further entries, never edited"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name=op.f("fk_step_act_occurrence_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_act")),
    )
    op.create_index(op.f("ix_step_act_occurrence_id"), TABLE, ["occurrence_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {TABLE}_no_{act} BEFORE {act.upper()} ON {TABLE}"
            f" BEGIN SELECT RAISE(ABORT, '{TABLE} {REFUSAL}'); END"
        )


def downgrade() -> None:
    op.drop_table(TABLE)
