"""Communities (社区、村), the rulesets they adopt, their households and people."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from domain.kernel.errors import BadInput, Refused
from domain.kernel.names import NAME_MAX, require_code, require_short
from domain.kernel.reasons import reason
from domain.rules.load import content_hash
from domain.rules.schema import Ruleset
from domain.rules.versions import Version, version_on
from domain.store.tables.people import Community, Household, Kin, Member, Person, Role, RoleName
from domain.store.tables.rules import Adoption, RulesetVersion

ROLES = tuple(RoleName)


def find_community(session: Session, text: str) -> Community:
    """The community with this code, or the only one of this name."""
    community = session.scalar(select(Community).where(Community.code == text))
    if community is not None:
        return community
    named = session.scalars(
        select(Community).where(Community.name == text).order_by(Community.code)
    ).all()
    if not named:
        raise Refused(reason("community_unknown", value=text))
    if len(named) > 1:
        codes = tuple(each.code for each in named)
        raise Refused(reason("community_ambiguous", value=text, codes=codes))
    return named[0]


def adoptions_of(session: Session, community: Community) -> Sequence[Adoption]:
    """A community's adoptions, earliest first."""
    return session.scalars(
        select(Adoption).where(Adoption.community_id == community.id).order_by(Adoption.starts_on)
    ).all()


def versions_of(session: Session, community: Community) -> list[Version]:
    """What is in force for a community, and from when."""
    return [
        Version(adoption.starts_on, ruleset_by_hash(session, adoption.hash))
        for adoption in adoptions_of(session, community)
    ]


def ruleset_in_force(session: Session, ruleset_id: str) -> Ruleset | None:
    """The version under this id that a community adopted last; None where none did."""
    key = session.scalar(
        select(RulesetVersion.hash)
        .join(Adoption, Adoption.hash == RulesetVersion.hash)
        .where(RulesetVersion.ruleset == ruleset_id)
        .order_by(Adoption.starts_on.desc(), Adoption.id.desc())
        .limit(1)
    )
    return None if key is None else ruleset_by_hash(session, key)


def ruleset_on(session: Session, community: Community, day: date) -> Ruleset:
    """The ruleset in force for a community on a day; Refused names the day where none is."""
    return version_on(versions_of(session, community), day).ruleset


def hash_on(session: Session, community: Community, day: date) -> str:
    """The content hash of the version in force on a day."""
    return hashes_on(session, [community], day)[community.id]


def hashes_on(session: Session, communities: Sequence[Community], day: date) -> dict[int, str]:
    """By community id, the content hash of the version in force on a day, in one query."""
    query = (
        select(Adoption.community_id, Adoption.hash)
        .where(
            Adoption.community_id.in_([community.id for community in communities]),
            Adoption.starts_on <= day,
        )
        .order_by(Adoption.starts_on)
    )
    # Later adoptions overwrite earlier ones.
    hashes = dict(session.execute(query).tuples().all())
    for community in communities:
        if community.id not in hashes:
            raise Refused(reason("ruleset_not_in_force", community=community.name, day=day))
    return hashes


def ruleset_by_hash(session: Session, key: str) -> Ruleset:
    """A kept version; its content must still have the hash under which it was kept."""
    stored = session.get(RulesetVersion, key)
    if stored is None or content_hash(stored.content) != key:
        raise Refused(reason("rules_missing_in_database", version=key[:12]))
    return _parsed(stored.content)


@lru_cache(maxsize=64)
def _parsed(content: str) -> Ruleset:
    return Ruleset.model_validate_json(content)


def find_household(session: Session, community: Community, code: str) -> Household:
    """The household with this number (户号)."""
    household = session.scalar(
        select(Household).where(Household.community_id == community.id, Household.code == code)
    )
    if household is None:
        raise Refused(reason("household_unknown", value=code))
    return household


def households_of(session: Session, community: Community) -> Sequence[Household]:
    """All households ever enrolled, by number."""
    return session.scalars(
        select(Household).where(Household.community_id == community.id).order_by(Household.code)
    ).all()


