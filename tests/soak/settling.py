"""A town of 20,000 households whose last year is to be settled, and its service as processes."""

import hashlib
import os
import signal
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from config.settings import load
from domain.cycle.occurrences import OPEN
from domain.kernel.period import Period
from domain.ledger.verify import verify
from domain.publicity.quarter_and_year import publish_quarter
from domain.store.database import open_engine, reading, writing
from domain.store.tables.cycle import Occurrence
from domain.store.tables.ledger import Entry, Journal
from domain.store.tables.notices import Notice
from domain.store.tables.outbox import Message
from domain.store.tables.people import Community, Household
from domain.store.tables.settlement import FinalPlace, Settlement
from flows.engine.service import Part
from tests.bench import district
from tests.soak.cluster import Cluster, free_port

ROOT = Path(__file__).resolve().parents[2]
COMMUNITIES = 40  # of 500 households each
# How long a run may be silent between two communities, and how often the clock looks.
REAP_AFTER_S, SWEEP_S = "20", "2"
READY_S, SETTLED_S = 300, 3600
VICTIMS = ("worker", "worker", "clock", "Prefect server", "PostgreSQL")
# What of a notice hangs on when it was published.
_TIMES = ("published_at", "closes_at", "closes_text", "seal")


def last_year() -> int:
    """A year that is over, with its last window closed and its clearing date past."""
    return (date.today() - timedelta(days=60)).year - 1  # noqa: DTZ011 - weeks do not matter


