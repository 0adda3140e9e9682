"""`jifen notice list · show · export`."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from config.settings import load
from console.common import (
    AsJson,
    CommunityCode,
    print_json,
    print_table,
    reading,
    say,
    the_community,
)
from domain.clock import local_text
from domain.errors import BadInput, Refused
from domain.publicity import notices_of
from domain.store.tables import Community, Notice

app = typer.Typer(help="Published notices (公示).", no_args_is_help=True)
Kind = Annotated[
    str, typer.Argument(metavar="KIND", help="quarter, year, correction, redemption or report.")
]
Key = Annotated[str, typer.Argument(metavar="KEY", help="e.g. 2026-Q1; see `jifen notice list`.")]
FORMATS = ("html", "pdf", "xlsx", "txt")


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="notice")


def _find(session: Session, community: Community, kind: str, key: str) -> Notice:
    for notice in notices_of(session, community):
        if (notice.kind, notice.key) == (kind, key):
            return notice
    raise Refused(f"{community.name} has no notice {kind} {key}: see `jifen notice list`")


@app.command("list")
def list_all(community: CommunityCode = None, as_json: AsJson = False) -> None:
    """Published notices, in order.

    Example: jifen notice list -c ma
    """
    with reading() as session:
        rows = [
            {
                "kind": each.kind,
                "key": each.key,
                "period": each.period,
                "published_at": local_text(each.published_at),
                "closes_at": local_text(each.closes_at) if each.closes_at else None,
                "seal": each.seal,
                "digest": each.digest,
            }
            for each in notices_of(session, the_community(session, community))
        ]
    if as_json:
        print_json(rows)
    else:
        print_table(("kind", "key", "published", "open until", "digest"), (
            (row["kind"], row["key"], row["published_at"], row["closes_at"],
             str(row["digest"])[:12])
            for row in rows
        ))  # fmt: skip


@app.command()
def show(kind: Kind, key: Key, community: CommunityCode = None, as_json: AsJson = False) -> None:
    """A notice, as it reads aloud.

    Example: jifen notice show quarter 2026-Q1 -c ma
    """
    from notifications.notices import notice_text  # noqa: PLC0415

    with reading() as session:
        notice = _find(session, the_community(session, community), kind, key)
    if as_json:
        print_json({"kind": notice.kind, "key": notice.key, **notice.content})
    else:
        print(notice_text(notice, load().locale))


@app.command()
def export(
    kind: Kind,
    key: Key,
    form: Annotated[str, typer.Option("--format", metavar="html|pdf|xlsx|txt")] = "html",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE")] = None,
    community: CommunityCode = None,
) -> None:
    """Write a notice for printing or for the web.

    Example: jifen notice export quarter 2026-Q1 --format pdf --out q1.pdf -c ma
    """
    from notifications.notices import export_notice  # noqa: PLC0415

    if form not in FORMATS:
        raise BadInput(f"“{form}” is not a format: choose from {', '.join(FORMATS)}")
    with reading() as session:
        notice = _find(session, the_community(session, community), kind, key)
    path = out or Path(f"{notice.kind}-{notice.key}.{form}".replace(":", "-"))
    export_notice(notice, form, path, load().locale)
    say(f"written to {path}")
