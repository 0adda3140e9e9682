"""Settled years and the places in them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Dialect, ForeignKey, String, Text, TypeDecorator
from sqlalchemy.orm import Mapped, mapped_column

from domain.store.tables.base import Base
from domain.store.tables.people import Community, Household, Person


def honours_text(honours: Sequence[str]) -> str:
    """Honours' ids as one text. No id has a comma in it."""
    return ",".join(honours)


class Honours(TypeDecorator[tuple[str, ...]]):
    """A household's honours (荣誉), by their ids: one text in the database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str | None:
        return None if value is None else honours_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        return tuple(value.split(",")) if value else ()


class Settlement(Base):
    """A community's settled year (年度结算): `settled_at`, then `cleared_at`."""

    __tablename__ = "settlement"
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    settled_at: Mapped[datetime]
    forced_by: Mapped[str | None] = mapped_column(String(100), default=None)
    forced_why: Mapped[str | None] = mapped_column(Text, default=None)
    cleared_at: Mapped[datetime | None] = mapped_column(default=None)


class FinalPlace(Base):
    """A household's final place in a settled year (年度排名). `support` is never made public."""

    __tablename__ = "standing"
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey(Household.id), primary_key=True)
    score: Mapped[int] = mapped_column(BigInteger)
    ranked_by: Mapped[int] = mapped_column(BigInteger)
    rank: Mapped[int]
    honours: Mapped[tuple[str, ...]] = mapped_column(Honours, default=())
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
