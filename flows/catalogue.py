"""Which flow does which process of the review cycle."""

from dataclasses import asdict
from typing import Any

from prefect import Flow, tags
from prefect.client.schemas import State

from domain.errors import Refused
from flows.audit import monthly_audit
from flows.collect import collect_claims
from flows.publicity import quarterly_publicity
from flows.redemption import redemption_round
from flows.report import progress_report
from flows.settlement import yearly_settlement
from flows.steps import OUTCOMES, Outcome

FLOWS: dict[str, Flow[..., Any]] = {
    "collect": collect_claims,
    "audit": monthly_audit,
    "publicity": quarterly_publicity,
    "redemption": redemption_round,
    "settle": yearly_settlement,
    "report": progress_report,
}


def run(process: str, **parameters: Any) -> list[dict[str, str]]:
    """Run a flow in this process; what it did for each community: community, state, said."""
    outcomes: dict[str, Outcome] = {}
    token = OUTCOMES.set(outcomes)
    words = [process, *(str(parameters[key]) for key in ("step", "period") if key in parameters)]
    try:
        with tags(*words):
            state: State[Any] | None = FLOWS[process](**parameters, return_state=True)
    finally:
        OUTCOMES.reset(token)
    if len(outcomes) < len(parameters["communities"]):
        # It ended before its work: only then is the state all there is to tell.
        raise Refused(f"{process} failed: {state.message if state else 'no state'}")
    return [asdict(outcomes[code]) for code in parameters["communities"]]
