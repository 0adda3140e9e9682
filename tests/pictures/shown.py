"""A service with sample communities, brought into the situations that the pictures show.

Everything is real: `jifen up` in a temporary folder, its steps done by its own clock and worker.
What is moved by hand is said where it is done.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
from sqlalchemy import Engine, select, text

from config.database import upgrade
from domain.community.adoption import add_community
from domain.community.registry import add_person, find_community
from domain.cycle.interventions import hold
from domain.cycle.occurrences import keep_open, occurrences_of
from domain.intake.imports import import_table
from domain.intake.inbox import stage, take_due
from domain.kernel.local_time import local_date, now, start_of_day
from domain.rules.load import RULESETS_DIR
from domain.store.database import open_engine, reading, writing
from domain.store.tables.cycle import Occurrence
from flows.rehearsal.folder import Folder, read_folder
from tests.flows.test_service import free_port

SAMPLES = ("fuling-maan-2022", "longyuzhuang")
# A quarter is audited and published by this day after its end.
PUBLISHED_BY = timedelta(days=15)
READY_S, DONE_S = 240, 1200
PERSON = "李运维"
Found = TypeVar("Found")


def eventually(what: Callable[[], Found], within_s: float = DONE_S) -> Found:
    """What it answers once that is true."""
    deadline = time.monotonic() + within_s
    while not (found := what()):
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(1)
    return found


class ShownService:
    """`jifen up` in a folder, its database, and Prefect's server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.web_port = free_port(), free_port()
        self.environment = {
            **os.environ,
            "LANG": "zh_CN.UTF-8",
            "JIFEN_SWEEP_SECONDS": "5",
            "COLUMNS": "120",
            "JIFEN_OPERATORS": f"json://127.0.0.1:{free_port()}/",
        }
        for name in [name for name in self.environment if name.startswith("JIFEN_DATABASE")]:
            del self.environment[name]
        (folder / "var").mkdir()
        self.engine: Engine = open_engine(f"sqlite:///{folder}/var/jifen.db")
        upgrade(self.engine)

    def load(self) -> None:
        """The samples as if they had been here for a while, with what people did until now."""
        for name in SAMPLES:
            with writing(self.engine) as session:
                _add(session, read_folder(RULESETS_DIR / name / "sample"))

    @contextmanager
    def running(self) -> Iterator[None]:
        """The service, until it has done what has fallen due."""
        command = [sys.executable, "-m", "console.main", "up"]
        command += ["--port", str(self.port), "--web-port", str(self.web_port)]
        with (self.folder / "up.log").open("wb") as log:
            up = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=log, stderr=log
            )
            try:
                eventually(self._answers, READY_S)
                eventually(self._has_caught_up)
                yield
            finally:
                up.send_signal(signal.SIGINT)
                up.wait(60)
                self.engine.dispose()

    def _answers(self) -> bool:
        try:
            return self.ask("GET", "/health") is True
        except (httpx.HTTPError, OSError):
            return False

    def _has_caught_up(self) -> bool:
        with reading(self.engine) as session:
            query = select(Occurrence.id).where(
                Occurrence.state.in_(("due", "claimed")), Occurrence.due_at <= now()
            )
            return session.scalar(query.limit(1)) is None

    @property
    def secret(self) -> str:
        """The line that Prefect's UI asks for."""
        return (self.folder / "var/prefect/auth").read_text("utf-8").strip()

    @property
    def token(self) -> str:
        """What /status asks for."""
        return (self.folder / "var/web.token").read_text("utf-8").strip()

    @property
    def prefect(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pages(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Prefect's API, as its UI asks it."""
        user, _, password = self.secret.partition(":")
        answer = httpx.request(
            method,
            f"{self.prefect}/api{path}",
            json=body,
            auth=(user, password),
            timeout=30,
            trust_env=False,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def runs(self, **wanted: str) -> list[dict[str, Any]]:
        """Flow runs, the newest first, by values of theirs (`state_name`)."""
        found = self.ask("POST", "/flow_runs/filter", {"limit": 200, "sort": "START_TIME_DESC"})
        return [run for run in found if all(run[key] == value for key, value in wanted.items())]

    def deployment(self, name: str) -> str:
        """A deployment's id, e.g. of `settle-by-hand/by-hand`."""
        return str(self.ask("GET", f"/deployments/name/{name}")["id"])

    def step(self, code: str, process: str, step: str) -> Occurrence:
        """The first step of that kind that is to come."""
        with reading(self.engine) as session:
            rows = occurrences_of(session, find_community(session, code))
            return next(
                row for row in rows if (row.process, row.step, row.state) == (process, step, "due")
            )

    def fall_due(self, occurrence: Occurrence) -> None:
        """Let a step be due now."""
        with writing(self.engine) as session:
            session.get_one(Occurrence, occurrence.id).due_at = now()

    def state(self, occurrence: Occurrence) -> str:
        with reading(self.engine) as session:
            return session.get_one(Occurrence, occurrence.id).state

    @contextmanager
    def without(self, table: str) -> Iterator[None]:
        """A table is missing, as after a restore that went wrong."""
        self._rename(table, "elsewhere")
        try:
            yield
        finally:
            self._rename("elsewhere", table)

    def _rename(self, table: str, into: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE {table} RENAME TO {into}"))

    def says(self, *words: str) -> str:
        """What a command prints, without its folder."""
        done = subprocess.run(
            [sys.executable, "-m", "console.main", *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return re.sub(re.escape(str(self.folder)), "/srv/jifen", done.stdout + done.stderr)


def since() -> datetime:
    """From when on the communities are here: before the last quarter's audit and publication."""
    day = local_date(now() - PUBLISHED_BY)
    return start_of_day(day.replace(month=(day.month - 1) // 3 * 3 + 1, day=2))


def _add(session: Any, folder: Folder) -> None:
    toml, began = folder.community, since()
    starts_on = max(date(toml.year, 1, 1), folder.ruleset.effective_from)
    community = add_community(
        session, toml.code, toml.name, toml.town, folder.ruleset, starts_on, began
    )
    for kind in ("households", "members", "goods"):
        if kind in folder.tables:
            import_table(session, community, kind, folder.tables[kind], began)
    for each in toml.reviewers:
        add_person(
            session,
            community,
            each.code,
            each.name,
            ["reviewer"],
            stages=each.stages,
            household=each.household,
            area=each.area,
        )
    keep_open(session, now())
    for kind in ("claims", "decisions", "objections"):
        if kind in folder.tables:
            stage(session, community, kind, folder.tables[kind], year=toml.year)
    take_due(session, community, now())
    _hold_an_audit(session, community, began)


def _hold_an_audit(session: Any, community: Any, began: datetime) -> None:
    """In one community an audit is held, so that the publication after it waits."""
    if community.code != "maan":
        return
    rows = occurrences_of(session, community)
    published = [
        row
        for row in rows
        if (row.process, row.step) == ("publicity", "publish") and began < row.due_at < now()
    ]
    before = [
        row
        for row in rows
        if (row.process, row.step) == ("audit", "close") and row.due_at < published[0].due_at
    ]
    hold(session, before[-1], PERSON, "核对名单", now())
