"""A ruleset's outline (要点): what is asked of all communities' rules at once.

A county's villages may each have a version of their own, and a version is mostly items: to read
some thousands of them whole, only to see how many sit at a stage, takes seconds and much memory.
"""

from pydantic import BaseModel, ConfigDict

from domain.rules.schema import Audit, Fund, Participants, Redemption, Review, Ruleset, Value


class Outline(BaseModel):
    """These parts of a ruleset, under its own names for them."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    participants: Participants
    audit: Audit
    review: Review
    redemption: Redemption
    value: Value | None = None
    funds: tuple[Fund, ...] = ()


# Either of them answers what an outline can be asked.
Outlined = Ruleset | Outline