def member_counts(session: Session, community: Community) -> dict[int, int]:
    """Taking-part members by household id: the stated number (参与人数), else those on file."""
    listed = dict(
        session.execute(
            select(Member.household_id, func.count())
            .join(Household, Household.id == Member.household_id)
            .where(Household.community_id == community.id)
            .group_by(Member.household_id)
        )
        .tuples()
        .all()
    )
    return {
        household.id: household.members or listed.get(household.id, 0)
        for household in households_of(session, community)
    }


def find_person(session: Session, community: Community, code: str) -> Person:
    """The person with this code in a community."""
    person = session.scalar(
        select(Person).where(Person.community_id == community.id, Person.code == code)
    )
    if person is None:
        raise Refused(reason("person_unknown", value=code))
    return person


def add_person(
    session: Session,
    community: Community,
    code: str,
    name: str,
    roles: Sequence[str],
    *,
    stages: Sequence[str] = (),
    household: str | None = None,
    area: str = "",
    notify: Sequence[str] = (),
) -> Person:
    """A person with roles; the same again changes nothing but where reminders go."""
    require_short("name_of_person", name, NAME_MAX)
    if area:
        require_short("area_of_person", area, NAME_MAX)
    if not roles:
        raise BadInput(reason("role_missing", choices=ROLES))
    for role in roles:
        if role not in ROLES:
            raise BadInput(reason("role_unknown", value=role, choices=ROLES))
    if RoleName.VILLAGER in roles and not household:
        raise BadInput(reason("villager_needs_household"))
    _refuse_unknown_stages(session, community, stages)
    home = find_household(session, community, household) if household else None
    person = session.scalar(
        select(Person).where(Person.community_id == community.id, Person.code == code)
    )
    if person is None:
        require_code("code_of_person", code)
        person = Person(community_id=community.id, code=code, name=name)
        session.add(person)
    elif person.name != name:
        raise Refused(reason("person_exists", person=code, name=person.name))
    person.household_id = home.id if home else person.household_id
    person.area = area or person.area or (home.area if home else "")
    if notify:
        person.notify = list(notify)
    session.flush()
    for role in map(RoleName, roles):
        for stage in (stages or [""]) if role == RoleName.REVIEWER else [""]:
            _give_role(session, person, role, stage)
    return person


def _refuse_unknown_stages(session: Session, community: Community, stages: Sequence[str]) -> None:
    versions = versions_of(session, community)
    known = {stage.id: None for version in versions for stage in version.ruleset.review.stages}
    for stage in stages:
        if stage not in known:
            raise BadInput(reason("stage_unknown", value=stage, choices=tuple(known)))


def _give_role(session: Session, person: Person, role: RoleName, stage: str) -> None:
    given = session.scalar(
        select(Role).where(Role.person_id == person.id, Role.role == role, Role.stage == stage)
    )
    if given is None:
        session.add(Role(person_id=person.id, role=role, stage=stage))
        session.flush()


def register_kin(session: Session, community: Community, first: str, second: str) -> None:
    """Two households are kin (亲属): neither's reviewers decide on the other.

    Refused where both are one household: it never decides on itself anyway.
    """
    one = find_household(session, community, first)
    two = find_household(session, community, second)
    if one.id == two.id:
        raise Refused(reason("kin_of_itself", household=one.code))
    for household, kin in ((one, two), (two, one)):
        if session.get(Kin, (household.id, kin.id)) is None:
            session.add(Kin(household_id=household.id, kin_id=kin.id))
    session.flush()


def unregister_kin(session: Session, community: Community, first: str, second: str) -> None:
    """The two are no longer registered as kin."""
    one = find_household(session, community, first).id
    two = find_household(session, community, second).id
    for household, kin in ((one, two), (two, one)):
        session.execute(delete(Kin).where(Kin.household_id == household, Kin.kin_id == kin))
