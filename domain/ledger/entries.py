"""Asking for entries (分录): which community an entry is of, its journal says."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, select

from domain.store.tables.ledger import Entry, Journal


def of_entries(communities: int | Collection[int], *columns: Any) -> Select[Any]:
    """A query for these columns of the entries of one community or several, by their ids; each
    entry stands beside its journal."""
    of = (
        Journal.community_id == communities
        if isinstance(communities, int)
        else Journal.community_id.in_(communities)
    )
    return (
        select(*columns).select_from(Entry).join(Journal, Journal.id == Entry.journal_id).where(of)
    )
