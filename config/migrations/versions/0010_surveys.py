"""Surveys of households: which were drawn, and what they answered."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "survey",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("sealed_on", sa.Date(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("fk_survey_community_id")
        ),
        sa.PrimaryKeyConstraint("community_id", "period", name=op.f("pk_survey")),
    )
    op.create_table(
        "surveyed_household",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("aware", sa.Boolean(), nullable=True),
        sa.Column("takes_part", sa.Boolean(), nullable=True),
        sa.Column("satisfied", sa.Boolean(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "period"],
            ["survey.community_id", "survey.period"],
            name=op.f("fk_surveyed_household_community_id"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_surveyed_household_household_id")
        ),
        sa.PrimaryKeyConstraint(
            "community_id", "period", "household_id", name=op.f("pk_surveyed_household")
        ),
    )


def downgrade() -> None:
    op.drop_table("surveyed_household")
    op.drop_table("survey")
