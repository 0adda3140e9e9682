"""`jifen person add · list · test`, `jifen kin add`."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import load
from console.common import (
    AsJson,
    CommunityCode,
    conclude_act,
    print_json,
    print_table,
    reading,
    say,
    the_community,
    writing,
)
from console.language import spoken
from console.wording import _, heads, listed, word
from domain.community.registry import ROLES, add_person, find_person, register_kin
from domain.kernel.errors import BadInput, Refused
from domain.kernel.names import pasted
from domain.kernel.reasons import reason
from domain.store.tables.people import Household, Person, Role

app = typer.Typer(help="People and their roles.", no_args_is_help=True)
kin_app = typer.Typer(help="Households that are kin.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="person")
    parent.add_typer(kin_app, name="kin")


def _row(session: Session, person: Person) -> dict[str, Any]:
    from notifications.channels.addresses import shown_address  # lazy: start

    home = session.get(Household, person.household_id) if person.household_id else None
    roles = session.scalars(select(Role).where(Role.person_id == person.id).order_by(Role.id))
    return {
        "code": person.code,
        "name": person.name,
        "household": home.code if home else None,
        "roles": [role.role + (f":{role.stage}" if role.stage else "") for role in roles],
        "reachable": bool(person.notify),
        "addresses": [shown_address(address) for address in person.notify],
    }


@app.command()
def add(
    code: Annotated[str, typer.Argument(help="A short code, e.g. r1.")],
    role: Annotated[str, typer.Option("--role", help=",".join(ROLES))],
    name: Annotated[str, typer.Option("--name")],
    community: CommunityCode = None,
    household: Annotated[
        str | None, typer.Option("--household", help="For conflicts of interest.")
    ] = None,
    stage: Annotated[list[str] | None, typer.Option("--stage", help="A reviewer's stage.")] = None,
    area: Annotated[str, typer.Option("--area", help="For crosswise assessment.")] = "",
    notify: Annotated[
        list[str] | None,
        typer.Option(
            "--notify",
            metavar="URL|-|@FILE",
            help="Where messages go; repeat for several. An address is a secret: `-` reads it from"
            " standard input and @FILE from a file, so that no list of processes shows it.",
        ),
    ] = None,
    no_notify: Annotated[
        bool, typer.Option("--no-notify", help="Write to this person no more.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add a person with roles; repeat to change where messages go.

    A villager (`--role villager --household H007`) hears what became of that household's claims.
    A group (`--role group`, its robot's address as URL) is told of each notice.

    Example: jifen person add r1 -c ma --role reviewer --name 李四 --household H003 --notify -
    """
    from notifications.channels.couriers import checked_addresses  # lazy: start

    if notify and no_notify:
        raise typer.BadParameter(_("either --notify or --no-notify"))
    roles = [each.strip() for each in role.split(",") if each.strip()]
    addresses = checked_addresses(_addresses(notify)) if notify else []
    with writing() as session:
        person = add_person(
            session,
            the_community(session, community),
            code,
            name,
            roles,
            stages=stage or (),
            household=household,
            area=area,
            notify=addresses,
        )
        if no_notify:
            person.notify = []
        row = _row(session, person)
        warning = _warning(row["roles"], person)
    said = _("{name} ({code}): {roles}").format(name=name, code=code, roles=_roles(roles))
    if addresses:
        said = _("{said}; try it with `{command}`").format(
            said=said, command=f"jifen person test {pasted(code)}"
        )
    conclude_act(said, row, as_json, session)
    if warning:
        say(warning)


def _roles(roles: list[str]) -> str:
    """Roles with their stages: `reviewer:group`."""
    split = (each.partition(":") for each in roles)
    return listed(word("roles", role) + colon + stage for role, colon, stage in split)


def _warning(roles: list[str], person: Person) -> str:
    """What to say of a reviewer's addresses that others read too: no link goes there."""
    from notifications.channels.addresses import reaches_one_person, shown_address  # lazy: start

    shared = tuple(shown_address(each) for each in person.notify if not reaches_one_person(each))
    if not shared or not any(role.partition(":")[0] == "reviewer" for role in roles):
        return ""
    return reason("address_shared", person=person.name, addresses=shared).text(spoken())


def _addresses(given: list[str]) -> list[str]:
    """The addresses themselves: `-` and @FILE hold one a line."""
    found: list[str] = []
    for each in given:
        if each == "-":
            if sys.stdin.isatty():
                say(_("the address, one a line; Ctrl-D ends it:"))
            found += _lines(sys.stdin.read())
        elif each.startswith("@"):
            found += _lines(_content(Path(each[1:]).expanduser()))
        else:
            found.append(each)
    if not found:
        raise BadInput(reason("no_address"))
    return found


def _content(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, ValueError):
        raise BadInput(reason("address_file", file=path)) from None


def _lines(text: str) -> list[str]:
    """Without blank lines and comments."""
    stripped = (line.strip() for line in text.splitlines())
    return [line for line in stripped if line and not line.startswith("#")]


@app.command("test")
def try_out(code: str, community: CommunityCode = None, as_json: AsJson = False) -> None:
    """Send a trial message to each of a person's addresses and say what the service answered.

    Example: jifen person test r1 -c ma
    """
    from console.installation import manner_of  # lazy: start
    from notifications.outbox.deliverer import send_trial  # lazy: start

    with reading() as session:
        chosen = the_community(session, community)
        person = find_person(session, chosen, code)
    if not person.notify:
        raise Refused(reason("person_unreachable", person=person.name, ref=pasted(code)))
    answers = send_trial(person, chosen, manner_of(load()))
    if as_json:
        print_json(
            [
                {"address": address, "ok": answer.ok, "answer": answer.text}
                for address, answer in answers
            ]
        )
    else:
        print_table(
            heads("address", "arrived", "answer"),
            (
                (address, _("yes") if answer.ok else _("NO"), answer.text)
                for address, answer in answers
            ),
        )
    failed = [address for address, answer in answers if not answer.ok]
    if failed:
        raise Refused(reason("trial_refused", addresses=tuple(failed), ref=pasted(code)))


@app.command("list")
def list_all(community: CommunityCode = None, as_json: AsJson = False) -> None:
    """People, their roles, and where they are reached; of an address only what is no secret.

    Example: jifen person list -c ma
    """
    with reading() as session:
        chosen = the_community(session, community)
        people = session.scalars(
            select(Person).where(Person.community_id == chosen.id).order_by(Person.code)
        )
        rows = [_row(session, person) for person in people]
    if as_json:
        print_json(rows)
    else:
        print_table(
            heads("code", "name", "household", "roles", "reached at"),
            (
                (
                    row["code"],
                    row["name"],
                    row["household"],
                    _roles(row["roles"]),
                    listed(row["addresses"]) or _("no"),
                )
                for row in rows
            ),
        )


@kin_app.command("add")
def kin_add(
    first: str, second: str, community: CommunityCode = None, as_json: AsJson = False
) -> None:
    """Register two households as kin: neither's reviewers decide on the other.

    Example: jifen kin add H003 H017 -c ma
    """
    with writing() as session:
        register_kin(session, the_community(session, community), first, second)
    said = _("{first} and {second} are kin").format(first=first, second=second)
    conclude_act(said, {"kin": [first, second]}, as_json, session)
