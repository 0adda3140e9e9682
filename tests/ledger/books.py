"""Small villages and their ledgers, for the tests of the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.ledger.post import ENTRY_COLUMNS, Act, post
from domain.store.tables.ledger import Journal, LedgerHead
from domain.store.tables.people import Community, Household, Member

AT = datetime(2026, 2, 5, 2, 30, 0, 123456, UTC)
HASH = "a" * 64


@dataclass(frozen=True)
class Books:
    """A community with its households, each with two members; ids only."""

    id: int
    code: str
    households: list[int]
    members: list[list[int]]

    def entry(self, home: int, points: int = 100, **more: Any) -> dict[str, Any]:
        """An award of a household, with whatever else is said."""
        plain = {"member": None, "year": 2026, "kind": "award", "item": "10", "ref": "c-1"}
        ids = {"community": self.id, "household": self.households[home]}
        return plain | ids | {"points": points, "reason": "好人好事"} | more


def found_books(session: Session, code: str, households: int = 3) -> Books:
    """A new village; household and member codes are alike in every village."""
    community = Community(code=code, name="社区", town="镇", added_at=AT)
    session.add(community)
    session.flush()
    session.add(LedgerHead(community_id=community.id))
    homes = [
        Household(
            community_id=community.id, code=f"H{n}", head="王某", enrolled_on=date(2026, 1, 1)
        )
        for n in range(1, households + 1)
    ]
    session.add_all(homes)
    session.flush()
    members = [
        [Member(household_id=home.id, code=code, name="王某") for code in "12"] for home in homes
    ]
    session.add_all(member for pair in members for member in pair)
    session.flush()
    return Books(
        community.id,
        code,
        [home.id for home in homes],
        [[member.id for member in pair] for pair in members],
    )


def frame_of(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Entries as `post` takes them."""
    return pl.DataFrame(rows, schema=ENTRY_COLUMNS)


def post_to(
    session: Session, key: str, villages: Sequence[Books], rows: Sequence[dict[str, Any]] = ()
) -> dict[int, Journal]:
    """Post one act to these villages."""
    act = Act(key, "2026-01", AT, "张三")
    return post(session, act, frame_of(rows), {village.id: HASH for village in villages})


def journals_of(session: Session, village: Books) -> list[Journal]:
    """A village's journals in order, as the database has them."""
    query = select(Journal).where(Journal.community_id == village.id).order_by(Journal.seq)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def without_triggers(session: Session) -> None:
    """From here on, in this transaction, the ledger can be tampered with."""
    if session.get_bind().dialect.name == "postgresql":
        for table in ("entry", "journal"):
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        return
    named = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    for name in session.scalars(text(named)).all():
        session.execute(text(f"DROP TRIGGER {name}"))
