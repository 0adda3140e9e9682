"""Messages to people, and what became of each."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.store.tables.base import Base, word_of
from domain.store.tables.people import Community


class MessageState(StrEnum):
    """What has become of a message (消息状态)."""

    WAITING = "waiting"  # 待发: for the person's turn
    SENDING = "sending"  # 发送中: from then on, in the texts of `turn`
    SENT = "sent"  # 已发
    DEAD = "dead"  # 发送失败: an address of the person refused it for good
    UNADDRESSED = "unaddressed"  # 无地址: the person has no address
    EXPIRED = "expired"  # 过期: `expires_at` came first


class DeliveryState(StrEnum):
    """What has become of a delivery (投递状态)."""

    WAITING = "waiting"  # 待发: it is tried at `next_at`
    SENDING = "sending"  # 发送中: until `next_at`; its deliverer is given up then
    SENT = "sent"  # 已发
    DEAD = "dead"  # 发送失败: the address refused it for good
    DROPPED = "dropped"  # 取消: the address was removed


class Message(Base):
    """A message to a person (消息), once per person and occasion: a template and its facts."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("community_id", "recipient", "occasion"),
        Index("ix_outbox_state", "state", "community_id", "recipient"),
        Index("ix_outbox_written", "state", "written_at", "community_id"),
        Index("ix_outbox_turn", "turn"),
    )
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id))
    recipient: Mapped[str] = mapped_column(String(80))
    occasion: Mapped[str] = mapped_column(String(120))
    template: Mapped[str] = mapped_column(String(60))
    facts: Mapped[dict[str, Any]]
    written_at: Mapped[datetime]
    state: Mapped[MessageState] = mapped_column(
        word_of(MessageState, 12), default=MessageState.WAITING
    )
    urgent: Mapped[bool] = mapped_column(default=False)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    turn: Mapped[int | None] = mapped_column(default=None)
    turned_at: Mapped[datetime | None] = mapped_column(default=None)


class Delivery(Base):
    """One text on its way to one address of a person (投递): all messages of a turn.

    `channel` is the hash of the address, `shown` what may be shown of it, `bot` what a service
    counts together.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("turn", "channel"),
        Index("ix_delivery_next_at", "next_at"),
    )
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id))
    recipient: Mapped[str] = mapped_column(String(80))
    turn: Mapped[int]
    channel: Mapped[str] = mapped_column(String(64))
    shown: Mapped[str] = mapped_column(String(120))
    bot: Mapped[str] = mapped_column(String(64))
    state: Mapped[DeliveryState] = mapped_column(
        word_of(DeliveryState, 10), default=DeliveryState.WAITING
    )
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]


class Receipt(Base):
    """What a service answered to one attempt (回执); `ok` is None where nobody knows."""

    __tablename__ = "receipt"
    __table_args__ = (Index("ix_receipt_delivery_id", "delivery_id"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey(Delivery.id))
    at: Mapped[datetime]
    ok: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(String(500))


class Bot(Base):
    """From when on a service takes the next message of a robot (限频); without a row: now."""

    __tablename__ = "bot"
    bot: Mapped[str] = mapped_column(String(64), primary_key=True)
    free_at: Mapped[datetime]
