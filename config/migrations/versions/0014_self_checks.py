"""What the service finds of itself, and since when a lease is held."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lease", sa.Column("since", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "self_check",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_self_check")),
    )


def downgrade() -> None:
    op.drop_table("self_check")
    op.drop_column("lease", "since")
