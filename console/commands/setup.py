"""`jifen init`, `jifen config show`."""

from typing import Annotated

import typer

from config.database import NEWEST, require_current, upgrade
from config.settings import load
from config.shown import shown_settings
from console.common import AsJson, conclude, print_json, print_table
from console.wording import _, heads
from domain.store.database import open_engine

config_app = typer.Typer(help="The settings of this installation.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.command("init")(init)
    parent.add_typer(config_app, name="config")


def init(
    check: Annotated[
        bool,
        typer.Option("--check", help="Change nothing; exit with 1 where it is not up to date."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Create or upgrade the database; safe to repeat.

    Example: jifen init
    """
    engine = open_engine(load().database_url.get_secret_value())
    try:
        if check:
            require_current(engine)
        else:
            upgrade(engine)
    finally:
        engine.dispose()
    said = _("the database is at revision {revision}").format(revision=NEWEST)
    conclude(said, {"revision": NEWEST}, as_json)


@config_app.command("show")
def show(as_json: AsJson = False) -> None:
    """The settings in force, secrets masked.

    Example: jifen config show --json
    """
    shown = shown_settings(load())
    if as_json:
        print_json(shown)
    else:
        print_table(heads("setting", "value"), shown.items())
