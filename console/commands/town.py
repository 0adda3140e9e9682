"""`jifen town set-day · unset-day · days`: a town's own days off and working days."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.commands.communities import parse_day
from console.common import AsJson, conclude_act, print_json, print_table, reading, writing
from console.wording import _, heads
from domain.cycle.occurrences import reschedule
from domain.kernel.reasons import kept, reason
from domain.store.database import database_now
from domain.store.tables.people import Community

app = typer.Typer(help="A town's own calendar.", no_args_is_help=True)
Town = Annotated[str, typer.Option("--town", metavar="NAME", help="As its communities name it.")]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="town")


@app.command("set-day")
def set_day(
    day: Annotated[str, typer.Argument(metavar="DATE")],
    town: Town,
    why: Annotated[str, typer.Option("--why", help="Shown beside each step that moves.")],
    working: Annotated[bool, typer.Option("--working/--off", help="Which it becomes.")],
    as_json: AsJson = False,
) -> None:
    """Make a day a day off or a working day; steps that are not done move with it.

    Example: jifen town set-day 2026-04-03 --town 马鞍街道 --off --why 防汛演练
    """
    from domain.cycle import town_days as domain  # lazy: start

    with writing() as session:
        at = database_now(session)
        communities = domain.set_day(session, town, parse_day(day), working, why, at)
        _tell(session, communities, f"{day} {why}", as_json)


@app.command("unset-day")
def unset_day(
    day: Annotated[str, typer.Argument(metavar="DATE")], town: Town, as_json: AsJson = False
) -> None:
    """Let a day be again what it is in the country's calendar.

    Example: jifen town unset-day 2026-04-03 --town 马鞍街道
    """
    from domain.cycle import town_days as domain  # lazy: start

    with writing() as session:
        communities = domain.unset_day(session, town, parse_day(day))
        _tell(session, communities, kept(reason("day_as_country", day=day)), as_json)


@app.command("import")
def import_days(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="日期, 至, 安排 (放假/上班), 节日.")],
    as_json: AsJson = False,
) -> None:
    """Take in the State Council's notice of a year's holidays, for all towns; steps move with it.

    Example: jifen town import 2027年放假安排.xlsx
    """
    from domain.cycle import town_days as domain  # lazy: start
    from domain.intake.holidays import read_notice  # lazy: start

    days = read_notice(str(file))
    with writing() as session:
        domain.take_notice(session, days, database_now(session))
        communities = session.scalars(select(Community).order_by(Community.code)).all()
        _tell(session, communities, f"放假安排 {file.name}", as_json)


def _tell(session: Session, communities: Sequence[Community], why: str, as_json: bool) -> None:
    moved = [row for each in communities for row in reschedule(session, each, why)]
    conclude_act(
        _("steps moved: {steps}, communities: {communities}; see `jifen calendar`").format(
            steps=len(moved), communities=len(communities)
        ),
        {"communities": len(communities), "steps_moved": len(moved)},
        as_json,
        session,
    )


@app.command("days")
def days(town: Town, as_json: AsJson = False) -> None:
    """The days that a town has set.

    Example: jifen town days --town 马鞍街道
    """
    from domain.cycle.town_days import days_of  # lazy: start

    with reading() as session:
        rows: list[dict[str, Any]] = [
            {"day": each.day.isoformat(), "working": each.working, "why": each.why}
            for each in days_of(session, town)
        ]
    if as_json:
        print_json(rows)
    else:
        print_table(
            heads("day", "is", "why"),
            (
                (row["day"], _("a working day") if row["working"] else _("a day off"), row["why"])
                for row in rows
            ),
        )
