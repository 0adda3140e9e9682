"""`jifen rehearse`, `jifen demo`."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine

from config.database import current, has_tables, upgrade
from config.settings import Settings, database_address, load
from console.commands.communities import parse_day
from console.common import AsJson, print_json, put, say
from console.installation import texts
from console.wording import _, listed, step_word, word
from domain.community.registry import find_community
from domain.community.rehearsals import is_rehearsal, require_rehearsal
from domain.kernel.documents import document
from domain.kernel.errors import Refused
from domain.kernel.points import format_points
from domain.kernel.reasons import reason
from domain.rules.load import RULESETS_DIR
from domain.store.database import is_same_database, open_engine, reading

if TYPE_CHECKING:
    from domain.kernel.period import Period
    from domain.sheets.reading import Table
    from flows.rehearsal.folder import Folder
    from flows.rehearsal.replay import Rehearsed

DEMO_RULESET = "fuling-maan-2022"
Out = Annotated[Path | None, typer.Option("--out", metavar="OUT", help="Receives the files.")]


def register(parent: typer.Typer) -> None:
    parent.command("rehearse")(rehearse)
    parent.command("demo")(demo)


def rehearse(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="With a community.toml.")],
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="The last day that is replayed.")
    ] = None,
    as_json: AsJson = False,
    out: Out = None,
    into: Annotated[
        str | None,
        typer.Option(
            "--into", metavar="URL", help="A rehearsal's database, made or gone on with there."
        ),
    ] = None,
) -> None:
    """Replay a community's whole year from files, on the real engine.

    It works in a database of its own, new each time, or in the one of --into, where it goes on
    from where it stopped; never in the installation's.

    Example: jifen rehearse rulesets/fuling-maan-2022/sample --out out
    """
    last_day = parse_day(until) if until else None
    settings = load()
    target = _rehearsals_own(settings, into) if into else None
    result = replay(settings, folder, last_day, out, target)
    if as_json:
        print_json(document(result))
    else:
        tell(result, out)


def demo(out: Out = None, as_json: AsJson = False) -> None:
    """Rehearse the sample community that ships with the program.

    Example: jifen demo
    """
    settings = load()
    folder = out or settings.var_dir / "demo" / "out"
    result = replay(settings, RULESETS_DIR / DEMO_RULESET / "sample", None, folder)
    if as_json:
        print_json(document(result))
    else:
        tell(result, folder)


def _tell_overlooked(kind: str, table: "Table", period: "Period | None" = None) -> None:
    """Say which sheets of a file are passed over, and which of its rows are hidden."""
    from domain.intake.sheets import overlooked  # lazy: start

    for note in overlooked(kind, table, period):
        say(note.text())


def replay(
    settings: Settings, path: Path, until: date | None, out: Path | None, into: str | None = None
) -> "Rehearsed":
    """Read the folder, start what is needed, replay, and write the files.

    The installation's database and Prefect server are not touched, whatever the settings say.
    """
    from flows.rehearsal.folder import read_folder  # lazy: start

    folder = read_folder(path)
    if folder.unused:
        say(_("not used: {files}").format(files=listed(folder.unused)))
    for kind, table in folder.tables.items():
        _tell_overlooked(kind, table)
    for period, table in folder.inspections.items():
        _tell_overlooked("inspection", table, period)
    if out is not None:
        from notifications.files import make_folder  # lazy: start

        make_folder(out)  # before the year is replayed, not after
    with _database(into) as engine:
        with _bar() as bar:
            task = bar.add_task(_("starting the engine"), total=_days(folder.community.year))
            result = _on_engine(settings, engine, folder, until, bar, task)
        if out is not None:
            from notifications.handouts.folder import write_out  # lazy: start

            with reading(engine) as session:
                community = find_community(session, result.community)
                write_out(session, community, result.year, out, result, texts(), result.blockers)
    return result


def _rehearsals_own(settings: Settings, into: str) -> str:
    """The database that `--into` names; Refused where it is not a rehearsal's, or not a new one."""
    url = database_address(into, "--into")
    engine = open_engine(url)
    try:
        revision = current(engine)
        if revision is None and has_tables(engine):
            raise Refused(reason("not_a_rehearsals_file"))
        if revision is not None:
            with reading(engine) as session:
                require_rehearsal(session)
                if is_rehearsal(session):
                    return url
            # Set up, and without a community: an installation that has just begun, however it is
            # spelt here.
            raise Refused(reason("installations_own"))
    finally:
        engine.dispose()
    if is_same_database(url, settings.database_url.get_secret_value()):
        raise Refused(reason("installations_own"))
    return url


