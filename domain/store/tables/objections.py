"""Objections (异议), and what happened to each."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.store.tables.base import Base, word_of
from domain.store.tables.claims import Claim
from domain.store.tables.people import Community, Household, Person


class ObjectionStatus(StrEnum):
    """How an objection stands (异议状态)."""

    OPEN = "open"  # 处理中
    UPHELD = "upheld"  # 成立: what it was about is corrected
    DISMISSED = "dismissed"  # 不成立


class Resolution(StrEnum):
    """How an objection's investigation ends (处理结果)."""

    UPHELD = "upheld"  # 成立
    DISMISSED = "dismissed"  # 不成立


class ObjectionAct(StrEnum):
    """What happens to an objection (异议经过)."""

    FILED = "filed"  # 提出
    UPHELD = "upheld"  # 成立
    DISMISSED = "dismissed"  # 不成立
    APPEALED = "appealed"  # 复核: the household takes it to the second level


class Objection(Base):
    """An objection (异议) of a household; `level` counts up.

    `about` names what it is about as people write it, `year` is the account year of that: a claim,
    an entry (`journal_id`, `line`), a notice, or none of them for a claim never entered.
    """

    __tablename__ = "objection"
    __table_args__ = (UniqueConstraint("community_id", "ref"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id))
    ref: Mapped[str] = mapped_column(String(64))
    household_id: Mapped[int] = mapped_column(ForeignKey(Household.id))
    claim_id: Mapped[int | None] = mapped_column(ForeignKey(Claim.id), default=None)
    text: Mapped[str] = mapped_column(Text)
    filed_at: Mapped[datetime]
    due_at: Mapped[datetime]
    digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[ObjectionStatus] = mapped_column(
        word_of(ObjectionStatus, 10), default=ObjectionStatus.OPEN
    )
    level: Mapped[int] = mapped_column(default=1)
    about: Mapped[str] = mapped_column(String(120), default="", server_default="")
    year: Mapped[int] = mapped_column(default=0, server_default="0")
    journal_id: Mapped[int | None] = mapped_column(default=None)
    line: Mapped[int | None] = mapped_column(default=None)
    notice_id: Mapped[int | None] = mapped_column(default=None)


class ObjectionEvent(Base):
    """What happened to an objection, and when (异议经过). Append-only."""

    __tablename__ = "objection_event"
    __table_args__ = (UniqueConstraint("objection_id", "level", "act"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    objection_id: Mapped[int] = mapped_column(ForeignKey(Objection.id))
    level: Mapped[int]
    act: Mapped[ObjectionAct] = mapped_column(word_of(ObjectionAct, 10))
    person_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text, default="")
