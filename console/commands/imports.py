"""`jifen import households · members · claims · …`, `jifen import refused`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from console.common import (
    AsJson,
    AsOf,
    conclude,
    moment,
    print_json,
    print_table,
    reading,
    say,
    trying,
    writing,
)
from console.installation import tell
from console.who import By, who
from console.wording import _, heads, ngettext
from domain.community.registry import find_community
from domain.kernel.errors import BadInput
from domain.kernel.names import pasted
from domain.kernel.period import Period
from domain.kernel.reasons import reason
from domain.occasions.occasion import RowsRefused
from domain.store.database import database_now

app = typer.Typer(help="Imports from CSV or XLSX.", no_args_is_help=True)
KINDS = {
    "households": "jifen import households ma households.xlsx",
    "members": "jifen import members nh members.csv",
    "claims": "jifen import claims ma claims-2026-03.xlsx",
    "decisions": "jifen import decisions ma decisions.csv",
    "objections": "jifen import objections ma objections.csv",
    "goods": "jifen import goods ma goods.csv",
    "redemptions": "jifen import redemptions ma redemptions.csv",
}
Code = Annotated[str, typer.Argument(metavar="COMMUNITY")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV (UTF-8, GB18030) or XLSX.")]

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Answer each row as the import would; change nothing.")
]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="import")


def _import(
    kind: str,
    code: str,
    file: Path,
    as_of: str | None,
    as_json: bool,
    dry_run: bool,
    period: str | None = None,
) -> None:
    from domain.intake.fitting import words_of  # lazy: start
    from domain.intake.imports import import_table, remarks  # lazy: start
    from domain.sheets.reading import read_table  # lazy: start

    table = read_table(file, words_of(kind))
    of_period = Period.parse(period) if period else None
    with trying() if dry_run else writing() as session:
        community = find_community(session, code)
        at = moment(as_of)
        answers = import_table(session, community, kind, table, at, period=of_period, tell=tell)
        if any(answer.outcome == "refused" for answer in answers):
            tell(session, community, RowsRefused(), at)
    rows = [each.as_dict() for each in answers]
    notes = [note.text() for note in remarks(kind, table, answers, of_period)]
    refused = [row for row in rows if row["outcome"] == "refused"]
    noted = [row for row in rows if row["note"]]
    counts = {
        outcome: sum(row["outcome"] == outcome for row in rows)
        for outcome in ("accepted", "already", "refused")
    }
    if as_json:
        print_json({**counts, "dry_run": dry_run, "rows": rows, "remarks": notes})
    else:
        _print(refused, noted)
    for note in notes:
        say(note)
    told = _("{accepted} accepted, {already} already there, {refused} refused").format(**counts)
    if dry_run:
        say(_("only tried, nothing is changed: {counts}").format(counts=told))
        return
    if refused:
        command = f"jifen import refused {pasted(code)} --out FILE.xlsx"
        told = _("{counts}: correct them with `{command}`").format(counts=told, command=command)
    say(told)


def _print(refused: Sequence[dict[str, Any]], noted: Sequence[dict[str, Any]]) -> None:
    """What there is to say of rows: why they are refused, or what else became of them."""
    if refused:
        print_table(
            heads("row", "ref", "column", "value", "reason"),
            (
                (_place(row), row["ref"], wrong["column"], wrong["value"][:40], wrong["reason"])
                for row in refused
                for wrong in row["faults"]
            ),
        )
    if noted:
        print_table(
            heads("row", "ref", "note"), ((_place(row), row["ref"], row["note"]) for row in noted)
        )


def _place(row: dict[str, Any]) -> str:
    """Where a row stands: its number, after the name of its sheet where there are several."""
    return f"{row.get('sheet', '')} {row['row']}".strip()


def _command(kind: str, example: str) -> None:
    def command(
        code: Code,
        file: File,
        dry_run: DryRun = False,
        as_of: AsOf = None,
        as_json: AsJson = False,
    ) -> None:
        _import(kind, code, file, as_of, as_json, dry_run)

    command.__doc__ = (
        f"Import {kind}; each row is accepted, already there, or refused with the reason."
        f"\n\nExample: {example}"
    )
    app.command(kind)(command)


for _kind, _example in KINDS.items():
    _command(_kind, _example)


@app.command("inspection")
def inspection(
    code: Code,
    file: File,
    period: Annotated[str, typer.Option("--period", metavar="P", help="e.g. 2026-03")],
    dry_run: DryRun = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Import an inspection sheet: a row per household, a column per graded item.

    Each filled cell becomes a claim with the number PERIOD/HOUSEHOLD/ITEM, such as
    2026-06/Z01/1.1. By that number it is decided at a further stage, explained and objected to.

    Example: jifen import inspection zp sheet.xlsx --period 2026-03
    """
    _import("inspection", code, file, as_of, as_json, dry_run, period)


@app.command("survey")
def survey(
    code: Code,
    file: File,
    period: Annotated[str, typer.Option("--period", metavar="P", help="e.g. 2026-H1")],
    dry_run: DryRun = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Import a survey's answers: a row for each household that `jifen survey draw` drew.

    Example: jifen import survey cb 调查表.xlsx --period 2026-H1
    """
    _import("survey", code, file, as_of, as_json, dry_run, period)


@app.command("discard")
def discard(
    code: Code,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why; kept.")],
    entries: Annotated[
        list[int] | None,
        typer.Option(
            "--entry",
            metavar="N",
            min=1,
            max=2**31 - 1,
            help="A row's entry number (登记号) in the exported list; repeat it.",
        ),
    ] = None,
    files: Annotated[
        list[str] | None,
        typer.Option("--all-of", metavar="FILE", help="All waiting rows of this file; repeat it."),
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Discard refused rows that are nothing to be taken in, such as totals and signatures.

    They are kept, with who discarded them and why; the list and the letters no longer count them.

    Example: jifen import discard ma --entry 12 --why 合计行
    """
    from domain.intake import refused as domain  # lazy: start

    if not entries and not files:
        raise BadInput(reason("discard_what"))
    asked = who(by)
    with writing() as session:
        community = find_community(session, code)
        rows, before = domain.discard(
            session,
            community,
            asked,
            why,
            database_now(session),
            entries=entries or (),
            files=[Path(file).name for file in files or ()],
        )
        numbers = [row.id for row in rows]
    said = ngettext("{count} row discarded", "{count} rows discarded", len(numbers))
    if not numbers and before:
        said = _("it was so before: nothing is changed")
    document = {"discarded": numbers, "already": before, "by": asked, "why": why}
    conclude(said.format(count=len(numbers)), document, as_json)


@app.command("refused")
def refused(
    code: Code,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.xlsx")],
    as_json: AsJson = False,
) -> None:
    """Export the refused rows with the reason beside each, to be corrected and imported again.

    Example: jifen import refused ma --out refused.xlsx
    """
    from domain.intake.refused import export_refused  # lazy: start

    if out.suffix != ".xlsx":
        raise BadInput(reason("out_not_xlsx", file=out))
    with reading() as session:
        count = export_refused(session, find_community(session, code), out)
    said = ngettext(
        "{count} refused row written to {file}", "{count} refused rows written to {file}", count
    )
    document = {"file": str(out), "rows": count}
    conclude(said.format(count=count, file=out), document, as_json)