@contextmanager
def _database(into: str | None) -> Iterator[Engine]:
    """An upgraded database to rehearse in: the one that is named, or a new one that is thrown away
    at the end."""
    with ExitStack() as stack:
        if into is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="jifen-rehearsal-"))
            into = f"sqlite:///{Path(folder) / 'jifen.db'}"
        engine = open_engine(into)
        stack.callback(engine.dispose)
        upgrade(engine)
        yield engine


def _on_engine(
    settings: Settings,
    engine: Engine,
    folder: "Folder",
    until: date | None,
    bar: Progress,
    task: TaskID,
) -> "Rehearsed":
    from flows.engine.server import connected, prefect_server  # lazy: start
    from flows.steps.runtime import use  # lazy: start

    use(engine)
    start = date(folder.community.year, 1, 1)

    def progress(day: date, step: str) -> None:
        bar.update(task, completed=(day - start).days, description=f"{day} {step_word(step)}")

    home = settings.var_dir / "rehearsal" / "prefect"
    with prefect_server(None, home) as url, connected(url, home):
        from flows.rehearsal.replay import rehearse as run  # lazy: start

        result = run(folder, until, progress)
        bar.update(task, completed=_days(folder.community.year), description=_("done"))
    return result


def _days(year: int) -> int:
    """From 1 January until the next year's January is over: settlement and clearing."""
    return (date(year + 1, 2, 1) - date(year, 1, 1)).days


def _bar() -> Progress:
    """A progress bar on stderr, only where a person looks."""
    return Progress(
        BarColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )


def tell(result: "Rehearsed", out: Path | None) -> None:
    """What happened, in a dozen lines, and where to look."""
    claims = document(result.claims)
    first = [each for each in result.households if each.rank and each.rank <= 3]
    put(f"{result.community} · {result.ruleset} · {result.year}")
    told = _(
        "claims: {accepted} accepted, {refused} refused; {approved} approved, {rejected} rejected,"
        " {undecided} undecided; {awarded} earned points"
    )
    put(told.format(**claims))
    told = _("flow runs: {runs}; journals: {journals}; notices: {notices}; reminders: {reminders}")
    put(
        told.format(
            runs=result.flow_runs,
            journals=result.journals,
            notices=len(result.notices),
            reminders=result.reminders,
        )
    )
    for each in sorted(first, key=lambda row: (row.rank or 0, row.household))[:5]:
        first_place = _("{rank}. {household}: {points} points").format(
            rank=each.rank, household=each.household, points=format_points(each.score)
        )
        put("  " + " · ".join([first_place, *filter(None, ["、".join(each.honours)])]))
    blockers = listed(
        _("{what} ({count})").format(what=word("blockers", each.what), count=each.count)
        for each in result.blockers
    )
    put(_("settled") if result.settled else _("not settled: {why}").format(why=blockers))
    if result.left_out:
        rows = listed(
            f"{word('sheet_kinds', kind)} {count}" for kind, count in result.left_out.items()
        )
        told = _("rows that take effect after the replay's end, and were not taken in: {rows}")
        put(told.format(rows=rows))
    holds = _("the ledger holds") if result.ledger_ok else _("the ledger DOES NOT HOLD")
    put(_("seal {seal}; {holds}").format(seal=result.seal, holds=holds))
    if out is not None:
        put(_("look at {file}").format(file=out / "summary.html"))
    say(_("{seconds} s").format(seconds=result.seconds))
