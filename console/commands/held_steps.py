"""`jifen step list · hold · release · retry · drop`: the steps of the cycle, and what people do to
them, with who and why."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import typer
from sqlalchemy.orm import Session

from console.commands.steps import Codes
from console.common import AsJson, communities_meant, print_json, print_table, reading, say, writing
from console.language import spoken
from console.who import By, who
from console.wording import _, heads, step_word, word
from domain.cycle import interventions as held
from domain.cycle.catalogue import kind_of, usual_step
from domain.cycle.occurrences import find_occurrence
from domain.kernel.errors import Refused
from domain.kernel.local_time import local_iso, local_text
from domain.kernel.period import Period
from domain.kernel.reasons import reason, told
from domain.store.database import database_now
from domain.store.tables.cycle import Occurrence, StepAct
from domain.store.tables.people import Community

Act = Callable[[Session, Occurrence, str, str, datetime], bool]
Process = Literal["collect", "audit", "objections", "publicity", "redemption", "settle", "report"]
ProcessArgument = Annotated[Process, typer.Argument(help="The process of the review cycle.")]
PeriodOption = Annotated[str, typer.Option("--period", metavar="P", help="e.g. 2026-03")]
StepOption = Annotated[
    str | None, typer.Option("--step", metavar="S", help="Left out: the process's usual step.")
]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why; kept.")]
ACTS: dict[str, tuple[Act, str]] = {
    "hold": (
        held.hold,
        "Let nobody do a step until it is released; the others go on."
        "\n\nExample: jifen step hold publicity -c ma --period 2026-Q1 --why 核对名单",
    ),
    "release": (
        held.release,
        "Let a step that is held, or that a person has dropped, be due again."
        "\n\nExample: jifen step release publicity -c ma --period 2026-Q1 --why 已核对",
    ),
    "retry": (
        held.retry,
        "Let a blocked or failed step be done again at once."
        "\n\nExample: jifen step retry audit -c ma --period 2026-03 --why 已补评",
    ),
    "drop": (
        held.drop,
        "Leave out a step on which no other rests: a reminder, the preview, a report."
        "\n\nExample: jifen step drop audit -c ma --period 2026-03 --step remind_1 --why 已评完",
    ),
}

app = typer.Typer(help="Steps of the cycle, and what people do to them.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="step")


def _command(name: str) -> Callable[..., None]:
    act, help_text = ACTS[name]

    def command(
        process: ProcessArgument,
        period: PeriodOption,
        why: Why,
        community: Codes = None,
        step: StepOption = None,
        by: By = None,
        as_json: AsJson = False,
    ) -> None:
        meant, chosen = Period.parse(period), _step(process, step)
        asked = who(by)
        with writing() as session:
            rows = [
                _done_to(session, each, (process, meant, chosen), act, asked, why)
                for each in communities_meant(session, community or ())
            ]
            refusals = [row["refused"] for row in rows if row["refused"] is not None]
            if len(refusals) == len(rows):
                raise refusals[0]
        _tell(rows, {"act": name, "by": asked, "why": why}, as_json)

    command.__doc__ = help_text
    return command


for _name in ACTS:
    app.command(_name)(_command(_name))


def _step(process: str, step: str | None) -> str:
    """The step that is meant: of those that the process has, else its usual one."""
    if step is not None:
        kind_of(process, step)
    return step or usual_step(process)


def _done_to(
    session: Session,
    community: Community,
    named: tuple[str, Period, str],
    act: Act,
    by: str,
    why: str,
) -> dict[str, Any]:
    """What became of one community's step; what does not fit is left out where another's does."""
    process, period, step = named
    row: dict[str, Any] = {
        "community": community.code,
        "process": process,
        "period": str(period),
        "step": step,
    }
    occurrence = find_occurrence(session, community, process, period, step)
    if occurrence is None:
        missing = reason(
            "step_not_written",
            community=community.code,
            step=" ".join((process, step, str(period))),
        )
        return row | {"state": None, "already": False, "said": missing, "refused": Refused(missing)}
    try:
        changed = act(session, occurrence, by, why, database_now(session))
    except Refused as refusal:
        return row | {
            "state": occurrence.state,
            "already": False,
            "said": refusal.why,
            "refused": refusal,
        }
    return row | {
        "state": occurrence.state,
        "already": not changed,
        "said": occurrence.outcome,
        "refused": None,
    }


def _tell(rows: list[dict[str, Any]], act: dict[str, str], as_json: bool) -> None:
    language = "en" if as_json else spoken()
    for row in rows:
        refusal = row.pop("refused")
        row["said"] = refusal.text(language) if refusal else told(row["said"], language)
        row["refused"] = refusal is not None
    if as_json:
        print_json(act | {"steps": rows})
        return
    print_table(
        heads("community", "process", "period", "step", "state", "what"),
        (
            (
                row["community"],
                word("processes", row["process"]),
                row["period"],
                step_word(row["step"]),
                word("step_states", row["state"]),
                row["said"],
            )
            for row in rows
        ),
    )
    if all(row["already"] for row in rows):
        say(_("it was so before: nothing is changed"))


@app.command("list")
def list_all(
    process: Annotated[Process | None, typer.Argument(help="Only of this process.")] = None,
    community: Codes = None,
    period: Annotated[str | None, typer.Option("--period", metavar="P")] = None,
    step: Annotated[str | None, typer.Option("--step", metavar="S")] = None,
    acts: Annotated[
        bool, typer.Option("--acts", help="Only what people did to steps, act by act.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Steps whose time has come, and those that are held, blocked, failed or dropped by a person.

    With a period or a step, in whatever state it is.

    Example: jifen step list -c ma
    """
    meant = str(Period.parse(period)) if period else None
    with reading() as session:
        found = held.steps_of(
            session,
            communities_meant(session, community or ()),
            database_now(session),
            process=process,
            period=meant,
            step=step,
            acted=acts,
        )
    if as_json:
        print_json([_row(*each) for each in found])
    elif acts:
        _show_acts(found)
    else:
        _show(found)


def _row(community: Community, step: Occurrence, acts: Sequence[StepAct]) -> dict[str, Any]:
    return {
        "community": community.code,
        "process": step.process,
        "period": step.period,
        "step": step.step,
        "due": local_iso(step.due_at),
        "state": step.state,
        "attempt": step.attempt,
        "said": told(step.outcome, "en"),
        "acts": [
            {"act": each.act, "by": each.by, "why": each.why, "at": local_iso(each.at)}
            for each in acts
        ],
    }


def _show(found: Sequence[held.Found]) -> None:
    if not found:
        say(_("no step waits for anything"))
        return
    print_table(
        heads("community", "due", "process", "period", "step", "state", "what"),
        (
            (
                community.code,
                local_text(step.due_at),
                word("processes", step.process),
                step.period,
                step_word(step.step),
                word("step_states", step.state),
                told(step.outcome, spoken()),
            )
            for community, step, _acts in found
        ),
    )


def _show_acts(found: Sequence[held.Found]) -> None:
    print_table(
        heads("when", "community", "process", "period", "step", "act", "by", "why"),
        (
            (
                local_text(each.at),
                community.code,
                word("processes", step.process),
                step.period,
                step_word(step.step),
                word("step_acts", each.act),
                each.by,
                each.why,
            )
            for community, step, acts in found
            for each in acts
        ),
    )
