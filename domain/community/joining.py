"""From when a household takes part (加入): the day of its declaration, entered or put right."""

from datetime import date

from sqlalchemy.orm import Session

from domain.community.years import last_settled
from domain.kernel.errors import Refused
from domain.kernel.reasons import reason
from domain.store.tables.people import Community, Household


def join(session: Session, community: Community, household: Household, day: date) -> None:
    """A household takes part from `day` on, whatever stood there before (ruling 32).

    The next collection gives its base points, and the next audit corrects what was posted under
    another day. Refused where that would change a settled year, or after the household has left.
    """
    before = household.enrolled_on
    if day == before:
        return
    settled = last_settled(session, community)
    first = min(day, before or day)
    if settled is not None and first.year <= settled:
        raise Refused(reason("joined_settled", household=household.code, year=settled))
    if household.left_on is not None and day > household.left_on:
        raise Refused(reason("after_left", day=day, until=household.left_on))
    household.enrolled_on = day
