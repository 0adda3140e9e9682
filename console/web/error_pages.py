"""Pages for what is refused or fails (出错页面), in the installation's language."""

import logging

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from console.web.pages import fresh_page
from domain.operations.outages import tell
from domain.store.faults import DATABASE_ERRORS
from notifications.texts.catalogue import Texts

log = logging.getLogger("jifen.web")


def error_page(texts: Texts, code: int) -> Response:
    """What is said of a request that was refused or failed, by its HTTP status."""
    return fresh_page(texts.render("error.html", code=code), code)


def add_error_pages(app: FastAPI, texts: Texts) -> None:
    """Answer every error of the application with a page."""

    @app.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> Response:
        answer = error_page(texts, error.status_code)
        answer.headers.update(error.headers or {})
        return answer

    async def no_database(_request: Request, error: Exception) -> Response:
        tell(log, "a page", error)
        return error_page(texts, 503)

    for kind in DATABASE_ERRORS:
        app.add_exception_handler(kind, no_database)

    @app.exception_handler(Exception)
    async def failed(_request: Request, _error: Exception) -> Response:
        return error_page(texts, 500)
