"""What is counted is found without reading what is over: messages, refused rows."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

UNCORRECTED = sa.text("corrected_at IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_outbox_written", "outbox", ["state", "written_at", "community_id"], unique=False
    )
    op.create_index(
        "ix_refused_row_open",
        "refused_row",
        ["community_id", "refused_at"],
        unique=False,
        postgresql_where=UNCORRECTED,
        sqlite_where=UNCORRECTED,
    )


def downgrade() -> None:
    op.drop_index("ix_refused_row_open", table_name="refused_row")
    op.drop_index("ix_outbox_written", table_name="outbox")
