"""The year's books (账本): opened once a period, with the base points that the opening gives."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import false
from sqlalchemy.orm import Session

from domain.audit.scoring import differences
from domain.community.activity import look_at_register
from domain.community.registry import adoptions_of, hash_on
from domain.community.years import open_years
from domain.kernel.local_time import local_date
from domain.kernel.period import Period
from domain.ledger.acts import base_act, has_act, has_opened, joined_act, times_joined
from domain.ledger.post import Act, lock_heads, post
from domain.store.tables.ledger import EntryKind
from domain.store.tables.people import Community


@dataclass(frozen=True)
class Audited:
    """What an audit did; `again` where it had been done before and nothing changed."""

    registered: int = 0
    entries: int = 0
    carried: int = 0
    again: bool = False


def open_books(session: Session, community: Community, period: Period, as_of: datetime) -> Audited:
    """Post the base points that a period's opening gives (ruling 10), once."""
    lock_heads(session, [community.id])
    act = Act(base_act(period), str(period), as_of)
    closed = period.year not in open_years(session, community, period.year)
    if closed or has_act(session, community, act.key):
        return Audited(again=True)
    rows = _base(session, community, period.year, as_of).filter(pl.col("ref") == str(period))
    opened_on = max(period.start, adoptions_of(session, community)[0].starts_on)
    post(session, act, rows, {community.id: hash_on(session, community, opened_on)})
    return Audited(entries=rows.height)


def _base(session: Session, community: Community, year: int, as_of: datetime) -> pl.DataFrame:
    """The base points of a year that are gained and not posted."""
    # Claims neither give nor take base points: none are read.
    changes = differences(session, community, [year], as_of, false())
    return changes.entries.filter(pl.col("kind") == EntryKind.BASE)


def welcome(session: Session, community: Community, as_of: datetime) -> Audited:
    """Post the base of households that have joined since the books were opened (ruling 10)."""
    lock_heads(session, [community.id])
    look_at_register(session, community)
    day = local_date(as_of)
    opened = has_opened(session, community, day.year)
    if not opened or day.year not in open_years(session, community, day.year):
        return Audited()
    rows = _base(session, community, day.year, as_of)
    if rows.is_empty():
        return Audited()
    number = times_joined(session, community, day) + 1
    act = Act(joined_act(day, number), str(Period.of("month", day)), as_of)
    post(session, act, rows, {community.id: hash_on(session, community, day)})
    return Audited(entries=rows.height)
