"""`jifen rehearse`, `jifen demo`."""

import os
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from config.database import upgrade
from config.settings import Settings, load
from console.common import AsJson, points, print_json, say, texts
from console.communities import parse_day
from domain.community import find_community
from domain.rules.load import RULESETS_DIR
from domain.store.database import open_engine, reading

DEMO_RULESET = "fuling-maan-2022"
Out = Annotated[Path | None, typer.Option("--out", metavar="OUT", help="Receives the files.")]


def register(parent: typer.Typer) -> None:
    parent.command("rehearse")(rehearse)
    parent.command("demo")(demo)


def rehearse(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="With a community.toml.")],
    until: Annotated[str | None, typer.Option("--until", metavar="DATE")] = None,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """Replay a community's whole year from files, on the real engine.

    Example: jifen rehearse rulesets/fuling-maan-2022/sample --out out
    """
    result = replay(load(), folder, parse_day(until) if until else None, out)
    if as_json:
        print_json(result)
    else:
        tell(result, out)


def demo(out: Out = None, as_json: AsJson = False) -> None:
    """Rehearse the sample community that ships with the program.

    Example: jifen demo
    """
    settings = load()
    home = settings.var_dir / "demo"
    if "JIFEN_DATABASE_URL" not in os.environ:
        # A sample community has no place among a village's own.
        settings = settings.model_copy(update={"database_url": load(var_dir=home).database_url})
    folder = out or home / "out"
    result = replay(settings, RULESETS_DIR / DEMO_RULESET / "sample", None, folder)
    if as_json:
        print_json(result)
    else:
        tell(result, folder)


def replay(settings: Settings, path: Path, until: date | None, out: Path | None) -> dict[str, Any]:
    """Read the folder, start what is needed, replay, and write the files."""
    from flows.folder import read_folder  # noqa: PLC0415

    folder = read_folder(path)
    if folder.unused:
        say(f"not used: {', '.join(folder.unused)}")
    if out is not None:
        from notifications.files import make_folder  # noqa: PLC0415

        make_folder(out)  # before the year is replayed, not after
    engine = open_engine(settings.database_url.get_secret_value())
    try:
        upgrade(engine)
        with _bar() as bar:
            task = bar.add_task("starting the engine", total=_days(folder.community.year))
            result = _on_engine(settings, engine, folder, until, bar, task)
        if out is not None:
            from notifications.publish import write_out  # noqa: PLC0415

            with reading(engine) as session:
                community = find_community(session, result["community"])
                write_out(session, community, result["year"], out, result, texts())
    finally:
        engine.dispose()
    return result


def _on_engine(settings, engine, folder, until, bar, task) -> dict[str, Any]:  # type: ignore[no-untyped-def]
    from flows.runtime import use  # noqa: PLC0415
    from flows.server import connected, prefect_server  # noqa: PLC0415

    use(engine)
    start = date(folder.community.year, 1, 1)

    def progress(day: date, step: str) -> None:
        bar.update(task, completed=(day - start).days, description=f"{day} {step}")

    with (
        prefect_server(settings.prefect_api_url, settings.prefect_home) as url,
        connected(url, settings.prefect_home),
    ):
        from flows.rehearse import rehearse as run  # noqa: PLC0415

        result = run(folder, until, progress)
        bar.update(task, completed=_days(folder.community.year), description="done")
    return result


def _days(year: int) -> int:
    """From 1 January until the next year's January is over: settlement and clearing."""
    return (date(year + 1, 2, 1) - date(year, 1, 1)).days


def _bar() -> Progress:
    """A progress bar on stderr, only where a person looks."""
    return Progress(
        BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn(),
        console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True,
    )  # fmt: skip


def tell(result: dict[str, Any], out: Path | None) -> None:
    """What happened, in a dozen lines, and where to look."""
    claims = result["claims"]
    first = [each for each in result["households"] if each["rank"] and each["rank"] <= 3]
    print(f"{result['community']} · {result['ruleset']} · {result['year']}")
    print(f"claims: {claims['accepted']} accepted, {claims['refused']} refused;"
          f" {claims['approved']} approved, {claims['rejected']} rejected,"
          f" {claims['undecided']} undecided; {claims['awarded']} earned points")  # fmt: skip
    print(f"{result['flow_runs']} flow runs, {result['journals']} journals,"
          f" {len(result['notices'])} notices, {result['reminders']} reminders")  # fmt: skip
    for each in sorted(first, key=lambda row: (row["rank"], row["household"]))[:5]:
        print(f"  {each['rank']}. {each['household']} with {points(each['score'])} points"
              + (f" · {'、'.join(each['honours'])}" if each["honours"] else ""))  # fmt: skip
    print("settled" if result["settled"] else "not settled: " + ", ".join(
        f"{each['what']} ({each['count']})" for each in result["blockers"]
    ))  # fmt: skip
    print(f"seal {result['seal']}; ledger {'holds' if result['ledger_ok'] else 'DOES NOT HOLD'}")
    if out is not None:
        print(f"look at {out / 'summary.html'}")
    say(f"{result['seconds']} s")
