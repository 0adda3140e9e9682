"""Which flow does which process of the review cycle."""

from typing import Any

from prefect import Flow
from prefect.client.schemas import State

from flows.audit import monthly_audit
from flows.collect import collect_claims
from flows.publicity import quarterly_publicity
from flows.redemption import redemption_round
from flows.report import progress_report
from flows.settlement import yearly_settlement

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
    state: State[Any] | None = FLOWS[process](**parameters, return_state=True)
    assert state is not None  # that is what `return_state` asks for
    outcomes = state.result(raise_on_failure=False)
    if isinstance(outcomes, BaseException):
        raise outcomes
    return list(outcomes)
