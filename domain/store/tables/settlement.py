"""Settled years and the places in them."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from domain.store.tables.base import Base
from domain.store.tables.people import Community, Household, Person


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


class Permit(Base):
    """That a year may be settled in spite of blockers (强行结算许可): who says so, `named` as they
    were, and why. Append-only, and used once."""

    __tablename__ = "permit"
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id), index=True)
    year: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    named: Mapped[str] = mapped_column(String(100))
    why: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]


class PermitUse(Base):
    """That a permit was used. Append-only."""

    __tablename__ = "permit_use"
    permit_id: Mapped[int] = mapped_column(ForeignKey(Permit.id), primary_key=True)
    used_at: Mapped[datetime]
