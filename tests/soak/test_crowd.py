"""Everybody at once on PostgreSQL: nothing is lost, and no deadlock surfaces."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from domain.audit.close import close_audit
from domain.audit.scoring import differences
from domain.community.registry import find_community
from domain.kernel.period import Period
from domain.ledger.verify import verify
from domain.review.claims import registered
from domain.store.database import reading, writing
from domain.store.tables.claims import Claim, Decision
from domain.store.tables.people import Community, Household, Person
from tests.domain.holding import (
    accounts_are_the_sums_of_their_entries,
    nothing_is_decided_by_who_is_barred,
    whoever_judges_an_objection_has_not_decided_its_claim,
)
from tests.soak.checks import what_was_redeemed_is_paid_once
from tests.soak.crowd import CODES, NOW, QUORUM, Crowd, steps_of

Counting = Callable[[str, object], None]
ON_POSTGRES = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@ON_POSTGRES
def test_fifty_reviewers_and_ten_clerks_at_once(engine: Engine, record_property: Counting) -> None:
    live(Crowd(engine, seed=1, rounds=2), record_property)


@pytest.mark.soak
@ON_POSTGRES
@pytest.mark.parametrize("seed", range(2, 6))
def test_soak(engine: Engine, seed: int, record_property: Counting) -> None:
    live(Crowd(engine, seed, rounds=10), record_property)


def live(crowd: Crowd, record_property: Counting) -> None:
    """Let them live, and look at what they have left behind."""
    crowd.live()
    if crowd.errors:
        raise BaseExceptionGroup(f"{len(crowd.errors)} of them met an error", crowd.errors)
    for what, count in crowd.acts.items():
        record_property(f"count: acts of a crowd, {what}", count)
    nothing_was_lost(crowd)
    with writing(crowd.engine) as session:
        for code in CODES:
            later = NOW + timedelta(days=40)
            close_audit(session, find_community(session, code), Period.parse("2026-04"), later)
    with reading(crowd.engine) as session:
        assert verify(session) == []
        whoever_judges_an_objection_has_not_decided_its_claim(session)
        for code in CODES:
            community = find_community(session, code)
            steps = steps_of(session, code)
            assert ("audit", "2026-03", "close", "done") in steps
            assert ("publicity", "2026-Q1", "publish", "done") in steps
            assert not {each for each in steps if each[-1] in ("claimed", "failed")}
            assert differences(session, community, [2026], later, registered()).entries.is_empty()
            accounts_are_the_sums_of_their_entries(session, community)
            nothing_is_decided_by_who_is_barred(session, community)
            what_was_redeemed_is_paid_once(session, community)


def nothing_was_lost(crowd: Crowd) -> None:
    """What people were told was done is there, and votes have ended what they had to end."""
    with reading(crowd.engine) as session:
        decided = (
            select(Community.code, Claim.ref, Person.code)
            .join(Claim, Claim.community_id == Community.id)
            .join(Decision, Decision.claim_id == Claim.id)
            .join(Person, Person.id == Decision.person_id)
        )
        assert crowd.decided == set(session.execute(decided).tuples())
        brought = select(Community.code, Claim.ref).join(Claim, Claim.community_id == Community.id)
        assert crowd.brought <= set(session.execute(brought).tuples())
        votes = Counter(session.scalars(select(Decision.claim_id)))
        for claim in session.scalars(select(Claim).join(Household)):
            assert votes[claim.id] <= QUORUM
            assert (claim.status == "pending") == (votes[claim.id] < QUORUM)
