"""The sealed ledger (积分账本)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.store.tables.base import Base, word_of
from domain.store.tables.people import Community


class EntryKind(StrEnum):
    """What an entry is for (分录种类). A first posting says what it is; what changes it later is a
    correction."""

    BASE = "base"  # 基础分
    AWARD = "award"  # 加分
    DEDUCTION = "deduction"  # 扣分
    CORRECTION = "correction"  # 更正: what an audit, an objection or new rules changed
    ZEROING = "zeroing"  # 清零: a rule takes all that there is
    BONUS = "bonus"  # 双倍积分: what an honour lets a household redeem beside its points
    REDEMPTION = "redemption"  # 兑换
    REFUND = "refund"  # 退还: a redemption given back
    CLEARING = "clearing"  # 年底清零: a settled year's points end
    CARRY_OVER = "carry_over"  # 结转: from a settled year's account to the next


class LedgerHead(Base):
    """Where a community's ledger stands; locking this row serialises its journals."""

    __tablename__ = "ledger_head"
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id), primary_key=True)
    journals: Mapped[int] = mapped_column(default=0)
    entries: Mapped[int] = mapped_column(BigInteger, default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")


class Journal(Base):
    """One act's entries (凭证), sealed: `digest` covers them and the previous journal's digest."""

    __tablename__ = "journal"
    __table_args__ = (
        UniqueConstraint("community_id", "act"),
        UniqueConstraint("community_id", "seq"),
    )
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id))
    seq: Mapped[int]
    act: Mapped[str] = mapped_column(String(120))
    period: Mapped[str] = mapped_column(String(7))
    posted_at: Mapped[datetime]
    posted_by: Mapped[str] = mapped_column(String(100))
    ruleset_hash: Mapped[str] = mapped_column(String(64))
    first_entry: Mapped[int] = mapped_column(BigInteger)
    entries: Mapped[int]
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


class Effect(Base):
    """What a rule took from a claim (核减), by the journal that was posted with it.

    As with entries, a row says what changed: the sum over the journals is what is taken now.
    `rule` is the evaluator's column for it (`domain.rules.evaluate`).
    """

    __tablename__ = "effect"
    claim_id: Mapped[int] = mapped_column(primary_key=True)
    journal_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    rule: Mapped[str] = mapped_column(String(20), primary_key=True)
    points: Mapped[int] = mapped_column(BigInteger)


class Entry(Base):
    """One movement of points of one household's account of one year (分录).

    Without foreign keys: checking them took two thirds of a year end's time on PostgreSQL.
    `post` alone writes here and looks up every key; `verify` finds one that leads nowhere.
    """

    __tablename__ = "entry"
    journal_id: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int]
    member_id: Mapped[int | None]
    year: Mapped[int]
    kind: Mapped[EntryKind] = mapped_column(word_of(EntryKind, 12))
    item: Mapped[str | None] = mapped_column(String(64))
    ref: Mapped[str | None] = mapped_column(String(64))
    points: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
