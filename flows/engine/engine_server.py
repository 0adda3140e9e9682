"""Prefect's server as jifen runs it (流程引擎): for its own names and its own pages only.

`prefect server start` would answer whatever name it is asked by, and so let a page of another
site in whose name leads to this machine. It would also do what any page of another site asks for
in the name of an operator who is logged in.
"""

import argparse
import os
from collections.abc import Sequence

import uvicorn
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

from flows.engine.access import NAMES_VARIABLE
from flows.engine.checked_runs import ParametersChecked
from flows.engine.own_pages import OwnPagesOnly


def application(names: Sequence[str]) -> ASGIApp:
    """Prefect's API and UI behind checks of the name that a request is made to and of the page
    that it comes from."""
    from prefect.server.api.server import create_app  # lazy: start
    from prefect.settings import get_current_settings  # lazy: start

    server = get_current_settings().server
    secret = server.api.auth_string
    guarded = OwnPagesOnly(
        ParametersChecked(create_app(final=True)),
        [*server.api.cors_allowed_origins.split(","), server.ui.api_url or ""],
        secret.get_secret_value() if secret else "",
    )
    return TrustedHostMiddleware(guarded, list(names), www_redirect=False)


def serve(host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C, in an environment that `flows.engine.server` has made."""
    from prefect.settings import get_current_settings  # lazy: start

    server = get_current_settings().server
    uvicorn.run(
        application(os.environ[NAMES_VARIABLE].split()),
        host=host,
        port=port,
        timeout_keep_alive=server.api.keepalive_timeout,
        ws_ping_interval=server.api.websocket_ping_interval,
        ws_ping_timeout=server.api.websocket_ping_timeout,
        log_level=server.logging_level.lower(),
        server_header=False,
        proxy_headers=False,
    )


def main() -> None:
    """`python -m flows.engine.engine_server --host 127.0.0.1 --port 4200`."""
    options = argparse.ArgumentParser(
        prog="python -m flows.engine.engine_server", description=__doc__
    )
    options.add_argument("--host", required=True)
    options.add_argument("--port", type=int, required=True)
    chosen = options.parse_args()
    serve(chosen.host, chosen.port)


if __name__ == "__main__":
    main()
