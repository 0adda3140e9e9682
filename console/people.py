"""`jifen person add · list`, `jifen kin add`."""

from typing import Annotated, Any

import typer
from sqlalchemy import select

from console.common import (
    AsJson,
    CommunityCode,
    print_json,
    print_table,
    reading,
    say,
    the_community,
    writing,
)
from domain.community import add_person, register_kin
from domain.store.tables import Household, Person, Role

app = typer.Typer(help="People and their roles.", no_args_is_help=True)
kin_app = typer.Typer(help="Households that are kin.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="person")
    parent.add_typer(kin_app, name="kin")


@app.command()
def add(
    code: Annotated[str, typer.Argument(help="A short code, e.g. r1.")],
    role: Annotated[str, typer.Option("--role", help="clerk,reviewer,town,supervisor,shop")],
    name: Annotated[str, typer.Option("--name")],
    community: CommunityCode = None,
    household: Annotated[
        str | None, typer.Option("--household", help="For conflicts of interest.")
    ] = None,
    stage: Annotated[list[str] | None, typer.Option("--stage", help="A reviewer's stage.")] = None,
    area: Annotated[str, typer.Option("--area", help="For crosswise assessment.")] = "",
    notify: Annotated[list[str] | None, typer.Option("--notify", metavar="URL")] = None,
) -> None:  # fmt: skip
    """Add a person with roles; repeat to change where reminders go.

    Example: jifen person add r1 -c ma --role reviewer --name 李四 --household H003
    """
    roles = [each.strip() for each in role.split(",") if each.strip()]
    with writing() as session:
        add_person(
            session, the_community(session, community), code, name, roles,
            stages=stage or (), household=household, area=area, notify=notify or (),
        )  # fmt: skip
    say(f"{name} ({code}): {', '.join(roles)}")


@app.command("list")
def list_all(community: CommunityCode = None, as_json: AsJson = False) -> None:
    """People, their roles, and whether they can be reached. Addresses are never shown.

    Example: jifen person list -c ma
    """
    with reading() as session:
        chosen = the_community(session, community)
        rows: list[dict[str, Any]] = [
            {
                "code": person.code,
                "name": person.name,
                "household": household,
                "roles": [
                    role.role + (f":{role.stage}" if role.stage else "")
                    for role in session.scalars(select(Role).where(Role.person_id == person.id))
                ],
                "reachable": bool(person.notify),
            }
            for person, household in session.execute(
                select(Person, Household.code)
                .outerjoin(Household, Household.id == Person.household_id)
                .where(Person.community_id == chosen.id)
                .order_by(Person.code)
            ).tuples()
        ]
    if as_json:
        print_json(rows)
    else:
        print_table(("code", "name", "household", "roles", "reachable"), (
            (row["code"], row["name"], row["household"], ", ".join(row["roles"]),
             "yes" if row["reachable"] else "no")
            for row in rows
        ))  # fmt: skip


@kin_app.command("add")
def kin_add(first: str, second: str, community: CommunityCode = None) -> None:
    """Register two households as kin: neither's reviewers decide on the other.

    Example: jifen kin add H003 H017 -c ma
    """
    with writing() as session:
        register_kin(session, the_community(session, community), first, second)
    say(f"{first} and {second} are kin")
