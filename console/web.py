"""The web part (网页): the public notices, for operators the status, measurements and health, and
the reviewers' desk.

Without scripts, and read only but for the desk. The status and the measurements answer on the
loopback, or to whoever has the token of the settings.
"""

import argparse
import base64
import binascii
import hmac
import ipaddress
import logging
import threading
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from config.logs import configure
from config.settings import load
from console.desk import DeskSite, add_desk
from console.metrics import CONTENT_TYPE, exposition
from console.outbox import desk_of
from console.pages import NO_STORE, fresh_page, policy
from domain.clock import local_iso, now
from domain.finding import URGENCY, counted, gather
from domain.status import CLOCK
from domain.store.database import open_engine, reading
from domain.store.tables.cycle import Lease
from domain.store.tables.people import Community
from flows.manner import Manner, look
from flows.quick_time import BEGAN, is_under_way, time_shown
from flows.watch import watch
from notifications.desk import PATH, Desk
from notifications.texts import Texts, load_texts
from notifications.troubles import finding_facts

HOST = "127.0.0.1"
READ = ["GET", "HEAD"]
PORT = 4280
WATCH_EVERY_S = 60.0
# So many lines the status page shows; the rest is asked for on the command line.
LINES_MAX = 500

# Notices carry their own style and pictures, and nothing else; no page of ours runs a script.
CSP_PUBLIC = policy("style-src 'unsafe-inline'; img-src 'self' data:; font-src 'self'")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

log = logging.getLogger("jifen.web")


@dataclass(frozen=True)
class Site:
    """What the pages are made from."""

    engine: Engine
    public_dir: Path
    texts: Texts
    manner: Manner = field(default_factory=Manner)
    token: str = ""
    moment: Callable[[], datetime] = now
    desk: Desk | None = None
    # Whether there is anything to watch yet.
    is_watched: Callable[[], bool] = lambda: True


def application(site: Site) -> FastAPI:
    """The pages of an installation."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=_watching(site))
    notices = StaticFiles(directory=site.public_dir, html=True, check_dir=False)

    @app.middleware("http")
    async def guard(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.method not in READ and not request.url.path.startswith(f"/{PATH}/"):
            response: Response = PlainTextResponse("only GET", 405, {"Allow": "GET, HEAD"})
        else:
            response = await answer(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", CSP_PUBLIC)
        response.headers.setdefault("Cache-Control", "no-cache")
        return response

    @app.exception_handler(DBAPIError)
    async def no_database(_request: Request, error: DBAPIError) -> Response:
        log.error("the database does not answer: %s", type(error.orig).__name__)
        return PlainTextResponse("数据库没有应答 / the database does not answer\n", 503)

    @app.api_route("/healthz", methods=READ)
    def healthz() -> Response:
        """Whether the database answers and a clock is at work."""
        health = _health(site)
        return JSONResponse(health, 200 if all(health.values()) else 503, NO_STORE)

    @app.api_route("/metrics", methods=READ)
    def metrics(request: Request) -> Response:
        """Measurements in Prometheus's text format."""
        _refuse_strangers(request, site.token)
        return Response(exposition(site.engine, site.moment), 200, NO_STORE, CONTENT_TYPE)

    @app.api_route("/status", methods=READ)
    def status(request: Request) -> Response:
        """The findings as a page."""
        _refuse_strangers(request, site.token)
        return fresh_page(_status_page(site))

    if site.desk is not None:
        add_desk(app, DeskSite(site.engine, site.texts, site.desk, site.moment))

    @app.api_route("/{path:path}", methods=READ)
    async def public(path: str, request: Request) -> Response:
        """The published notices, as files."""
        try:
            return await notices.get_response(path or ".", request.scope)
        except HTTPException as error:
            if error.status_code == 404 and not path:
                return HTMLResponse(site.texts.render("board.html"))
            raise

    return app


