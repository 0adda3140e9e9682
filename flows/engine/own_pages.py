"""Only our own pages change anything at Prefect's server (本站页面).

A browser sends an operator's login along with whatever request a page makes, and Prefect takes a
body without a content type for JSON. So what a foreign page asks for is refused here, before
Prefect sees it.
"""

import base64
import hmac
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE = ("GET", "HEAD", "OPTIONS")
_SCHEMES = ("http", "https")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# The description of the whole API, which FastAPI shows to anybody.
_DESCRIPTION = ("/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc")
_POLICY_VIOLATION = 1008


class OwnPagesOnly:
    """Prefect's application behind a check of where a request comes from.

    `origins` are those of our own pages. `secret` is what the API asks for; who has it may read
    the API's description.
    """

    def __init__(self, app: ASGIApp, origins: Iterable[str], secret: str) -> None:
        self._app = app
        self._origins = {_origin(each) for each in origins if each}
        self._login = f"Basic {base64.b64encode(secret.encode()).decode()}"
        self._policy = _policy(self._origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401, 403 or 415; a websocket is not accepted."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["type"] == "websocket":
            if self._is_foreign(headers):
                await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
                return
        elif refusal := self._refusal(scope, headers):
            said = {"exception_message": HTTPStatus(refusal).phrase}
            await JSONResponse(said, refusal)(scope, receive, send)
            return

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["content-security-policy"] = self._policy
            await send(message)

        await self._app(scope, receive, send_with_policy)

    def _refusal(self, scope: Scope, headers: Headers) -> int | None:
        if scope["path"].rstrip("/") in _DESCRIPTION:
            given = headers.get("authorization", "")
            return None if hmac.compare_digest(given.encode(), self._login.encode()) else 401
        if scope["method"] in _SAFE:
            return None
        if self._is_foreign(headers):
            return 403
        return 415 if _has_body(headers) and not _is_json(headers) else None

    def _is_foreign(self, headers: Headers) -> bool:
        """A browser always says the origin of what changes something, and no page can alter it.

        `Sec-Fetch-Site` decides only where there is none: our page at `localhost` is to a browser
        another site than the API at `127.0.0.1`.
        """
        given = headers.getlist("origin")
        if not given:
            return headers.get("sec-fetch-site") in ("cross-site", "same-site")
        asked = {f"{scheme}://{headers.get('host')}" for scheme in _SCHEMES}
        own = self._origins | {_origin(each) for each in asked}
        return any(_origin(each) not in own for each in given)


def _policy(origins: Iterable[str]) -> str:
    """What a browser may load and ask for from Prefect's pages: this server, and nobody else.

    Its pages would have a service abroad measure how they are used, whatever the settings say.
    """
    own = sorted(origins)
    sockets = [each.replace("http", "ws", 1) for each in own]
    places = " ".join(["'self'", *own, *sockets])
    return (
        f"default-src {places} data: blob: 'unsafe-inline' 'unsafe-eval'; object-src 'none';"
        " base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )


def _origin(url: str) -> str:
    """Scheme, host and port as a browser writes them; the text itself where it is no address."""
    try:
        parts = urlsplit(url.strip().lower())
        port = parts.port
    except ValueError:
        return url
    host = parts.hostname or ""
    if not parts.scheme or not host:
        return url
    named = f"[{host}]" if ":" in host else host
    usual = port is None or port == _DEFAULT_PORTS.get(parts.scheme)
    return f"{parts.scheme}://{named}" + ("" if usual else f":{port}")


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _is_json(headers: Headers) -> bool:
    kinds = headers.getlist("content-type")
    return len(kinds) == 1 and kinds[0].partition(";")[0].strip().lower() == "application/json"
