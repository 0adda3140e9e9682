"""The benchmarks of a county whose villages have rules of their own, at a small part of their size
and without the engine: what is due is there, it takes few runs, and both sides can do it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from domain.cycle.due import Share, claim_due, give_back
from domain.kernel.period import Period
from domain.steps.audit import close
from domain.steps.collect import collect
from domain.steps.work import Work
from domain.store.database import open_engine, reading, writing
from domain.store.tables.rules import Adoption, RulesetVersion
from tests.bench import evening, monthly_audit, service, the_fifth

COMMUNITIES = 3


def build_evening(url: str) -> None:
    evening.build(url, COMMUNITIES)


def build_the_fifth(url: str) -> None:
    the_fifth.build(url, COMMUNITIES, own=True, claims_each=10)


@pytest.mark.parametrize(
    ("build", "step", "period", "at", "check"),
    [
        (build_evening, collect, evening.MONTH, evening.AT, evening.check),
        (
            build_the_fifth,
            close,
            monthly_audit.MONTH,
            monthly_audit.AFTER_DEADLINE,
            the_fifth.check,
        ),
    ],
    ids=["evening", "the_fifth"],
)
def test_villages_with_rules_of_their_own_share_a_run(
    tmp_path: Path,
    build: Callable[[str], None],
    step: Work,
    period: Period,
    at: datetime,
    check: Callable[[str], None],
) -> None:
    url = f"sqlite:///{tmp_path / 'county.db'}"
    build(url)
    engine = open_engine(url)
    with reading(engine) as session:
        adopted = session.scalar(select(func.count(Adoption.hash.distinct())))
        assert adopted == session.scalar(select(func.count()).select_from(RulesetVersion))
        assert adopted == COMMUNITIES
    with writing(engine) as session:
        batches = claim_due(session, at, at, Share())
        assert [len(batch.communities) for batch in batches] == [COMMUNITIES]
        give_back(session, batches[0].occurrences, "")
    engine.dispose()
    for number in range(service.PROCESSES):
        service.half(url, number, at, step, period)
    check(url)


def test_as_usual_most_have_nothing_to_collect(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'county.db'}"
    evening.build(url, evening.USUAL + 1)
    evening.as_usual(url)
    engine = open_engine(url)
    with writing(engine) as session:
        batches = claim_due(session, evening.AT, evening.AT, Share())
        assert [batch.communities for batch in batches] == [(f"c{evening.USUAL}",)]
    engine.dispose()
