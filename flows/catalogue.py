"""Which flow does which process of the review cycle."""

from typing import Any

from prefect import Flow, tags
from prefect.client.schemas import State

from domain.kernel.errors import JifenError, Refused
from domain.kernel.reasons import reason
from flows.audit import monthly_audit
from flows.collect import collect_claims
from flows.objections import handle_objections
from flows.publicity import quarterly_publicity
from flows.redemption import redemption_round
from flows.report import progress_report
from flows.settlement import yearly_settlement
from flows.steps.outcomes import Outcome
from flows.steps.running import OUTCOMES, REFUSALS

FLOWS: dict[str, Flow[..., Any]] = {
    "collect": collect_claims,
    "audit": monthly_audit,
    "objections": handle_objections,
    "publicity": quarterly_publicity,
    "redemption": redemption_round,
    "settle": yearly_settlement,
    "report": progress_report,
}


def run(process: str, **parameters: Any) -> list[dict[str, str]]:
    """Run a flow in this process; what it did for each community: community, state, said."""
    return [each.row() for each in outcomes_of(process, **parameters)]


def outcomes_of(process: str, **parameters: Any) -> list[Outcome]:
    """Run a flow in this process; what it did for each community."""
    outcomes: dict[str, Outcome] = {}
    refusals: list[JifenError] = []
    tokens = OUTCOMES.set(outcomes), REFUSALS.set(refusals)
    words = [process, *(str(parameters[key]) for key in ("step", "period") if key in parameters)]
    try:
        with tags(*words):
            state: State[Any] | None = FLOWS[process](**parameters, return_state=True)
    finally:
        OUTCOMES.reset(tokens[0])
        REFUSALS.reset(tokens[1])
    if refusals:
        raise refusals[0]
    if len(outcomes) < len(parameters["communities"]):
        # It ended before its work: only then is the state all there is to tell.
        why = state.message if state else reason("run_stateless")
        raise Refused(reason("run_ended_early", process=process, why=why))
    return list(outcomes.values())
