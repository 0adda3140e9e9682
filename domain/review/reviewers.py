"""Reviewers (评议人): who may decide at which stage, and on whose households they may not.

Nobody decides on their own or their kin's household (ruling 21); where the scheme assesses
crosswise, nor in their own area.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel.errors import Refused
from domain.kernel.reasons import Reason, reason
from domain.rules.schema import Ruleset, Stage
from domain.store.tables.people import Community, Household, Kin, Person, Role, RoleName

# Who decides: reviewers, and the roles that sit at the stages of that role.
DECIDING = (RoleName.REVIEWER, RoleName.TOWN, RoleName.COMMITTEE)


def sits_at(stage: Stage, role: RoleName, own_stage: str) -> bool:
    """Whether a role decides at a stage: a reviewer at their own, the others where the stage is
    their role's."""
    if role == RoleName.REVIEWER:
        return own_stage == stage.id
    return role == RoleName(stage.role)


class Reviewers:
    """A community's reviewers and their kin, read once; then it can be asked of many claims."""

    def __init__(self, session: Session, community: Community) -> None:
        mine = Person.community_id == community.id
        self._seats = (
            session.execute(
                select(Person, Role)
                .join(Role, Role.person_id == Person.id)
                .where(mine, Role.role.in_(DECIDING))
                .order_by(Person.code)
            )
            .tuples()
            .all()
        )
        own = select(Person.household_id).where(mine, Person.household_id.is_not(None))
        kin = select(Kin.household_id, Kin.kin_id).where(Kin.household_id.in_(own))
        self._kin = set(session.execute(kin).tuples())

    def at(self, ruleset: Ruleset, stage: Stage) -> list[Person]:
        """Who may decide at a stage. A reviewer without a stage sits at the first one; the
        town's contact and a member of the committee (村“两委”) sit where the stage is theirs."""
        first = ruleset.review.stages[0].id
        people = {
            person.id: person
            for person, seat in self._seats
            if sits_at(stage, seat.role, seat.stage or first)
        }
        return list(people.values())

    def bar(self, ruleset: Ruleset, person: Person, household: Household) -> Reason | None:
        """Why a person may not decide on a household (回避), or None."""
        if person.household_id is not None:
            if person.household_id == household.id:
                return reason("own_household")
            if (person.household_id, household.id) in self._kin:
                return reason("kin_household")
        if ruleset.review.crosswise and person.area and person.area == household.area:
            return reason("own_area", area=household.area)
        return None

    def require(self, ruleset: Ruleset, person: Person, stage: Stage, household: Household) -> None:
        """Refuse who is no reviewer of the stage, or barred from the household."""
        if all(person.id != known.id for known in self.at(ruleset, stage)):
            raise Refused(
                reason("not_reviewer", person=person.name, stage=stage.id, name=stage.name)
            )
        self.require_unbarred(ruleset, person, household)

    def require_unbarred(self, ruleset: Ruleset, person: Person, household: Household) -> None:
        """Refuse who may not decide on a household."""
        why = self.bar(ruleset, person, household)
        if why is not None:
            raise Refused(reason("barred", person=person.name, household=household.code, why=why))
