"""`jifen web`: the pages, as a process of their own."""

import signal
from typing import Annotated

import typer

from config.ports import WEB_PORT
from domain.kernel.hosts import HERE


def register(parent: typer.Typer) -> None:
    parent.command("web")(web)


def web(
    port: Annotated[
        int, typer.Option("--port", min=1, max=65_535, help="Where the pages are.")
    ] = WEB_PORT,
    host: Annotated[
        str, typer.Option("--host", help="Another address than the loopback's.")
    ] = HERE,
    demo_pace: Annotated[
        float | None, typer.Option("--demo-pace", help="By the time of `jifen up --demo`.")
    ] = None,
) -> None:
    """The pages, alone: notices, the reviewers' desk, status, measurements and health.

    Example: jifen web --port 4280
    """
    from console.web.site import serve  # lazy: start

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # uvicorn ends by them, and ends well
    serve(host, port, demo_pace)
