"""`jifen up`: the service in one command."""

import os
import secrets
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from config.database import upgrade
from config.ports import PREFECT_PORT, WEB_PORT
from config.same_time import doubted_at_start, refuse_other_time
from config.settings import Settings, load
from console.commands.clock import chosen_ui, say_waiting
from console.common import say
from console.language import spoken
from console.wording import _
from domain.kernel.errors import Refused
from domain.kernel.hosts import HERE
from domain.kernel.reasons import reason
from domain.store.database import open_engine

if TYPE_CHECKING:
    from flows.engine.service import Part


def register(parent: typer.Typer) -> None:
    parent.command("up")(up)


def up(
    port: Annotated[
        int, typer.Option("--port", min=1, max=65_535, help="Where Prefect's UI answers.")
    ] = PREFECT_PORT,
    web_port: Annotated[
        int, typer.Option("--web-port", min=1, max=65_535, help="Where the pages are.")
    ] = WEB_PORT,
    limit: Annotated[int, typer.Option("--limit", help="Flow runs at once.")] = 2,
    demo: Annotated[
        bool, typer.Option("--demo", help="Sample communities, whose year passes quickly.")
    ] = False,
    pace: Annotated[
        float, typer.Option("--pace", help="With --demo: days pass in 24 h ÷ this.")
    ] = 2880.0,
) -> None:
    """The service: database, Prefect server and UI, worker, clock, web pages; Ctrl-C ends all.

    With --demo, what goes to the samples' people arrives at the addresses in JIFEN_OPERATORS.

    Example: jifen up
    """
    from flows.engine.access import FILE  # lazy: start
    from flows.engine.home import held_by_service  # lazy: start
    from flows.engine.service import Service  # lazy: start

    began = time.monotonic()
    settings = _demo_settings(web_port) if demo else load()
    home = settings.prefect_home
    # Before anything else: a second one changes nothing of the first.
    with held_by_service(home, f"http://{HERE}:{port}/api", say_waiting, whole=True):
        _refuse_taken(port, "--port")
        _refuse_taken(web_port, "--web-port")
        engine = open_engine(settings.database_url.get_secret_value())
        try:
            upgrade(engine)
            refuse_other_time(engine)
            doubt = None if demo else doubted_at_start(engine)
        finally:
            engine.dispose()
        service = Service(_parts(settings, port, web_port, limit, pace if demo else None))
        # SIGHUP: the terminal was closed.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: service.end())
        try:
            service.start()
            if not service.is_ending:
                seconds = round(time.monotonic() - began)
                say(_("ready after {seconds} s; Ctrl-C ends all of it").format(seconds=seconds))
                say(
                    _("Prefect's UI: {address} (it asks for the line in {file})").format(
                        address=_ui(settings, port), file=home / FILE
                    )
                )
                say(_("the pages: {address}").format(address=f"http://{HERE}:{web_port}"))
                say(_("the status page: {address}").format(address=_status_page(settings)))
                say(_("logs: {folder}").format(folder=home))
                if doubt:
                    say(reason("up_in_doubt", why=doubt).text(spoken()))
            service.watch()
        finally:
            service.stop()
    say(_("ended"))


def _ui(settings: Settings, port: int) -> str:
    return chosen_ui(settings) or f"http://{HERE}:{port}"


def _status_page(settings: Settings) -> str:
    """Its address, which holds a secret: for the person at the terminal, and for no log."""
    from console.operators import link_here  # lazy: start

    return link_here(settings) if sys.stderr.isatty() else _("see `jifen status --link`")


def _demo_settings(web_port: int) -> Settings:
    """The samples have no place among a village's own: whatever the settings say, they live in a
    folder apart. Their letters lead to the desk on this machine."""
    home = load().var_dir / "demo-service"
    return load(
        var_dir=home,
        database_url=f"sqlite:///{home / 'jifen.db'}",
        prefect_home=home / "prefect",
        public_dir=home / "public",
        desk_url=f"http://{HERE}:{web_port}",
        desk_key=secrets.token_hex(32),
    )


def _parts(
    settings: Settings, port: int, web_port: int, limit: int, pace: float | None
) -> "list[Part]":
    """What the service is made of; what ends first is named last."""
    from config.logs import prefect_environment  # lazy: start
    from flows.engine.access import Access, server_secret  # lazy: start
    from flows.engine.home import answers  # lazy: start
    from flows.engine.server import CLIENT_SETTINGS  # lazy: start
    from flows.engine.service import Part, prefect_server_part  # lazy: start

    home = settings.prefect_home
    access = Access(f"http://{HERE}:{port}/api", server_secret(home))
    environment = {
        **os.environ,
        **CLIENT_SETTINGS,
        **prefect_environment(settings.log_format, settings.log_level),
        "PREFECT_HOME": str(home),
        **access.client_environment,
        "JIFEN_PREFECT_API_URL": access.url,
        "JIFEN_PREFECT_UI_URL": _ui(settings, port),
        "JIFEN_PREFECT_HOME": str(home),
        "JIFEN_VAR_DIR": str(settings.var_dir),
        "JIFEN_PUBLIC_DIR": str(settings.public_dir),
        "JIFEN_DATABASE_URL": settings.database_url.get_secret_value(),
        "JIFEN_RUNS_AT_ONCE": str(limit),
        # What parts write goes into their logs, whatever the terminal can show.
        "PYTHONIOENCODING": "utf-8:backslashreplace",
    }
    if settings.desk_url and settings.desk_key:
        environment["JIFEN_DESK_URL"] = settings.desk_url
        environment["JIFEN_DESK_KEY"] = settings.desk_key.get_secret_value()

    def part(name: str, *words: str) -> Part:
        command = [sys.executable, "-P", "-m", "jifen", name, *words]
        return Part(name, command, environment, home / f"{name}.log")

    clock = part("clock", "--deploy", *(("--demo", "--pace", str(pace)) if pace else ()))
    # Its log tells how far the samples are; that takes a minute, and one can look meanwhile.
    words = _("loading the samples") if pace else _("the clock runs")
    clock.ready = lambda: _says(clock.log_path, words, clock.started_bytes)
    web = part("web", "--port", str(web_port), *(("--demo-pace", str(pace)) if pace else ()))
    web.ready = lambda: answers(f"http://{HERE}:{web_port}/")
    return [
        prefect_server_part(home, port, _ui(settings, port), environment),
        part("worker", "--limit", str(limit)),
        clock,
        web,
    ]


def _says(log: Path, words: str, since: int) -> bool:
    """Whether a part has written the words into its log since it was started."""
    with log.open("rb") as written:
        written.seek(since)
        return words.encode() in written.read()


def _refuse_taken(port: int, option: str) -> None:
    with socket.socket() as probe:
        if probe.connect_ex((HERE, port)) == 0:
            raise Refused(reason("port_taken", port=port, option=option))
