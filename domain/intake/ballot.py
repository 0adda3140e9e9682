"""The ballot (评议表): a reviewer's undecided claims as a sheet that is filled in and imported."""

from sqlalchemy.orm import Session

from domain.intake.columns import title_of
from domain.kernel.reasons import reason
from domain.review.evidence import evidence_of
from domain.review.sitting import Waiting, queue
from domain.sheets.writing import Sheet
from domain.store.tables.people import Community, Person

_COLUMNS = ("ref", "reviewer", "stage", "verdict", "note")
# Read by people and passed over by the import.
_REMARK = "备注"


def ballot(session: Session, community: Community, reviewer: Person) -> Sheet:
    """What waits for a reviewer, oldest first; verdict and note are left open.

    The remark tells what is claimed, and where the evidence that is expected is missing.
    """
    header = [*(title_of("decisions", code) for code in _COLUMNS), _REMARK]
    rows = [
        [each.claim.ref, reviewer.code, each.stage, None, None, _remark(each)]
        for each in queue(session, community, reviewer)
    ]
    return Sheet("评议", header, rows)


def _remark(waiting: Waiting) -> str:
    claim, item = waiting.claim, waiting.ruleset.item(waiting.claim.item)
    rests_on = evidence_of(item, claim)
    evidence = claim.evidence if rests_on == "given" else reason(f"evidence_{rests_on}")
    return reason(
        "ballot_line",
        household=waiting.household.code,
        head=waiting.household.head,
        item=item.name if item else claim.item,
        day=claim.occurred_on,
        place=claim.place,
        what=claim.reason,
        evidence=evidence,
    ).text()
