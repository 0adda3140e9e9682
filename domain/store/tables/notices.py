"""What was made public (公示), and where it stands."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.store.tables.base import Base, word_of
from domain.store.tables.people import Community


class NoticeKind(StrEnum):
    """What a notice makes public (公示种类); its templates bear the same names."""

    QUARTER = "quarter"  # 季度公示: what everybody gained, with time for objections
    YEAR = "year"  # 年度公示: whom the settled year honours
    CORRECTION = "correction"  # 更正公告: what an upheld objection changed
    REDEMPTION = "redemption"  # 兑换公示: a half year's redemption round
    REPORT = "report"  # 工作报告: a half year's report to the town


class Notice(Base):
    """A published notice (公示): its content, the window for objections, the seal it shows."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("community_id", "kind", "key"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id))
    kind: Mapped[NoticeKind] = mapped_column(word_of(NoticeKind, 20))
    key: Mapped[str] = mapped_column(String(80))
    period: Mapped[str] = mapped_column(String(7))
    published_at: Mapped[datetime]
    closes_at: Mapped[datetime | None]
    content: Mapped[dict[str, Any]]
    seal: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


class Publication(Base):
    """Where a notice stands for the public (发布回执): since when, and what was written there last.

    `place` is the address within the public folder, `digest` the sha256 of the file's content,
    `form` how much of the notice the file shows, `removed_at` when it left at the end of its term.
    """

    __tablename__ = "publication"
    __table_args__ = (UniqueConstraint("notice_id", "place"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey(Notice.id))
    place: Mapped[str] = mapped_column(String(300))
    digest: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]
    written_at: Mapped[datetime]
    form: Mapped[str] = mapped_column(String(20), default="", server_default="")
    removed_at: Mapped[datetime | None] = mapped_column(default=None)
