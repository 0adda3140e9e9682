"""What must hold in a community whatever happened to it, one check each."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.audit.scoring import awards
from domain.community.registry import versions_of
from domain.ledger.accounts import SCORE_KINDS, totals
from domain.notices.notice import content_digest, notices_of
from domain.review.claims import of_year, registered
from domain.rules.rows import is_rule
from domain.store.tables.claims import Claim, Decision
from domain.store.tables.ledger import Effect, Entry, EntryKind, Journal
from domain.store.tables.objections import Objection, ObjectionEvent
from domain.store.tables.people import Community, Household, Kin, Person


def nothing_is_decided_by_who_is_barred(session: Session, community: Community) -> None:
    """Not by the household itself, nor its kin, nor crosswise by its own area (回避)."""
    people = {person.id: person for person in session.scalars(select(Person))}
    homes = {home.id: home for home in session.scalars(select(Household))}
    kin = {(each.household_id, each.kin_id) for each in session.scalars(select(Kin))}
    crosswise = versions_of(session, community)[0].ruleset.review.crosswise
    mine = Claim.community_id == community.id
    judged = (
        select(ObjectionEvent.person_id, Claim.household_id)
        .join(Objection, Objection.id == ObjectionEvent.objection_id)
        .join(Claim, Claim.id == Objection.claim_id)
        .where(mine)
    )
    decided = (
        select(Decision.person_id, Claim.household_id)
        .join(Claim, Claim.id == Decision.claim_id)
        .where(mine)
    )
    for query in (decided, judged):
        for person_id, household_id in session.execute(query):
            if person_id is None:
                continue
            own = people[person_id].household_id
            assert own != household_id
            assert (own, household_id) not in kin
            assert not crosswise or people[person_id].area != homes[household_id].area


def whoever_judges_an_objection_has_not_decided_its_claim(session: Session) -> None:
    both = (
        select(func.count())
        .select_from(ObjectionEvent)
        .join(Objection, Objection.id == ObjectionEvent.objection_id)
        .join(Decision, Decision.claim_id == Objection.claim_id)
        .where(Decision.person_id == ObjectionEvent.person_id)
    )
    assert session.scalar(both) == 0


def accounts_are_the_sums_of_their_entries(session: Session, community: Community) -> None:
    sums = totals(session, [community.id])
    kinds = dict(
        session.execute(
            select(Entry.kind, func.sum(Entry.points))
            .join(Journal, Journal.id == Entry.journal_id)
            .where(Journal.community_id == community.id)
            .group_by(Entry.kind)
        )
        .tuples()
        .all()
    )
    assert sums["balance"].sum() == sum(kinds.values())
    assert kinds.get(EntryKind.CARRY_OVER, 0) == 0
    scored = sum(points for kind, points in kinds.items() if kind in SCORE_KINDS)
    assert sums["score"].sum() == scored
    assert kinds.get(EntryKind.REDEMPTION, 0) <= 0 <= kinds.get(EntryKind.BONUS, 0)


def scores_are_what_the_rules_say(
    session: Session, community: Community, years: Iterable[int], at: datetime
) -> None:
    """The ledger holds what the evaluator says, claim by claim."""
    for year in years:
        scored = awards(session, community, year, at, registered())
        expected = {
            ref: points for ref, points in scored.select("ref", "points").iter_rows() if points
        }
        query = (
            select(Entry.ref, func.sum(Entry.points))
            .join(Journal, Journal.id == Entry.journal_id)
            .where(
                Journal.community_id == community.id,
                Entry.year == year,
                Entry.kind.in_(SCORE_KINDS),
                Entry.ref.like("C%"),
            )
            .group_by(Entry.ref)
        )
        posted = {ref: int(points) for ref, points in session.execute(query) if points}
        assert posted == expected
        assert _recorded_effects(session, community, year) == {
            (claim, rule): taken
            for rule in filter(is_rule, scored.columns)
            for claim, taken in scored.select("claim", rule).iter_rows()
            if taken
        }


def _recorded_effects(
    session: Session, community: Community, year: int
) -> dict[tuple[int, str], int]:
    """By claim and rule, what is recorded to be taken."""
    query = (
        select(Effect.claim_id, Effect.rule, func.sum(Effect.points))
        .join(Claim, Claim.id == Effect.claim_id)
        .where(Claim.community_id == community.id, of_year(year))
        .group_by(Effect.claim_id, Effect.rule)
    )
    return {(claim, rule): int(taken) for claim, rule, taken in session.execute(query) if taken}


def notices_are_what_was_published(session: Session, community: Community) -> None:
    for notice in notices_of(session, community):
        assert content_digest(notice.content) == notice.digest
