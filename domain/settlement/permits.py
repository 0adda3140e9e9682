"""Permits (许可): somebody with the right says beforehand that a year is settled in spite of
blockers.

A run of the engine may be started by whoever reaches the engine; what overcomes the settlement's
gate is decided in the domain, by a registered person with the role `town`, once per permit.
"""

from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from domain.kernel.errors import Refused
from domain.kernel.local_time import SKEW_MAX
from domain.kernel.reasons import reason
from domain.settlement.settle import NAME_MAX, Force
from domain.store.tables.people import Community, Person, Role, RoleName
from domain.store.tables.settlement import Permit, PermitUse

RIGHT = RoleName.TOWN
# A permit is for the settlement that it was made for, not for one of next month.
VALID = timedelta(days=1)


def permit_force(
    session: Session, community: Community, year: int, by: str, why: str, now: datetime
) -> Permit:
    """Permit once to settle a year in spite of blockers; `by` is a person's code or name.

    Refused where they have no right to it, or give no reason.
    """
    if not by.strip() or not why.strip() or len(by) > NAME_MAX:
        raise Refused(reason("force_lacks"))
    person = session.scalars(
        select(Person)
        .join(Role, Role.person_id == Person.id)
        .where(
            Person.community_id == community.id,
            Role.role == RIGHT,
            or_(Person.code == by.strip(), Person.name == by.strip()),
        )
        .order_by(Person.code)
    ).first()
    if person is None:
        raise Refused(reason("force_needs_town", person=by.strip(), community=community.name))
    permit = Permit(
        community_id=community.id,
        year=year,
        person_id=person.id,
        named=by.strip(),
        why=why.strip(),
        made_at=now,
    )
    session.add(permit)
    session.flush()
    return permit


def use_permit(
    session: Session, community: Community, year: int, by: str, why: str, now: datetime
) -> Force:
    """Use up the permit that `by` has made with this reason; Refused where there is none."""
    used = exists().where(PermitUse.permit_id == Permit.id)
    permit = session.scalars(
        select(Permit)
        .where(
            Permit.community_id == community.id,
            Permit.year == year,
            Permit.named == by.strip(),
            Permit.why == why.strip(),
            Permit.made_at.between(now - VALID, now + SKEW_MAX),
            ~used,
        )
        .order_by(Permit.id)
    ).first()
    if permit is None:
        raise Refused(
            reason("force_not_permitted", community=community.name, where=community.code, year=year)
        )
    session.add(PermitUse(permit_id=permit.id, used_at=now))
    session.flush()
    person = session.get_one(Person, permit.person_id)
    return Force(person.name, permit.why)
