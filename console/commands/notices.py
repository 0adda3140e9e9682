"""`jifen notice list · show · export · publish`."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from sqlalchemy.orm import Session

from config.settings import load
from console.common import (
    AsJson,
    AsOf,
    CommunityCode,
    communities_meant,
    conclude,
    moment,
    open_database,
    print_json,
    print_table,
    put,
    reading,
    the_community,
)
from console.installation import public_folder, texts
from console.wording import _, heads, listed, word
from domain.kernel.errors import BadInput, Refused
from domain.kernel.local_time import local_text
from domain.kernel.reasons import reason
from domain.notices.notice import notices_of
from domain.notices.publishing import receipts_of
from domain.store import database
from domain.store.tables.notices import Notice, Publication
from domain.store.tables.people import Community

if TYPE_CHECKING:
    pass

app = typer.Typer(help="Published notices (公示).", no_args_is_help=True)
Kind = Annotated[
    str, typer.Argument(metavar="KIND", help="quarter, year, correction, redemption or report.")
]
Key = Annotated[str, typer.Argument(metavar="KEY", help="e.g. 2026-Q1; see `jifen notice list`.")]

Paper = Annotated[
    str | None,
    typer.Option("--paper", metavar="A4|A3", help="For print; a long list is on A3 else."),
]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="notice")


def _find(session: Session, community: Community, kind: str, key: str) -> Notice:
    for notice in notices_of(session, community):
        if (notice.kind, notice.key) == (kind, key):
            return notice
    raise Refused(reason("notice_missing", community=community.name, kind=kind, key=key))


@app.command("list")
def list_all(community: CommunityCode = None, as_json: AsJson = False) -> None:
    """Published notices, in order, and where in the public folder each stands since when.

    Example: jifen notice list -c ma
    """
    with reading() as session:
        notices = notices_of(session, the_community(session, community))
        receipts = receipts_of(session, notices)
        rows: list[dict[str, Any]] = [
            {
                "kind": each.kind,
                "key": each.key,
                "period": each.period,
                "published_at": local_text(each.published_at),
                "closes_at": local_text(each.closes_at) if each.closes_at else None,
                "seal": each.seal,
                "digest": each.digest,
                "publications": [_receipt(receipt) for receipt in receipts[each.id]],
            }
            for each in notices
        ]
    if as_json:
        print_json(rows)
    else:
        header = heads("kind", "key", "published", "open until", "digest", "in the public folder")
        print_table(
            header,
            (
                (
                    word("notices", row["kind"]),
                    row["key"],
                    row["published_at"],
                    row["closes_at"],
                    str(row["digest"])[:12],
                    _told(row["publications"]),
                )
                for row in rows
            ),
        )


def _receipt(receipt: Publication) -> dict[str, str | None]:
    return {
        "place": receipt.place,
        "published_at": local_text(receipt.published_at),
        "written_at": local_text(receipt.written_at),
        "digest": receipt.digest,
        "removed_at": local_text(receipt.removed_at) if receipt.removed_at else None,
    }


def _told(receipts: list[dict[str, str | None]]) -> str:
    """Since when a page stands where, with the beginning of its digest, or until when it did."""
    return "; ".join(
        _("{place} from {first} to {last}").format(
            place=each["place"], first=each["published_at"], last=each["removed_at"]
        )
        if each["removed_at"]
        else _("{place} since {first}, {digest}").format(
            place=each["place"], first=each["published_at"], digest=str(each["digest"])[:12]
        )
        for each in receipts
        if str(each["place"]).endswith(".html")
    )


@app.command()
def show(kind: Kind, key: Key, community: CommunityCode = None, as_json: AsJson = False) -> None:
    """A notice, as it reads aloud.

    Example: jifen notice show quarter 2026-Q1 -c ma
    """
    from notifications.board.notice import discreet, notice_text  # lazy: start

    with reading() as session:
        notice = _find(session, the_community(session, community), kind, key)
    if as_json:
        print_json({"kind": notice.kind, "key": notice.key, **discreet(notice.content)})
    else:
        put(notice_text(notice, texts()))


@app.command()
def export(
    kind: Kind,
    key: Key,
    form: Annotated[str, typer.Option("--format", metavar="html|pdf|png|xlsx|txt|speech")] = "html",
    paper: Paper = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE")] = None,
    community: CommunityCode = None,
    as_json: AsJson = False,
) -> None:
    """Write a notice for printing or for the web, or as a text for the village loudspeaker.

    Example: jifen notice export quarter 2026-Q1 --format pdf --out q1.pdf -c ma
    """
    from notifications.board.exports import FORMATS, export_notice  # lazy: start
    from notifications.paper.printing import PAPERS  # lazy: start

    if form not in FORMATS:
        raise BadInput(reason("format_unknown", value=form, choices=tuple(FORMATS)))
    if paper is not None and paper not in PAPERS:
        raise BadInput(reason("paper_unknown", value=paper, choices=tuple(PAPERS)))
    with reading() as session:
        notice = _find(session, the_community(session, community), kind, key)
    ending = "speech.txt" if form == "speech" else form
    path = out or Path(f"{notice.kind}-{notice.key}.{ending}".replace(":", "-"))
    export_notice(notice, form, path, texts(), paper)
    conclude(_("written to {file}").format(file=path), {"file": str(path)}, as_json)


@app.command()
def publish(
    communities: Annotated[
        list[str] | None,
        typer.Option("--community", "-c", metavar="CODE", help="Repeatable; all where left out."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Renew what stands there too, after texts changed.")
    ] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Write to the public folder what is missing there or was changed; the rest stays as it is.

    Example: jifen notice publish -c ma
    """
    from notifications.board.publication import publish_missing  # lazy: start

    folder = public_folder(load())
    engine = open_database()
    try:
        with database.reading(engine) as session:
            codes = [each.code for each in communities_meant(session, communities or [])]
        done = publish_missing(engine, folder, moment(as_of), codes, again=again)
    finally:
        engine.dispose()
    rows = [
        {"community": each.community, "place": each.place, "state": each.state, "said": each.said}
        for each in done
    ]
    if as_json:
        print_json({"folder": str(folder.path), "files": rows})
    else:
        counts = Counter(row["state"] for row in rows)
        told = listed(
            _("{count} {what}").format(count=count, what=word("public_files", state))
            for state, count in counts.items()
        ) or _("nothing to publish yet")
        put(f"{folder.path / 'index.html'}: {told}")
    failed = [row for row in rows if row["state"] == "failed"]
    if failed:
        first = failed[0]
        raise Refused(reason("not_published_web", community=first["community"], why=first["said"]))
