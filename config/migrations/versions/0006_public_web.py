"""How a community publishes on the web; of what form a public file is, and when it left.

Files written before are of no known form: the next publication writes them anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("web_list", sa.String(length=5), nullable=False, server_default="first"),
        sa.Column("public_days", sa.Integer(), nullable=False, server_default="365"),
        sa.Column("complaints", sa.String(length=200), nullable=False, server_default=""),
    ):
        op.add_column("community", column)
    op.add_column(
        "publication", sa.Column("form", sa.String(length=20), nullable=False, server_default="")
    )
    op.add_column("publication", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("removed_at", "form"):
        op.drop_column("publication", column)
    for column in ("complaints", "public_days", "web_list"):
        op.drop_column("community", column)
