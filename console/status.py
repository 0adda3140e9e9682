"""`jifen calendar`, `jifen status`."""

from typing import Annotated, Any

import typer
from sqlalchemy import select

from console.common import (
    AsJson,
    AsOf,
    CommunityCode,
    communities_meant,
    moment,
    print_json,
    print_table,
    reading,
)
from console.communities import parse_day
from domain.clock import end_of_day, local_date, local_iso
from domain.store.tables import Community


def register(parent: typer.Typer) -> None:
    parent.command("calendar")(calendar)
    parent.command("status")(status)


def calendar(
    community: CommunityCode = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """What falls due when: process, step, due time, state.

    Example: jifen calendar -c ma --until 2026-06-30
    """
    from domain.cycle import coming  # noqa: PLC0415

    at = moment(as_of)
    with reading() as session:
        rows: list[dict[str, Any]] = [
            {
                "community": each.code,
                "process": step.process,
                "period": str(step.period),
                "step": step.step,
                "due": local_iso(step.due_at),
                "state": state,
            }
            for each in communities_meant(session, [community] if community else ())
            for step, state in coming(session, each, local_date(at).year)
            if until is None or step.due_at <= end_of_day(parse_day(until))
        ]
    if as_json:
        print_json(rows)
    else:
        print_table(("community", "due", "process", "period", "step", "state"), (
            (row["community"], row["due"], row["process"], row["period"], row["step"],
             row["state"])
            for row in rows
        ))  # fmt: skip


def status(as_of: AsOf = None, as_json: AsJson = False) -> None:
    """What is late, blocked, failed or waiting, and what to do about each.

    Example: jifen status
    """
    from domain.status import findings  # noqa: PLC0415

    with reading() as session:
        communities = session.scalars(select(Community).order_by(Community.code)).all()
        rows = [
            {"community": each.code, "what": finding.what, "about": finding.about,
             "why": finding.why, "do": finding.advice}
            for each in communities
            for finding in findings(session, each, moment(as_of))
        ]  # fmt: skip
    if as_json:
        print_json(rows)
    elif rows:
        print_table(
            ("community", "what", "about", "why", "do"), (list(row.values()) for row in rows)
        )
    else:
        print("nothing is late, blocked, failed or undelivered")
