"""What rules took from claims, recorded with each posting; what a household's row first said.

Claims registered before have no effects: the next posting of an open year records them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REFUSAL = "is append-only: what stands there is corrected by further entries, never edited"


def upgrade() -> None:
    op.create_table(
        "effect",
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("journal_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("claim_id", "journal_id", "rule", name=op.f("pk_effect")),
    )
    op.create_index(op.f("ix_effect_journal_id"), "effect", ["journal_id"], unique=False)
    op.add_column(
        "household",
        sa.Column("imported", sa.String(length=64), nullable=False, server_default=""),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER effect_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON effect"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER effect_no_{act} BEFORE {act.upper()} ON effect"
            f" BEGIN SELECT RAISE(ABORT, 'effect {REFUSAL}'); END"
        )


def downgrade() -> None:
    op.drop_column("household", "imported")
    op.drop_table("effect")