def build(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The town, with nothing left to do but this year's opening and last year's settlement."""
    year = last_year()
    closed = datetime(year + 1, 1, 12, 16, tzinfo=UTC)
    monkeypatch.setattr(district, "YEAR", year)
    monkeypatch.setattr(district, "OPENED", datetime(year, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(district, "PUBLISHED", datetime(year + 1, 1, 5, 16, tzinfo=UTC))
    monkeypatch.setattr(district, "CLOSED", closed)
    monkeypatch.setattr(district, "_notices", _no_notices)
    district.build(url, COMMUNITIES)
    engine = open_engine(url)
    with writing(engine) as session:
        for community in session.scalars(select(Community).order_by(Community.id)):
            publish_quarter(session, community, Period(year, "quarter", 4), district.PUBLISHED)
            # Steps of this year that fell due before today are not caught up with.
            community.added_at = datetime.now(UTC)
            for step, due_at in (("settle", closed), ("clear", closed + timedelta(days=25))):
                session.add(
                    Occurrence(
                        community_id=community.id,
                        process="settle",
                        period=str(year),
                        step=step,
                        due_at=due_at,
                    )
                )
    engine.dispose()


def _no_notices(_communities: int) -> pl.DataFrame:
    """Those that are published here are such as people would read."""
    return pl.DataFrame()


class Town:
    """Prefect's server, a worker and a clock over one PostgreSQL; whoever is killed comes back."""

    def __init__(self, cluster: Cluster, database: str, folder: Path) -> None:
        from console.commands.up import _parts  # lazy: settings

        self.cluster = cluster
        self.url = cluster.url(database)
        self.engine = open_engine(self.url)
        self.kills: Counter[str] = Counter()
        settings = load(var_dir=folder, database_url=self.url)
        settings.prefect_home.mkdir(parents=True)
        prefect = self.url.replace("postgresql://", "postgresql+asyncpg://")
        self.parts = {
            part.name: part
            for part in _parts(settings, free_port(), free_port(), 2, None)
            if part.name != "web"
        }
        for part in self.parts.values():
            part.environment |= {
                "PYTHONPATH": str(ROOT),
                "JIFEN_SWEEP_SECONDS": SWEEP_S,
                "JIFEN_REAP_AFTER_SECONDS": REAP_AFTER_S,
                "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"{prefect}_prefect",
            }

    def start(self) -> None:
        for part in self.parts.values():
            part.start()
            self._wait_for(part)

    @staticmethod
    def _wait_for(part: Part) -> None:
        deadline = time.monotonic() + READY_S
        while not part.ready():
            assert part.is_alive(), part.log_path.read_text(encoding="utf-8")[-3000:]
            assert time.monotonic() < deadline, f"{part.name} is not ready"
            time.sleep(0.2)

    def mend(self) -> None:
        """Start again what has died, as `flows.engine.service.Service.watch` does."""
        for part in self.parts.values():
            if not part.is_alive():
                part.start()

    def kill(self, victim: str) -> None:
        """kill -9, of the process alone or with all that it has started."""
        self.kills[victim] += 1
        if victim == "PostgreSQL":
            self.cluster.kill()
            time.sleep(1)
            self.cluster.start()
            return
        process = self.parts[victim].process
        assert process
        end = os.kill if self.kills[victim] % 2 else os.killpg
        end(process.pid, signal.SIGKILL)
        process.wait()

    def settle(self, kills: int, dice: Random) -> None:
        """Let the service settle the year, killing some of it every few seconds."""
        deadline = time.monotonic() + SETTLED_S
        while not self.is_settled():
            assert time.monotonic() < deadline, self.left()
            self.mend()
            if kills:
                time.sleep(dice.uniform(0.5, 9))
                self.kill(
                    dice.choice(("worker", "worker", "clock", "Prefect server", "PostgreSQL"))
                )
                kills -= 1
            time.sleep(0.5)

    def is_settled(self) -> bool:
        try:
            return not self.left()
        except OperationalError:
            return False

    def left(self) -> dict[str, int]:
        """The open steps that are due, by state."""
        with reading(self.engine) as session:
            query = (
                select(Occurrence.state, func.count())
                .where(Occurrence.state.in_(OPEN), Occurrence.due_at <= datetime.now(UTC))
                .where(Occurrence.step.not_in(("collect", "remind", "oversee")))
                .group_by(Occurrence.state)
            )
            found = {str(state): count for state, count in session.execute(query).tuples()}
            opened = select(func.count()).where(Occurrence.step == "open")
            return found if session.scalar(opened) else {"the year is not open": 1}

    def stop(self) -> None:
        for part in reversed(self.parts.values()):
            part.stop()
        self.engine.dispose()


def end_state(session: Session) -> dict[str, Any]:
    """All that a settlement leaves behind, but for the times."""
    code = Community.code
    entries = (
        select(
            code,
            Journal.act,
            Entry.line,
            Household.code,
            Entry.member_id,
            Entry.year,
            Entry.kind,
            Entry.item,
            Entry.ref,
            Entry.points,
            Entry.reason,
        )
        .join(Journal, Journal.id == Entry.journal_id)
        .join(Community, Community.id == Journal.community_id)
        .join(Household, Household.id == Entry.household_id)
        .order_by(code, Journal.act, Entry.line)
    )
    standings = (
        select(
            code,
            FinalPlace.year,
            Household.code,
            FinalPlace.score,
            FinalPlace.ranked_by,
            FinalPlace.rank,
            FinalPlace.honours,
            FinalPlace.support,
        )
        .join(Community, Community.id == FinalPlace.community_id)
        .join(Household, Household.id == FinalPlace.household_id)
        .order_by(code, FinalPlace.year, Household.code)
    )
    notices = session.execute(
        select(code, Notice.kind, Notice.key, Notice.content)
        .join(Community, Community.id == Notice.community_id)
        .order_by(code, Notice.kind, Notice.key)
    ).tuples()
    settled = (
        select(code, Settlement.year, Settlement.cleared_at.is_not(None), Settlement.forced_by)
        .join(Community, Community.id == Settlement.community_id)
        .order_by(code)
    )
    steps = (
        select(code, Occurrence.process, Occurrence.period, Occurrence.step, Occurrence.state)
        .join(Community, Community.id == Occurrence.community_id)
        .where(Occurrence.step.in_(("open", "settle", "clear")))
        .order_by(code, Occurrence.period, Occurrence.step)
    )
    told = (
        select(code, Message.recipient, Message.occasion)
        .join(Community, Community.id == Message.community_id)
        .order_by(code, Message.recipient, Message.occasion)
    )
    return {
        "seals that do not hold": verify(session),
        "entries": _digest(session.execute(entries)),
        "standings": _digest(session.execute(standings)),
        "notices": [
            (
                place,
                kind,
                key,
                {name: value for name, value in content.items() if name not in _TIMES},
            )
            for place, kind, key, content in notices
        ],
        "settlements": session.execute(settled).tuples().all(),
        "steps": session.execute(steps).tuples().all(),
        "messages": session.execute(told).tuples().all(),
    }


def _digest(rows: Any) -> tuple[int, str]:
    count, digest = 0, hashlib.sha256()
    for row in rows:
        count += 1
        digest.update(repr(tuple(row)).encode())
    return count, digest.hexdigest()
