"""The monthly audit (一月一审核): what was approved is registered, what was not is carried over."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session

from domain.calendar import audit_deadline, audit_period, next_audit
from domain.clock import local_date, local_text
from domain.community import adoptions_of, hash_on, ruleset_on
from domain.errors import Refused
from domain.ledger.post import Act, lock_heads, post
from domain.period import Period
from domain.scoring import differences, registered, registrable
from domain.store.tables import Claim, Community, Journal, Settlement


@dataclass(frozen=True)
class Audited:
    """What an audit did; `again` where it had been done before and nothing changed."""

    registered: int = 0
    entries: int = 0
    carried: int = 0
    again: bool = False


def act_of(period: Period) -> str:
    """The act under which a month's audit is posted."""
    return f"audit:{period}"


def is_closed(session: Session, community: Community, period: Period) -> bool:
    """Whether a month's audit has been posted."""
    return has_act(session, community, act_of(period))


def has_act(session: Session, community: Community, act: str) -> bool:
    """Whether a community's ledger has a journal for this act."""
    query = select(Journal.id).where(Journal.community_id == community.id, Journal.act == act)
    return session.scalar(query) is not None


def open_years(session: Session, community: Community, upto: int) -> list[int]:
    """Years whose points can still change: from the first adoption, not settled, until `upto`."""
    settled = set(
        session.scalars(select(Settlement.year).where(Settlement.community_id == community.id))
    )
    first = adoptions_of(session, community)[0].starts_on.year
    return [year for year in range(first, upto + 1) if year not in settled]


def open_books(session: Session, community: Community, period: Period, as_of: datetime) -> Audited:
    """Post the base points that a period's opening gives (ruling 10), once."""
    act = Act(f"base:{period}", str(period), as_of)
    if has_act(session, community, act.key):
        return Audited(again=True)
    return _post_base(session, community, act, period, as_of)


def _post_base(
    session: Session, community: Community, act: Act, period: Period, as_of: datetime
) -> Audited:
    lock_heads(session, [community.id])
    if period.year not in open_years(session, community, period.year):
        return Audited(again=True)
    rows = differences(session, community, [period.year], as_of, registered())
    rows = rows.filter(rows["kind"] == "base")
    journals = post(
        session,
        act,
        rows,
        {community.id: hash_on(session, community, _day(period, community, session))},
    )
    return Audited(entries=rows.height, again=not journals)


def _day(period: Period, community: Community, session: Session) -> date:
    return max(period.start, adoptions_of(session, community)[0].starts_on)


def welcome(session: Session, community: Community, as_of: datetime) -> Audited:
    """Post the base of households that have joined since the books were opened (ruling 10)."""
    day = local_date(as_of)
    year = Period(day.year, "year", 1)
    opened = session.scalar(
        select(func.count())
        .select_from(Journal)
        .where(Journal.community_id == community.id, Journal.act.like(f"base:{year}%"))
    )
    if not opened or year.year not in open_years(session, community, year.year):
        return Audited()
    rows = differences(session, community, [year.year], as_of, registered())
    rows = rows.filter(rows["kind"] == "base")
    if rows.is_empty():
        return Audited()
    act = Act(f"joined:{as_of.isoformat()}", str(Period.of("month", day)), as_of)
    post(session, act, rows, {community.id: hash_on(session, community, day)})
    return Audited(entries=rows.height)


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
    ruleset = ruleset_on(session, community, _day(period, community, session))
    if audit_period(ruleset, period.start) != period:
        raise Refused(f"{community.name} has no audit of {period}: its scheme audits by quarter")
    _refuse_early(session, community, period, as_of)
    years = open_years(session, community, period.year)
    rows = differences(session, community, years, as_of, registrable(str(period), as_of))
    act = Act(act_of(period), str(period), as_of, by)
    post(session, act, rows, {community.id: hash_on(session, community, period.end)})
    done = _register(session, community, period, as_of)
    carried = _carry_over(session, community, period, str(next_audit(ruleset, period)))
    return Audited(done, rows.height, carried)


def _refuse_early(session: Session, community: Community, period: Period, as_of: datetime) -> None:
    ruleset = ruleset_on(session, community, period.end)
    deadline = audit_deadline(ruleset, period)
    if as_of >= deadline:
        return
    if local_date(as_of) <= period.end:
        raise Refused(f"{period} is not over: its audit closes at {local_text(deadline)}")
    waiting = undecided(session, community, period)
    if waiting:
        raise Refused(
            f"{waiting} claims of {community.name} are undecided, and the audit of {period} is"
            f" open until {local_text(deadline)}: decide them, or wait"
        )


def undecided(session: Session, community: Community, period: Period) -> int:
    """How many claims of an audit (and of earlier ones) wait for a decision."""
    query = select(func.count()).where(
        Claim.community_id == community.id,
        Claim.status == "pending",
        Claim.audit <= str(period),
    )
    return session.scalar(query) or 0


def _register(session: Session, community: Community, period: Period, as_of: datetime) -> int:
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(Claim)
        .where(
            Claim.community_id == community.id,
            Claim.registered.is_(None),
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
