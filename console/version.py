"""`jifen --version`: which release this is (版本)."""

from importlib.metadata import version
from typing import Annotated

import typer


def _show(is_asked: bool) -> None:
    if is_asked:
        print("jifen", version("jifen"))
        raise typer.Exit


def program(
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_show, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """What can be asked of the program without a command."""