def _watching(site: Site) -> Any:
    """Keep the watch while the pages are served: a clock that stands still cannot tell of it."""

    def keep(ending: threading.Event) -> None:
        while not ending.wait(WATCH_EVERY_S):
            try:
                if site.is_watched():
                    watch(site.engine, site.moment(), site.manner)
            except DBAPIError as error:
                log.warning("the database does not answer: %s", type(error.orig).__name__)
            except Exception:
                log.exception("the watch failed; it goes on")

    @asynccontextmanager
    async def lifespan(_app: FastAPI):  # type: ignore[no-untyped-def]
        ending = threading.Event()
        keeper = threading.Thread(target=keep, args=(ending,), name="watch", daemon=True)
        keeper.start()
        yield
        ending.set()

    return lifespan


def _health(site: Site) -> dict[str, bool]:
    try:
        with reading(site.engine) as session:
            lease = session.get(Lease, CLOCK)
    except DBAPIError:
        return {"database": False, "clock": False}
    return {"database": True, "clock": lease is not None and lease.until >= site.moment()}


def _refuse_strangers(request: Request, token: str) -> None:
    """With a token, whoever has it; without, programs and browsers on this machine.

    A request that a proxy passed on, or that was made to another name, is not from here.
    """
    if token:
        if not _has_token(request, token):
            raise HTTPException(401, "token wanted", {"WWW-Authenticate": 'Basic realm="jifen"'})
        return
    passed_on = {"forwarded", "x-forwarded-for", "x-real-ip", "via"} & set(request.headers.keys())
    client = request.client.host if request.client else ""
    if passed_on or not _is_loopback(client) or not _is_loopback(request.url.hostname or ""):
        raise HTTPException(403, "answers on this machine only: set web_token to ask from another")


def _has_token(request: Request, token: str) -> bool:
    """As a bearer, or as the password of whatever user a browser is asked for."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return False
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given.encode(), token.encode())


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _status_page(site: Site) -> str:
    at = site.moment()
    with reading(site.engine) as session:
        found = look(session, None, at, site.manner)
        names = dict(session.execute(select(Community.code, Community.name)).tuples().all())
        total = session.scalar(select(func.count()).select_from(Community)) or 0
    lines = gather(found)
    return site.texts.render(
        "status.html",
        at=local_iso(at),
        communities=total,
        concerned=len({code for each in found for code in each.communities}),
        counts=[(what, count) for what, count in counted(found).items() if count],
        urgent=URGENCY[:4],
        findings=[finding_facts(each, names, site.manner.ui) for each in lines[:LINES_MAX]],
        more=max(0, len(lines) - LINES_MAX),
    )


def serve(site: Site, host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    uvicorn.run(
        application(site), host=host, port=port, log_config=None, access_log=False,
        server_header=False, proxy_headers=False, timeout_graceful_shutdown=5,
    )  # fmt: skip


def main() -> None:
    """`python -m console.web --port 4280`: the web part of `jifen up`."""
    options = argparse.ArgumentParser(prog="python -m console.web", description=__doc__)
    options.add_argument("--port", type=int, default=PORT)
    options.add_argument("--host", default=HOST, help="another address than the loopback's")
    options.add_argument("--demo-pace", type=float, help="by the time of `jifen up --demo`")
    chosen = options.parse_args()
    settings = load()
    configure(settings.log_format, settings.log_level)
    engine = open_engine(settings.database_url.get_secret_value())
    token = settings.web_token.get_secret_value() if settings.web_token else ""
    texts = load_texts(settings.locale, settings.templates_dir)
    try:
        pace, began = chosen.demo_pace, settings.var_dir / BEGAN
        moment = time_shown(began, pace) if pace else now
        site = Site(
            engine, settings.public_dir, texts, Manner.of(settings), token, moment,
            desk_of(settings), partial(is_under_way, began) if pace else lambda: True,
        )  # fmt: skip
        serve(site, chosen.host, chosen.port)
    finally:
        engine.dispose()


if __name__ == "__main__":
    main()
