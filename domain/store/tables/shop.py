"""The points shop (积分超市)."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.store.tables.base import Base
from domain.store.tables.ledger import Journal
from domain.store.tables.people import Community, Household


class Goods(Base):
    """Goods in the points shop (积分超市物品), at a posted price."""

    __tablename__ = "goods"
    __table_args__ = (UniqueConstraint("community_id", "name"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id))
    name: Mapped[str] = mapped_column(String(100))
    points: Mapped[int] = mapped_column(BigInteger)
    stock: Mapped[int | None] = mapped_column(default=None)
    source: Mapped[str] = mapped_column(String(40), default="")


class Redemption(Base):
    """One hand-out of the points shop (兑换). `refunded_at` when it was given back.

    `handed_out_by` is the code of the person who handed it out (经手人), `receiver` the name of
    who received it (领取人); empty where nobody wrote it down.
    """

    __tablename__ = "redemption"
    __table_args__ = (UniqueConstraint("community_id", "ref"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id))
    ref: Mapped[str] = mapped_column(String(64))
    household_id: Mapped[int] = mapped_column(ForeignKey(Household.id))
    points: Mapped[int] = mapped_column(BigInteger)
    goods_id: Mapped[int | None] = mapped_column(ForeignKey(Goods.id), default=None)
    count: Mapped[int | None] = mapped_column(default=None)
    redeemed_at: Mapped[datetime]
    digest: Mapped[str] = mapped_column(String(64))
    journal_id: Mapped[int] = mapped_column(ForeignKey(Journal.id))
    refunded_at: Mapped[datetime | None] = mapped_column(default=None)
    handed_out_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    receiver: Mapped[str] = mapped_column(String(100), default="", server_default="")


class RedemptionRound(Base):
    """The opening days of a redemption round (兑换开放日期), the first and the last one."""

    __tablename__ = "redemption_round"
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id), primary_key=True)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    why: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime]
