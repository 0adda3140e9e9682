"""The command line, `jifen`: INTERFACE.md is its contract.

Commands import what they need when they run: reading commands never load Prefect.
"""

import sys

import click
import typer
from sqlalchemy.exc import DBAPIError

from console import (
    communities,
    imports,
    ledger,
    notices,
    objections,
    people,
    rehearsal,
    review,
    rulesets,
    shop,
    status,
    steps,
)
from console.setup import config_app, init
from domain.errors import JifenError

app = typer.Typer(
    name="jifen",
    help="The automation service around the review cycle of village points schemes (积分制).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(config_app, name="config")
app.command("init")(init)
for part in (
    rehearsal, rulesets, communities, people, imports, steps, review, objections, shop, ledger,
    notices, status,
):  # fmt: skip
    part.register(app)

INTERRUPTED = 130


def main() -> None:
    """Run the command line; whatever a user can cause ends in one line, never a traceback."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    try:
        app(arguments, standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except BrokenPipeError:
        # The reader of our output has gone (`jifen … | head`): that is its right.
        sys.stderr.close()
    except _EXPECTED as error:
        text, code = _told(error)
        print(text, file=sys.stderr)
        return code
    return 0


_EXPECTED = (
    JifenError,
    click.UsageError,
    click.Abort,
    KeyboardInterrupt,
    DBAPIError,
    OSError,
)


def _told(error: BaseException) -> tuple[str, int]:
    """What to say of an error that a user can cause, and the exit code."""
    if isinstance(error, JifenError):
        return str(error), error.exit_code
    if isinstance(error, click.UsageError):
        usage = error.ctx.get_usage() + "\n" if error.ctx else ""
        return f"{usage}{error.format_message()}", 2
    if isinstance(error, DBAPIError):
        hint = "see `jifen config show`, and run `jifen init`"
        return f"the database does not answer: {_first_line(error)}; {hint}", 1
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'}: {error.strerror or error}", 2
    return "interrupted: nothing half-done was kept", INTERRUPTED


def _first_line(error: DBAPIError) -> str:
    """The driver's words without the statement and its values: those may hold personal data."""
    return str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__


if __name__ == "__main__":
    main()
