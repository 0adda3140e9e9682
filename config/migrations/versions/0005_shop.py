"""The opening days of redemption rounds; who hands out and who receives."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "redemption_round",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("fk_redemption_round_community_id")
        ),
        sa.PrimaryKeyConstraint("community_id", "period", name=op.f("pk_redemption_round")),
    )
    # Of what was handed out before, nobody wrote down by whom.
    for name in ("handed_out_by", "receiver"):
        op.add_column(
            "redemption",
            sa.Column(name, sa.String(length=100), nullable=False, server_default=""),
        )


def downgrade() -> None:
    op.drop_column("redemption", "receiver")
    op.drop_column("redemption", "handed_out_by")
    op.drop_table("redemption_round")
