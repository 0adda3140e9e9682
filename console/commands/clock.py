"""`jifen clock`, `jifen worker`: the parts of the service, each alone, for several machines."""

import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
from sqlalchemy import Engine

from config import automations_file, job_template, prefect_file
from config.database import require_current_if_there
from config.logs import configure, prefect_environment
from config.ports import PREFECT_PORT
from config.same_time import refuse_other_time
from config.settings import Settings, load
from console.common import open_database, say
from console.installation import manner_of, public_folder, watcher_of
from console.wording import _
from domain.kernel.errors import Refused
from domain.kernel.hosts import EVERYWHERE, HERE
from domain.kernel.reasons import reason
from domain.store import database
from domain.store.roles import READER, SWEEP

if TYPE_CHECKING:
    from flows.clock.clock import Pace
    from flows.engine.access import Access
    from flows.engine.automations import Hook


# How long a piece of work may take to come to its end.
ENDING_S = 30


def register(parent: typer.Typer) -> None:
    parent.command("clock")(clock)
    parent.command("worker")(worker)
    parent.command("deploy")(deploy)
    parent.command("server")(server)


def server(
    host: Annotated[
        str, typer.Option("--host", help="Another address than the loopback's.")
    ] = HERE,
    port: Annotated[
        int, typer.Option("--port", min=1, max=65_535, help="Where API and UI answer.")
    ] = PREFECT_PORT,
    names: Annotated[
        list[str] | None, typer.Option("--name", help="Another name by which it may be asked.")
    ] = None,
) -> None:
    """Prefect's server with its UI, alone: it asks for the installation's secret.

    It also goes by the names in JIFEN_PREFECT_API_URL and JIFEN_PREFECT_UI_URL.

    Example: jifen server --host 0.0.0.0 --name engine.town.example
    """
    from flows.engine.home import held_by_service  # lazy: start
    from flows.engine.server import engine_environment  # lazy: start
    from flows.engine.several_servers import redis_environment  # lazy: start

    settings = load()
    home = settings.prefect_home
    shared = redis_environment(settings.redis_url.get_secret_value()) if settings.redis_url else {}
    api = f"http://{HERE if host in EVERYWHERE else host}:{port}/api"
    known = [urlsplit(settings.prefect_api_url or api).hostname or "", *(names or ())]
    with held_by_service(home, api, say_waiting):
        os.environ.update(
            engine_environment(home, host, port, chosen_ui(settings), known)
            | prefect_environment(settings.log_format, settings.log_level)
            | shared
        )
        os.environ.pop("PREFECT_API_URL", None)  # it is asked, it does not ask
        from flows.engine.engine_server import serve  # lazy: start

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # uvicorn ends by them, and ends well
        serve(host, port)


def say_waiting() -> None:
    say(_("a command is at work with an engine of its own in this folder: waiting for its end"))


def chosen_ui(settings: Settings) -> str | None:
    """Where operators open Prefect's UI, if the settings say so."""
    return settings.prefect_ui_url if "prefect_ui_url" in settings.model_fields_set else None


def deploy() -> None:
    """Make the deployments on the Prefect server that the settings name; switch on its work pool.

    Example: jifen deploy
    """
    settings = load()
    _wait_for_access(use_server(settings))
    from flows.clock.deployments import resume_all  # lazy: start

    for name in (*_deploy_all(settings), *resume_all()):
        say(name)


def worker(
    limit: Annotated[int, typer.Option("--limit", help="Flow runs at once.")] = 2,
) -> None:
    """Do the flow runs that the clock submits; as many workers as wanted, on any machine.

    Example: jifen worker --limit 4
    """
    settings = load()
    engine = database.open_engine(settings.database_url.get_secret_value(), READER)
    try:
        require_current_if_there(engine)
        refuse_other_time(engine)
    finally:
        engine.dispose()  # a while may pass before it is needed again
    _wait_for_access(use_server(settings))
    from flows.engine.pool import POOL, SERVED  # lazy: start

    # A step that has fallen due, or a worker that has its hands free, waits no longer than this.
    os.environ.setdefault("PREFECT_WORKER_QUERY_SECONDS", "2")
    # Runs side by side are how the cores are used; threads within them only wait for each other.
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    from flows.engine.worker import work  # lazy: start

    try:
        work(engine, POOL, list(SERVED), limit, json.loads(job_template().read_text("utf-8")))
    finally:
        engine.dispose()


