"""A household may stand on the register without having declared that it takes part (加入日期).

Households that were enrolled keep their day.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("household", "enrolled_on", existing_type=sa.Date(), nullable=True)
        return
    # SQLite cannot lift NOT NULL, and a copied table would lose what refers to its rows.
    _replace("enrolled_on", sa.Date(), nullable=True)


def downgrade() -> None:
    # A household without a day takes no part: one that no year reaches says the same.
    op.execute("UPDATE household SET enrolled_on = '9999-12-31' WHERE enrolled_on IS NULL")
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("household", "enrolled_on", existing_type=sa.Date(), nullable=False)
        return
    _replace("enrolled_on", sa.Date(), nullable=False, server_default="9999-12-31")


def _replace(
    name: str, kind: sa.Date, *, nullable: bool, server_default: str | None = None
) -> None:
    """Put a new column with the old one's values in its place."""
    column = sa.Column(f"{name}_new", kind, nullable=nullable, server_default=server_default)
    op.add_column("household", column)
    op.execute(f"UPDATE household SET {name}_new = {name}")  # noqa: S608 - our own names
    op.drop_column("household", name)
    op.alter_column("household", f"{name}_new", new_column_name=name)
