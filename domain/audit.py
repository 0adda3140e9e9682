"""The monthly audit (一月一审核): what was approved is registered, what was not is carried over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import CursorResult, extract, false, func, select, update
from sqlalchemy.orm import Session

from domain.acted import look_at_register
from domain.calendar import audit_deadline, audit_period, next_audit
from domain.claims import registered, registrable
from domain.clock import local_date, local_text
from domain.community import adoptions_of, hash_on, ruleset_on
from domain.errors import Refused
from domain.ledger.acts import audit_act, has_act
from domain.ledger.post import Act, lock_heads, post
from domain.period import Period
from domain.reasons import reason
from domain.scoring import differences
from domain.store.tables.claims import Claim
from domain.store.tables.ledger import Journal
from domain.store.tables.people import Community
from domain.store.tables.settlement import Settlement


@dataclass(frozen=True)
class Audited:
    """What an audit did; `again` where it had been done before and nothing changed."""

    registered: int = 0
    entries: int = 0
    carried: int = 0
    again: bool = False


def is_closed(session: Session, community: Community, period: Period) -> bool:
    """Whether a month's audit has been posted."""
    return has_act(session, community, audit_act(period))


def open_years(session: Session, community: Community, upto: int) -> list[int]:
    """Years whose points can still change: from the first adoption, not settled, until `upto`."""
    settled = set(
        session.scalars(select(Settlement.year).where(Settlement.community_id == community.id))
    )
    first = adoptions_of(session, community)[0].starts_on.year
    return [year for year in range(first, upto + 1) if year not in settled]


def open_books(session: Session, community: Community, period: Period, as_of: datetime) -> Audited:
    """Post the base points that a period's opening gives (ruling 10), once."""
    lock_heads(session, [community.id])
    act = Act(f"base:{period}", str(period), as_of)
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
    return changes.entries.filter(pl.col("kind") == "base")


def welcome(session: Session, community: Community, as_of: datetime) -> Audited:
    """Post the base of households that have joined since the books were opened (ruling 10)."""
    lock_heads(session, [community.id])
    look_at_register(session, community)
    day = local_date(as_of)
    opened = _acts_like(session, community, f"base:{day.year}%")
    if not opened or day.year not in open_years(session, community, day.year):
        return Audited()
    rows = _base(session, community, day.year, as_of)
    if rows.is_empty():
        return Audited()
    number = _acts_like(session, community, f"joined:{day}:%") + 1
    act = Act(f"joined:{day}:{number}", str(Period.of("month", day)), as_of)
    post(session, act, rows, {community.id: hash_on(session, community, day)})
    return Audited(entries=rows.height)


def _acts_like(session: Session, community: Community, pattern: str) -> int:
    query = select(func.count()).where(
        Journal.community_id == community.id, Journal.act.like(pattern)
    )
    return session.scalar(query) or 0


def close_audit(
    session: Session, community: Community, period: Period, as_of: datetime, by: str = "jifen"
) -> Audited:
    """Register the month's approved claims in the ledger and carry over the undecided ones.

    Refused before the month is over, and before the deadline while claims are undecided.
    Nothing is dropped and nothing is approved by silence (ruling 18).
    """
    lock_heads(session, [community.id])
    if is_closed(session, community, period):
        return Audited(again=True)
    # Where the rules change within the month, those of its end audit it, as the cycle plans it.
    ruleset = ruleset_on(session, community, period.end)
    due = audit_period(ruleset, period.start)
    if due != period:
        raise Refused(reason("audit_by_quarter", community=community.name, period=period, due=due))
    _refuse_early(session, community, period, as_of)
    years = open_years(session, community, period.year)
    # Registered first, so that what is posted is what is registered, whoever decides meanwhile.
    done = _register(session, community, period, as_of, years)
    changes = differences(session, community, years, as_of, registered())
    act = Act(audit_act(period), str(period), as_of, by)
    rulesets = {community.id: hash_on(session, community, period.end)}
    post(session, act, changes.entries, rulesets, changes.effects)
    carried = _carry_over(session, community, period, str(next_audit(ruleset, period)))
    return Audited(done, changes.entries.height, carried)


def _refuse_early(session: Session, community: Community, period: Period, as_of: datetime) -> None:
    ruleset = ruleset_on(session, community, period.end)
    deadline = audit_deadline(ruleset, period)
    if as_of >= deadline:
        return
    if local_date(as_of) <= period.end:
        raise Refused(reason("audit_early", period=period, moment=local_text(deadline)))
    waiting = undecided(session, community, period)
    if waiting:
        raise Refused(
            reason(
                "audit_undecided", count=waiting, community=community.name, period=period,
                moment=local_text(deadline),
            )
        )  # fmt: skip


def undecided(session: Session, community: Community, period: Period) -> int:
    """How many claims of an audit (and of earlier ones) wait for a decision."""
    query = select(func.count()).where(
        Claim.community_id == community.id,
        Claim.status == "pending",
        Claim.audit <= str(period),
    )
    return session.scalar(query) or 0


def _register(
    session: Session, community: Community, period: Period, as_of: datetime, years: list[int]
) -> int:
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(Claim)
        .where(
            Claim.community_id == community.id,
            Claim.registered.is_(None),
            extract("year", Claim.occurred_on).in_(years),
            registrable(str(period), as_of),
        )
        .values(registered=str(period))
    )
    return result.rowcount


def _carry_over(session: Session, community: Community, period: Period, into: str) -> int:
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(Claim)
        .where(
            Claim.community_id == community.id,
            Claim.status == "pending",
            Claim.audit <= str(period),
        )
        .values(audit=into, carried=Claim.carried + 1)
    )
    return result.rowcount
