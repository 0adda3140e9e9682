"""`jifen time show · accept`: by what time the service works, and saying that it is right."""

from typing import Annotated

import typer

from console.common import AsJson, conclude, print_json, put, reading, writing
from console.language import spoken
from console.who import By, who
from console.wording import _
from domain.kernel.local_time import local_iso, local_text, now
from domain.kernel.reasons import restored
from domain.operations.timekeeping import accept, doubts, require_acceptable
from domain.store.database import database_now

app = typer.Typer(help="By what time the service works.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="time")


@app.command()
def show(as_json: AsJson = False) -> None:
    """What this machine and the database say, and which clock does not believe the time.

    Example: jifen time show
    """
    with reading() as session:
        theirs = database_now(session)
        found = {each.machine: restored(each.doubt) for each in doubts(session, theirs)}
    if as_json:
        print_json(
            {
                "machine": local_iso(now()),
                "database": local_iso(theirs),
                "doubts": {name: doubt.text("en") for name, doubt in found.items()},
            }
        )
        return
    put(_("this machine: {moment}").format(moment=local_text(now())))
    put(_("the database: {moment}").format(moment=local_text(theirs)))
    for name, doubt in found.items():
        put(f"{name}: {doubt.text(spoken())}")


@app.command("accept")
def accept_time(
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why; kept.")],
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Say that the time is right: a clock that is in doubt goes on by it.

    Example: jifen time accept --why 机器停了两个月
    """
    asked = who(by)
    with writing() as session:
        at = database_now(session)
        require_acceptable(session, now(), at)
        accept(session, asked, why, at)
    said = _("{moment} is right: clocks go on by it").format(moment=local_text(at))
    conclude(said, {"time": local_iso(at), "by": asked, "why": why}, as_json)
