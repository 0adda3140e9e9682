"""`jifen survey draw · correct · show`: who is asked, and what they answered in sum."""

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
from console.who import By, who
from console.wording import _, heads
from domain.kernel.documents import document
from domain.kernel.errors import BadInput, Refused
from domain.kernel.names import pasted
from domain.kernel.period import Period
from domain.kernel.reasons import reason
from domain.store.database import database_now

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
    from domain.intake.survey_sheet import survey_sheet  # lazy: start
    from domain.sheets.writing import write_xlsx  # lazy: start
    from domain.surveys import draw as domain  # lazy: start

    if out.suffix != ".xlsx":
        raise BadInput(reason("out_not_xlsx", file=out))
    with writing() as session:
        chosen = the_community(session, community)
        found = domain.draw(session, chosen, Period.parse(period), moment(as_of), count)
        page = survey_sheet(session, chosen, found)
        asked = len(list(page.rows))
        told = {
            "file": str(out),
            "households": asked,
            "sealed_on": found.sealed_on.isoformat(),
            "seal": found.seal,
        }
        write_xlsx(out, [page])
    said = _("households to ask in {file}: {count}, drawn by the seal of {day}; then `{command}`")
    then = f"jifen import survey {pasted(chosen.code)} {pasted(str(out))} --period {period}"
    conclude(said.format(file=out, count=asked, day=told["sealed_on"], command=then), told, as_json)


@app.command()
def correct(
    household: Annotated[str, typer.Argument(metavar="HOUSEHOLD")],
    period: HalfYear,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why; kept.")],
    aware: Annotated[
        bool | None, typer.Option("--aware/--not-aware", help="It knows the scheme.")
    ] = None,
    takes_part: Annotated[
        bool | None, typer.Option("--takes-part/--takes-no-part", help="It takes part.")
    ] = None,
    satisfied: Annotated[
        bool | None, typer.Option("--satisfied/--not-satisfied", help="It is satisfied.")
    ] = None,
    by: By = None,
    community: CommunityCode = None,
    as_json: AsJson = False,
) -> None:
    """Correct what a household answered: the later answer counts, the earlier one is kept.

    Example: jifen survey correct H001 --not-aware --period 2026-H1 -c cb --why 录入有误
    """
    from domain.surveys import draw as domain  # lazy: start

    said = {"aware": aware, "takes_part": takes_part, "satisfied": satisfied}
    answers = {question: answer for question, answer in said.items() if answer is not None}
    asked = who(by)
    with writing() as session:
        changed = domain.correct(
            session,
            the_community(session, community),
            Period.parse(period),
            household,
            answers,
            asked,
            why,
            database_now(session),
        )
    told = {
        "household": household,
        "answers": answers,
        "already": not changed,
        "by": asked,
        "why": why,
    }
    corrected = _("the answers of household {household} are corrected; the earlier ones are kept")
    unchanged = _("it was so before: nothing is changed")
    conclude(corrected.format(household=household) if changed else unchanged, told, as_json)


@app.command()
def show(period: HalfYear, community: CommunityCode = None, as_json: AsJson = False) -> None:
    """How many households were asked and answered, and the shares that know, join in, are content.

    Example: jifen survey show --period 2026-H1 -c cb
    """
    from domain.surveys.draw import corrections_of, find_survey, survey_figures  # lazy: start

    half = Period.parse(period)
    with reading() as session:
        chosen = the_community(session, community)
        survey, figures = find_survey(session, chosen, half), survey_figures(session, chosen, half)
        if survey is None or figures is None:
            raise Refused(reason("survey_not_drawn", period=half))
        told = document(figures) | {"corrected": len(corrections_of(session, survey))}
    if as_json:
        print_json({"period": period, **told})
    else:
        names = (
            _("asked"),
            _("answered"),
            _("know the scheme (%)"),
            _("take part (%)"),
            _("satisfied (%)"),
            _("drawn by the seal of"),
            _("seal"),
            _("corrected answers"),
        )
        print_table(heads("what", "value"), zip(names, told.values(), strict=True))
