"""The act (办理) of each step: what everybody calls who does a step, and nothing else."""

from collections.abc import Mapping

from domain.cycle.catalogue import kind_of
from domain.steps import audit, collect, objections, publicity, redemption, report, settlement
from domain.steps.work import Work

# By process, and by the step's name in the catalogue.
ACTS: Mapping[str, Mapping[str, Work]] = {
    "collect": collect.ACTS,
    "audit": audit.ACTS,
    "objections": objections.ACTS,
    "publicity": publicity.ACTS,
    "redemption": redemption.ACTS,
    "report": report.ACTS,
    "settle": settlement.ACTS,
}


def act_of(process: str, step: str) -> Work:
    """What a step does; BadInput where the catalogue has no such step."""
    return ACTS[process][kind_of(process, step).name]
