"""What a claim rests on (依据): a document, a promise, or what people saw (ruling 33).

What an item asks is its `evidence`: `required`: without it the claim is refused at intake;
`promise`: the claim itself is the recorded promise (事项承诺) that stands for it; `expected`: the
claim is taken in without it, and whoever approves it says why.
"""

from typing import Literal

from domain.rules.schema import Item
from domain.store.tables.claims import Claim

EvidenceState = Literal["given", "promise", "seen", "missing"]
# The review group saw it itself (小组现场看), or residents voted (居民一起评).
_SEEN = ("inspection", "vote")


def evidence_of(item: Item | None, claim: Claim) -> EvidenceState:
    """What a claim rests on; `missing` where it ought to rest on something and does not."""
    if claim.evidence.strip():
        return "given"
    if item is not None and item.evidence == "promise":
        return "promise"
    return "seen" if claim.channel in _SEEN else "missing"
