"""The sealed ledger (积分账本)."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.store.tables.base import Base
from domain.store.tables.people import Community


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
    kind: Mapped[str] = mapped_column(String(12))
    item: Mapped[str | None] = mapped_column(String(64))
    ref: Mapped[str | None] = mapped_column(String(64))
    points: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
