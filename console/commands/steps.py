"""`jifen collect · audit · objections · publicity · redemption · settle · report`: one step, as a
flow run."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from config.settings import Settings, load
from console.common import (
    AsJson,
    AsOf,
    communities_meant,
    moment,
    open_database,
    print_json,
    print_table,
    reading,
    say,
    writing,
)
from console.language import spoken
from console.who import By, who
from console.wording import _, heads, step_word, word
from domain.community.registry import ruleset_on
from domain.cycle.catalogue import kind_of, kinds_of, periods_of, usual_step
from domain.kernel.errors import BadInput, Refused
from domain.kernel.local_time import local_iso
from domain.kernel.period import Period
from domain.kernel.reasons import reason as worded
from domain.store.database import database_now

if TYPE_CHECKING:
    from flows.steps.outcomes import Outcome

    StepOutcome = tuple[str, Outcome]

Codes = Annotated[
    list[str] | None,
    typer.Option("--community", "-c", metavar="C", help="Repeat it, or leave it out for all."),
]
PeriodOption = Annotated[str, typer.Option("--period", metavar="P")]
Step = Annotated[str | None, typer.Option("--step", metavar="S")]
WhyByHand = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why; kept.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")]

# By process: what the command does, an example. Its steps are the catalogue's.
PROCESSES: dict[str, tuple[str, str]] = {
    "collect": (
        "Take in claims that have come; `--step open` opens a period's books.",
        "jifen collect -c ma --period 2026-03",
    ),
    "audit": (
        "The monthly audit: register what is approved, carry over what is undecided.",
        "jifen audit -c ma --period 2026-03",
    ),
    "objections": (
        "Remind of answers to objections that are due; `--step window` of a window that closes.",
        "jifen objections -c ma --period 2026",
    ),
    "publicity": (
        "Publish a quarter's points, or close the window for objections.",
        "jifen publicity -c ma --period 2026-Q1",
    ),
    "redemption": (
        "Close a redemption round and post its figures.",
        "jifen redemption -c cb --period 2026-H1",
    ),
    "report": (
        "Draw up the progress report of a half year.",
        "jifen report -c cb --period 2026-H1",
    ),
}
# What a step ends in where the next one is not begun.
STOPPING = ("blocked", "failed")


def register(parent: typer.Typer) -> None:
    for process in PROCESSES:
        parent.command(process)(_command(process))
    parent.command("settle")(settle)


def _command(process: str) -> Callable[..., None]:
    help_text, example = PROCESSES[process]

    def command(
        period: PeriodOption,
        community: Codes = None,
        step: Step = None,
        as_of: AsOf = None,
        dry_run: DryRun = False,
        why: WhyByHand = "",
        by: By = None,
        as_json: AsJson = False,
    ) -> None:
        meant, chosen = _checked(process, period, step or usual_step(process))
        if process == "audit" and meant.kind == "quarter":
            meant = _last_month(meant, community)
        outcomes = _do(
            process, [chosen], meant, community, as_of, dry_run, {"why": why, "by": who(by)}
        )
        _tell(process, str(meant), outcomes, as_of, as_json, dry_run)

    # The usual one first; of those that go by a number, the first.
    kinds = sorted(kinds_of(process), key=lambda kind: not kind.usual)
    steps = ", ".join(f"{kind.name}_1 …" if kind.numbered else kind.name for kind in kinds)
    command.__doc__ = f"{help_text}\n\nSteps: {steps}.\n\nExample: {example}"
    return command


def settle(
    period: PeriodOption,
    community: Codes = None,
    step: Step = None,
    as_of: AsOf = None,
    dry_run: DryRun = False,
    force_by: Annotated[
        str,
        typer.Option("--force-by", metavar="NAME", help="Who (role town) settles all the same."),
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; kept.")] = "",
    why: WhyByHand = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """The yearly settlement: preview, settle, clear; without --step, all that is due.

    Example: jifen settle -c ma --period 2026 --dry-run
    """
    if bool(force_by) != bool(reason):
        raise BadInput(worded("force_needs_both"))
    year, chosen = _checked("settle", period, step or usual_step("settle"))
    steps = [chosen]
    if step is None and not dry_run:
        steps = ["settle", "clear"] if _clearing_is_due(community, year, as_of) else ["settle"]
    if force_by and not dry_run and "settle" in steps:
        _permit(community, year, force_by, reason)
    extra = {"force_by": force_by, "reason": reason or why, "by": who(by)}
    outcomes = _do("settle", steps, year, community, as_of, dry_run, extra)
    _tell("settle", str(year), outcomes, as_of, as_json, dry_run)


def _permit(codes: list[str] | None, year: Period, by: str, why: str) -> None:
    """Who has the right to it permits, once, what the run alone may not do."""
    from domain.community.years import settlement_of  # lazy: start
    from domain.settlement.permits import permit_force  # lazy: start

    with writing() as session:
        for each in communities_meant(session, codes or ()):
            if settlement_of(session, each, year.year) is None:
                permit_force(session, each, year.year, by, why, database_now(session))


def _checked(process: str, text: str, step: str) -> tuple[Period, str]:
    period = Period.parse(text)
    # `_last_month` says which month's audit a quarter's is.
    kinds = (*periods_of(process), *(("quarter",) if process == "audit" else ()))
    if period.kind not in kinds:
        wanted = tuple(worded(f"period_{kind}") for kind in kinds)
        raise BadInput(worded("period_of_other_kind", period=text, wanted=wanted))
    kind_of(process, step)
    return period, step


def _last_month(quarter: Period, codes: list[str] | None) -> Period:
    """What audits a quarter where the scheme audits by quarter (龙雨庄): its last month's audit."""
    month = Period.of("month", quarter.end)
    with reading() as session:
        for each in communities_meant(session, codes or ()):
            if ruleset_on(session, each, quarter.end).audit.every != "quarter":
                raise BadInput(worded("audits_monthly", community=each.name, month=month))
    return month


