"""`jifen household change · leave`."""

from typing import Annotated

import typer

from console.commands.communities import parse_day
from console.common import AsJson, CommunityCode, conclude_act, the_community, writing
from console.wording import _
from domain.kernel.errors import BadInput
from domain.kernel.reasons import reason

app = typer.Typer(help="Households.", no_args_is_help=True)
Code = Annotated[str, typer.Argument(metavar="HOUSEHOLD", help="The household's number.")]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="household")


@app.command()
def change(
    household: Code,
    head: Annotated[str | None, typer.Option("--head", help="Who heads it now.")] = None,
    group: Annotated[str | None, typer.Option("--group", help="Its group; empty for none.")] = None,
    phone: Annotated[str | None, typer.Option("--phone", help="Empty for none.")] = None,
    members: Annotated[int | None, typer.Option("--members", help="How many take part.")] = None,
    consent: Annotated[
        bool, typer.Option("--consent", help="The committee agrees now (registered elsewhere).")
    ] = False,
    enrolled_on: Annotated[
        str | None,
        typer.Option("--enrolled-on", metavar="DATE", help="Takes part from this day on."),
    ] = None,
    community: CommunityCode = None,
    as_json: AsJson = False,
) -> None:
    """Take up what is new of a household; its entries and published notices stay as they are.

    Example: jifen household change H007 --head 李四 --group 二组 -c ma
    """
    from domain.community.particulars import Particulars  # lazy: start
    from domain.community.particulars import change as take_up  # lazy: start

    joined = parse_day(enrolled_on) if enrolled_on else None
    new = Particulars(head, group, phone, members, consent, joined)
    with writing() as session:
        home = take_up(session, the_community(session, community), household, new)
        row = {
            "household": home.code,
            "head": home.head,
            "group": home.area,
            "phone": home.phone,
            "members": home.members,
            "consent": home.consent,
        }
        if joined is not None:
            row["enrolled_on"] = joined.isoformat()
    said = _("household {household} is changed").format(household=household)
    conclude_act(said, row, as_json, session)


@app.command()
def leave(
    household: Code,
    why: Annotated[str, typer.Option("--why", help="opted-out or moved")],
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The last day it takes part.")],
    community: CommunityCode = None,
    as_json: AsJson = False,
) -> None:
    """A household opts out or moves away: it earns nothing after that day.

    Example: jifen household leave H017 --why opted-out --on 2026-06-30 -c ma
    """
    from domain.community.leaving import leave as leave_scheme  # lazy: start

    if why not in ("opted-out", "moved"):
        raise BadInput(reason("leaving_unknown", value=why))
    with writing() as session:
        leave_scheme(session, the_community(session, community), household, parse_day(on), why)
    conclude_act(
        _("household {household} takes part until {day}").format(household=household, day=on),
        {"household": household, "left_on": on, "why": why},
        as_json,
        session,
    )
