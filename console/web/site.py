"""The web part (网页): the public notices, for operators the status, measurements and health, and
the reviewers' desk.

Without scripts, and read only but for the desk. The status and the measurements answer to whoever
has the installation's token.
"""

import logging
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from config.database import require_current_if_there
from config.logs import configure
from config.same_time import refuse_other_time
from config.settings import load
from console.exposition import CONTENT_TYPE, exposition
from console.installation import desk_of, watcher_of
from console.operators import refuse_strangers, remember_address, token_of
from console.web.connections import Bounded, backlog
from console.web.desk import DeskSite, add_desk
from console.web.error_pages import add_error_pages
from console.web.guard import READ, Guard
from console.web.pages import NO_STORE, fresh_page
from console.web.public_files import PublicFiles
from domain.kernel.local_time import local_iso
from domain.kernel.reasons import kept, reason
from domain.operations.finding import ALARMING, Finding, counted, gather
from domain.operations.leases import CLOCK, is_held
from domain.operations.outages import tell
from domain.rules.load import RULESETS_DIR
from domain.store.database import database_now, open_engine, reading
from domain.store.faults import DATABASE_ERRORS
from domain.store.roles import READER
from domain.store.service_time import ServiceTime
from domain.store.tables.cycle import Lease
from domain.store.tables.people import Community
from flows.rehearsal.quick_time import BEGAN, is_under_way, time_shown
from flows.watch.probes import Board, Checked, Installation
from flows.watch.probes.board import ELSEWHERE
from flows.watch.probes.database import unusable
from flows.watch.probes.groups import HEALTH
from flows.watch.sights import WatchSettings, look
from flows.watch.watcher import Watcher
from notifications.letters.troubles import finding_facts
from notifications.outbox.desk_links import Desk
from notifications.texts.catalogue import Texts, load_texts

WATCH_EVERY_S = 60.0
# How long an answer waits for the probes, and how old what they found may be.
HEALTH_WAIT_S, HEALTH_FRESH_S, HEALTH_AT_ONCE = 0.8, 1.0, 20
METRICS_WAIT_S, METRICS_FRESH_S = 3.0, 10.0
STATUS_WAIT_S, STATUS_FRESH_S = 3.0, 2.0
# So many lines the status page shows; the rest is asked for on the command line.
LINES_MAX = 500

log = logging.getLogger("jifen.web")


@dataclass(frozen=True)
class Site:
    """What the pages are made from."""

    board: Board
    texts: Texts
    token: str = field(repr=False)
    desk: Desk | None = None
    # Whether there is anything to watch yet.
    is_watched: Callable[[], bool] = lambda: True
    watcher: Watcher | None = None

    @property
    def engine(self) -> Engine:
        """The domain database."""
        return self.board.installation.engine

    @property
    def manner(self) -> WatchSettings:
        """How the installation is watched."""
        return self.board.installation.manner

    @property
    def moment(self) -> Callable[[], datetime]:
        """What tells the time."""
        return self.board.installation.moment

    @property
    def public_dir(self) -> Path:
        """Where the published notices are."""
        return self.board.installation.public_dir


def application(site: Site) -> FastAPI:
    """The pages of an installation."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=_watching(site))
    app.add_middleware(Guard, texts=site.texts)
    add_error_pages(app, site.texts)
    notices = PublicFiles(directory=site.public_dir, html=True, check_dir=False)

    # A place of its own: pages that hang must not keep it from answering.
    limiter = CapacityLimiter(HEALTH_AT_ONCE)

    @app.api_route("/healthz", methods=READ)
    async def healthz() -> Response:
        """Whether the service goes on: by probe. Answered within a second, whatever hangs."""
        look = partial(site.board.look, HEALTH_WAIT_S, HEALTH_FRESH_S, HEALTH)
        checked = await to_thread.run_sync(look, limiter=limiter)
        health = {name: each.stands for name, each in checked.items()}
        return JSONResponse(health, 200 if all(health.values()) else 503, NO_STORE)

    @app.api_route("/livez", methods=READ)
    async def livez() -> Response:
        """This process lives; nothing else is asked."""
        return JSONResponse({"live": True}, 200, NO_STORE)

    @app.api_route("/metrics", methods=READ)
    def metrics(request: Request) -> Response:
        """Measurements in Prometheus's text format."""
        refuse_strangers(request, site.token)
        checked = list(site.board.look(METRICS_WAIT_S, METRICS_FRESH_S).values())
        text = exposition(site.engine, site.moment, checked)
        return Response(text, 200, NO_STORE, CONTENT_TYPE)

    @app.api_route("/status", methods=READ)
    def status(request: Request) -> Response:
        """The findings as a page."""
        refuse_strangers(request, site.token)
        return _status_page(site)

    if site.desk is not None:
        add_desk(app, DeskSite(site.engine, site.texts, site.desk, site.moment))

    @app.api_route("/{path:path}", methods=READ)
    async def public(path: str, request: Request) -> Response:
        """The published notices, as files."""
        try:
            return await notices.get_response(path or ".", request.scope)
        except HTTPException as error:
            if error.status_code == 404 and not path:
                page = site.texts.render("board.html") if site.is_watched() else _loading(site)
                return HTMLResponse(page)
            raise

    return app


