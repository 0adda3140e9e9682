"""Whether a rehearsal made a community: a trial and the record are never mixed.

Communities of earlier releases count as the installation's own, rehearsed ones too: nothing tells
them apart.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "community",
        sa.Column("rehearsed", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("community", "rehearsed")
