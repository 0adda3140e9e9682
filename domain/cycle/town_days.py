"""A town's own calendar (乡镇日历): its days off and working days, beside the country's."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.cycle.calendar import ANNOUNCED_YEARS, WorkingDays
from domain.kernel.errors import Refused
from domain.kernel.reasons import reason
from domain.store.tables.people import Community
from domain.store.tables.rules import NationalDay, TownDay


class DayOfNotice(NamedTuple):
    """A day of the State Council's notice: a day off, or a working day that makes up for one."""

    day: date
    working: bool
    why: str


def working_days(session: Session, community: Community) -> WorkingDays:
    """The working-day calendar of the community's town: its own days go before the country's."""
    days = {each.day: each.working for each in session.scalars(select(NationalDay))}
    days |= {each.day: each.working for each in days_of(session, community.town)}
    return WorkingDays(
        days_off=frozenset(day for day, working in days.items() if not working),
        working_days=frozenset(day for day, working in days.items() if working),
    )


def announced_years(session: Session) -> frozenset[int]:
    """The years whose holidays this release knows, or a sheet has told."""
    days = session.scalars(select(NationalDay.day))
    return frozenset({*ANNOUNCED_YEARS, *(day.year for day in days)})


def take_notice(session: Session, days: Sequence[DayOfNotice], now: datetime) -> None:
    """Take in a State Council's notice (放假安排): its days off and make-up working days.

    A day that was taken in before is as the newer notice says.
    """
    for each in days:
        known = session.get(NationalDay, each.day)
        if known is None:
            session.add(NationalDay(day=each.day, working=each.working, why=each.why, set_at=now))
        elif (known.working, known.why) != (each.working, each.why):
            known.working, known.why, known.set_at = each.working, each.why, now
    session.flush()


def days_of(session: Session, town: str) -> Sequence[TownDay]:
    """The days that a town has set, in order."""
    return session.scalars(select(TownDay).where(TownDay.town == town).order_by(TownDay.day)).all()


def set_day(
    session: Session, town: str, day: date, working: bool, why: str, now: datetime
) -> Sequence[Community]:
    """Make a day a working day or a day off in a town; its communities, whose steps may move."""
    communities = session.scalars(
        select(Community).where(Community.town == town).order_by(Community.code)
    ).all()
    if not communities:
        raise Refused(reason("town_unknown", town=town))
    known = session.scalar(select(TownDay).where(TownDay.town == town, TownDay.day == day))
    if known is None:
        session.add(TownDay(town=town, day=day, working=working, why=why, set_at=now))
    elif (known.working, known.why) != (working, why):
        known.working, known.why, known.set_at = working, why, now
    session.flush()
    return communities


def unset_day(session: Session, town: str, day: date) -> Sequence[Community]:
    """Let a day be again what it is in the country's calendar."""
    known = session.scalar(select(TownDay).where(TownDay.town == town, TownDay.day == day))
    if known is None:
        raise Refused(reason("town_day_unset", town=town, day=day))
    session.delete(known)
    session.flush()
    return session.scalars(
        select(Community).where(Community.town == town).order_by(Community.code)
    ).all()
