"""`jifen up`: the service in one command; `jifen deploy`: for a Prefect server of one's own."""

import os
import signal
import socket
from typing import Annotated

import typer

from config.database import upgrade
from config.settings import Settings, load
from console.common import say
from domain.errors import Refused
from domain.store.database import open_engine

PREFECT_PORT = 4200


def register(parent: typer.Typer) -> None:
    parent.command("up")(up)
    parent.command("deploy")(deploy)


def up(
    port: Annotated[int, typer.Option("--port", help="Where Prefect's UI answers.")] = PREFECT_PORT,
    limit: Annotated[int, typer.Option("--limit", help="Flow runs at once.")] = 2,
) -> None:
    """The service: database, Prefect server and UI, worker, clock; Ctrl-C ends all of it.

    Example: jifen up
    """
    from flows.service import Service, prefect_server_part, worker_part  # noqa: PLC0415

    settings = load()
    engine = open_engine(settings.database_url.get_secret_value())
    upgrade(engine)
    settings.prefect_home.mkdir(parents=True, exist_ok=True)
    _refuse_taken(port)
    api = f"http://127.0.0.1:{port}/api"
    environment = _environment(settings, api)
    server = prefect_server_part(settings.prefect_home, port, environment)
    service = Service([server])
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: service.end())
    try:
        service.start()
        _deploy(settings, api)
        worker = worker_part(settings.prefect_home, "jifen", limit, environment)
        worker.start()
        service.parts.append(worker)
        from flows.clock import Clock  # noqa: PLC0415 - after Prefect knows its server

        clock = Clock(engine, f"{socket.gethostname()}:{os.getpid()}")
        clock.start()
        say(f"Prefect's UI: http://127.0.0.1:{port}   database: {engine.url!r}")
        say("the clock runs; Ctrl-C ends all of it")
        service.watch()
        clock.stop()
    finally:
        service.stop()
        engine.dispose()
    say("ended")


def deploy() -> None:
    """Make the deployments on the Prefect server that the settings name.

    Example: jifen deploy
    """
    settings = load()
    if not settings.prefect_api_url:
        raise Refused("name the Prefect server in JIFEN_PREFECT_API_URL")
    for name in _deploy(settings, settings.prefect_api_url):
        say(name)


def _deploy(settings: Settings, api: str) -> list[str]:
    os.environ.update(_environment(settings, api))
    from flows.deployments import deploy_all  # noqa: PLC0415 - after Prefect knows its server

    return deploy_all()


def _environment(settings: Settings, api: str) -> dict[str, str]:
    """What the parts are told: where the server is, and the settings of this installation."""
    from flows.server import CLIENT_SETTINGS  # noqa: PLC0415

    return {
        **os.environ,
        **CLIENT_SETTINGS,
        "PREFECT_API_URL": api,
        "PREFECT_HOME": str(settings.prefect_home),
        "JIFEN_DATABASE_URL": settings.database_url.get_secret_value(),
        "JIFEN_VAR_DIR": str(settings.var_dir),
    }


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise Refused(f"port {port} is taken: choose another with --port")
