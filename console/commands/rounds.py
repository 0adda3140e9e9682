"""`jifen round set · list`: the opening days of redemption rounds."""

from typing import Annotated, Any

import typer

from console.commands.communities import parse_day
from console.common import (
    AsJson,
    CommunityCode,
    conclude,
    print_json,
    print_table,
    reading,
    the_community,
    writing,
)
from console.wording import _, heads
from domain.kernel.period import Period
from domain.shop.opening_days import rounds_of, set_round
from domain.store.database import database_now
from domain.store.tables.shop import RedemptionRound

app = typer.Typer(help="Rounds of redemption (兑换).", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="round")


def _row(each: RedemptionRound) -> dict[str, Any]:
    return {
        "period": each.period,
        "opens_on": each.opens_on.isoformat(),
        "closes_on": each.closes_on.isoformat(),
        "why": each.why,
    }


@app.command("set")
def set_days(
    period: Annotated[str, typer.Option("--period", metavar="PERIOD", help="e.g. 2026-H1")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="The first opening day.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The last opening day.")],
    why: Annotated[str, typer.Option("--why", help="Who decided it, and where.")],
    community: CommunityCode = None,
    as_json: AsJson = False,
) -> None:
    """Set the opening days of a round: nothing is handed out on other days of its half year.

    Example: jifen round set --period 2026-H1 --from 2026-06-10 --to 2026-06-20 --why 村委会 -c ma
    """
    with writing() as session:
        chosen = the_community(session, community)
        half = Period.parse(period)
        at = database_now(session)
        found = set_round(session, chosen, half, parse_day(first), parse_day(last), why, at)
        row = _row(found)
    said = _("{period} is open from {first} to {last}")
    conclude(said.format(period=period, first=first, last=last), row, as_json)


@app.command("list")
def list_all(community: CommunityCode = None, as_json: AsJson = False) -> None:
    """The rounds whose opening days are set.

    Example: jifen round list -c ma
    """
    with reading() as session:
        rows = [_row(each) for each in rounds_of(session, the_community(session, community))]
    if as_json:
        print_json(rows)
    else:
        print_table(
            heads("period", "opens on", "closes on", "why"), (list(row.values()) for row in rows)
        )
