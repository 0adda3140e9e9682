"""Answering an objection (答复异议): its outcome, and all that follows from it."""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.objections.cases import resolve
from domain.occasions.occasion import NoticePublished, ObjectionEnded, Tell
from domain.publicity.final_results import submit_results
from domain.publicity.quarter_and_year import publish_correction
from domain.store.tables.objections import Objection, ObjectionStatus, Resolution
from domain.store.tables.people import Community


def answer_objection(
    session: Session,
    community: Community,
    ref: str,
    outcome: Resolution,
    by: str,
    note: str,
    at: datetime,
    tell: Tell,
) -> Objection:
    """Record how an objection ended; through whichever door, the same follows.

    Upheld, the ledger is corrected and a correction notice (更正公告) published. The household
    hears the outcome, and a result that waited for the last open objection goes to the town.
    Refused as `resolve` refuses; given twice, nothing follows twice.
    """
    objection = resolve(session, community, ref, outcome, by, note, at)
    if objection.status == ObjectionStatus.UPHELD:
        notice = publish_correction(session, community, objection, at)
        tell(session, community, NoticePublished(notice), at)
    tell(session, community, ObjectionEnded(objection), at)
    submit_results(session, community, at, tell)
    return objection
