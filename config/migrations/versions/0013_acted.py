"""That somebody acted, until the clock has seen to it."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "acted",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("on_register", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("fk_acted_community_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acted")),
    )
    op.create_index("ix_acted_on_register", "acted", ["on_register", "community_id"], unique=False)
    # Whatever was done before this table was there: the next collection looks at everybody once.
    op.execute("INSERT INTO acted (community_id, on_register) SELECT id, TRUE FROM community")


def downgrade() -> None:
    op.drop_table("acted")
