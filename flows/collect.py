"""收集申报: open the year's books, and take in the claims that have come."""

from datetime import datetime
from typing import Literal

from prefect import flow
from prefect.client.schemas import State
from sqlalchemy.orm import Session

from domain.audit.books import open_books, welcome
from domain.community.years import settlement_of
from domain.cycle.by_hand import Starter
from domain.intake.inbox import take_due
from domain.kernel.period import Period
from domain.kernel.reasons import Reason, reason
from domain.settlement.clearing import carry_over
from domain.store.tables.people import Community
from flows.steps.names import flow_name_of
from flows.steps.running import UNKEPT, Skip, run_step
from notifications.letters.news import tell_refused


@flow(name="collect-claims", flow_run_name=flow_name_of("collect"), **UNKEPT)
def collect_claims(
    communities: list[str],
    period: str,
    step: Literal["open", "collect"] = "collect",
    as_of: datetime | None = None,
    dry_run: bool = False,
    attempt: int = 0,
    by: str = "",
    why: str = "",
) -> State:
    """Collect claims (收集申报): screen what has come, and give new households their base.

    Args:
        communities: codes of the communities
        period: the month (2026-03); for `open`, the year or quarter whose books are opened
        step: `open` posts the period's base points, `collect` takes claims in
        as_of: stands in for now
        dry_run: say what would be done, and change nothing
        attempt: set by the clock: which claim of the step this run answers
        by: who starts it by hand (kept); the clock needs none
        why: why it is started by hand (kept)
    """
    work = open_period if step == "open" else collect
    return run_step(
        work, "collect", step, period, communities, as_of, dry_run, attempt, Starter(by, why)
    )


def open_period(session: Session, community: Community, period: Period, as_of: datetime) -> Reason:
    """Open the books: base points, and what a settled year before carries over."""
    opened = open_books(session, community, period, as_of)
    before = period.year - 1
    if period.kind == "year" and settlement_of(session, community, before):
        carry_over(session, community, before, as_of)
    if opened.again:
        raise Skip(reason("books_are_open"))
    return reason("did_open", count=opened.entries)


def collect(session: Session, community: Community, period: Period, as_of: datetime) -> Reason:
    """Take in what has come until now."""
    answers = take_due(
        session, community, as_of, kinds=("goods", "households", "members", "claims")
    )
    tell_refused(session, community, as_of)
    joined = welcome(session, community, as_of)
    accepted = sum(answer.outcome == "accepted" for answer in answers)
    refused = sum(answer.outcome == "refused" for answer in answers)
    return reason("did_collect", accepted=accepted, refused=refused, entries=joined.entries)
