"""Where claims are collected (收集申报): of an evening, only where something came.

A collection takes in what the inbox holds and gives households that have joined their base points.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import extract, select
from sqlalchemy.orm import Session

from domain.community.activity import with_changed_register
from domain.community.outlines import outlines_on
from domain.community.participation import eligibility
from domain.kernel.local_time import local_date
from domain.store.tables.claims import InboxRow
from domain.store.tables.cycle import Occurrence
from domain.store.tables.people import Household
from domain.store.tables.rules import Adoption

# What a collection takes in of the inbox; the rest is people's to do.
KINDS = ("goods", "households", "members", "claims")


def where_something_came(session: Session, evening: Sequence[Occurrence], at: datetime) -> set[int]:
    """The communities that have something to take in, or households that may have to get points.

    What comes with a day, and by nobody's act, counts from the first of these evenings on: before
    it, the last collection saw to it.
    """
    ids = [row.community_id for row in evening]
    since, today = local_date(min(row.due_at for row in evening)), local_date(at)
    found = with_changed_register(session, ids)
    for query in (
        select(InboxRow.community_id).where(
            InboxRow.community_id.in_(ids),
            InboxRow.taken_at.is_(None),
            InboxRow.effective_at <= at,
            InboxRow.kind.in_(KINDS),
        ),
        select(Household.community_id).where(
            Household.community_id.in_(ids), Household.enrolled_on.between(since, today)
        ),
        select(Adoption.community_id).where(
            Adoption.community_id.in_(ids), Adoption.starts_on.between(since, today)
        ),
    ):
        found |= set(session.scalars(query.distinct()))
    return found | _with_outsiders(session, set(ids) - found, since, today)


def _with_outsiders(
    session: Session, communities: Collection[int], since: date, today: date
) -> set[int]:
    """Where households from elsewhere have lived long enough from one of these days on."""
    days = [since + timedelta(days=number) for number in range((today - since).days + 1)]
    # The same day some months later may be a shorter month's last one.
    numbers = {day.day for day in days}
    if any((day + timedelta(days=1)).day == 1 for day in days):
        numbers |= {29, 30, 31}
    rows = session.scalars(
        select(Household).where(
            Household.community_id.in_(communities),
            Household.registered.is_(False),
            Household.enrolled_on <= today,
            Household.left_on.is_(None),
            extract("day", Household.resident_since).in_(numbers),
        )
    ).all()
    if not rows:
        return set()
    rulesets = outlines_on(session, today, {row.community_id for row in rows})
    found = set()
    for row in rows:
        ruleset = rulesets.get(row.community_id)
        able = eligibility(row, ruleset.participants).since if ruleset else None
        if able is not None and since <= able <= today:
            found.add(row.community_id)
    return found
