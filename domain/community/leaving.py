"""A household stops taking part (退出、迁出)."""

from datetime import date

from sqlalchemy.orm import Session

from domain.community.activity import acted
from domain.community.registry import find_household
from domain.community.years import last_settled
from domain.kernel.errors import Refused
from domain.kernel.reasons import reason
from domain.store.tables.people import Community, Household


def leave(session: Session, community: Community, code: str, last_day: date, why: str) -> Household:
    """A household opts out or moves away (退出、迁出): it stops earning after `last_day`.

    The same again changes nothing. Refused in a year that is settled: its ranks and points stand.
    """
    household = find_household(session, community, code)
    if (household.left_on, household.left_why) == (last_day, why):
        return household
    if household.left_on is not None:
        raise Refused(reason("left_before", household=code, day=household.left_on))
    if household.enrolled_on is None:
        raise Refused(reason("not_declared"))
    if last_day < household.enrolled_on:
        raise Refused(reason("enrolled_later", household=code, day=household.enrolled_on))
    settled = last_settled(session, community)
    if settled is not None and last_day.year <= settled:
        raise Refused(
            reason("left_settled", year=settled, community=community.name, household=code)
        )
    household.left_on, household.left_why = last_day, why
    acted(session, community, on_register=True)
    return household
