"""Refused rows that are discarded, and survey answers that were corrected: both are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

DISCARDED, CORRECTED = "discarded_row", "survey_correction"
REFUSAL = "is append-only: what stands there is corrected by further entries, never edited"


def upgrade() -> None:
    op.create_table(
        DISCARDED,
        sa.Column("refused_row_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["refused_row_id"], ["refused_row.id"], name=op.f("fk_discarded_row_refused_row_id")
        ),
        sa.PrimaryKeyConstraint("refused_row_id", name=op.f("pk_discarded_row")),
    )
    op.create_table(
        CORRECTED,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("aware", sa.Boolean(), nullable=True),
        sa.Column("takes_part", sa.Boolean(), nullable=True),
        sa.Column("satisfied", sa.Boolean(), nullable=True),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "period", "household_id"],
            [
                "surveyed_household.community_id",
                "surveyed_household.period",
                "surveyed_household.household_id",
            ],
            name=op.f("fk_survey_correction_community_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_correction")),
    )
    for table in (DISCARDED, CORRECTED):
        _let_nothing_be_changed(table)


def _let_nothing_be_changed(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table} {REFUSAL}'); END"
        )


def downgrade() -> None:
    op.drop_table(CORRECTED)
    op.drop_table(DISCARDED)