def clock(
    make_deployments: Annotated[
        bool, typer.Option("--deploy", help="Make the deployments first.")
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Load the samples; their year passes quickly.")
    ] = False,
    pace: Annotated[
        float, typer.Option("--pace", help="How many times as fast as the real time.")
    ] = 2880.0,
) -> None:
    """Hand what falls due to the engine; several may run, one works and the others stand by.

    Example: jifen clock
    """
    settings = load()
    configure(settings.log_format, settings.log_level)
    engine = open_database(SWEEP)
    try:
        refuse_other_time(engine)
    except Refused:
        engine.dispose()
        raise
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    access = use_server(settings)
    # A sweep must not outlast the lease: what the engine does not answer now, it is asked again.
    os.environ.setdefault("PREFECT_API_REQUEST_TIMEOUT", "10")
    os.environ.setdefault("PREFECT_CLIENT_MAX_RETRIES", "2")
    # Imported while a server that was started beside this clock is still starting.
    from domain.cycle.due import Share  # lazy: start
    from domain.store.service_time import ServiceTime  # lazy: start
    from flows.clock.clock import Clock, Pace  # lazy: start
    from flows.clock.engine_works import PrefectWorks  # lazy: start
    from flows.steps.runtime import use  # lazy: start
    from flows.watch.sights import WatchSettings  # lazy: start

    _wait_for_access(access)
    if make_deployments:
        _deploy_all(settings)
    use(engine, WatchSettings.of(settings), settings.locale)
    moment: Callable[[], datetime] | None = None
    rhythm = Pace(
        silent=timedelta(seconds=settings.reap_after_seconds),
        sweep=timedelta(seconds=settings.sweep_seconds),
        share=Share(at_once=settings.runs_at_once),
    )
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        if demo:
            moment, rhythm = _begin_demo(settings, pace, ending, stack)
        holder, shown = f"{socket.gethostname()}:{os.getpid()}", moment or ServiceTime(engine)
        for name, work in _side_work(settings, engine, shown, ending, holder):
            thread = threading.Thread(target=work, name=name, daemon=True)
            thread.start()
            stack.callback(thread.join, ENDING_S)
        works = PrefectWorks(engine, hook=_hook(settings))
        alarm = Clock(engine, holder, moment, rhythm, works)
        stack.callback(alarm.stop)
        alarm.start()
        say(_("the clock runs"))
        ending.wait()


def _side_work(
    settings: Settings,
    engine: Engine,
    moment: Callable[[], datetime],
    ending: threading.Event,
    holder: str,
) -> Iterator[tuple[str, Callable[[], None]]]:
    """What goes on beside the steps, each in a thread of its own: duties, and delivery."""

    from flows.clock.duties import duties  # lazy: start
    from flows.watch.probes import Board, Installation  # lazy: start
    from notifications.outbox.deliverer import Deliverer  # lazy: start

    folder = public_folder(settings)
    board = Board(Installation.of(settings, engine, moment, publishes=True))
    watcher = watcher_of(settings, board)
    for duty in duties(engine, folder, watcher, settings.sweep_seconds, holder):
        yield duty.name, partial(duty.keep, moment, ending)
    yield "delivery", partial(Deliverer(engine, manner_of(settings), moment).run, ending)


def _begin_demo(
    settings: Settings, pace: float, ending: threading.Event, stack: ExitStack
) -> "tuple[Callable[[], datetime], Pace]":
    """Load the samples, and let their people act by the demonstration's own time."""
    from flows.clock.clock import Pace  # lazy: start
    from flows.engine.server import connected  # lazy: start
    from flows.rehearsal.demo import let_people_act, load_samples, reach_people_at  # lazy: start
    from flows.rehearsal.quick_time import BEGAN, quick_time  # lazy: start
    from flows.watch.sights import WatchSettings  # lazy: start

    say(_("loading the samples"))
    with connected(str(settings.prefect_api_url), settings.prefect_home):
        codes = load_samples()
    reach_people_at(codes, WatchSettings.of(settings).operators)
    moment = quick_time(settings.var_dir / BEGAN, pace)
    people = threading.Thread(target=let_people_act, args=(codes, moment, ending), daemon=True)
    people.start()
    stack.callback(people.join, ENDING_S)
    return moment, Pace(sweep=timedelta(seconds=2), retry_blocked=timedelta(seconds=20))


def _deploy_all(settings: Settings) -> list[str]:
    """Make all that Prefect needs; the names of the deployments, and of the changed automations."""
    from flows.clock.deployments import deploy_all  # lazy: start
    from flows.engine.automations import automate  # lazy: start

    deployments = deploy_all(prefect_file())
    return [*deployments, *automate(automations_file(), _hook(settings))]


def _hook(settings: Settings) -> "Hook":
    from flows.engine.automations import Hook  # lazy: start

    webhook = settings.operators_webhook
    return Hook(webhook.get_secret_value() if webhook else "", settings.prefect_ui_url)


def use_server(settings: Settings) -> "Access":
    """Let this process, and what it starts, work with the Prefect server in the settings."""
    from flows.engine.access import access_to  # lazy: start
    from flows.engine.home import running_server  # lazy: start
    from flows.engine.server import CLIENT_SETTINGS, wait_for  # lazy: start

    api = settings.prefect_api_url or running_server(settings.prefect_home)
    if not api:
        raise Refused(reason("engine_unnamed"))
    settings.prefect_home.mkdir(parents=True, exist_ok=True)
    access = access_to(api, settings.prefect_home)
    if not access.secret:
        # A server that starts for the first time is about to make it.
        wait_for(access.url)
        access = access_to(api, settings.prefect_home)
    os.environ.update(
        CLIENT_SETTINGS
        | prefect_environment(settings.log_format, settings.log_level)
        | access.client_environment
        | {
            "PREFECT_HOME": str(settings.prefect_home),
            "JIFEN_DATABASE_URL": settings.database_url.get_secret_value(),
        }
    )
    return access


def _wait_for_access(access: "Access") -> None:
    from flows.engine.access import require_access  # lazy: start
    from flows.engine.server import wait_for  # lazy: start

    wait_for(access.url)
    require_access(access)
