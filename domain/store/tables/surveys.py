"""Surveys of households (入户调查)."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from domain.store.tables.base import Base
from domain.store.tables.people import Community, Household


class Survey(Base):
    """A half year's survey: its households were drawn by the ledger's `seal` at the end of the day
    `sealed_on`, which nobody could choose."""

    __tablename__ = "survey"
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id), primary_key=True)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    sealed_on: Mapped[date]
    seal: Mapped[str] = mapped_column(String(64))
    drawn_at: Mapped[datetime]


class SurveyedHousehold(Base):
    """A household that was drawn, with its answers: personal data, of which only sums are shown.

    An answer is None until it is known: does it know the scheme (知晓), does it join in (参与), is
    it content (满意).
    """

    __tablename__ = "surveyed_household"
    __table_args__ = (
        ForeignKeyConstraint(["community_id", "period"], ["survey.community_id", "survey.period"]),
    )
    community_id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey(Household.id), primary_key=True)
    aware: Mapped[bool | None] = mapped_column(default=None)
    takes_part: Mapped[bool | None] = mapped_column(default=None)
    satisfied: Mapped[bool | None] = mapped_column(default=None)
    note: Mapped[str] = mapped_column(Text, default="")


class SurveyCorrection(Base):
    """The answers that a later one replaced (更正), as they stood before; who replaced them (`by`),
    why, and when. Append-only: the answers that count are the household's own."""

    __tablename__ = "survey_correction"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "period", "household_id"],
            [
                "surveyed_household.community_id",
                "surveyed_household.period",
                "surveyed_household.household_id",
            ],
        ),
    )
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int]
    period: Mapped[str] = mapped_column(String(7))
    household_id: Mapped[int]
    aware: Mapped[bool | None]
    takes_part: Mapped[bool | None]
    satisfied: Mapped[bool | None]
    by: Mapped[str] = mapped_column(String(100))
    why: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
