"""Who takes part (参与): from when to when a household's claims count, and whom a year ranks."""

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement

from domain.kernel.reasons import Reason, reason
from domain.rules.schema import Participants
from domain.store.tables.people import Household


@dataclass(frozen=True)
class Eligibility:
    """From when until when a household earns; `since` is None where it does not (yet), and
    `lacks` is then the reason."""

    since: date | None
    until: date | None
    lacks: Reason | None = None


def joins_on(who: Participants, began: date) -> date | None:
    """From when a household takes part of which the register gives no date (加入日期).

    Where a scheme takes part by will (有意愿), nobody does before having declared it
    (ruling 32); else everybody does since the scheme began.
    """
    return None if who.opt_in else began


def eligibility(household: Household, who: Participants) -> Eligibility:
    """Whether a household takes part under a ruleset (积分对象)."""
    since = household.enrolled_on
    if since is None:
        return Eligibility(None, None, reason("not_declared"))
    if not household.registered and who.outsiders is not None:
        if who.outsiders.consent and not household.consent:
            return Eligibility(None, None, reason("outsider_consent"))
        if who.outsiders.months:
            if household.resident_since is None:
                return Eligibility(None, None, reason("outsider_since"))
            since = max(since, _months_after(household.resident_since, who.outsiders.months))
    return Eligibility(since, household.left_on)


def _months_after(day: date, months: int) -> date:
    """The same day some months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(last, day.day))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def took_part(household: Household, year: int) -> bool:
    """Whether a household was enrolled on any day of a year: then it has a card of it."""
    if household.enrolled_on is None or household.enrolled_on > date(year, 12, 31):
        return False
    return household.left_on is None or household.left_on >= date(year, 1, 1)


def takes_part(
    communities: Sequence[int], day: date, who: Participants
) -> Iterator[ColumnElement[bool]]:
    """That a household takes part on a day (see `eligibility`), as conditions of a query.

    Neither those who may not take part yet, nor those who leave within the year, are ranked:
    whoever has opted out is shown no more, also where a notice comes late.
    """
    yield Household.community_id.in_(communities)
    yield Household.enrolled_on <= day
    yield Household.left_on.is_(None) | (Household.left_on >= date(day.year, 12, 31))
    if who.outsiders is not None and who.outsiders.consent:
        yield Household.registered.is_(True) | Household.consent.is_(True)
    if who.outsiders is not None and who.outsiders.months:
        latest = _months_before(day, who.outsiders.months)
        yield Household.registered.is_(True) | (Household.resident_since <= latest)


def _months_before(day: date, months: int) -> date:
    """The latest day that is at least so many months before: `_months_after` turned round."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    is_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if is_last else min(day.day, last))


def lives_here(community: int, day: date) -> Iterator[ColumnElement[bool]]:
    """That a household is on the register as living here on a day (常住户), whether it takes part
    or not."""
    yield Household.community_id == community
    yield Household.enrolled_on.is_(None) | (Household.enrolled_on <= day)
    yield Household.left_on.is_(None) | (Household.left_on >= day)
