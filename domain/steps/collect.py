"""Collecting claims (收集申报): the books are opened, and what has come is taken in."""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.audit.books import open_books, welcome
from domain.community.years import settlement_of
from domain.cycle.collecting import KINDS
from domain.intake.inbox import take_due
from domain.kernel.period import Period
from domain.kernel.reasons import Reason, reason
from domain.occasions.occasion import RowsRefused, Tell
from domain.settlement.clearing import carry_over
from domain.steps.work import Skip
from domain.store.tables.people import Community


def open_period(
    session: Session, community: Community, period: Period, as_of: datetime, _tell: Tell
) -> Reason:
    """Open the books: base points, and what a settled year before carries over."""
    opened = open_books(session, community, period, as_of)
    before = period.year - 1
    if period.kind == "year" and settlement_of(session, community, before):
        carry_over(session, community, before, as_of)
    if opened.again:
        raise Skip(reason("books_are_open"))
    return reason("did_open", count=opened.entries)


def collect(
    session: Session, community: Community, _period: Period, as_of: datetime, tell: Tell
) -> Reason:
    """Take in what has come until now, and give households that have joined their base points."""
    answers = take_due(session, community, as_of, kinds=KINDS)
    tell(session, community, RowsRefused(), as_of)
    joined = welcome(session, community, as_of)
    accepted = sum(answer.outcome == "accepted" for answer in answers)
    refused = sum(answer.outcome == "refused" for answer in answers)
    return reason("did_collect", accepted=accepted, refused=refused, entries=joined.entries)


ACTS = {"open": open_period, "collect": collect}
