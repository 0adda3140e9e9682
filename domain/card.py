"""The points card (积分卡) as a program reads it."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from domain.cardbook import card_book
from domain.store.tables.people import Community

Row = dict[str, Any]
# The keys of INTERFACE.md, and what stands beside them since.
_ENTRY_KEYS = ("seq", "posted_at", "period", "kind", "item", "ref", "points", "reason")
_ONLY_ON_PAPER = ("head", "area")


def card(
    session: Session, community: Community, household: str, year: int, on: date | None = None
) -> Row:
    """A household's card of a year: score, balance, rank and every entry (INTERFACE.md); what can
    be redeemed `on` a day."""
    (whole,) = card_book(session, community, year, household, on)
    entries = [{key: entry[key] for key in _ENTRY_KEYS} for entry in whole["entries"]]
    shown = {key: value for key, value in whole.items() if key not in _ONLY_ON_PAPER}
    return shown | {"entries": entries}
