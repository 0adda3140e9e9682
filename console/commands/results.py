"""`jifen results`: what a month's audit gave each household."""

from pathlib import Path
from typing import Annotated

import typer

from console.common import (
    AsJson,
    CommunityCode,
    conclude,
    print_json,
    print_table,
    reading,
    the_community,
)
from console.wording import _, heads
from domain.kernel.documents import documents
from domain.kernel.errors import BadInput
from domain.kernel.period import Period
from domain.kernel.reasons import reason


def register(parent: typer.Typer) -> None:
    parent.command("results")(results)


def results(
    period: Annotated[str, typer.Option("--period", metavar="PERIOD", help="e.g. 2026-03")],
    community: CommunityCode = None,
    form: Annotated[str, typer.Option("--format", metavar="text|xlsx|json")] = "text",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE.xlsx")] = None,
    as_json: AsJson = False,
) -> None:
    """The month's result by household, for the meeting of the month (支部主题党日).

    Example: jifen results -c ma --period 2026-03 --format xlsx --out 三月结果.xlsx
    """
    from domain.audit.month_results import month_results  # lazy: start

    if form not in ("text", "xlsx", "json"):
        raise BadInput(reason("format_unknown", value=form, choices=("text", "xlsx", "json")))
    with reading() as session:
        chosen = the_community(session, community)
        rows = documents(month_results(session, chosen, Period.parse(period)))
    if form == "xlsx":
        from domain.sheets.writing import Sheet, write_xlsx  # lazy: start

        path = out or Path(f"results-{chosen.code}-{period}.xlsx")
        write_xlsx(
            path, [Sheet("结果", ("户号", "户主", "积分"), [list(r.values()) for r in rows])]
        )
        told = {"file": str(path), "households": len(rows)}
        said = _("households in {file}: {count}").format(file=path, count=len(rows))
        conclude(said, told, as_json)
    elif as_json or form == "json":
        print_json(rows)
    else:
        print_table(heads("household", "head", "points"), (list(row.values()) for row in rows))
