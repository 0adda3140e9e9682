"""A household's particulars (农户信息): its head, group, phone, and how many take part.

Points hang on none of them but the committee's consent and the day of joining: the next posting
takes them up.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.community.activity import acted
from domain.community.joining import join
from domain.community.registry import find_household
from domain.kernel.errors import BadInput
from domain.kernel.names import NAME_MAX, require_short
from domain.kernel.reasons import reason
from domain.store.tables.people import Community, Household, Person

PHONE_MAX, MEMBERS_MAX = 40, 99


@dataclass(frozen=True)
class Particulars:
    """What is new of a household; None stays as it is, an empty group or phone is none.

    `consent` is given and not taken back: a household that ends taking part leaves.
    """

    head: str | None = None
    group: str | None = None
    phone: str | None = None
    members: int | None = None
    consent: bool = False
    enrolled_on: date | None = None


def change(session: Session, community: Community, code: str, new: Particulars) -> Household:
    """Take up new particulars (户主变更、调组等). People of the household who were of its group
    go with it to the new one."""
    household = find_household(session, community, code)
    if new == Particulars():
        raise BadInput(reason("nothing_new"))
    before = _counted(household)
    if new.head is not None:
        require_short("name_of_head", new.head, NAME_MAX)
        household.head = new.head
    if new.phone is not None:
        if new.phone:
            require_short("number_of_phone", new.phone, PHONE_MAX)
        household.phone = new.phone
    if new.members is not None:
        if not 1 <= new.members <= MEMBERS_MAX:
            raise BadInput(reason("members_range", limit=MEMBERS_MAX))
        household.members = new.members
    household.consent = household.consent or new.consent
    if new.enrolled_on is not None:
        join(session, community, household, new.enrolled_on)
    if new.group is not None:
        _move(session, household, new.group)
    if before != _counted(household):
        acted(session, community, on_register=True)
    session.flush()
    return household


def _counted(household: Household) -> tuple[object, ...]:
    """What points and averages come from."""
    return household.members, household.consent, household.enrolled_on


def _move(session: Session, household: Household, group: str) -> None:
    if group:
        require_short("name_of_group", group, NAME_MAX)
    people = session.scalars(
        select(Person).where(Person.household_id == household.id, Person.area == household.area)
    )
    for person in people:
        person.area = group
    household.area = group
