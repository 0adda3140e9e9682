"""`jifen ledger export · verify · balances`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.common import (
    AsJson,
    CommunityCode,
    Year,
    conclude,
    print_json,
    print_table,
    put,
    reading,
    say,
    the_community,
)
from console.installation import texts
from console.wording import _, heads
from domain.kernel.documents import documents
from domain.kernel.errors import BadInput, Refused
from domain.kernel.points import format_points
from domain.kernel.reasons import reason

if TYPE_CHECKING:
    from domain.ledger.verify import LedgerFault

app = typer.Typer(help="The sealed ledger.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="ledger")


@app.command("export")
def export(
    community: CommunityCode = None,
    form: Annotated[str, typer.Option("--format", metavar="csv|xlsx")] = "csv",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE")] = None,
    as_json: AsJson = False,
) -> None:
    """All entries of a community: CSV (or JSON) on stdout, or into a file; XLSX into
    ledger-CODE.xlsx.

    Example: jifen ledger export --community ma --format xlsx --out ledger.xlsx
    """
    from domain.community.registry import households_of, versions_of  # lazy: start
    from domain.ledger.accounts import lines  # lazy: start
    from domain.ledger.citations import Citations  # lazy: start
    from notifications.handouts.ledger import (  # lazy: start
        ledger_csv,
        ledger_documents,
        write_ledger_xlsx,
    )

    if form not in ("csv", "xlsx"):
        raise BadInput(reason("format_unknown", value=form, choices=("csv", "xlsx")))
    with reading() as session:
        chosen = the_community(session, community)
        entries = lines(session, chosen.id)
        heads = {home.code: home.head for home in households_of(session, chosen)}
        versions = versions_of(session, chosen) if form == "xlsx" else []
    if form == "csv" and out is None:
        if as_json:
            print_json(ledger_documents(entries))
        else:
            put(ledger_csv(entries), end="")
        return
    path = out or Path(f"ledger-{chosen.code}.xlsx")
    if form == "xlsx":
        write_ledger_xlsx(path, chosen, entries, heads, Citations(versions), texts())
    else:
        path.write_text(ledger_csv(entries), "utf-8")
    said = _("written to {file}").format(file=path)
    conclude(said, {"file": str(path), "entries": len(entries)}, as_json)


@app.command("verify")
def verify(community: CommunityCode = None, as_json: AsJson = False) -> None:
    """Compute every seal again; exit 1 and the first bad journal where one does not hold.

    Example: jifen ledger verify
    """
    from domain.ledger.verify import verify as check  # lazy: start

    with reading() as session:
        findings = check(session, the_community(session, community) if community else None)
    if as_json:
        print_json(
            {
                "ok": not findings,
                "findings": [
                    {"community": each.community, "journal": each.journal, "problem": each.problem}
                    for each in findings
                ],
            }
        )
    refuse_broken(findings)
    if not as_json:
        say(_("every seal holds"))


def refuse_broken(findings: "Sequence[LedgerFault]") -> None:
    """Say where the first ledger does not hold, if one doesn't."""
    if findings:
        first = findings[0]
        raise Refused(
            reason(
                "ledger_broken",
                community=first.community,
                journal=first.journal,
                problem=first.why,
            )
        )


@app.command("balances")
def balances(
    community: CommunityCode = None,
    year: Year = None,
    as_json: AsJson = False,
) -> None:
    """Every household's score and balance per account year.

    Example: jifen ledger balances --community ma
    """
    from domain.ledger.accounts import household_totals  # lazy: start

    with reading() as session:
        rows = household_totals(session, the_community(session, community), year)
    if as_json:
        print_json(documents(rows))
    else:
        print_table(
            heads("household", "year", "score", "balance"),
            (
                (
                    row.household,
                    row.year,
                    format_points(row.score),
                    format_points(row.balance),
                )
                for row in rows
            ),
        )
