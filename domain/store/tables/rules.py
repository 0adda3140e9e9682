"""Which rules and which calendar a community runs by."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.store.tables.base import Base
from domain.store.tables.people import Community


class RulesetVersion(Base):
    """A version's canonical content, by its hash; never changed once kept."""

    __tablename__ = "ruleset_version"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    ruleset: Mapped[str] = mapped_column(String(100), index=True)
    version: Mapped[str] = mapped_column(String(40))
    content: Mapped[str] = mapped_column(Text)


class Adoption(Base):
    """From when a community runs which version (采用)."""

    __tablename__ = "adoption"
    __table_args__ = (UniqueConstraint("community_id", "starts_on"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id))
    starts_on: Mapped[date]
    hash: Mapped[str] = mapped_column(ForeignKey(RulesetVersion.hash))
    adopted_at: Mapped[datetime]


class TownDay(Base):
    """A day that a town makes a working day or a day off (调休、放假) of its own."""

    __tablename__ = "town_day"
    town: Mapped[str] = mapped_column(String(100), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    why: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime]


class NationalDay(Base):
    """A day of the State Council's notice (放假安排) that this release does not know."""

    __tablename__ = "national_day"
    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    why: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime]
