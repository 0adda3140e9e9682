"""`jifen community add · list · adopt · set`."""

from datetime import date
from typing import Annotated, Any

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.commands.ruleset_files import named
from console.common import (
    AsJson,
    conclude_act,
    print_json,
    print_table,
    reading,
    say,
    writing,
)
from console.wording import _, heads, ngettext
from domain.community import adoption
from domain.community import registry as domain
from domain.kernel.errors import BadInput, Refused
from domain.kernel.local_time import YEAR_MAX, YEAR_MIN, local_date, now
from domain.kernel.reasons import kept, reason
from domain.notices.publishing import PUBLIC_DAYS_MAX, complaints_go_to, set_publication
from domain.rules.load import find_file
from domain.rules.schema import Ruleset
from domain.store.database import database_now
from domain.store.tables.people import Community

app = typer.Typer(help="Communities, and the rulesets they adopt.", no_args_is_help=True)
RulesetOption = Annotated[
    str, typer.Option("--ruleset", metavar="ID", help="A ruleset's id, or a YAML file.")
]
From = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="In force from this day on.")
]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="community")


def _row(session: Session, community: Community) -> dict[str, Any]:
    return {
        "code": community.code,
        "name": community.name,
        "town": community.town,
        "web_list": community.web_list,
        "public_days": community.public_days,
        "complaints": complaints_go_to(community),
        "rulesets": [
            {
                "from": version.starts_on.isoformat(),
                "ruleset": version.ruleset.id,
                "version": version.ruleset.version,
            }
            for version in domain.versions_of(session, community)
        ],
    }


def parse_day(text: str) -> date:
    """An ISO date as an option gives it."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(reason("day_wrong", value=text)) from error
    if not YEAR_MIN <= day.year <= YEAR_MAX:
        raise BadInput(reason("day_far", value=text))
    return day


def _ruleset(name: str) -> Ruleset:
    """The ruleset that is meant; what `jifen ruleset check` objects to is refused."""
    from domain.rules.lint import require_lawful  # lazy: start

    ruleset = named(name)
    require_lawful(ruleset, str(find_file(name)))
    return ruleset


def _start(day: str | None, name: str, ruleset: Ruleset) -> date:
    """The day given, else the start of this year, or of the village where that is later."""
    if day:
        return parse_day(day)
    first = adoption.first_day(name, ruleset)
    if first is None:
        raise Refused(adoption.start_unsaid(name, ruleset))
    return max(local_date(now()).replace(month=1, day=1), first)


@app.command()
def add(
    code: Annotated[str, typer.Argument(help="A short code, e.g. ma.")],
    name: Annotated[str, typer.Option("--name", help="e.g. 马鞍社区")],
    town: Annotated[str, typer.Option("--town", help="e.g. 马鞍街道")],
    ruleset: RulesetOption,
    start: From = None,
    as_json: AsJson = False,
) -> None:
    """Add a community that runs a ruleset.

    Example: jifen community add ma --name 马鞍社区 --town 马鞍街道 --ruleset fuling-maan-2022
    """
    chosen = _ruleset(ruleset)
    starts_on = _start(start, name, chosen)
    with writing() as session:
        at = database_now(session)
        community = adoption.add_community(session, code, name, town, chosen, starts_on, at)
        row = _row(session, community)
    said = _("{name} ({code}) runs {ruleset} from {day}").format(
        name=name, code=code, ruleset=chosen.id, day=starts_on
    )
    conclude_act(said, row, as_json, session)
    if chosen.example:
        said = _("{ruleset} is an example: its values are made up; adopt what the village decides")
        say(said.format(ruleset=chosen.id))


@app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """All communities and what they run.

    Example: jifen community list
    """
    with reading() as session:
        communities = session.scalars(select(Community).order_by(Community.code))
        rows = [_row(session, each) for each in communities]
    if as_json:
        print_json(rows)
    else:
        print_table(
            heads("code", "name", "town", "ruleset", "from"),
            (
                (
                    row["code"],
                    row["name"],
                    row["town"],
                    row["rulesets"][-1]["ruleset"],
                    row["rulesets"][-1]["from"],
                )
                for row in rows
            ),
        )


@app.command()
def adopt(code: str, ruleset: RulesetOption, start: From = None, as_json: AsJson = False) -> None:
    """Adopt another ruleset version from a date; what happened before keeps its version.

    Example: jifen community adopt ma --ruleset village.yaml --from 2026-07-01
    """
    from domain.cycle.occurrences import reschedule  # lazy: start

    chosen = _ruleset(ruleset)
    starts_on = parse_day(start) if start else local_date(now())
    with writing() as session:
        community = domain.find_community(session, code)
        adoption.adopt(session, community, chosen, starts_on, database_now(session))
        why = reason("ruleset_from", ruleset=chosen.id, version=chosen.version, day=starts_on)
        moved = reschedule(session, community, kept(why))
        row = _row(session, community) | {"steps_moved": len(moved)}
    said = ngettext(
        "{code} runs {ruleset} {version} from {day}; {count} step moved",
        "{code} runs {ruleset} {version} from {day}; {count} steps moved",
        len(moved),
    ).format(code=code, ruleset=chosen.id, version=chosen.version, day=starts_on, count=len(moved))
    conclude_act(said, row, as_json, session)


@app.command("set")
def set_up(
    code: str,
    web_list: Annotated[
        str | None,
        typer.Option(
            "--web-list",
            metavar="first|full",
            help="What the web shows of a quarter: first places, or the full masked list.",
        ),
    ] = None,
    public_days: Annotated[
        int | None,
        typer.Option(
            "--public-days",
            metavar="N",
            help=f"Days after its window that a notice stays on the web, 1 to {PUBLIC_DAYS_MAX}.",
        ),
    ] = None,
    complaints: Annotated[
        str | None,
        typer.Option("--complaints", help='Where to complain; "" for the name of the town.'),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """How a community publishes on the web; what is not given stays as it is.

    The public folder follows at the next publication: `jifen notice publish -c CODE` does it now.

    Example: jifen community set ma --public-days 180 --complaints "镇纪委，电话 023-0000 0000"
    """
    if web_list is None and public_days is None and complaints is None:
        raise BadInput(reason("publication_unset"))
    with writing() as session:
        community = domain.find_community(session, code)
        set_publication(
            community, web_list=web_list, public_days=public_days, complaints=complaints
        )
        row = _row(session, community)
    said = ngettext(
        "{code} shows on the web: list {list}, {count} day; complaints go to {complaints}",
        "{code} shows on the web: list {list}, {count} days; complaints go to {complaints}",
        row["public_days"],
    ).format(
        code=code, list=row["web_list"], count=row["public_days"], complaints=row["complaints"]
    )
    conclude_act(said, row, as_json, session)
