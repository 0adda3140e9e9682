"""The web pages: the public notice board, and the operators' status. No personal data beyond
what a public notice shows.
"""

import html
from collections.abc import Callable

from fastapi import FastAPI, HTTPException
from fastapi.responses import HTMLResponse, PlainTextResponse
from sqlalchemy import Engine, select

from config.settings import load
from domain.clock import local_text, now
from domain.community import find_community
from domain.errors import Refused
from domain.publicity import notices_of
from domain.status import findings
from domain.store.database import open_engine, reading
from domain.store.tables import Community
from notifications.board import board_page, status_page
from notifications.notices import notice_html

# Reports go to the town and are not posted on the board.
PUBLIC = ("quarter", "year", "correction", "redemption")


def application(engine: Engine, locale: str) -> FastAPI:
    """The pages over one database."""
    app = FastAPI(title="jifen", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/", response_class=HTMLResponse)
    def board() -> str:
        """All communities and their public notices."""
        with reading(engine) as session:
            boards = [
                (each, [one for one in notices_of(session, each) if one.kind in PUBLIC])
                for each in session.scalars(select(Community).order_by(Community.code))
            ]
            return board_page(boards, locale)

    @app.get("/notices/{community}/{kind}/{key}", response_class=HTMLResponse)
    def notice(community: str, kind: str, key: str) -> str:
        """One notice, as it hangs on the board."""
        with reading(engine) as session:
            found = _public_notice(lambda: notices_of(session, find_community(session, community)))
            for each in found:
                if (each.kind, each.key) == (kind, key):
                    return notice_html(each, locale)
        raise HTTPException(404, html.escape("no such notice"))

    @app.get("/status", response_class=HTMLResponse)
    def status() -> str:
        """What is late, blocked, failed or waiting."""
        with reading(engine) as session:
            rows = [
                (each, finding)
                for each in session.scalars(select(Community).order_by(Community.code))
                for finding in findings(session, each, now())
            ]
            return status_page(rows, local_text(now()), locale)

    @app.get("/health", response_class=PlainTextResponse)
    def health() -> str:
        """Whether the pages and their database answer."""
        with reading(engine) as session:
            session.execute(select(Community.id).limit(1))
        return "ok"

    return app


def _public_notice(find: Callable[[], object]) -> list:  # type: ignore[type-arg]
    try:
        return [one for one in find() if one.kind in PUBLIC]  # type: ignore[attr-defined]
    except Refused as refusal:
        raise HTTPException(404, str(refusal)) from refusal


def create() -> FastAPI:
    """What uvicorn loads: the pages over the database that the settings name."""
    settings = load()
    return application(open_engine(settings.database_url.get_secret_value()), settings.locale)
