"""When the database was copied."""

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.store.tables.base import Base


class Backup(Base):
    """A copy (备份) that was taken, whole and with its seals checked: where to, and how long it is.

    Append-only.
    """

    __tablename__ = "backup"
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    at: Mapped[datetime]
    file: Mapped[str] = mapped_column(String(300))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
