"""Claims with what was decided on them, and the sheets' rows on their way in."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    exists,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.store.tables.base import Base, word_of
from domain.store.tables.people import Community, Household, Member, Person


class ClaimStatus(StrEnum):
    """What has become of a claim (申报状态), in the order in which notices count them."""

    APPROVED = "approved"  # 通过: its points count once an audit has registered it
    REJECTED = "rejected"  # 不通过
    PENDING = "pending"  # 待评议: it waits for its reviewers
    ANNULLED = "annulled"  # 已撤销: it was approved, and an objection against it was upheld


class Verdict(StrEnum):
    """What a reviewer says of a claim (评议意见)."""

    APPROVE = "approve"  # 同意
    REJECT = "reject"  # 不同意


class Claim(Base):
    """A claim for points (积分申报).

    `stage` is the number of the stage it waits at, `audit` the month of the audit it is in,
    `registered` of the audit that registered it; `carried` counts the deadlines it missed
    (overdue).
    """

    __tablename__ = "claim"
    __table_args__ = (
        UniqueConstraint("community_id", "ref"),
        Index("ix_claim_community_status", "community_id", "status"),
        Index("ix_claim_household", "household_id", "item", "occurred_on"),
    )
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id))
    ref: Mapped[str] = mapped_column(String(64))
    household_id: Mapped[int] = mapped_column(ForeignKey(Household.id))
    member_id: Mapped[int | None] = mapped_column(ForeignKey(Member.id), default=None)
    item: Mapped[str] = mapped_column(String(64))
    quantity: Mapped[int] = mapped_column(default=1)
    score: Mapped[int | None] = mapped_column(BigInteger, default=None)
    matter: Mapped[str] = mapped_column(String(200), default="")
    occurred_on: Mapped[date]
    submitted_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(20))
    place: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text, default="")
    digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[ClaimStatus] = mapped_column(
        word_of(ClaimStatus, 10), default=ClaimStatus.PENDING
    )
    stage: Mapped[int] = mapped_column(default=0)
    audit: Mapped[str] = mapped_column(String(7))
    registered: Mapped[str | None] = mapped_column(String(7), default=None)
    carried: Mapped[int] = mapped_column(default=0)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)


class Decision(Base):
    """One reviewer's verdict on a claim at a stage (评议). Without a person it is the group's
    own inspection sheet (`note` names the sheet)."""

    __tablename__ = "decision"
    __table_args__ = (UniqueConstraint("claim_id", "stage", "person_id"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey(Claim.id))
    stage: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    verdict: Mapped[Verdict] = mapped_column(word_of(Verdict, 10))
    note: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime]


_UNCORRECTED = text("corrected_at IS NULL")


class RefusedRow(Base):
    """A row of an import that was refused, kept with its reason. It waits until it is corrected
    or discarded."""

    __tablename__ = "refused_row"
    __table_args__ = (
        UniqueConstraint("community_id", "kind", "digest"),
        Index(
            "ix_refused_row_open",
            "community_id",
            "refused_at",
            postgresql_where=_UNCORRECTED,
            sqlite_where=_UNCORRECTED,
        ),
    )
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id))
    kind: Mapped[str] = mapped_column(String(20))
    file: Mapped[str] = mapped_column(String(255))
    row: Mapped[int]
    ref: Mapped[str] = mapped_column(String(64), default="")
    column: Mapped[str] = mapped_column(String(64))
    value: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    content: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    refused_at: Mapped[datetime]
    corrected_at: Mapped[datetime | None] = mapped_column(default=None)


class DiscardedRow(Base):
    """That a refused row is nothing to be taken in (作废), such as a sheet's total: who says so
    (`by`), why, and when. Append-only; the row stays."""

    __tablename__ = "discarded_row"
    refused_row_id: Mapped[int] = mapped_column(ForeignKey(RefusedRow.id), primary_key=True)
    by: Mapped[str] = mapped_column(String(100))
    why: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


def still_waits() -> ColumnElement[bool]:
    """Of a refused row: that it is neither corrected nor discarded."""
    return RefusedRow.corrected_at.is_(None) & ~exists().where(
        DiscardedRow.refused_row_id == RefusedRow.id
    )


class InboxRow(Base):
    """A sheet's row that takes effect at its own time; the collection takes it in then."""

    __tablename__ = "inbox_row"
    __table_args__ = (
        UniqueConstraint("community_id", "kind", "digest", "row"),
        Index("ix_inbox_row_open", "community_id", "taken_at", "effective_at"),
    )
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id))
    kind: Mapped[str] = mapped_column(String(20))
    file: Mapped[str] = mapped_column(String(255))
    row: Mapped[int]
    content: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    effective_at: Mapped[datetime]
    taken_at: Mapped[datetime | None] = mapped_column(default=None)
