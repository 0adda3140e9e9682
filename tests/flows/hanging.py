"""Transactions that hang, and a town to hang in."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import Engine, text

from domain.community.adoption import add_community
from domain.cycle.due import Batch
from domain.kernel.local_time import LOCAL
from domain.rules.load import shipped
from domain.store.database import open_engine, writing
from domain.store.roles import COMMAND, Role
from flows.clock.reaper import Ended

AT = datetime(2026, 3, 18, 12, tzinfo=LOCAL)
HASTY = Role(lock_s=0.2, statement_s=2, idle_s=60)
HELD = """
    SELECT occurrence.id FROM occurrence JOIN community ON community.id = community_id
    WHERE code = 'ma' FOR UPDATE OF occurrence
"""


class Hall:
    """An engine whose workers take everything and do nothing."""

    def __init__(self) -> None:
        self.taken: list[Batch] = []
        self.lost = True

    def ask(self) -> None:
        """It is there."""

    def submit(self, batch: Batch, as_of: datetime | None) -> str:
        self.taken.append(batch)
        return f"run-{len(self.taken)}"

    def ended(self, runs: Mapping[str, bool]) -> Ended:
        return Ended({run for run in runs if runs[run]} if self.lost else set())

    def keep_up(self) -> None:
        """Nothing is deleted."""

    def show(self, at: datetime) -> None:
        """Nobody looks."""


@contextmanager
def hanging(town: Engine, statement: str) -> Iterator[None]:
    """While another session is in the middle of a transaction that does not end."""
    other = open_engine(town.url, COMMAND)
    with other.connect() as connection:
        connection.execute(text(statement))
        yield
        connection.rollback()
    other.dispose()


@contextmanager
def a_town(url: str) -> Iterator[Engine]:
    """Two communities on PostgreSQL, and an engine that waits for little."""
    engine = open_engine(url, HASTY)
    with writing(engine) as session:
        for code in ("ma", "an"):
            add_community(
                session, code, code, "镇", shipped("fuling-maan-2022"), date(2026, 1, 1), AT
            )
    yield engine
    engine.dispose()