def _watching(site: Site) -> Any:
    """Keep the watch while the pages are served: a clock that stands still cannot tell of it."""

    def keep(ending: threading.Event) -> None:
        while not ending.wait(WATCH_EVERY_S):
            try:
                if site.watcher and site.is_watched():
                    site.watcher.keep()
            except Exception as error:
                tell(log, "the watch", error)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        ending = threading.Event()
        keeper = threading.Thread(target=keep, args=(ending,), name="watch", daemon=True)
        keeper.start()
        yield
        ending.set()

    return lifespan


def _loading(site: Site) -> str:
    """While the demonstration loads its samples, nothing is late and nothing is missing yet."""
    with reading(site.engine) as session:
        loaded = session.scalar(select(func.count()).select_from(Community)) or 0
    total = len(list(RULESETS_DIR.glob("*/sample")))
    return site.texts.render("loading.html", communities=loaded, total=total)


def _status_page(site: Site) -> Response:
    """What is found; without the database, by the probes that need none."""
    checked: Mapping[str, Checked] = {}
    try:
        if not site.is_watched():
            return fresh_page(_loading(site))
        checked = site.board.look(STATUS_WAIT_S, STATUS_FRESH_S)
        at = site.moment()
        with reading(site.engine) as session:
            found = look(session, None, at, site.manner, checked)
            names = dict(session.execute(select(Community.code, Community.name)).tuples().all())
            clock = _clock_shown(session)
        return fresh_page(_status(site, at, found, checked, names=names, clock=clock))
    except DATABASE_ERRORS as error:
        tell(log, "the status page", error)
        found = [finding for each in checked.values() for finding in each.findings]
        if not any(each.subject == "database" for each in found):
            found.insert(0, unusable(error))
        return fresh_page(_status(site, site.moment(), found, checked), 503)


def _status(
    site: Site,
    at: datetime,
    found: Sequence[Finding],
    checked: Mapping[str, Checked],
    names: Mapping[str, str] | None = None,
    clock: Mapping[str, object] | None = None,
) -> str:
    """The status page; without the communities' `names` where the database is away."""
    lines = gather(found)
    return site.texts.render(
        "status.html",
        at=local_iso(at),
        communities=None if names is None else len(names),
        concerned=len({code for each in found for code in each.communities}),
        counts=[(what, count) for what, count in counted(found).items() if count],
        urgent=ALARMING,
        findings=[finding_facts(each, names or {}, site.manner.ui) for each in lines[:LINES_MAX]],
        more=max(0, len(lines) - LINES_MAX),
        clock=clock,
        probes=[
            {"name": kept(reason(f"about_{each.name}")), "state": each.state}
            for each in checked.values()
            if each.state != ELSEWHERE
        ],
    )


def _clock_shown(session: Session) -> dict[str, object] | None:
    """Which clock is at work, since when; or was the last."""
    lease = session.get(Lease, CLOCK)
    if lease is None:
        return None
    since = local_iso(lease.since) if lease.since else ""
    return {"holder": lease.holder, "since": since, "works": is_held(lease, database_now(session))}


def configured(site: Site, host: str, port: int) -> uvicorn.Config:
    """How the pages are served."""
    return uvicorn.Config(
        application(site),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
        http=Bounded,
        ws="none",
        backlog=backlog(),
    )


def serve(host: str, port: int, pace: float | None) -> None:
    """Serve until SIGTERM or Ctrl-C; by the time of `jifen up --demo` where it has a `pace`."""
    settings = load()
    configure(settings.log_format, settings.log_level)
    engine = open_engine(settings.database_url.get_secret_value(), READER)
    texts = load_texts(settings.locale, settings.templates_dir)
    try:
        require_current_if_there(engine)
        refuse_other_time(engine)
        began = settings.var_dir / BEGAN
        moment = time_shown(began, pace) if pace else ServiceTime(engine)
        board = Board(Installation.of(settings, engine, moment))
        is_watched = partial(is_under_way, began) if pace else lambda: True
        site = Site(
            board,
            texts,
            token_of(settings),
            desk_of(settings),
            is_watched,
            watcher_of(settings, board),
        )
        remember_address(settings, port)
        uvicorn.Server(configured(site, host, port)).run()
    finally:
        engine.dispose()
