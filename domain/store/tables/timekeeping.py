"""By what time the installation's clocks work, and who said that it is right."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from domain.store.tables.base import Base


class ClockMark(Base):
    """What a machine's clock found at its last look (时钟留痕).

    `swept_at` is when it last worked by a time that it believed, `seen_at` when it last looked,
    `doubt` why it does not work, empty where all is well.
    """

    __tablename__ = "clock_mark"
    machine: Mapped[str] = mapped_column(String(100), primary_key=True)
    swept_at: Mapped[datetime | None]
    seen_at: Mapped[datetime]
    doubt: Mapped[str] = mapped_column(Text, default="")


class TimeAct(Base):
    """That a person found the time right (确认时间), who (`by`), why, and when. Append-only."""

    __tablename__ = "time_act"
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    by: Mapped[str] = mapped_column(String(100))
    why: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