def _clearing_is_due(codes: list[str] | None, year: Period, as_of: str | None) -> bool:
    from domain.community.years import year_ruleset  # lazy: start
    from domain.cycle.calendar import clearing_moment  # lazy: start

    with reading() as session:
        moments = [
            clearing_moment(year_ruleset(session, each, year.year), year.year)
            for each in communities_meant(session, codes or ())
        ]
    return all(each is not None and each <= moment(as_of) for each in moments)


def _do(
    process: str,
    steps: list[str],
    period: Period,
    codes: list[str] | None,
    as_of: str | None,
    dry_run: bool,
    extra: dict[str, str],
) -> "list[StepOutcome]":
    """Run the steps as flow runs, on the server that the settings name or one started here."""
    with reading() as session:
        communities = [each.code for each in communities_meant(session, codes or ())]
    settings = load()
    return run_flows(settings, process, steps, period, communities, as_of, dry_run, extra)


def run_flows(
    settings: Settings,
    process: str,
    steps: list[str],
    period: Period,
    communities: list[str],
    as_of: str | None,
    dry_run: bool,
    extra: dict[str, str],
) -> "list[StepOutcome]":
    """The outcomes of each step for each community."""
    from flows.engine.server import connected, prefect_server  # lazy: start
    from flows.steps.runtime import use  # lazy: start
    from flows.watch.sights import WatchSettings  # lazy: start

    engine = open_database()
    use(engine, WatchSettings.of(settings), settings.locale)
    outcomes: list[StepOutcome] = []
    try:
        with (
            prefect_server(settings.prefect_api_url, settings.prefect_home) as url,
            connected(url, settings.prefect_home),
        ):
            from flows.catalogue import outcomes_of  # lazy: start

            for step in steps:
                done = outcomes_of(
                    process,
                    communities=communities,
                    period=str(period),
                    step=step,
                    as_of=moment(as_of),
                    dry_run=dry_run,
                    **extra,
                )
                outcomes += [(step, each) for each in done]
                if any(each.state in STOPPING for each in done):
                    break
    finally:
        engine.dispose()
    return outcomes


def _tell(
    process: str,
    period: str,
    outcomes: "list[StepOutcome]",
    as_of: str | None,
    as_json: bool,
    dry_run: bool,
) -> None:
    if as_json:
        rows = [{"step": step, **each.row()} for step, each in outcomes]
        print_json(
            {
                "process": process,
                "period": period,
                "as_of": local_iso(moment(as_of)),
                "dry_run": dry_run,
                "outcomes": rows,
            }
        )
    else:
        print_table(
            heads("community", "step", "state", "what"),
            (
                (
                    each.community,
                    step_word(step),
                    word("step_states", each.state),
                    each.why.text(spoken()),
                )
                for step, each in outcomes
            ),
        )
    bad = [each for _step, each in outcomes if each.state in STOPPING]
    if bad:
        raise Refused(worded("step_failed", community=bad[0].community, why=bad[0].why))
    say(_("{process} {period}: done").format(process=word("processes", process), period=period))
