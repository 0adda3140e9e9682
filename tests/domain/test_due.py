"""What is due is claimed by step: as few runs as an operator wants to look at, each step once."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.cycle.due import Batch, Share, claim_due, give_back, silent_claims, silent_since
from domain.cycle.occurrences import open_cycle, take_step
from domain.kernel.period import Period
from domain.store.tables.cycle import Occurrence
from tests.domain.builders import Village, moment, rules
from tests.rules.builders import item

pytestmark = pytest.mark.both_databases

Founding = Callable[..., Village]
NEW_YEAR = moment("01-01T00:01")
OPENING = ("collect", Period.parse("2026"), "open")


def claim(session: Session, at: datetime, share: Share | None = None) -> list[Batch]:
    return claim_due(session, at, at, share or Share())


def villages(founding: Founding, count: int) -> list[Village]:
    """So many villages, each under rules of its own (一社区一方案)."""
    return [
        founding(rules(item("base", "base", points=6 + number, per="year")), code=f"v{number}")
        for number in range(count)
    ]


def attempts(session: Session) -> dict[int, int]:
    session.expire_all()
    query = select(Occurrence.community_id, Occurrence.attempt).where(Occurrence.step == "open")
    return dict(session.execute(query).tuples().all())


def test_villages_under_rules_of_their_own_are_done_in_one_run(
    session: Session, founding: Founding
) -> None:
    for village in villages(founding, 5):
        open_cycle(session, village.community, 2026)
    (batch,) = claim(session, NEW_YEAR)
    assert (batch.process, batch.period, batch.step) == ("collect", "2026", "open")
    assert batch.communities == ("v0", "v1", "v2", "v3", "v4")


def test_steps_that_were_tried_more_often_join_the_others_as_a_newer_attempt(
    session: Session, founding: Founding
) -> None:
    first, second = villages(founding, 2)
    open_cycle(session, first.community, 2026)
    for number in (1, 2, 3):
        (batch,) = claim(session, NEW_YEAR)
        assert batch.attempt == number
        give_back(session, batch.occurrences, "its run died")
    open_cycle(session, second.community, 2026)
    (batch,) = claim(session, NEW_YEAR)
    assert batch.communities == ("v0", "v1")
    assert set(attempts(session).values()) == {batch.attempt} == {4}
    # A run of an earlier attempt that comes back has no say; this one has.
    why_not = take_step(session, first.community, *OPENING, attempt=3)
    assert why_not is not None
    assert why_not.code == "taken_over_by"
    assert take_step(session, first.community, *OPENING, attempt=4) is None
    assert take_step(session, second.community, *OPENING, attempt=4) is None


def test_no_two_runs_have_one_key(session: Session, founding: Founding) -> None:
    for village in villages(founding, 6):
        open_cycle(session, village.community, 2026)
    keys: list[str] = []
    for _ in range(3):
        batches = claim(session, NEW_YEAR, Share(least=1, most=2))
        assert [len(batch.communities) for batch in batches] == [2, 2, 2]
        keys += [batch.key for batch in batches]
        for batch in batches:
            give_back(session, batch.occurrences, "its run died")
    assert len(set(keys)) == 9


def test_what_is_claimed_is_claimed_once(session: Session, founding: Founding) -> None:
    for village in villages(founding, 3):
        open_cycle(session, village.community, 2026)
    assert len(claim(session, NEW_YEAR)) == 1
    assert claim(session, NEW_YEAR + timedelta(minutes=1)) == []


def test_what_a_wrong_clock_has_claimed_is_silent(session: Session, founding: Founding) -> None:
    for village in villages(founding, 2):
        open_cycle(session, village.community, 2026)
    (wrong,) = claim(session, NEW_YEAR)
    silent = silent_since(NEW_YEAR - timedelta(minutes=5), NEW_YEAR)
    assert silent_claims(session, silent) == []
    session.execute(update(Occurrence).values(claimed_at=NEW_YEAR + timedelta(days=40)))
    assert {each.id for each in silent_claims(session, silent)} >= set(wrong.occurrences)
    assert give_back(session, wrong.occurrences, "its run died", silent) == 2
    (again,) = claim(session, NEW_YEAR)
    assert again.attempt == wrong.attempt + 1


def test_what_a_wrong_clock_has_tried_is_tried_again(session: Session, founding: Founding) -> None:
    (village,) = villages(founding, 1)
    open_cycle(session, village.community, 2026)
    for claimed_at, tried in (
        (NEW_YEAR - timedelta(minutes=1), 0),
        (NEW_YEAR + timedelta(seconds=30), 0),
        (NEW_YEAR + timedelta(days=40), 1),
    ):
        session.execute(update(Occurrence).values(state="blocked", claimed_at=claimed_at))
        assert len(claim(session, NEW_YEAR)) == tried
