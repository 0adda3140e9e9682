"""Settled years and the places in them."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from domain.store.tables.base import Base
from domain.store.tables.people import Community, Household


class Settlement(Base):
    """A community's settled year (年度结算): `settled_at`, then `cleared_at`."""

    __tablename__ = "settlement"
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    settled_at: Mapped[datetime]
    forced_by: Mapped[str | None] = mapped_column(String(100), default=None)
    forced_why: Mapped[str | None] = mapped_column(Text, default=None)
    cleared_at: Mapped[datetime | None] = mapped_column(default=None)


class Standing(Base):
    """A household's final place in a settled year (年度排名). `support` is never made public."""

    __tablename__ = "standing"
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey(Household.id), primary_key=True)
    score: Mapped[int] = mapped_column(BigInteger)
    ranked_by: Mapped[int] = mapped_column(BigInteger)
    rank: Mapped[int]
    honours: Mapped[str] = mapped_column(Text, default="")
    support: Mapped[bool] = mapped_column(default=False)
