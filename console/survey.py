"""`jifen survey draw · show`: which households are asked, and what they answered in sum."""

from pathlib import Path
from typing import Annotated

import typer

from console.common import (
    AsJson,
    AsOf,
    CommunityCode,
    conclude,
    moment,
    print_json,
    print_table,
    reading,
    the_community,
    writing,
)
from console.wording import _, heads
from domain.errors import BadInput, Refused
from domain.names import pasted
from domain.period import Period
from domain.reasons import reason

app = typer.Typer(help="Surveys of households (入户调查).", no_args_is_help=True)
HalfYear = Annotated[str, typer.Option("--period", metavar="PERIOD", help="e.g. 2026-H1")]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="survey")


@app.command()
def draw(
    period: HalfYear,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.xlsx")],
    count: Annotated[
        int | None,
        typer.Option("--count", min=1, help="How many households; else by the village's size."),
    ] = None,
    community: CommunityCode = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Draw the households to ask, by the ledger's seal of the day before, as a sheet to fill in.

    Example: jifen survey draw --period 2026-H1 --out 调查表.xlsx -c cb
    """
    from domain import survey as domain  # noqa: PLC0415
    from domain.spreadsheet_writing import write_xlsx  # noqa: PLC0415
    from domain.survey_sheet import survey_sheet  # noqa: PLC0415

    if out.suffix != ".xlsx":
        raise BadInput(reason("out_not_xlsx", file=out))
    with writing() as session:
        chosen = the_community(session, community)
        found = domain.draw(session, chosen, Period.parse(period), moment(as_of), count)
        page = survey_sheet(session, chosen, found)
        asked = len(list(page.rows))
        told = {
            "file": str(out), "households": asked, "sealed_on": found.sealed_on.isoformat(),
            "seal": found.seal,
        }  # fmt: skip
        write_xlsx(out, [page])
    said = _("households to ask in {file}: {count}, drawn by the seal of {day}; then `{command}`")
    then = f"jifen import survey {pasted(chosen.code)} {pasted(str(out))} --period {period}"
    conclude(said.format(file=out, count=asked, day=told["sealed_on"], command=then), told, as_json)


@app.command()
def show(period: HalfYear, community: CommunityCode = None, as_json: AsJson = False) -> None:
    """How many households were asked and answered, and the shares that know, join in, are content.

    Example: jifen survey show --period 2026-H1 -c cb
    """
    from domain.survey import survey_figures  # noqa: PLC0415

    half = Period.parse(period)
    with reading() as session:
        figures = survey_figures(session, the_community(session, community), half)
    if figures is None:
        raise Refused(reason("survey_not_drawn", period=half))
    if as_json:
        print_json({"period": period, **figures})
    else:
        names = (
            _("asked"), _("answered"), _("know the scheme (%)"), _("take part (%)"),
            _("satisfied (%)"), _("drawn by the seal of"), _("seal"),
        )  # fmt: skip
        print_table(heads("what", "value"), zip(names, figures.values(), strict=True))
