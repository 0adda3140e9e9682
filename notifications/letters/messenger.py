"""The messenger (传信): which letters an occasion of the domain makes. See `occasions.occasion`."""

from datetime import datetime
from typing import assert_never

from sqlalchemy.orm import Session

from domain.occasions.occasion import (
    AuditClosed,
    ClaimsPassedOn,
    ClaimsStuck,
    Deadline,
    NoticePublished,
    ObjectionDue,
    ObjectionEnded,
    ObjectionOverdue,
    Occasion,
    ReportDue,
    ResultFinal,
    ReviewersDue,
    RoundEnding,
    RowsRefused,
    WindowEnding,
    YearBlocked,
    YearPreviewed,
)
from domain.store.tables.people import Community
from notifications.letters.deadlines import (
    tell_claims_passed_on,
    tell_claims_stuck,
    tell_objection_due,
    tell_objection_overdue,
    tell_report_due,
    tell_round_ending,
    tell_window_ending,
    tell_year_blocked,
)
from notifications.letters.news import (
    submit_result,
    tell_objection,
    tell_outcomes,
    tell_preview,
    tell_published,
    tell_refused,
)
from notifications.letters.reminders import escalate, remind_reviewers


def tell(session: Session, community: Community, occasion: Occasion, as_of: datetime) -> int:
    """Write the letters of an occasion in the caller's transaction; how many are new."""
    match occasion:
        case RowsRefused():
            written = tell_refused(session, community, as_of)
        case ReviewersDue(period):
            written = len(remind_reviewers(session, community, period, as_of))
        case AuditClosed(period, carried):
            late = len(escalate(session, community, period, carried, as_of))
            written = late + tell_outcomes(session, community, period, as_of)
        case NoticePublished(notice):
            written = tell_published(session, community, notice, as_of)
        case ResultFinal(notice):
            written = submit_result(session, community, notice, as_of)
        case ObjectionEnded(objection):
            written = tell_objection(session, community, objection, as_of)
        case YearPreviewed():
            written = tell_preview(session, community, occasion, as_of)
        case _:
            written = _tell_of_deadline(session, community, occasion, as_of)
    return written


def _tell_of_deadline(
    session: Session, community: Community, occasion: Deadline, as_of: datetime
) -> int:
    match occasion:
        case WindowEnding():
            written = tell_window_ending(session, community, occasion, as_of)
        case YearBlocked():
            written = tell_year_blocked(session, community, occasion, as_of)
        case ReportDue():
            written = tell_report_due(session, community, occasion, as_of)
        case RoundEnding():
            written = tell_round_ending(session, community, occasion, as_of)
        case ObjectionDue():
            written = tell_objection_due(session, community, occasion, as_of)
        case ObjectionOverdue():
            written = tell_objection_overdue(session, community, occasion, as_of)
        case ClaimsPassedOn():
            written = tell_claims_passed_on(session, community, occasion, as_of)
        case ClaimsStuck():
            written = tell_claims_stuck(session, community, occasion, as_of)
        case _:
            assert_never(occasion)
    return written
