"""Runs are made with parameters that their flow takes (参数核对), whatever a form says.

Prefect's form has a switch that leaves its check out, and a run so made would crash before the
flow could say why.
"""

import json
import re
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MAKES_RUNS = re.compile(r"/deployments/[^/]+/create_flow_run(?:/bulk)?/?$")
_SWITCH = "enforce_parameter_schema"


class ParametersChecked:
    """Prefect's application, which never hears that a run's parameters need no check."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; one that makes runs without its switch."""
        if (
            scope["type"] == "http"
            and scope["method"] == "POST"
            and _MAKES_RUNS.search(scope["path"])
        ):
            body = _without_switch(await _body(receive))
            headers = MutableHeaders(scope=scope)
            headers["content-length"] = str(len(body))
            del headers["transfer-encoding"]
            receive = _once(body, receive)
        await self._app(scope, receive, send)


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _once(body: bytes, receive: Receive) -> Receive:
    """Gives a request's body, then what else comes of the connection."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def give() -> Message:
        return left.pop() if left else await receive()

    return give


def _without_switch(body: bytes) -> bytes:
    """What is no JSON is Prefect's to refuse."""
    try:
        asked: Any = json.loads(body)
    except (ValueError, RecursionError):
        return body
    runs = asked if isinstance(asked, list) else [asked]
    for run in runs:
        if isinstance(run, dict):
            run.pop(_SWITCH, None)
    return json.dumps(asked).encode()
